// Emotion by editing the prosody that the model predicted: pitch, pace, level, pauses. Settings are first
// values, measured on one voice; intensity scales them from nothing to full.
#pragma once

#include <numbers>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aimpact::voice {

// Of edited pitch, in Hz; what lies below the first is unvoiced.
inline constexpr float kVoicedHz = 20, kLowestHz = 60, kHighestHz = 520;

struct ProsodyEdit {
    double rate = 1;       // speaking rate
    double shift = 0;      // of log F0 about its median
    double range = 1;      // factor on log F0's deviation from the median
    double fall = 0;       // log F0 lost from start to end
    double rise = 0;       // log F0 gained over the last quarter
    double tremor = 0;     // amplitude of a 6 Hz modulation of log F0
    double transpose = 0;  // of log F0, after all the rest
    double gain_db = 0;
    double pauses = 1;  // factor on the pauses between clauses

    // How far pitch is moved as a whole.
    double semitones() const { return (shift + transpose) * 12 / std::numbers::ln2; }
};

const std::vector<std::string>& emotion_names();
// Neutral for a name that is not listed. `intensity` 0 .. 1.
ProsodyEdit emotion_edit(std::string_view emotion, double intensity);

// F0 in Hz, two values a frame of 25 ms; values below 20 Hz are unvoiced and stay. Result in 60 .. 520 Hz,
// then transposed.
void edit_pitch(std::span<float> f0, const ProsodyEdit& edit);

}  // namespace aimpact::voice
