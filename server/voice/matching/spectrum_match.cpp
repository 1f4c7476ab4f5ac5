#include "voice/matching/spectrum_match.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace aimpact::voice {
namespace {

// The middle of a mel band on Slaney's scale: linear to 1 kHz, logarithmic above.
double band_hz(std::size_t band) {
    constexpr double kStep = 200.0 / 3, kBreak = 1000, kTop = 8000;
    const double log_step = std::log(6.4) / 27;
    const double top = kBreak / kStep + std::log(kTop / kBreak) / log_step;
    const double mel = top * static_cast<double>(band + 1) / (kSpeakerMels + 1);
    const double low = kBreak / kStep;
    return mel < low ? mel * kStep : kBreak * std::exp(log_step * (mel - low));
}

constexpr double kFloor = 1e-12;
constexpr std::size_t kSmooth = 2;  // bands to each side

}  // namespace

LongTermSpectrum long_term_spectrum(std::span<const float> samples) {
    const std::size_t frames = samples.size() / kSpeakerHop + 1;
    std::vector<float> mels(frames * kSpeakerMels);
    SpeakerFeatures().compute(samples, 1, 0, mels);
    std::vector<double> power(frames);
    for (std::size_t f = 0; f < frames; ++f)
        power[f] = std::accumulate(&mels[f * kSpeakerMels], &mels[f * kSpeakerMels] + kSpeakerMels, 0.0);
    std::vector<double> sorted = power;
    std::ranges::sort(sorted);
    const double least = sorted[sorted.size() * 95 / 100] * 1e-3;  // 30 dB below the loud frames
    std::array<double, kSpeakerMels> sum{};
    std::size_t count = 0;
    for (std::size_t f = 0; f < frames; ++f) {
        if (power[f] <= least) continue;
        ++count;
        for (std::size_t b = 0; b < kSpeakerMels; ++b)
            sum[b] += static_cast<double>(mels[f * kSpeakerMels + b]);
    }
    LongTermSpectrum out{};
    for (std::size_t b = 0; b < kSpeakerMels; ++b)
        out[b] = 10 * std::log10(sum[b] / static_cast<double>(std::max<std::size_t>(1, count)) + kFloor);
    return out;
}

LongTermSpectrum band_gains(const EqualizerGains& gains) {
    LongTermSpectrum out{};
    for (std::size_t b = 0; b < kSpeakerMels; ++b) {
        const double hz = band_hz(b);
        std::size_t g = 1;
        while (g + 1 < gains.size() && equalizer_band_hz(g) < hz) ++g;
        const double low = equalizer_band_hz(g - 1), high = equalizer_band_hz(g);
        out[b] = gains[g - 1] + std::clamp((hz - low) / (high - low), 0.0, 1.0) * (gains[g] - gains[g - 1]);
    }
    return out;
}

double bandwidth_hz(const LongTermSpectrum& spectrum) {
    constexpr double kRange = 50;
    const double most = *std::ranges::max_element(spectrum);
    std::size_t last = kSpeakerMels - 1;
    while (last > 0 && spectrum[last] < most - kRange) --last;
    return last + 1 == kSpeakerMels ? 8000 : band_hz(last + 1);
}

EqualizerGains matching_gains(const LongTermSpectrum& from, const LongTermSpectrum& to, double strength) {
    LongTermSpectrum difference{}, smooth{};
    for (std::size_t b = 0; b < kSpeakerMels; ++b) difference[b] = to[b] - from[b];
    for (std::size_t b = 0; b < kSpeakerMels; ++b) {
        const std::size_t first = b < kSmooth ? 0 : b - kSmooth,
                          last = std::min(b + kSmooth, kSpeakerMels - 1);
        for (std::size_t k = first; k <= last; ++k)
            smooth[b] += difference[k] / static_cast<double>(last - first + 1);
    }
    // Level isn't matched; what counts is where speech has its power.
    const double mean = std::accumulate(smooth.begin() + 2, smooth.end() - 2, 0.0) / (kSpeakerMels - 4);
    EqualizerGains gains{};
    for (std::size_t g = 0; g < gains.size(); ++g) {
        const double hz = equalizer_band_hz(g);
        std::size_t b = 1;
        while (b + 1 < kSpeakerMels && band_hz(b) < hz) ++b;
        const double share = std::clamp((hz - band_hz(b - 1)) / (band_hz(b) - band_hz(b - 1)), 0.0, 1.0);
        const double wanted = smooth[b - 1] + share * (smooth[b] - smooth[b - 1]) - mean;
        gains[g] = std::clamp(strength * wanted, -kEqualizerDbMax, kEqualizerDbMax);
    }
    return gains;
}

}  // namespace aimpact::voice
