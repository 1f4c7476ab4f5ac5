#include "voice/tts/equalizer.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace aimpact::voice {
namespace {

constexpr std::size_t kTaps = 256;
constexpr std::size_t kPoints = 1024;  // of the spectrum that the taps are made of

double gain_db_at(const EqualizerGains& gains, double hz) {
    if (hz <= equalizer_band_hz(0)) return gains.front();
    for (std::size_t b = 1; b < gains.size(); ++b) {
        const double low = equalizer_band_hz(b - 1), high = equalizer_band_hz(b);
        if (hz > high) continue;
        const double share = (hz - low) / (high - low);
        return gains[b - 1] + share * (gains[b] - gains[b - 1]);
    }
    return gains.back();
}

// sum over n of values[n] exp(+-2 pi i k n / kPoints): once for each voice, so a plain sum will do.
std::vector<std::complex<double>> transform(const std::vector<std::complex<double>>& values, double sign) {
    std::vector<std::complex<double>> turns(kPoints);
    for (std::size_t i = 0; i < kPoints; ++i)
        turns[i] = std::polar(1.0, sign * 2 * std::numbers::pi * static_cast<double>(i) / kPoints);
    std::vector<std::complex<double>> out(kPoints);
    for (std::size_t k = 0; k < kPoints; ++k) {
        for (std::size_t n = 0; n < kPoints; ++n) out[k] += values[n] * turns[k * n % kPoints];
    }
    return out;
}

}  // namespace

// The minimum-phase filter of a magnitude by its real cepstrum, folded (Oppenheim and Schafer).
std::vector<float> equalizer_taps(const EqualizerGains& gains, int sample_rate) {
    if (std::ranges::all_of(gains, [](double gain) { return gain == 0; })) return {};
    std::vector<std::complex<double>> spectrum(kPoints);
    for (std::size_t k = 0; k < kPoints; ++k) {
        const double hz = static_cast<double>(std::min(k, kPoints - k)) * sample_rate / kPoints;
        spectrum[k] = gain_db_at(gains, hz) * std::numbers::ln10 / 20;
    }
    auto cepstrum = transform(spectrum, 1);
    for (std::size_t n = 0; n < kPoints; ++n) {
        const double fold = n == 0 || n == kPoints / 2 ? 1 : n < kPoints / 2 ? 2 : 0;
        cepstrum[n] = cepstrum[n].real() * fold / kPoints;
    }
    auto filter = transform(cepstrum, -1);
    for (auto& value : filter) value = std::exp(value);
    const auto response = transform(filter, 1);
    std::vector<float> taps(kTaps);
    for (std::size_t n = 0; n < kTaps; ++n) {
        const double at = static_cast<double>(n) / kTaps;  // the end fades, so that nothing is cut
        const double fade = at < 0.5 ? 1 : 0.5 + 0.5 * std::cos(2 * std::numbers::pi * (at - 0.5));
        taps[n] = static_cast<float>(response[n].real() / kPoints * fade);
    }
    return taps;
}

FirFilter::FirFilter(std::shared_ptr<const std::vector<float>> taps) : taps_(std::move(taps)) {
    if (taps_ && !taps_->empty()) before_.assign(taps_->size() - 1, 0.0F);
}

void FirFilter::process(std::span<float> samples) {
    if (!taps_ || taps_->empty() || samples.empty()) return;
    const std::vector<float>& taps = *taps_;
    std::vector<float> input = std::move(before_);
    const std::size_t past = input.size();
    input.insert(input.end(), samples.begin(), samples.end());
    std::ranges::fill(samples, 0.0F);
    for (std::size_t k = 0; k < taps.size(); ++k) {
        const float tap = taps[k];
        const float* from = input.data() + past - k;
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] += tap * from[i];
    }
    before_.assign(input.end() - static_cast<std::ptrdiff_t>(past), input.end());
}

}  // namespace aimpact::voice
