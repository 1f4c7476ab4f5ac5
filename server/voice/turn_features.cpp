#include "voice/turn_features.hpp"

#include <kissfft/kiss_fftr.h>

#include <algorithm>
#include <cmath>

#include "voice/hann.hpp"
#include "voice/mel_filters.hpp"

namespace aimpact::voice {

namespace {

constexpr std::size_t kFft = 400, kHop = 160, kBins = kFft / 2 + 1, kPad = kFft / 2;
constexpr double kVarianceEpsilon = 1e-7;
constexpr float kFloor = 1e-10F;

}  // namespace

struct TurnFeatures::Impl {
    kiss_fftr_cfg fft = kiss_fftr_alloc(kFft, 0, nullptr, nullptr);
    std::vector<MelFilter> filters = mel_filters(kTurnMels, kFft, 16'000);
    std::array<float, kFft> window{};
    std::vector<float> padded = std::vector<float>(kTurnSamples + 2 * kPad);
    std::array<float, kFft> frame{};
    std::array<kiss_fft_cpx, kBins> spectrum{};
    std::array<float, kBins> power{};

    Impl() {
        for (std::size_t i = 0; i < kFft; ++i) window[i] = static_cast<float>(hann(i, kFft));
    }
    ~Impl() { kiss_fftr_free(fft); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // Zero mean and unit variance over the padded 8 s, then 200 samples of reflection at both ends.
    void normalise(std::span<const float> samples) {
        const std::size_t count = samples.size();
        double sum = 0, squares = 0;
        for (const float s : samples) sum += s;
        const double mean = sum / kTurnSamples;
        for (const float s : samples) squares += (s - mean) * (s - mean);
        squares += static_cast<double>(kTurnSamples - count) * mean * mean;
        const double scale = 1.0 / std::sqrt(squares / kTurnSamples + kVarianceEpsilon);
        float* body = padded.data() + kPad;
        std::fill_n(body, kTurnSamples - count, static_cast<float>(-mean * scale));
        std::transform(samples.begin(), samples.end(), body + (kTurnSamples - count),
                       [&](float s) { return static_cast<float>((s - mean) * scale); });
        for (std::size_t i = 0; i < kPad; ++i) {
            padded[kPad - 1 - i] = body[i + 1];
            body[kTurnSamples + i] = body[kTurnSamples - 2 - i];
        }
    }

    // Column `t` of the log-mel spectrogram; returns its largest value.
    float column(std::size_t t, float* out) {
        const float* from = padded.data() + t * kHop;
        for (std::size_t i = 0; i < kFft; ++i) frame[i] = from[i] * window[i];
        kiss_fftr(fft, frame.data(), spectrum.data());
        for (std::size_t b = 0; b < kBins; ++b)
            power[b] = spectrum[b].r * spectrum[b].r + spectrum[b].i * spectrum[b].i;
        float top = -10.0F;
        for (std::size_t m = 0; m < kTurnMels; ++m) {
            const float value = std::log10(std::max(filters[m].apply(power), kFloor));
            out[m * kTurnFrames + t] = value;
            top = std::max(top, value);
        }
        return top;
    }
};

TurnFeatures::TurnFeatures() : impl_(std::make_unique<Impl>()) {}
TurnFeatures::~TurnFeatures() = default;

void TurnFeatures::compute(std::span<const float> samples, std::span<float, kTurnMels * kTurnFrames> out) {
    if (samples.size() > kTurnSamples) samples = samples.last(kTurnSamples);
    impl_->normalise(samples);
    // Frames that see nothing but the padding are all alike: compute one and copy.
    const std::size_t silent = kTurnSamples - samples.size();
    const std::size_t alike = silent > kPad ? (silent - kPad) / kHop : 0;
    float top = -10.0F;
    for (std::size_t t = 0; t < kTurnFrames; ++t) {
        if (t > 0 && t < alike)
            for (std::size_t m = 0; m < kTurnMels; ++m) out[m * kTurnFrames + t] = out[m * kTurnFrames];
        else
            top = std::max(top, impl_->column(t, out.data()));
    }
    for (float& value : out) value = (std::max(value, top - 8.0F) + 4.0F) / 4.0F;
}

}  // namespace aimpact::voice
