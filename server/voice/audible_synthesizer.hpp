// Listens to what a synthesiser gives before it is handed on: speech that is silent, or whose samples are no
// numbers, has failed without saying so. It is counted, logged and made once more; then it is an error like
// any other, so that a fallback can be said.
#pragma once

#include "base/metrics.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::voice {

// The quietest clause of the shipped voices is above -40 dBFS.
inline constexpr double kSilentDbfs = -60.0;

enum class Audible { yes, silent, not_finite };
// Nothing at all (a text without anything to say) is no silence; nor is what was asked for at a low volume.
Audible audible(std::span<const float> samples, double volume_db = 0);

// Words that gave no sound: what AudibleSynthesizer says when the second try is no better, and any
// synthesiser that finds it out by itself.
Error no_sound();
bool is_silent_audio(const Error& error);

class AudibleSynthesizer final : public Synthesizer {
  public:
    // Both outlive it.
    AudibleSynthesizer(Synthesizer& inner, base::Metrics& metrics);

    const std::vector<Voice>& voices() const override { return inner_.voices(); }
    const std::vector<std::string>& emotions() const override { return inner_.emotions(); }
    Result<> check(const SpeechStyle& style) const override { return inner_.check(style); }
    base::Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, inference::Priority priority,
                                           std::stop_token stop = {}) override;
    // Its first chunk decides: what follows may be a pause in the middle of the clause.
    base::Task<Result<>> stream(std::string text, SpeechStyle style, inference::Priority priority,
                                std::function<void(SpokenChunk)> sink, std::stop_token stop = {},
                                std::optional<std::chrono::steady_clock::time_point> needed_at = {}) override;
    // As the inner one speaks it; a chunk without sound ends it with an error.
    base::Task<Result<>> speak(std::string text, SpeechStyle style, inference::Priority priority,
                               std::function<base::Task<Result<>>(SpokenChunk)> sink,
                               std::stop_token stop = {}) override;
    base::Task<Result<>> warm_up(inference::Priority priority) override { return inner_.warm_up(priority); }

  private:
    void note(Audible what, const std::string& text, const SpeechStyle& style, int attempt) const;

    Synthesizer& inner_;
    prometheus::Counter &silent_, &not_finite_;
};

}  // namespace aimpact::voice
