#include "voice/quality/dnsmos_features.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace aimpact::voice {

namespace {

// 321 is 3 * 107: no fast transform helps much, and with the symmetry of a real signal's the plain sums are
// half as long. The window is in the tables.
constexpr std::size_t kWindow = 321, kHalf = kWindow / 2, kBins = kHalf + 1, kHop = 160;
constexpr float kFloor = 1e-10F, kRangeDb = 80;

// Slaney's mel scale: linear to 1 kHz, logarithmic above.
double mel_of(double hz) {
    return hz < 1000 ? 3.0 * hz / 200.0 : 15.0 + std::log(hz / 1000.0) * 27.0 / std::log(6.4);
}
double hz_of(double mel) {
    return mel < 15 ? 200.0 * mel / 3.0 : 1000.0 * std::exp((mel - 15.0) * std::log(6.4) / 27.0);
}

struct Filter {
    std::size_t first = 0;
    std::vector<float> weights;
};

std::vector<Filter> mel_filters() {
    std::array<double, kDnsmosMels + 2> edges;
    const double top = mel_of(8000.0);
    for (std::size_t i = 0; i < edges.size(); ++i)
        edges[i] = hz_of(top * static_cast<double>(i) / static_cast<double>(edges.size() - 1));
    std::vector<Filter> filters(kDnsmosMels);
    for (std::size_t m = 0; m < kDnsmosMels; ++m) {
        const double norm = 2.0 / (edges[m + 2] - edges[m]);
        for (std::size_t bin = 0; bin < kBins; ++bin) {
            const double hz = 16'000.0 * static_cast<double>(bin) / kWindow;
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

}  // namespace

struct DnsmosFeatures::Impl {
    std::vector<Filter> filters = mel_filters();
    std::array<float, kWindow> window{};
    // Of the sums and differences of samples that lie as far before as behind the middle, [sample][bin].
    std::vector<float> cosines = std::vector<float>((kHalf + 1) * kBins);
    std::vector<float> sines = std::vector<float>((kHalf + 1) * kBins);
    std::vector<float> padded = std::vector<float>(kDnsmosMelSamples + 2 * kHalf);
    std::array<float, kBins> real{}, imaginary{};

    Impl() {
        constexpr double kTurn = 2 * std::numbers::pi / kWindow;
        for (std::size_t i = 0; i < kWindow; ++i)
            window[i] = static_cast<float>(0.5 - 0.5 * std::cos(kTurn * static_cast<double>(i)));
        for (std::size_t i = 0; i <= kHalf; ++i)
            for (std::size_t bin = 0; bin < kBins; ++bin) {
                const double phase = kTurn * static_cast<double>(i * bin % kWindow);
                cosines[i * kBins + bin] = static_cast<float>(std::cos(phase));
                sines[i * kBins + bin] = static_cast<float>(std::sin(phase));
            }
    }

    // Power is what counts, so phases are taken from the window's middle.
    void spectrum(const float* from) {
        const float middle = from[kHalf] * window[kHalf];
        real.fill(middle);
        imaginary.fill(0);
        for (std::size_t i = 1; i <= kHalf; ++i) {
            const float after = from[kHalf + i] * window[kHalf + i];
            const float before = from[kHalf - i] * window[kHalf - i];
            const float even = after + before, odd = after - before;
            const float* cosine = cosines.data() + i * kBins;
            const float* sine = sines.data() + i * kBins;
            for (std::size_t bin = 0; bin < kBins; ++bin) {
                real[bin] += even * cosine[bin];
                imaginary[bin] += odd * sine[bin];
            }
        }
    }

    float row(const float* from, float* out) {
        spectrum(from);
        for (std::size_t bin = 0; bin < kBins; ++bin)
            real[bin] = real[bin] * real[bin] + imaginary[bin] * imaginary[bin];
        float top = kFloor;
        for (std::size_t m = 0; m < kDnsmosMels; ++m) {
            const Filter& filter = filters[m];
            float sum = 0;
            for (std::size_t i = 0; i < filter.weights.size(); ++i)
                sum += filter.weights[i] * real[filter.first + i];
            out[m] = std::max(sum, kFloor);
            top = std::max(top, out[m]);
        }
        return top;
    }
};

DnsmosFeatures::DnsmosFeatures() : impl_(std::make_unique<Impl>()) {}
DnsmosFeatures::~DnsmosFeatures() = default;

void DnsmosFeatures::compute(std::span<const float, kDnsmosMelSamples> samples,
                             std::span<float, kDnsmosMels * kDnsmosFrames> out) {
    std::copy(samples.begin(), samples.end(), impl_->padded.begin() + kHalf);
    float top = kFloor;
    for (std::size_t t = 0; t < kDnsmosFrames; ++t)
        top = std::max(top, impl_->row(impl_->padded.data() + t * kHop, out.data() + t * kDnsmosMels));
    for (float& value : out) value = (std::max(10 * std::log10(value / top), -kRangeDb) + 40) / 40;
}

}  // namespace aimpact::voice
