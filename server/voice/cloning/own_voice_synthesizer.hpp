// Speaks in own voices what names one, and hands everything else on. A style names an own voice by its id
// ("voice_..."); what that is says the style's own_voices, for each clause anew. Without own_voices, or for
// an id that the organisation doesn't have, it is a voice that there isn't.
#pragma once

#include "voice/cloning/voice_engine.hpp"
#include "voice/own_voices.hpp"

namespace aimpact::voice {

class OwnVoiceSynthesizer final : public Synthesizer {
  public:
    // `inner` and `engines` outlive it.
    OwnVoiceSynthesizer(Synthesizer& inner, const VoiceEngines& engines) : inner_(inner), engines_(engines) {}

    const std::vector<Voice>& voices() const override { return inner_.voices(); }
    const std::vector<std::string>& emotions() const override { return inner_.emotions(); }
    // The errors of OwnVoices::find, beside the inner one's.
    Result<> check(const SpeechStyle& style) const override;
    base::Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, inference::Priority priority,
                                           std::stop_token stop = {}) override;
    base::Task<Result<>> stream(std::string text, SpeechStyle style, inference::Priority priority,
                                std::function<void(SpokenChunk)> sink, std::stop_token stop = {},
                                std::optional<std::chrono::steady_clock::time_point> needed_at = {}) override;
    base::Task<Result<>> speak(std::string text, SpeechStyle style, inference::Priority priority,
                               std::function<base::Task<Result<>>(SpokenChunk)> sink,
                               std::stop_token stop = {}) override;
    base::Task<Result<>> warm_up(inference::Priority priority) override { return inner_.warm_up(priority); }

  private:
    // The engine that speaks it; `unavailable` when this server has none of its kind.
    Result<VoiceEngine*> engine_of(const CustomVoice& voice) const;

    Synthesizer& inner_;
    const VoiceEngines& engines_;
};

}  // namespace aimpact::voice
