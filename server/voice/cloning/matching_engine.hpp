// The built-in engine: voice matching (voice/matching), spoken by the local voices.
#pragma once

#include "voice/cloning/voice_engine.hpp"
#include "voice/matching/voice_matcher.hpp"

namespace aimpact::voice {

class MatchingEngine final : public VoiceEngine {
  public:
    // `matcher` gives `unavailable` while models load; what it gives, and `synthesizer`, outlive this.
    using Matcher = std::function<Result<const VoiceMatcher*>()>;
    MatchingEngine(Matcher matcher, Synthesizer& synthesizer, MatchOptions options = {})
        : matcher_(std::move(matcher)), synthesizer_(synthesizer), options_(std::move(options)) {}

    std::string_view name() const override { return "matched"; }
    Result<> available() const override;
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
    const Matcher matcher_;
    Synthesizer& synthesizer_;
    const MatchOptions options_;
};

}  // namespace aimpact::voice
