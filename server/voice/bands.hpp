// The loudness of 32 ms of sound in 16 bands from 250 to 3750 Hz: what a telephone lets through, too. Frames
// of 16 kHz and of 24 kHz have the same bins (31.25 Hz), so that what is heard can be held against what is
// played.
#pragma once

#include <array>
#include <memory>
#include <span>

namespace aimpact::voice {

inline constexpr std::size_t kBands = 16;
using Bands = std::array<float, kBands>;  // dB of full scale, at least -100

class BandAnalyser {
  public:
    // `frame`: samples of 32 ms, 512 (16 kHz) or 768 (24 kHz).
    explicit BandAnalyser(std::size_t frame);
    ~BandAnalyser();
    BandAnalyser(BandAnalyser&&) noexcept;
    Bands operator()(std::span<const float> samples);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// How periodic the newest 48 ms of `samples` (16 kHz, at least 1024) are, at any pitch from 70 to 400 Hz: the
// greatest normalised autocorrelation, 0 to 1. Vowels reach 0.7 and more, clicks, hiss and coughs stay below
// 0.5.
float periodicity(std::span<const float> samples_16k);

}  // namespace aimpact::voice
