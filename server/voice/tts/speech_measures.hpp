// What tests and benches measure on synthesised speech. Pure; samples at any rate, times in seconds.
#pragma once

#include <span>
#include <vector>

namespace aimpact::voice {

// F0 in Hz every 10 ms, 0 where unvoiced: the first strong peak of the normalised cross-correlation of 30 ms
// (as RAPT, Talkin 1995, without its tracking), 50 .. 1000 Hz.
std::vector<float> pitch_track(std::span<const float> samples, int sample_rate);

// The median of the voiced ones; 0 without any.
double median_pitch(std::span<const float> track);

// A stretch below `level_db` (dBFS, 5 ms frames) of at least `shortest`, with sound before and after it.
struct Silence {
    double begin = 0, end = 0;
};
std::vector<Silence> silences(std::span<const float> samples, int sample_rate, double level_db,
                              double shortest);

// How sharp the corner at sample `at` is: its second difference against the root mean square of those within
// 10 ms. Speech itself reaches 6 or so at glottal pulses; a cut to zero in a vowel is above 20.
double corner(std::span<const float> samples, int sample_rate, std::size_t at);

}  // namespace aimpact::voice
