#include "voice/emotion/emotion_features.hpp"

#include <kissfft/kiss_fftr.h>

#include <algorithm>
#include <cmath>

#include "voice/emotion/pitch_track.hpp"
#include "voice/hann.hpp"
#include "voice/mel_filters.hpp"

namespace aimpact::voice {

namespace {

constexpr std::size_t kHop = 160, kWindow = 400, kFft = 512, kBins = kFft / 2 + 1;
constexpr double kSpanDb = 30;
constexpr std::size_t kMargin = 5;  // frames kept around the speech
constexpr std::array<std::pair<double, double>, kEmotionBands> kBandsHz{
    {{60, 500}, {500, 1000}, {1000, 2000}, {2000, 3400}, {3400, 5000}, {5000, 8000}}};

double decibels(double power) {
    return 10 * std::log10(power + 1e-9);
}

struct Stretch {
    std::size_t from, to;
};

// The speech, in pieces of at most 3 s; none if there is too little of it.
std::vector<Stretch> stretches(const std::vector<EmotionFrame>& frames) {
    if (frames.size() < kEmotionFramesMin) return {};
    std::vector<double> energy(frames.size());
    std::ranges::transform(frames, energy.begin(), [](const EmotionFrame& f) { return f.energy; });
    const double loud = percentile(energy, 95) - kSpanDb;
    const auto is_loud = [loud](double e) { return e > loud; };
    const auto first = std::ranges::find_if(energy, is_loud) - energy.begin();
    const auto last =
        std::find_if(energy.rbegin(), energy.rend(), is_loud).base() - energy.begin();  // behind it
    const std::size_t start = std::max<std::size_t>(static_cast<std::size_t>(first), kMargin) - kMargin;
    const std::size_t end = std::min(frames.size(), static_cast<std::size_t>(last) + kMargin);
    if (end < start + kEmotionFramesMin) return {};
    std::vector<Stretch> out;
    for (std::size_t from = start; out.empty() || from + kEmotionFramesMax <= end; from += kEmotionFramesStep)
        out.push_back({from, std::min(end, from + kEmotionFramesMax)});
    if (out.back().from + kEmotionFramesMax < end) out.push_back({end - kEmotionFramesMax, end});
    return out;
}

}  // namespace

double percentile(std::vector<double> values, double percent) {
    if (values.empty()) return 0;
    const double at = percent / 100 * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(below);
    std::nth_element(values.begin(), place, values.end());
    if (below + 1 == values.size()) return *place;
    const double above = *std::min_element(place + 1, values.end());
    return *place + (at - static_cast<double>(below)) * (above - *place);
}

struct EmotionFeatures::Impl {
    kiss_fftr_cfg fft = kiss_fftr_alloc(kFft, 0, nullptr, nullptr);
    std::vector<MelFilter> filters = mel_filters(kEmotionMels, kFft, 16'000);
    std::array<float, kWindow> window{};
    std::array<float, kFft> frame{};
    std::array<kiss_fft_cpx, kBins> spectrum{};
    std::array<float, kBins> power{};
    PitchTrack pitch;
    EmotionNumbers numbers;

    Impl() {
        for (std::size_t i = 0; i < kWindow; ++i) window[i] = static_cast<float>(hann(i, kWindow));
    }
    ~Impl() { kiss_fftr_free(fft); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void analyse(std::span<const float> samples, std::size_t t, EmotionFrame& out) {
        constexpr std::size_t kBefore = (kWindow - kHop) / 2;
        frame.fill(0);
        for (std::size_t i = 0; i < kWindow; ++i) {
            const std::size_t at = t * kHop + i;
            if (at >= kBefore && at - kBefore < samples.size()) frame[i] = samples[at - kBefore] * window[i];
        }
        kiss_fftr(fft, frame.data(), spectrum.data());
        for (std::size_t b = 0; b < kBins; ++b)
            power[b] = spectrum[b].r * spectrum[b].r + spectrum[b].i * spectrum[b].i;
        for (std::size_t m = 0; m < kEmotionMels; ++m) out.mel[m] = filters[m].apply(power);
        double all = 0;
        std::array<double, kEmotionBands> bands{};
        for (std::size_t b = 2; b < kBins; ++b) {
            all += power[b];
            const double hertz = 16'000.0 * static_cast<double>(b) / kFft;
            for (std::size_t band = 0; band < kEmotionBands; ++band)
                if (hertz >= kBandsHz[band].first && hertz < kBandsHz[band].second) bands[band] += power[b];
        }
        out.energy = decibels(all);
        for (std::size_t band = 0; band < kEmotionBands; ++band) out.bands[band] = decibels(bands[band]);
    }
};

EmotionFeatures::EmotionFeatures() : impl_(std::make_unique<Impl>()) {}
EmotionFeatures::~EmotionFeatures() = default;

std::vector<float> EmotionFeatures::compute(std::span<const float> samples, std::size_t* frames_out) {
    if (samples.size() > kEmotionSamplesMax) samples = samples.last(kEmotionSamplesMax);
    std::vector<EmotionFrame> frames(samples.size() / kHop);
    const std::vector<PitchPoint> pitch = impl_->pitch.compute(samples);
    for (std::size_t t = 0; t < frames.size(); ++t) {
        impl_->analyse(samples, t, frames[t]);
        frames[t].pitch = pitch[t].semitones;
        frames[t].harmonic = pitch[t].harmonic;
        frames[t].voiced = pitch[t].voiced;
    }
    const std::vector<Stretch> found = stretches(frames);
    if (frames_out) *frames_out = found.empty() ? 0 : found.back().to - found.front().from;
    std::vector<float> out(found.size() * kEmotionFeatures);
    for (std::size_t w = 0; w < found.size(); ++w)
        impl_->numbers.compute(std::span(frames).subspan(found[w].from, found[w].to - found[w].from),
                               std::span(out).subspan(w * kEmotionFeatures, kEmotionFeatures));
    return out;
}

}  // namespace aimpact::voice
