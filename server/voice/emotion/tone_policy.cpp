#include "voice/emotion/tone_policy.hpp"

#include <algorithm>

namespace aimpact::voice {

namespace {

struct Answer {
    std::string_view mirror, soothe;
};
constexpr std::array<Answer, kEmotions> kAnswers{{{"neutral", "neutral"},
                                                  {"calm", "neutral"},
                                                  {"happy", "neutral"},
                                                  {"sad", "empathetic"},
                                                  {"calm", "calm"},
                                                  {"empathetic", "empathetic"},
                                                  {"neutral", "calm"},
                                                  {"surprised", "neutral"}}};
constexpr double kIntensityMin = 0.4, kConfidenceFull = 0.8;

}  // namespace

Tone tone_for(TonePolicy policy, const EmotionEstimate& heard, std::span<const std::string> offered) {
    const double confidence = heard.confidence();
    if (confidence < kToneConfidenceMin || (policy != TonePolicy::mirror && policy != TonePolicy::soothe))
        return {};
    const Answer& answer = kAnswers[heard.best()];
    std::string_view emotion = policy == TonePolicy::mirror ? answer.mirror : answer.soothe;
    const auto can = [&](std::string_view name) { return std::ranges::find(offered, name) != offered.end(); };
    if (emotion == "empathetic" && !can(emotion)) emotion = "calm";
    if (emotion == "neutral" || !can(emotion)) return {};
    const double sure = (confidence - kToneConfidenceMin) / (kConfidenceFull - kToneConfidenceMin);
    return {std::string(emotion), std::clamp(kIntensityMin + (1 - kIntensityMin) * sure, kIntensityMin, 1.0)};
}

}  // namespace aimpact::voice
