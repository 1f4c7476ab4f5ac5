// Emotion in speech: what people change when they speak with one, as a table of targets against their own
// neutral way (docs/EMOTION.md says where it comes from), and the edits of planned speech that bring a clause
// there. The planned pitch and lengths are known before anything is decoded, so a clause reaches its targets
// by itself, in whatever voice. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aimpact::voice {

// Of edited pitch, in Hz; what lies below the first is unvoiced.
inline constexpr float kVoicedHz = 20, kLowestHz = 60, kHighestHz = 520;

// How a clause differs from the voice's neutral way of saying it.
struct ProsodyEdit {
    double rate = 1;       // speaking rate, pauses not counted
    double vowels = 1;     // length of vowels against that of consonants, at the same rate
    double pauses = 1;     // length of pauses, within a clause and after it
    double pitch = 0;      // semitones: mean of F0
    double range = 1;      // of F0, from its 10th to its 90th percentile
    double slope = 0;      // semitones gained from the first voiced sound to the last
    double ending = 0;     // semitones gained over the last quarter
    double tremor = 0;     // semitones, amplitude of a 6 Hz modulation of F0
    double roughness = 0;  // semitones, standard deviation of F0 from one 12.5 ms to the next
    double effort = 0;     // added to the planned energy: the voice's timbre follows, its level hardly
    double low_db = 0;     // below 500 Hz } against the middle, at the same loudness
    double high_db = 0;    // above 2 kHz  }
    double gain_db = 0;    // loudness
    double transpose = 0;  // semitones, after all the rest: what the style asks for

    // How far pitch is moved as a whole.
    double semitones() const { return pitch + transpose; }
    bool operator==(const ProsodyEdit&) const = default;
};

const std::vector<std::string>& emotion_names();
// Neutral for a name that is not listed. `intensity` 0 .. 1: how much of the way from neutral, differences
// linearly and ratios geometrically. Men and women differ: an angry man raises his voice by twice as much.
ProsodyEdit emotion_edit(std::string_view emotion, double intensity, bool man = false);

// F0 in Hz, two values a frame of 25 ms; values below 20 Hz are unvoiced and stay. Mean and range of the
// result are those asked for, as far as 60 .. 520 Hz allow; then transposed.
void edit_pitch(std::span<float> f0, const ProsodyEdit& edit);

// What a token stands for; between two words there is as a rule no pause.
enum class PhoneClass { vowel, consonant_or_space, pause };
// Lengths in frames at normal rate, and each token's class -> whole frames, at least one each, whose sum over
// all phones is that of the rate asked for as nearly as whole frames allow. `rate` comes on top of the
// edit's.
std::vector<int> edit_lengths(std::span<const double> lengths, std::span<const PhoneClass> classes,
                              const ProsodyEdit& edit, double rate);

}  // namespace aimpact::voice
