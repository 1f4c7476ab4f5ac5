// The table of settings. To add one, add a row; everything else follows from it.
#include "base/config.hpp"

namespace aimpact::base {

namespace {
using enum SettingType;
constexpr Setting kSettings[] = {
    {"data.dir", path, "var/data", "Where the database, the master key and recordings live."},
    {"models.dir", path, "var/models", "Where the models live (scripts/fetch-models fills it)."},
    {"cache.dir", path, "var/cache",
     "Compiled models, so that a start is fast. It may be deleted at any time."},
    {"dashboard.dir", path, "dashboard/out", "The exported dashboard. Empty: no pages are served."},

    {"server.host", text, "127.0.0.1",
     "Address to listen on. 0.0.0.0 listens on every interface; put TLS in front."},
    {"server.port", integer, "8080", "Port to listen on; 0 takes a free one.", false, 0, 65535},
    {"server.public_url", text, "",
     "The address people use, when a proxy stands in front. Empty: from host and port."},
    {"server.tls_certificate", path, "", "PEM certificate chain. With server.tls_key: HTTPS."},
    {"server.tls_key", path, "", "PEM private key of the certificate."},
    {"server.io_threads", integer, "2", "Threads that serve sockets.", false, 1, 64},
    {"server.connections_max", integer, "4096", "Open connections; past it new ones get 503.", false, 1,
     1000000},
    {"server.websocket_silence_seconds_max", integer, "60",
     "A WebSocket whose peer answers no ping, or reads nothing, for this long is cut.", false, 3, 3600},
    {"server.trusted_proxies", list, "",
     "Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed."},
    {"server.cors_origins", list, "", "Origins of other web pages that may call the API from a browser."},
    {"server.drain_seconds", integer, "25", "How long a stopping server lets turns in flight finish.", false,
     0, 600},

    {"database.url", text, "", "sqlite:PATH or postgres://user@host:port/name. Empty: SQLite under data.dir.",
     true},
    {"database.connections", integer, "4", "Connections to the database (SQLite: readers).", false, 1, 128},

    {"log.level", text, "info", "The least important level that is logged.", false, 0, 0,
     "debug,info,warn,error,off"},
    {"log.format", text, "auto", "auto: readable lines on a terminal, JSON otherwise.", false, 0, 0,
     "auto,json,text"},

    {"auth.master_key", text, "",
     "32 bytes in base64 that seal secrets at rest. Empty: made once under data.dir.", true},
    {"auth.access_token_minutes", integer, "15", "Life of an access token.", false, 1, 60},
    {"auth.refresh_token_days", integer, "30", "Life of a sign-in that is being used.", false, 1, 365},

    {"inference.threads", integer, "0", "Threads for models; 0: one a core.", false, 0, 256},
    {"inference.sessions_max", integer, "0",
     "Live conversations at the same time; past it a new one is refused at once. 0: four a core.", false, 0,
     10000},

    {"llm.local_model", path, "", "A GGUF file for the local model. Empty: the one under models.dir."},
    {"llm.local_context_tokens", integer, "4096",
     "Context of the local model, all conversations together at least.", false, 512, 1048576},
    {"llm.local_threads", integer, "1", "Threads of the local model.", false, 1, 256},
    {"llm.provider_silence_seconds_max", integer, "30",
     "A model provider that sends nothing for this long has failed; a fallback is said.", false, 1, 600},

    {"realtime.early_answers", text, "own",
     "Whether answers are prepared while a caller's turn is only likely over, and thrown away if the caller "
     "goes on. own: with the built-in model, and with providers on this machine or in a private network; "
     "all: "
     "with paid providers too, which then bill calls that nobody hears; off: answers begin when the turn has "
     "ended.",
     false, 0, 0, "own,all,off"},
    {"realtime.session_minutes_max", integer, "120", "Longest live session.", false, 1, 1440},
    {"telephony.call_minutes_max", integer, "60", "Longest phone call.", false, 1, 1440},
    {"telephony.keys_pause_ms", integer, "2000",
     "A pause after which the keys that a caller has pressed are given to the agent.", false, 100, 30000},
    {"telephony.keys_end", text, "#", "The key that gives them at once.", false, 0, 0, "#,*,none"},
    {"telephony.keys_interrupt", boolean, "true",
     "Whether a pressed key silences the agent, as speech does."},
    {"telephony.twilio_auth_token", text, "",
     "The auth token of the Twilio account. With it, requests for TwiML must be signed, and streams that are "
     "signed must be signed right.",
     true},
    {"speech.quality_percent", integer, "10",
     "Share of live turns whose sound, in and out, is scored by DNSMOS behind the talking, in percent. "
     "A scored turn costs 0.8 s of one thread, and about 50 MB of memory while it is scored. "
     "0: none, and the models are never loaded.",
     false, 0, 100},
    {"speech.turn_text", boolean, "true",
     "Whether the local language model reads, at each pause of a caller, if the words so far are whole. It "
     "takes a tenth more CPU than hearing alone, and 4 MB; without it pauses inside sentences are cut more "
     "often. Only with a recogniser for English (its name ends in -en) and a model of at most 500 million "
     "parameters."},
    {"speech.recognizer", text, "moonshine-tiny-en",
     "What hears: a folder under models.dir with an offline model of sherpa-onnx, or remote: an endpoint "
     "that speaks OpenAI's /audio/transcriptions. Partial transcripts are local beside a remote one."},
    {"speech.recognizer_url", text, "", "The remote recogniser's address, like https://host/v1."},
    {"speech.recognizer_model", text, "whisper-1", "What the endpoint calls the model."},
    {"speech.recognizer_key", text, "", "The API key of the remote recogniser.", true},
    {"speech.synthesizer", text, "kokoro-82m",
     "What speaks: the local voices, or remote: an endpoint that speaks OpenAI's /audio/speech, beside them.",
     false, 0, 0, "kokoro-82m,remote"},
    {"speech.synthesizer_url", text, "", "The remote synthesiser's address, like https://host/v1."},
    {"speech.synthesizer_model", text, "tts-1", "What the endpoint calls the model."},
    {"speech.synthesizer_key", text, "", "The API key of the remote synthesiser.", true},
    {"speech.synthesizer_voices", list, "",
     "The endpoint's voices, by its own names. They speak there, all others here."},
    {"speech.remote_timeout_ms", integer, "20000",
     "Longest silence of a remote speech engine; a whole answer may take three times as long.", false, 100,
     600000},
    {"speech.remote_fallback", boolean, "true", "Whether the local engine serves when the remote one fails."},
    {"speech.cloning_model", path, "",
     "A folder with Pocket TTS or ZipVoice for sherpa-onnx: own voices can be made by it (engine zero_shot). "
     "Empty: none."},
    {"speech.cloning_provider", text, "none",
     "Where own voices can be made beside this server (engine provider): an endpoint with OpenAI's custom "
     "voices, or ElevenLabs.",
     false, 0, 0, "none,openai,elevenlabs"},
    {"speech.cloning_url", text, "",
     "The provider's address. Empty: https://api.openai.com/v1 or https://api.elevenlabs.io/v1."},
    {"speech.cloning_provider_model", text, "",
     "The provider's model that speaks. Empty: gpt-4o-mini-tts or eleven_multilingual_v2."},
    {"speech.cloning_key", text, "", "The API key of the provider of own voices.", true},
    {"speech.consent_languages", list, "en",
     "Languages that consent to an own voice can be given in (de, en, es, fr, it, nl, pt): those that the "
     "recogniser hears well. The built-in one hears English."},
    {"speech.upload_bytes_max", integer, "26214400", "Largest audio file for transcription.", false, 1024,
     2147483647},
};
}  // namespace

std::span<const Setting> all_settings() {
    return kSettings;
}

}  // namespace aimpact::base
