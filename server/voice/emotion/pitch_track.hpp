// Pitch every 10 ms: normalised autocorrelation of 40 ms at 8 kHz, and the best path through its peaks
// (Boersma, "Accurate short-term analysis of the fundamental frequency", 1993). 60 .. 615 Hz.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace aimpact::voice {

struct PitchPoint {
    double semitones = 0;  // above 100 Hz; 0 where unvoiced
    double harmonic = 0;   // 0 .. 0.999
    bool voiced = false;
};

// Not thread-safe; about 2 ms for 3 s.
class PitchTrack {
  public:
    PitchTrack();
    ~PitchTrack();
    // One point for each whole 160 samples of 16 kHz.
    std::vector<PitchPoint> compute(std::span<const float> samples_16k);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
