#include "realtime/heard_emotion.hpp"

#include <algorithm>
#include <cmath>

#include "voice/audio.hpp"

namespace aimpact::realtime {

namespace {

double rounded(float value) {
    return std::round(static_cast<double>(value) * 1000) / 1000;
}

std::vector<float> samples_of(const std::vector<float>& recording, const voice::Segment& segment) {
    const auto at = [&](double seconds) {
        const auto sample = static_cast<std::ptrdiff_t>(seconds * voice::kRecognitionRate);
        return recording.begin() + std::clamp(sample, std::ptrdiff_t{0}, std::ssize(recording));
    };
    const auto from = at(segment.start_seconds);
    return {from, std::max(from, at(segment.end_seconds))};
}

}  // namespace

agents::HeardEmotion heard_emotion(const voice::EmotionEstimate& estimate) {
    agents::HeardEmotion out;
    out.label = estimate.label();
    for (std::size_t i = 0; i < voice::kEmotions; ++i)
        out.probabilities.emplace(voice::kEmotionNames[i], rounded(estimate.probabilities[i]));
    out.arousal = rounded(estimate.arousal);
    out.valence = rounded(estimate.valence);
    return out;
}

base::Task<base::Result<RecordingEmotions>> hear_recording(voice::EmotionHearing& hearing,
                                                           std::vector<float> samples,
                                                           std::vector<voice::Segment> segments) {
    RecordingEmotions out;
    std::array<float, voice::kEmotions> sum{};
    float seconds = 0;
    for (const voice::Segment& segment : segments) {
        auto asked = hearing.estimate(samples_of(samples, segment), inference::Priority::batch);
        AIMPACT_CO_TRY(const auto found, co_await std::move(asked));
        out.segments.push_back(found ? std::optional(heard_emotion(*found)) : std::nullopt);
        if (!found) continue;
        seconds += found->speech_seconds;
        for (std::size_t i = 0; i < voice::kEmotions; ++i)
            sum[i] += found->probabilities[i] * found->speech_seconds;
    }
    if (seconds > 0) {
        for (float& share : sum) share /= seconds;
        out.whole = heard_emotion(voice::make_estimate(sum, seconds));
    }
    co_return out;
}

}  // namespace aimpact::realtime
