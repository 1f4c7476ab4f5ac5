// The equaliser of a matched voice: a filter of 10 ms without delay, so that a stream stays in time. Pure.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "voice/custom_voice.hpp"

namespace aimpact::voice {

// The taps of a minimum-phase filter with these gains at the bands' middles, dB between them linear in
// frequency, for samples at `sample_rate`. Empty if all gains are 0. The gains count against each other:
// their mean, weighted by nothing, is left as it is.
std::vector<float> equalizer_taps(const EqualizerGains& gains, int sample_rate);

// Filters a stream in pieces, in place. Not thread-safe. No taps: leaves samples as they are.
class FirFilter {
  public:
    FirFilter() = default;
    explicit FirFilter(std::shared_ptr<const std::vector<float>> taps);
    void process(std::span<float> samples);

  private:
    std::shared_ptr<const std::vector<float>> taps_;
    std::vector<float> before_;  // the last taps - 1 samples that came
};

}  // namespace aimpact::voice
