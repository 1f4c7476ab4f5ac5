#include "voice/cloning/provider_engine.hpp"

#include <algorithm>
#include <cmath>

#include "base/wire.hpp"
#include "voice/remote/multipart_form.hpp"
#include "voice/remote/remote_synthesizer.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {

namespace json = boost::json;
using base::ErrorCode;

namespace {

constexpr std::size_t kIdCharsMax = 128;
// What ElevenLabs takes for `speed`.
constexpr double kElevenLabsSpeedMin = 0.7, kElevenLabsSpeedMax = 1.2;

// What is kept of a voice.
struct Kept {
    std::string provider, voice;
    std::optional<std::string> consent;
};
BOOST_DESCRIBE_STRUCT(Kept, (), (provider, voice, consent))

const char* name_of(VoiceProvider provider) {
    return provider == VoiceProvider::openai ? "openai" : "elevenlabs";
}

// Goes into addresses: nothing but what ids are made of.
bool is_provider_id(std::string_view id) {
    return !id.empty() && id.size() <= kIdCharsMax &&
           std::ranges::all_of(id, [](char c) { return is_alnum(c) || c == '_' || c == '-'; });
}

class ProviderVoice final : public CustomVoice {
  public:
    explicit ProviderVoice(Kept kept) : kept_(std::move(kept)) {}
    std::string_view engine() const override { return "provider"; }
    std::uint64_t version() const override { return std::hash<std::string>{}(kept_.voice); }
    const Kept& kept() const { return kept_; }

  private:
    const Kept kept_;
};

RemoteEndpoint once(RemoteEndpoint endpoint) {
    endpoint.attempts = 1;
    endpoint.body_bytes_max = 64 << 10;
    return endpoint;
}

std::string speech_body(VoiceProvider provider, const std::string& model, const std::string& voice,
                        const std::string& text, const SpeechStyle& style) {
    json::object body;
    if (provider == VoiceProvider::elevenlabs) {
        body = {{"text", text_to_send(text, style)}, {"model_id", model}};
        if (style.speed != 1) body["voice_settings"] = json::object{{"speed", style.speed}};
        return base::to_text(body);
    }
    body = {{"model", model},
            {"input", text_to_send(text, style)},
            {"voice", json::object{{"id", voice}}},
            {"response_format", "pcm"}};
    if (style.speed != 1) body["speed"] = style.speed;
    if (style.emotion != "neutral" && !style.emotion.empty())
        body["instructions"] = "Speak in a " + style.emotion + " tone.";
    return base::to_text(body);
}

}  // namespace

ProviderEngine::ProviderEngine(ProviderOptions options, net::HttpClient& http, const base::Clock& clock)
    : provider_(options.provider),
      making_(once(options.endpoint), http),
      speaking_(options.endpoint, http),
      breaker_(clock, options.breaker) {}

base::Task<Result<std::string>> ProviderEngine::create(std::string path, std::string body,
                                                       const char* id_field, std::stop_token stop) const {
    auto answer = co_await making_.post(std::move(path), MultipartForm::content_type(), std::move(body),
                                        RemoteClient::OnData{}, std::move(stop));
    if (answer.has_error()) co_return answer.error();
    const auto parsed = base::decode_text<json::object>(answer->body, {}, base::Unknown::ignore);
    const json::value* id = parsed.has_value() ? parsed->if_contains(id_field) : nullptr;
    if (!id || !id->is_string() || !is_provider_id(id->get_string()))
        co_return Error{ErrorCode::upstream_failed, "The provider's answer names no voice.",
                        "no usable " + std::string(id_field)};
    co_return std::string(id->get_string());
}

base::Task<Result<>> ProviderEngine::remove(std::string path) const {
    auto answer = co_await speaking_.remove(std::move(path));
    // Gone already is gone.
    if (answer.has_error() && answer.error().detail == "HTTP 404") co_return Result<>{};
    if (answer.has_error()) co_return answer.error();
    co_return Result<>{};
}

base::Task<Result<>> ProviderEngine::make_openai(const VoiceSource& source, const OnMade& on_made,
                                                 std::stop_token stop) {
    MultipartForm consent;
    consent.field("name", source.name);
    consent.field("language", source.language);
    consent.file("recording", "consent.flac", "audio/flac", source.consent_file);
    AIMPACT_CO_TRY(const std::string consent_id,
                   co_await create("/audio/voice_consents", consent.finish(), "id", stop));
    MultipartForm voice;
    voice.field("name", source.name);
    voice.field("consent", consent_id);
    voice.file("audio_sample", "sample.flac", "audio/flac", source.sample_file);
    auto made = co_await create("/audio/voices", voice.finish(), "id", stop);
    if (made.has_error()) {
        (void)co_await remove("/audio/voice_consents/" + consent_id);
        co_return made.error();
    }
    on_made({base::to_text(base::encode(Kept{name_of(provider_), *made, consent_id})), {}});
    co_return Result<>{};
}

