// The numbers about one window, in the order of emotion_features.py.
#include <kissfft/kiss_fftr.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "voice/emotion/emotion_features.hpp"
#include "voice/hann.hpp"

namespace aimpact::voice {

namespace {

using Series = std::vector<double>;
using Mask = std::vector<bool>;
using Mels = std::array<double, kEmotionMels>;

constexpr double kSpeechDb = 25, kVoicedDb = 30, kFloorDb = 70, kQuietDb = -60;
constexpr std::size_t kPitchMin = 5, kPitchNumbers = 23;
constexpr std::size_t kCepstra = 16, kPools = 16, kPairs = 32, kFft = 512, kTracks = 52;
constexpr std::array<std::pair<double, double>, 7> kModulationHz{
    {{0.6, 1.5}, {1.5, 3}, {3, 5}, {5, 8}, {8, 13}, {13, 20}, {20, 35}}};

double mean(const Series& v) {
    return v.empty() ? 0 : std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}
double deviation(const Series& v) {
    if (v.empty()) return 0;
    const double m = mean(v);
    double sum = 0;
    for (const double x : v) sum += (x - m) * (x - m);
    return std::sqrt(sum / static_cast<double>(v.size()));
}
double median(const Series& v) {
    return percentile(v, 50);
}
Series magnitudes(Series v) {
    for (double& x : v) x = std::abs(x);
    return v;
}
Series differences(const Series& v) {
    Series out;
    for (std::size_t i = 1; i < v.size(); ++i) out.push_back(v[i] - v[i - 1]);
    return out;
}
Series picked(const Series& v, const Mask& mask) {
    Series out;
    for (std::size_t i = 0; i < v.size(); ++i)
        if (mask[i]) out.push_back(v[i]);
    return out;
}
std::size_t count(const Mask& mask) {
    return static_cast<std::size_t>(std::ranges::count(mask, true));
}

// One window and what is derived of it.
struct Window {
    Series energy, pitch, moved, harmonic;
    Mask speech, voiced, rest;      // rest: speech without voice
    Mask speech_step, voiced_step;  // of differences: by the later frame, by both
    std::vector<Mels> mels;         // dB about their mean
    std::array<Series, kEmotionBands> bands;
    double top = 0, level = 0;

    explicit Window(std::span<const EmotionFrame> frames);
    double relative_energy(std::size_t t) const { return std::max(energy[t] - top, kQuietDb); }
};

Window::Window(std::span<const EmotionFrame> frames) {
    for (const EmotionFrame& f : frames) energy.push_back(f.energy);
    top = percentile(energy, 95);
    for (const EmotionFrame& f : frames) {
        const bool on = f.voiced && f.energy > top - kVoicedDb;
        speech.push_back(f.energy > top - kSpeechDb);
        voiced.push_back(on);
        rest.push_back(speech.back() && !on);
        harmonic.push_back(on ? f.harmonic : 0);
        pitch.push_back(on ? f.pitch : 0);
        for (std::size_t b = 0; b < kEmotionBands; ++b)
            bands[b].push_back(std::max(f.bands[b] - f.energy, kQuietDb));
    }
    for (std::size_t t = 1; t < frames.size(); ++t) {
        speech_step.push_back(speech[t]);
        voiced_step.push_back(voiced[t] && voiced[t - 1]);
    }
    level = mean(picked(energy, speech));
    const double middle = count(voiced) >= kPitchMin ? median(picked(pitch, voiced)) : 0;
    for (std::size_t t = 0; t < frames.size(); ++t) moved.push_back(voiced[t] ? pitch[t] - middle : 0);

    double loudest = -1e9;
    mels.resize(frames.size());
    for (std::size_t t = 0; t < frames.size(); ++t)
        for (std::size_t m = 0; m < kEmotionMels; ++m) {
            mels[t][m] = 10 * std::log10(static_cast<double>(frames[t].mel[m]) + 1e-10);
            if (speech[t]) loudest = std::max(loudest, mels[t][m]);
        }
    double sum = 0;
    for (std::size_t t = 0; t < mels.size(); ++t)
        for (double& value : mels[t]) {
            value = std::max(value, loudest - kFloorDb);
            if (speech[t]) sum += value;
        }
    const double average = sum / static_cast<double>(count(speech) * kEmotionMels);
    for (Mels& row : mels)
        for (double& value : row) value -= average;
}

}  // namespace

struct EmotionNumbers::Impl {
    kiss_fftr_cfg fft = kiss_fftr_alloc(kFft, 0, nullptr, nullptr);
    std::array<Mels, kCepstra> cosines{};
    std::vector<double> out;

