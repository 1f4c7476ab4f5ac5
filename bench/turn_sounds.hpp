// The sounds that turn-taking is tried on: coughs, clicks, rooms, telephone lines. All 16 kHz, all from
// seeds.
#pragma once

#include <random>
#include <span>
#include <vector>

namespace aimpact::bench {

using Samples = std::vector<float>;
using Random = std::mt19937;

double uniform(Random& random, double low, double high);
// RMS over the frames within 25 dB of the 95th percentile of the frames' level.
double active_level(std::span<const float> samples);
// The sample before the first, and after the last, such frame of 20 ms.
std::size_t speech_begin(std::span<const float> samples);
std::size_t speech_end(std::span<const float> samples);
Samples scaled_to(Samples samples, double level);

// One to three bursts of air through a throat: noise with formants, 5 ms to full strength, gone in 0.1 to 0.2
// s; a third of them end in a groan.
Samples cough(Random& random);
// Keys, pens and cups: three to nine strokes within a second.
Samples clicks(Random& random);
// A dull blow: a door, a desk.
Samples thump(Random& random);

// What a microphone hears of a loudspeaker in a small room (60 dB in 0.25 to 0.4 s), slightly clipped, `gain`
// as loud. Made sample by sample, since what is played may stop at any time.
class Room {
  public:
    Room(Random& random, double delay_seconds, double gain_db);
    float hear(float played);

  private:
    struct Path {
        std::size_t delay;
        float gain;
    };
    std::vector<Path> paths_;
    Samples past_;
    std::size_t at_ = 0;
    float drive_ = 1;
};

// 300 to 3400 Hz and the mu-law of a telephone line.
Samples telephone(std::span<const float> samples);
// Pauses longer than 0.3 s, as far as they are quiet, become 0.2 s.
Samples without_pauses(std::span<const float> samples);

}  // namespace aimpact::bench
