// Own voices at a provider: OpenAI's custom voices (or any endpoint with that API), or ElevenLabs. Sample and
// consent are sent there; the voice stays there, and is deleted there with ours.
//
//   OpenAI      POST {url}/audio/voice_consents (name, language, recording), POST {url}/audio/voices (name,
//               consent, audio_sample), POST {url}/audio/speech with "voice": {"id"}
//   ElevenLabs  POST {url}/voices/add (name, files), POST {url}/text-to-speech/{voice_id}?output_format=
//               pcm_24000, DELETE {url}/voices/{voice_id}; the key goes in xi-api-key
#pragma once

#include "voice/cloning/voice_engine.hpp"
#include "voice/remote/circuit_breaker.hpp"
#include "voice/remote/remote_client.hpp"

namespace aimpact::voice {

enum class VoiceProvider { openai, elevenlabs };

struct ProviderOptions {
    VoiceProvider provider = VoiceProvider::openai;
    RemoteEndpoint endpoint;  // its model is the one that speaks
    BreakerOptions breaker = {};
};

class ProviderEngine final : public VoiceEngine {
  public:
    // Both outlive it.
    ProviderEngine(ProviderOptions options, net::HttpClient& http, const base::Clock& clock);

    std::string_view name() const override { return "provider"; }
    Result<> available() const override { return {}; }
    bool keeps_sample() const override { return false; }
    base::Task<Result<>> make(VoiceSource source, OnMade on_made, Progress progress,
                              std::stop_token stop) override;
    Result<std::shared_ptr<const CustomVoice>> open(const std::string& id,
                                                    const std::string& data) const override;
    base::Task<Result<>> forget(std::string data) override;
    Result<> check(const CustomVoice& voice, const SpeechStyle& style) const override;
    base::Task<Result<>> stream(std::shared_ptr<const CustomVoice> voice, std::string text, SpeechStyle style,
                                inference::Priority priority, std::function<void(SpokenChunk)> sink,
                                std::stop_token stop,
                                std::optional<std::chrono::steady_clock::time_point> needed_at) override;

  private:
    base::Task<Result<std::string>> create(std::string path, std::string body, const char* id_field,
                                           std::stop_token stop) const;
    base::Task<Result<>> make_openai(const VoiceSource& source, const OnMade& on_made, std::stop_token stop);
    base::Task<Result<>> make_elevenlabs(const VoiceSource& source, const OnMade& on_made,
                                         std::stop_token stop);
    base::Task<Result<>> remove(std::string path) const;

    const VoiceProvider provider_;
    const RemoteClient making_;  // once each: a second try could make a second voice
    const RemoteClient speaking_;
    CircuitBreaker breaker_;
};

}  // namespace aimpact::voice