    Impl() {
        for (std::size_t k = 0; k < kCepstra; ++k)
            for (std::size_t m = 0; m < kEmotionMels; ++m)
                cosines[k][m] = std::cos(std::numbers::pi * static_cast<double>(k) *
                                         (static_cast<double>(m) + 0.5) / kEmotionMels) *
                                std::sqrt(2.0 / kEmotionMels);
    }
    ~Impl() { kiss_fftr_free(fft); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void add(double value) { out.push_back(value); }
    // Mean, deviation, and what 5, 50 and 95 percent stay below.
    void spread(const Series& v) {
        if (v.size() < 3) {
            out.insert(out.end(), 5, 0.0);
            return;
        }
        add(mean(v));
        add(deviation(v));
        for (const double percent : {5, 50, 95}) add(percentile(v, percent));
    }
    void thirds(const Series& v, double base) {
        const std::size_t third = std::max<std::size_t>(1, v.size() / 3);
        for (std::size_t part = 0; part < 3; ++part) {
            const std::size_t from = std::min(part * third, v.size());
            const std::size_t to = part == 2 ? v.size() : std::min(from + third, v.size());
            const auto begin = v.begin();
            add(from == to ? 0
                           : mean(Series(begin + static_cast<std::ptrdiff_t>(from),
                                         begin + static_cast<std::ptrdiff_t>(to))) -
                                 base);
        }
    }

    void pitch(const Window& w) {
        const Series on = picked(w.pitch, w.voiced);
        if (on.size() < kPitchMin) {
            out.insert(out.end(), kPitchNumbers, 0.0);
            return;
        }
        const double middle = median(on);
        spread(on);
        add(percentile(on, 25) - middle);
        add(percentile(on, 75) - middle);
        add(*std::ranges::max_element(on) - middle);
        add(*std::ranges::min_element(on) - middle);
        const Series step = picked(differences(w.pitch), w.voiced_step), bend = magnitudes(differences(step));
        spread(step);
        add(mean(magnitudes(step)));
        add(median(magnitudes(step)));
        add(step.empty() ? 0
                         : static_cast<double>(std::ranges::count_if(step, [](double s) { return s > 0; })) /
                               static_cast<double>(step.size()));
        add(mean(bend));
        add(median(bend));
        add(slope(w, on));
        thirds(on, middle);
    }
    static double slope(const Window& w, const Series& on) {
        Series at;
        for (std::size_t t = 0; t < w.voiced.size(); ++t)
            if (w.voiced[t]) at.push_back(static_cast<double>(t) / 100);
        if (at.back() - at.front() <= 0.1) return 0;
        const double centre = mean(at), middle = mean(on);
        double both = 0, own = 0;
        for (std::size_t i = 0; i < at.size(); ++i) {
            both += (at[i] - centre) * (on[i] - middle);
            own += (at[i] - centre) * (at[i] - centre);
        }
        return both / own;
    }

    void energy(const Window& w) {
        const Series step = picked(differences(w.energy), w.voiced_step);
        add(mean(step));
        add(deviation(step));
        add(mean(magnitudes(step)));
        const Series voice = count(w.voiced) > 0 ? picked(w.energy, w.voiced) : w.energy;
        add(mean(voice) - w.level);
        add(deviation(voice));
        add(percentile(voice, 5) - w.top);
        add(percentile(voice, 95) - w.top);
        Series speech = picked(w.energy, w.speech);
        for (double& e : speech) e -= w.top;
        spread(speech);
        thirds(w.energy, w.level);
    }

    void harmonicity(const Window& w) {
        Series ratio = picked(w.harmonic, w.voiced);
        for (double& h : ratio) h = -10 * std::log10(1 / std::clamp(h, 0.05, 0.999) - 1);
        spread(ratio);
    }

    void rhythm(const Window& w) {
        const std::size_t n = w.energy.size();
        const double seconds = static_cast<double>(n) / 100;
        Series runs;
        for (std::size_t t = 0, from = 0; t <= n; ++t) {
            const bool before = t > 0 && w.voiced[t - 1], now = t < n && w.voiced[t];
            if (now && !before) from = t;
            if (before && !now) runs.push_back(static_cast<double>(t - from) / 100);
        }
        Series smooth(n);
        for (std::size_t t = 0; t < n; ++t) {
            const std::size_t from = t > 3 ? t - 3 : 0, to = std::min(t + 4, n);
            for (std::size_t i = from; i < to; ++i) smooth[t] += w.relative_energy(i);
            smooth[t] /= static_cast<double>(to - from);
        }
        int peaks = 0;
        for (std::size_t t = 1; t + 1 < n; ++t)
            peaks += smooth[t] > smooth[t - 1] && smooth[t] >= smooth[t + 1] && smooth[t] > -20 ? 1 : 0;
        add(static_cast<double>(count(w.voiced)) / static_cast<double>(n));
        add(static_cast<double>(runs.size()) / seconds);
        add(mean(runs));
        add(deviation(runs));
        add(runs.empty() ? 0 : *std::ranges::max_element(runs));
        add(static_cast<double>(count(w.speech)) / static_cast<double>(n));
        add(peaks / seconds);
    }

    void bands(const Window& w) {
        const bool voice = count(w.voiced) > 2, rest = count(w.rest) > 2;
        for (const Series& band : w.bands) {
            spread(voice ? picked(band, w.voiced) : band);
            const Series without = rest ? picked(band, w.rest) : band;
            add(mean(without));
            add(deviation(without));
        }
    }

    void shape(const Window& w) {
        const bool voice = count(w.voiced) > 2;
        for (std::size_t k = 1; k < kCepstra; ++k) {
            Series column;
            for (const Mels& row : w.mels)
                column.push_back(std::inner_product(row.begin(), row.end(), cosines[k].begin(), 0.0));
            spread(voice ? picked(column, w.voiced) : column);
            add(mean(picked(magnitudes(differences(column)), w.speech_step)));
        }
        constexpr std::size_t kWide = kEmotionMels / kPools;
        for (std::size_t p = 0; p < kPools; ++p) {
            double sum = 0;
            for (std::size_t t = 0; t < w.mels.size(); ++t)
                if (w.speech[t]) sum += pooled(w.mels[t], p, kWide);
            add(sum / static_cast<double>(count(w.speech)));
        }
        Series flux;
        for (std::size_t t = 1; t < w.mels.size(); ++t) {
            double sum = 0;
            for (std::size_t m = 0; m < kEmotionMels; ++m) sum += std::abs(w.mels[t][m] - w.mels[t - 1][m]);
            flux.push_back(sum / kEmotionMels);
        }
        spread(picked(flux, w.speech_step));
    }
    static double pooled(const Mels& row, std::size_t place, std::size_t wide) {
        double sum = 0;
        for (std::size_t i = 0; i < wide; ++i) sum += row[place * wide + i];
        return sum / static_cast<double>(wide);
    }

    // How much each band's envelope, the level and the pitch move, by how fast.
    void modulation(const Window& w) {
        const std::size_t n = w.energy.size();
        std::array<std::array<double, kPools + 2>, kModulationHz.size()> found{};
        std::array<float, kFft> frame{};
        std::array<kiss_fft_cpx, kFft / 2 + 1> spectrum{};
        for (std::size_t track = 0; track < kPools + 2; ++track) {
            Series v(n);
            for (std::size_t t = 0; t < n; ++t)
                v[t] = track < kPools    ? pooled(w.mels[t], track, kEmotionMels / kPools) / 10
                       : track == kPools ? w.relative_energy(t) / 10
                                         : w.moved[t] / 12;
            const double middle = mean(v);
            frame.fill(0);
            for (std::size_t t = 0; t < n; ++t)
                frame[t] = static_cast<float>((v[t] - middle) * hann(t, n - 1));
            kiss_fftr(fft, frame.data(), spectrum.data());
            for (std::size_t band = 0; band < kModulationHz.size(); ++band) {
                double sum = 0;
                int bins = 0;
                for (std::size_t b = 0; b <= kFft / 2; ++b) {
                    const double hertz = static_cast<double>(b) * 100 / kFft;
                    if (hertz < kModulationHz[band].first || hertz >= kModulationHz[band].second) continue;
                    sum += static_cast<double>(spectrum[b].r) * spectrum[b].r +
                           static_cast<double>(spectrum[b].i) * spectrum[b].i;
                    ++bins;
                }
                found[band][track] = std::log(sum / bins / static_cast<double>(n) + 1e-4);
            }
        }
        for (const auto& band : found) out.insert(out.end(), band.begin(), band.end());
    }

    // How 32 bands, their slopes, pitch, voicing and level go together: Fisher's z, and log deviations.
    void correlation(const Window& w) {
        const std::size_t n = w.energy.size();
        std::vector<std::array<double, kTracks>> rows(n);
        for (std::size_t t = 0; t < n; ++t) {
            for (std::size_t p = 0; p < kPairs; ++p) rows[t][p] = pooled(w.mels[t], p, 2) / 10;
            rows[t][48] = w.moved[t] / 12;
            rows[t][49] = w.harmonic[t];
            rows[t][50] = w.voiced[t] ? 0.5 : 0;
            rows[t][51] = w.relative_energy(t) / 20;
        }
        for (std::size_t t = 2; t + 2 < n; ++t)
            for (std::size_t p = 0; p < kPairs; p += 2)
                rows[t][kPairs + p / 2] =
                    3 * ((rows[t + 2][p] - rows[t - 2][p]) / 4 + (rows[t + 1][p] - rows[t - 1][p]) / 8);
        std::array<double, kTracks> middle{};
        double used = 0;
        for (std::size_t t = 0; t < n; ++t) {
            if (!w.speech[t]) continue;
            ++used;
            for (std::size_t i = 0; i < kTracks; ++i) middle[i] += rows[t][i];
        }
        for (double& m : middle) m /= used;
        std::array<std::array<double, kTracks>, kTracks> covariance{};
        for (std::size_t t = 0; t < n; ++t) {
            if (!w.speech[t]) continue;
            auto& row = rows[t];
            for (std::size_t i = 0; i < kTracks; ++i) row[i] -= middle[i];
            for (std::size_t i = 0; i < kTracks; ++i)
                for (std::size_t j = i; j < kTracks; ++j) covariance[i][j] += row[i] * row[j];
        }
        std::array<double, kTracks> sigma{};
        for (std::size_t i = 0; i < kTracks; ++i) sigma[i] = std::sqrt(covariance[i][i] / used + 0.01);
        for (std::size_t i = 0; i < kTracks; ++i)
            for (std::size_t j = i + 1; j < kTracks; ++j)
                add(std::atanh(std::clamp(covariance[i][j] / used / sigma[i] / sigma[j], -0.99, 0.99)));
        for (const double s : sigma) add(std::log(s));
    }
};

EmotionNumbers::EmotionNumbers() : impl_(std::make_unique<Impl>()) {}
EmotionNumbers::~EmotionNumbers() = default;

void EmotionNumbers::compute(std::span<const EmotionFrame> frames, std::span<float> out) {
    const Window window(frames);
    impl_->out.clear();
    impl_->pitch(window);
    impl_->energy(window);
    impl_->harmonicity(window);
    impl_->rhythm(window);
    impl_->bands(window);
    impl_->shape(window);
    impl_->modulation(window);
    impl_->correlation(window);
    std::ranges::transform(impl_->out, out.begin(), [](double v) { return static_cast<float>(v); });
}

}  // namespace aimpact::voice
