// Faster or slower speech at the same pitch.
#pragma once

#include <span>
#include <vector>

namespace aimpact::voice {

// WSOLA (Verhelst and Roelands 1993). `rate` 2 gives half the length; 0.25 .. 4.
std::vector<float> scale_time(std::span<const float> samples, int sample_rate, double rate);

}  // namespace aimpact::voice
