#include "voice/bands.hpp"

#include <kissfft/kiss_fftr.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "voice/hann.hpp"

namespace aimpact::voice {
namespace {

constexpr double kBinHz = 31.25, kLowHz = 250, kHighHz = 3750;
constexpr float kFloorPower = 1e-10F;

double mel(double hz) {
    return 1127.0 * std::log(1 + hz / 700);
}

// Bin at which each band begins; the last entry is where the last one ends.
std::array<std::size_t, kBands + 1> edges() {
    std::array<std::size_t, kBands + 1> out{};
    for (std::size_t i = 0; i <= kBands; ++i) {
        const double at = mel(kLowHz) + (mel(kHighHz) - mel(kLowHz)) * static_cast<double>(i) / kBands;
        out[i] = static_cast<std::size_t>(std::lround(700 * (std::exp(at / 1127.0) - 1) / kBinHz));
    }
    return out;
}

}  // namespace

struct BandAnalyser::Impl {
    explicit Impl(std::size_t size)
        : fft(kiss_fftr_alloc(static_cast<int>(size), 0, nullptr, nullptr)),
          window(size),
          frame(size),
          spectrum(size / 2 + 1) {
        double sum = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const double w = hann(i, size);
            window[i] = static_cast<float>(w);
            sum += w * w;
        }
        // So that the sum over all bins is the mean power of the frame.
        scale = static_cast<float>(2.0 / (sum * static_cast<double>(size)));
    }
    ~Impl() { kiss_fftr_free(fft); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    kiss_fftr_cfg fft;
    std::vector<float> window, frame;
    std::vector<kiss_fft_cpx> spectrum;
    std::array<std::size_t, kBands + 1> edge = edges();
    float scale = 0;
};

BandAnalyser::BandAnalyser(std::size_t frame) : impl_(std::make_unique<Impl>(frame)) {}
BandAnalyser::~BandAnalyser() = default;
BandAnalyser::BandAnalyser(BandAnalyser&&) noexcept = default;

Bands BandAnalyser::operator()(std::span<const float> samples) {
    Impl& i = *impl_;
    for (std::size_t n = 0; n < i.frame.size(); ++n) i.frame[n] = samples[n] * i.window[n];
    kiss_fftr(i.fft, i.frame.data(), i.spectrum.data());
    Bands out{};
    for (std::size_t b = 0; b < kBands; ++b) {
        float power = 0;
        for (std::size_t k = i.edge[b]; k < i.edge[b + 1]; ++k)
            power += i.spectrum[k].r * i.spectrum[k].r + i.spectrum[k].i * i.spectrum[k].i;
        out[b] = 10.0F * std::log10(std::max(power * i.scale, kFloorPower));
    }
    return out;
}

float periodicity(std::span<const float> samples_16k) {
    constexpr std::size_t kWindow = 768, kShortest = 16'000 / 400, kLongest = 16'000 / 70;
    if (samples_16k.size() < kWindow + kLongest) return 0;
    const std::span<const float> now = samples_16k.last(kWindow);
    double energy = 1e-9;
    for (const float s : now) energy += static_cast<double>(s) * s;
    const float* base = now.data();
    // Of the earlier stretch at the longest lag; one sample comes, one goes, as the lag grows.
    double best = 0;
    double shifted = 1e-9;
    for (std::size_t n = 0; n < kWindow; ++n) {
        const double s = *(base + n - kShortest);
        shifted += s * s;
    }
    for (std::size_t lag = kShortest; lag <= kLongest; ++lag) {
        if (lag > kShortest) {
            const double in = *(base - lag), gone = *(base + kWindow - lag);
            shifted = std::max(1e-9, shifted + in * in - gone * gone);
        }
        float sum = 0;
        for (std::size_t n = 0; n < kWindow; ++n) sum += base[n] * *(base + n - lag);
        best = std::max(best, static_cast<double>(sum) / std::sqrt(energy * shifted));
    }
    return static_cast<float>(std::clamp(best, 0.0, 1.0));
}

}  // namespace aimpact::voice