base::Task<Result<>> ProviderEngine::make_elevenlabs(const VoiceSource& source, const OnMade& on_made,
                                                     std::stop_token stop) {
    MultipartForm form;
    form.field("name", source.name);
    form.file("files", "sample.flac", "audio/flac", source.sample_file);
    AIMPACT_CO_TRY(std::string id,
                   co_await create("/voices/add", form.finish(), "voice_id", std::move(stop)));
    on_made({base::to_text(base::encode(Kept{name_of(provider_), std::move(id), {}})), {}});
    co_return Result<>{};
}

base::Task<Result<>> ProviderEngine::make(VoiceSource source, OnMade on_made, Progress progress,
                                          std::stop_token stop) {
    progress(0.1);
    if (provider_ == VoiceProvider::elevenlabs) co_return co_await make_elevenlabs(source, on_made, stop);
    co_return co_await make_openai(source, on_made, stop);
}

Result<std::shared_ptr<const CustomVoice>> ProviderEngine::open(const std::string& id,
                                                                const std::string& data) const {
    AIMPACT_TRY(Kept kept, base::decode_text<Kept>(data));
    if (kept.provider != name_of(provider_))
        return base::internal_error("the voice is at " + kept.provider + ", which isn't configured");
    if (!is_provider_id(kept.voice) || (kept.consent && !is_provider_id(*kept.consent)))
        return base::internal_error("the id of a provider's voice has other characters");
    auto voice = std::make_shared<ProviderVoice>(std::move(kept));
    voice->id = id;
    return std::shared_ptr<const CustomVoice>(std::move(voice));
}

base::Task<Result<>> ProviderEngine::forget(std::string data) {
    AIMPACT_CO_TRY(const auto opened, open({}, data));
    const Kept& kept = dynamic_cast<const ProviderVoice&>(*opened).kept();
    if (provider_ == VoiceProvider::elevenlabs) co_return co_await remove("/voices/" + kept.voice);
    AIMPACT_CO_CHECK(co_await remove("/audio/voices/" + kept.voice));
    if (kept.consent) AIMPACT_CO_CHECK(co_await remove("/audio/voice_consents/" + *kept.consent));
    co_return Result<>{};
}

Result<> ProviderEngine::check(const CustomVoice&, const SpeechStyle& style) const {
    const bool eleven = provider_ == VoiceProvider::elevenlabs;
    const double least = eleven ? kElevenLabsSpeedMin : 0.25, most = eleven ? kElevenLabsSpeedMax : 4;
    if (!(style.speed >= least && style.speed <= most))
        return base::invalid_argument(eleven ? "The provider of this voice speaks at 0.7 to 1.2 of its usual "
                                               "speed."
                                             : "speed is between 0.25 and 4.",
                                      "speed");
    return {};
}

base::Task<Result<>> ProviderEngine::stream(std::shared_ptr<const CustomVoice> voice, std::string text,
                                            SpeechStyle style, inference::Priority,
                                            std::function<void(SpokenChunk)> sink, std::stop_token stop,
                                            std::optional<std::chrono::steady_clock::time_point>) {
    AIMPACT_CO_CHECK(check(*voice, style));
    if (!has_word_bytes(text_to_send(text, style))) {
        SpokenChunk nothing;
        nothing.text = std::move(text);
        sink(std::move(nothing));
        co_return Result<>{};
    }
    if (!breaker_.allows())
        co_return Error{ErrorCode::unavailable,
                        "The provider of this voice has failed several times and is left alone for a moment. "
                        "Try again shortly, or choose another voice.",
                        {},
                        {},
                        std::chrono::seconds{15}};
    const Kept& kept = dynamic_cast<const ProviderVoice&>(*voice).kept();
    const std::string path = provider_ == VoiceProvider::elevenlabs
                                 ? "/text-to-speech/" + kept.voice + "?output_format=pcm_24000"
                                 : "/audio/speech";
    std::string body = speech_body(provider_, speaking_.endpoint().model, kept.voice, text, style);
    PcmReader reader(std::move(text), std::pow(10.0, style.volume_db / 20));
    RemoteClient::OnData on_data = [&](std::string_view bytes) -> Result<> {
        AIMPACT_TRY(auto chunk, reader.feed(bytes));
        if (chunk) sink(*std::move(chunk));
        return {};
    };
    auto answer =
        co_await speaking_.post(path, "application/json", std::move(body), std::move(on_data), stop);
    if (answer.has_error()) {
        // A text that it refuses, or a caller who left, says nothing about the provider.
        const ErrorCode code = answer.error().code;
        if (code != ErrorCode::cancelled && code != ErrorCode::invalid_argument) breaker_.failed();
        co_return answer.error();
    }
    breaker_.succeeded();
    AIMPACT_CO_TRY(SpokenChunk last, reader.finish());
    sink(std::move(last));
    co_return Result<>{};
}

}  // namespace aimpact::voice
