#include "app/voice_engines.hpp"

#include "agents/voice_files.hpp"
#include "base/log.hpp"
#include "voice/cloning/matching_engine.hpp"
#include "voice/cloning/provider_engine.hpp"
#include "voice/cloning/zero_shot_engine.hpp"

namespace aimpact::app {

using base::Result;

namespace {

Result<voice::ProviderOptions> provider_options(const base::Config& config) {
    voice::ProviderOptions options;
    const bool eleven = config.text("speech.cloning_provider") == "elevenlabs";
    options.provider = eleven ? voice::VoiceProvider::elevenlabs : voice::VoiceProvider::openai;
    voice::RemoteEndpoint& endpoint = options.endpoint;
    const auto set_or = [&config](const char* key, const char* otherwise) {
        const std::string& set = config.text(key);
        return set.empty() ? std::string(otherwise) : set;
    };
    endpoint.base_url =
        set_or("speech.cloning_url", eleven ? "https://api.elevenlabs.io/v1" : "https://api.openai.com/v1");
    endpoint.model =
        set_or("speech.cloning_provider_model", eleven ? "eleven_multilingual_v2" : "gpt-4o-mini-tts");
    endpoint.api_key = config.text("speech.cloning_key");
    if (eleven) endpoint.key_header = "xi-api-key";
    endpoint.timeout = std::chrono::milliseconds(config.integer("speech.remote_timeout_ms"));
    endpoint.connect_timeout = std::min(endpoint.connect_timeout, endpoint.timeout);
    if (auto ok = voice::check_endpoint(endpoint); ok.has_error()) {
        base::Error error = ok.error();
        error.message = "speech.cloning_url: " + error.message;
        return error;
    }
    return options;
}

}  // namespace

voice::VoiceEngines make_voice_engines(const VoiceEngineParts& parts) {
    voice::VoiceEngines out;
    Engines& engines = parts.engines;
    const auto matcher = [&engines]() -> Result<const voice::VoiceMatcher*> {
        if (const voice::VoiceMatcher* there = engines.voice_matcher().get()) return there;
        return engines.voice_matcher().unavailable();
    };
    out.push_back(std::make_shared<voice::MatchingEngine>(matcher, parts.local));
    if (parts.config.text("speech.cloning_provider") != "none") {
        auto options = provider_options(parts.config);
        if (options.has_error())
            base::log_error("voice_provider.left_out", {{"message", options.error().message}});
        else
            out.push_back(
                std::make_shared<voice::ProviderEngine>(*std::move(options), parts.http, parts.clock));
    }
    if (!parts.config.text("speech.cloning_model").empty()) {
        const auto files = std::make_shared<const agents::VoiceFiles>(parts.data_dir);
        out.push_back(std::make_shared<voice::ZeroShotEngine>(voice::ZeroShotEngine::Parts{
            [&engines]() { return engines.cloning_model(); },
            [files](const std::string& org_id, const std::string& id) { return files->read(org_id, id); },
            parts.recognizer, engines.scheduler()}));
    }
    return out;
}

}  // namespace aimpact::app
