#include "voice/emotion/emotion_tracker.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::voice {

namespace {

// 0: all alike; 1: no doubt. A turn that says nothing still counts a little.
double certainty(const EmotionEstimate& e) {
    double entropy = 0;
    for (const float p : e.probabilities)
        if (p > 0) entropy -= static_cast<double>(p) * std::log(static_cast<double>(p));
    return std::max(0.05, 1 - entropy / std::log(static_cast<double>(kEmotions)));
}

}  // namespace

const EmotionEstimate& EmotionTracker::add(const EmotionEstimate& turn) {
    const double own =
        certainty(turn) * std::clamp(static_cast<double>(turn.speech_seconds), 0.1, kSecondsCounted);
    const double before = current_ ? weight_ * kFade : 0;
    std::array<float, kEmotions> mean{};
    for (std::size_t i = 0; i < kEmotions; ++i) {
        const double old = current_ ? static_cast<double>(current_->probabilities[i]) : 0;
        mean[i] = static_cast<float>((before * old + own * static_cast<double>(turn.probabilities[i])) /
                                     (before + own));
    }
    const float seconds = turn.speech_seconds + (current_ ? current_->speech_seconds : 0);
    weight_ = before + own;
    return current_.emplace(make_estimate(mean, seconds));
}

}  // namespace aimpact::voice
