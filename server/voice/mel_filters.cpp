#include "voice/mel_filters.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::voice {

namespace {
double mel_of(double hz) {
    return hz < 1000 ? 3.0 * hz / 200.0 : 15.0 + std::log(hz / 1000.0) * 27.0 / std::log(6.4);
}
double hz_of(double mel) {
    return mel < 15 ? 200.0 * mel / 3.0 : 1000.0 * std::exp((mel - 15.0) * std::log(6.4) / 27.0);
}
}  // namespace

std::vector<MelFilter> mel_filters(std::size_t count, std::size_t fft_size, double sample_rate) {
    const double nyquist = sample_rate / 2, top = mel_of(nyquist);
    const std::size_t bins = fft_size / 2 + 1;
    std::vector<double> edges(count + 2);
    for (std::size_t i = 0; i < edges.size(); ++i)
        edges[i] = hz_of(top * static_cast<double>(i) / static_cast<double>(edges.size() - 1));
    std::vector<MelFilter> filters(count);
    for (std::size_t m = 0; m < count; ++m) {
        const double norm = 2.0 / (edges[m + 2] - edges[m]);
        for (std::size_t bin = 0; bin < bins; ++bin) {
            const double hz = nyquist * static_cast<double>(bin) / static_cast<double>(bins - 1);
            const double up = (hz - edges[m]) / (edges[m + 1] - edges[m]);
            const double down = (edges[m + 2] - hz) / (edges[m + 2] - edges[m + 1]);
            const double weight = std::max(0.0, std::min(up, down)) * norm;
            if (weight <= 0) continue;
            if (filters[m].weights.empty()) filters[m].first = bin;
            filters[m].weights.push_back(static_cast<float>(weight));
        }
    }
    return filters;
}

}  // namespace aimpact::voice
