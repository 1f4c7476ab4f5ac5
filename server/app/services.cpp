#include "app/services.hpp"

#include "app/voice_engines.hpp"

namespace aimpact::app {

namespace {

// Four live conversations a core: what bench/concurrency finds the machine to carry within a second's answer.
constexpr int kSessionsPerCore = 4;

int sessions_max(const base::Config& config) {
    const auto set = static_cast<int>(config.integer("inference.sessions_max"));
    return set > 0 ? set : kSessionsPerCore * inference_threads(config);
}

realtime::EarlyAnswers early_answers(const std::string& set) {
    if (set == "all") return realtime::EarlyAnswers::all;
    return set == "off" ? realtime::EarlyAnswers::off : realtime::EarlyAnswers::own;
}

llm::OpenAiOptions openai_options(const base::Config& config) {
    llm::OpenAiOptions options;
    options.idle_timeout = std::chrono::seconds(config.integer("llm.provider_silence_seconds_max"));
    return options;
}

telephony::TelephonyOptions telephony_options(const base::Config& config) {
    telephony::TelephonyOptions options;
    options.call.call_max = std::chrono::minutes(config.integer("telephony.call_minutes_max"));
    options.call.dtmf.pause = std::chrono::milliseconds(config.integer("telephony.keys_pause_ms"));
    const std::string& terminator = config.text("telephony.keys_end");
    options.call.dtmf.terminator = terminator == "none" ? '\0' : terminator[0];
    options.call.dtmf.interrupts = config.boolean("telephony.keys_interrupt");
    options.public_url = config.text("server.public_url");
    options.twilio_auth_token = config.text("telephony.twilio_auth_token");
    return options;
}

std::vector<llm::ModelInfo> speech_models(const base::Config& config) {
    std::vector<llm::ModelInfo> models{
        {"kokoro-82m", "aimpact"}, {"whisper-1", "aimpact"}, {"tts-1", "aimpact"}};
    if (const std::string own = recognizer_model(config); own != "whisper-1")
        models.push_back({own, "aimpact"});
    return models;
}

}  // namespace

Services::Services(Foundation& foundation_in)
    : foundation(foundation_in),
      engines(foundation.config, foundation.process.metrics, foundation.process.clock),
      http(net::make_http_client()),
      recognizer(engines.recognizer()),
      late_synthesizer(engines.synthesizer()),
      voice_engines(make_voice_engines({foundation.config, engines, late_synthesizer, recognizer, *http,
                                        foundation.process.clock, foundation.data_dir})),
      own_voices(late_synthesizer, voice_engines),
      synthesizer(own_voices, foundation.process.metrics),
      consent_checker(recognizer,
                      [this]() -> base::Result<const voice::Diariser*> {
                          if (const voice::Diariser* diariser = engines.diariser().get()) return diariser;
                          return engines.diariser().unavailable();
                      }),
      embedder(engines.embedder()),
      files({.name = "files", .threads = 2, .queue_max = 128}),
      models(std::make_shared<LateChatModel>(engines.language_model()), *http, foundation.process.metrics,
             foundation.process.clock,
             {.local_name = "smollm2-135m", .openai = openai_options(foundation.config)}),
      agents({.database = *foundation.database,
              .clock = foundation.process.clock,
              .random = foundation.process.random,
              .models = models,
              .embedder = &embedder,
              .secrets = foundation.accounts->secret_box(),
              .data_dir = foundation.data_dir,
              .check_style = [this](const voice::SpeechStyle& style) -> base::Result<> {
                  // While the synthesiser loads nothing can be said about a voice: the conversation will
                  // tell.
                  return engines.synthesizer().get() ? synthesizer.check(style) : base::Result<>{};
              },
              .other_models = speech_models(foundation.config),
              .audit = &foundation.accounts->audit(),
              .consent_checker = &consent_checker,
              .voice_engines = &voice_engines,
              .consent = {.languages = foundation.config.list("speech.consent_languages")}}),
      sampler(
          {.share = static_cast<double>(foundation.config.integer("speech.quality_percent")) / 100},
          [this] { return engines.load_dnsmos(); }, engines.scheduler(), foundation.process.metrics),
      admission(sessions_max(foundation.config), foundation.process.metrics),
      realtime({.authenticator = foundation.accounts->authenticator(),
                .conversations = agents.conversations(),
                .synthesizer = synthesizer,
                .recognizer = recognizer,
                .admission = admission,
                .clock = foundation.process.clock,
                .random = foundation.process.random,
                .metrics = foundation.process.metrics,
                .make_listener = engines.listener_factory(),
                .find_agent = realtime::find_agent_in(agents.agents()),
                .make_client_secret =
                    [this](accounts::Principal who, std::string agent_id, std::chrono::seconds life) {
                        return foundation.accounts->api_keys().create_client_secret(
                            std::move(who), std::move(agent_id), life);
                    },
                .ready = [this]() -> base::Task<base::Result<>> { co_return engines.ready_for_sessions(); },
                .sampler = &sampler,
                .emotions = &engines.emotions()},
               {.openai = {.session_max = std::chrono::minutes(
                               foundation.config.integer("realtime.session_minutes_max"))},
                .early_answers = early_answers(foundation.config.text("realtime.early_answers"))}),
      telephony({.authenticator = foundation.accounts->authenticator(),
                 .conversations = agents.conversations(),
                 .admission = admission,
                 .clock = foundation.process.clock,
                 .find_agent = realtime::find_agent_in(agents.agents()),
                 .make_client_secret =
                     [this](accounts::Principal who, std::string agent_id, std::chrono::seconds life) {
                         return foundation.accounts->api_keys().create_client_secret(
                             std::move(who), std::move(agent_id), life);
                     },
                 .ready = [this]() -> base::Task<base::Result<>> { co_return engines.ready_for_sessions(); },
                 .session = [this] { return realtime.session_parts(); }},
                telephony_options(foundation.config)) {}

}  // namespace aimpact::app
