#include "voice/speakers/speaker_features.hpp"

#include <kissfft/kiss_fftr.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "voice/hann.hpp"
#include "voice/mel_filters.hpp"

namespace aimpact::voice {

namespace {
constexpr std::size_t kFft = 400, kBins = kFft / 2 + 1;
constexpr double kTargetDbfs = -30, kSilenceDbfs = -90;
}  // namespace

double speaker_gain(std::span<const float> samples) {
    double squares = 0;
    for (const float s : samples) squares += static_cast<double>(s) * s;
    const double dbfs =
        10 * std::log10(squares / static_cast<double>(std::max<std::size_t>(1, samples.size())) + 1e-12);
    return dbfs < kTargetDbfs && dbfs > kSilenceDbfs ? std::pow(10.0, (kTargetDbfs - dbfs) / 20) : 1.0;
}

struct SpeakerFeatures::Impl {
    kiss_fftr_cfg fft = kiss_fftr_alloc(kFft, 0, nullptr, nullptr);
    std::vector<MelFilter> filters = mel_filters(kSpeakerMels, kFft, 16'000);
    std::array<float, kFft> window{}, frame{};
    std::array<kiss_fft_cpx, kBins> spectrum{};
    std::array<float, kBins> power{};

    Impl() {
        for (std::size_t i = 0; i < kFft; ++i) window[i] = static_cast<float>(hann(i, kFft));
    }
    ~Impl() { kiss_fftr_free(fft); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
};

SpeakerFeatures::SpeakerFeatures() : impl_(std::make_unique<Impl>()) {}
SpeakerFeatures::~SpeakerFeatures() = default;

void SpeakerFeatures::compute(std::span<const float> samples, double gain, std::size_t first,
                              std::span<float> out) {
    Impl& i = *impl_;
    const auto size = static_cast<std::ptrdiff_t>(samples.size());
    for (std::size_t f = 0; f < out.size() / kSpeakerMels; ++f) {
        const std::span<float> row = out.subspan(f * kSpeakerMels, kSpeakerMels);
        const auto from =
            static_cast<std::ptrdiff_t>((first + f) * kSpeakerHop) - static_cast<std::ptrdiff_t>(kFft / 2);
        if (from >= size) {
            std::ranges::fill(row, 0.0F);
            continue;
        }
        for (std::size_t k = 0; k < kFft; ++k) {
            const std::ptrdiff_t at = from + static_cast<std::ptrdiff_t>(k);
            const float sample = at >= 0 && at < size ? samples[static_cast<std::size_t>(at)] : 0.0F;
            i.frame[k] = sample * static_cast<float>(gain) * i.window[k];
        }
        kiss_fftr(i.fft, i.frame.data(), i.spectrum.data());
        for (std::size_t b = 0; b < kBins; ++b)
            i.power[b] = i.spectrum[b].r * i.spectrum[b].r + i.spectrum[b].i * i.spectrum[b].i;
        for (std::size_t m = 0; m < kSpeakerMels; ++m) row[m] = i.filters[m].apply(i.power);
    }
}

}  // namespace aimpact::voice
