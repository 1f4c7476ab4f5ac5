// Triangular filters on Slaney's mel scale (linear to 1 kHz, logarithmic above), each of area 1: librosa's
// filters.mel with its defaults, which most speech models were trained on.
#pragma once

#include <span>
#include <vector>

namespace aimpact::voice {

// One filter: only its bins that are not zero.
struct MelFilter {
    std::size_t first = 0;  // bin of weights[0]
    std::vector<float> weights;

    float apply(std::span<const float> power) const {
        float sum = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * power[first + i];
        return sum;
    }
};

// `count` filters from 0 Hz to half of `sample_rate` for the fft_size / 2 + 1 bins of a real transform.
std::vector<MelFilter> mel_filters(std::size_t count, std::size_t fft_size, double sample_rate);

}  // namespace aimpact::voice
