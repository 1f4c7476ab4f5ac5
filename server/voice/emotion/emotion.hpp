// How somebody feels, as it is heard: eight emotions, and arousal and valence.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace aimpact::voice {

inline constexpr std::size_t kEmotions = 8;
inline constexpr std::array<std::string_view, kEmotions> kEmotionNames{
    "neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"};

struct EmotionEstimate {
    std::array<float, kEmotions> probabilities{};  // in the order of kEmotionNames; they add up to 1
    // -1 .. 1: calm to excited, unpleasant to pleasant. The mean of Russell's circumplex (1980) over the
    // probabilities: a table, not a second model.
    float arousal = 0, valence = 0;
    float speech_seconds = 0;  // that it was judged by

    std::size_t best() const;  // the likeliest
    std::string_view label() const { return kEmotionNames[best()]; }
    float confidence() const { return probabilities[best()]; }
};

// With arousal and valence as the table has them.
EmotionEstimate make_estimate(const std::array<float, kEmotions>& probabilities, float speech_seconds);

}  // namespace aimpact::voice
