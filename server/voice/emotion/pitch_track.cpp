#include "voice/emotion/pitch_track.hpp"

#include <kissfft/kiss_fftr.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace aimpact::voice {

namespace {

constexpr std::size_t kHop = 80, kWindow = 320, kFft = 512, kBins = kFft / 2 + 1;  // at 8 kHz
constexpr std::size_t kLagMin = 13, kLagMax = 134, kTaps = 31;
constexpr std::size_t kCandidates = 4, kStates = kCandidates + 1;  // the last: unvoiced
constexpr double kUnvoiced = 0.45, kVoicingChange = 0.14, kOctaveJump = 0.35, kOctaveCost = 0.015;
constexpr double kSilence = 0.02 / (1 + kUnvoiced);

struct Candidates {
    std::array<double, kStates> score, octave{}, height{};
};

}  // namespace

struct PitchTrack::Impl {
    kiss_fftr_cfg forward = kiss_fftr_alloc(kFft, 0, nullptr, nullptr);
    kiss_fftr_cfg back = kiss_fftr_alloc(kFft, 1, nullptr, nullptr);
    std::array<float, kTaps> half_band{};
    std::array<float, kWindow> window{};
    std::array<float, kLagMax + 2> own{};  // the window's own autocorrelation
    std::array<float, kFft> frame{}, correlation{};
    std::array<kiss_fft_cpx, kBins> spectrum{};

    Impl() {
        double sum = 0;
        std::array<double, kTaps> taps{};
        for (std::size_t i = 0; i < kTaps; ++i) {
            const double n = static_cast<double>(i) - (kTaps - 1) / 2.0;
            const double x = std::numbers::pi * n / 2;
            const double hamming =
                0.54 - 0.46 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / (kTaps - 1));
            taps[i] = 0.5 * (n == 0 ? 1.0 : std::sin(x) / x) * hamming;
            sum += taps[i];
        }
        for (std::size_t i = 0; i < kTaps; ++i) half_band[i] = static_cast<float>(taps[i] / sum);
        for (std::size_t i = 0; i < kWindow; ++i)
            window[i] = static_cast<float>(
                0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / kWindow));
        frame.fill(0);
        std::ranges::copy(window, frame.begin());
        autocorrelate();
        for (std::size_t i = 0; i < own.size(); ++i) own[i] = correlation[i] / correlation[0];
    }
    ~Impl() {
        kiss_fftr_free(forward);
        kiss_fftr_free(back);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void autocorrelate() {
        kiss_fftr(forward, frame.data(), spectrum.data());
        for (kiss_fft_cpx& bin : spectrum) bin = {bin.r * bin.r + bin.i * bin.i, 0};
        kiss_fftri(back, spectrum.data(), correlation.data());
        for (float& value : correlation) value /= kFft;
    }

    std::vector<float> at_8k(std::span<const float> samples) const {
        std::vector<float> low((samples.size() + 1) / 2);
        constexpr std::size_t kMiddle = kTaps / 2;
        for (std::size_t i = 0; i < low.size(); ++i) {
            float sum = 0;
            for (std::size_t k = 0; k < kTaps; ++k) {
                const std::size_t at = 2 * i + k;  // symmetric: a convolution's order doesn't matter
                if (at >= kMiddle && at - kMiddle < samples.size())
                    sum += half_band[k] * samples[at - kMiddle];
            }
            low[i] = sum;
        }
        return low;
    }

    // The peaks of one frame; the power of it is returned.
    double candidates(std::span<const float> low, std::size_t t, Candidates& out) {
        constexpr std::size_t kBefore = (kWindow - kHop) / 2;
        frame.fill(0);
        double sum = 0;
        for (std::size_t i = 0; i < kWindow; ++i) {
            const std::size_t at = t * kHop + i;
            frame[i] = at >= kBefore && at - kBefore < low.size() ? low[at - kBefore] : 0.0F;
            sum += frame[i];
        }
        const auto mean = static_cast<float>(sum / kWindow);
        for (std::size_t i = 0; i < kWindow; ++i) frame[i] = (frame[i] - mean) * window[i];
        autocorrelate();
        const double power = static_cast<double>(correlation[0]) + 1e-12;
        std::array<double, kLagMax + 2> r{};
        for (std::size_t i = 0; i < r.size(); ++i) r[i] = std::min(correlation[i] / power / own[i], 1.0);
        out.score.fill(-1);
        // A frame without peaks has no voiced candidate: all lie below `unvoiced`.
        for (std::size_t lag = kLagMin; lag <= kLagMax; ++lag) {
            const double here = r[lag], before = r[lag - 1], after = r[lag + 1];
            if (!(here > before && here >= after)) continue;
            const double bend = before - 2 * here + after;
            const double offset =
                std::clamp(0.5 * (before - after) / (std::abs(bend) < 1e-9 ? -1e-9 : bend), -0.5, 0.5);
            const double height = here - 0.25 * (before - after) * offset;
            const double exact = static_cast<double>(lag) + offset;
            insert(out, height - kOctaveCost * std::log2(exact / kLagMin), std::log2(8000 / exact), height);
        }
        return power;
    }

    static void insert(Candidates& out, double score, double octave, double height) {
        std::size_t at = kCandidates;
        while (at > 0 && score > out.score[at - 1]) --at;
        if (at == kCandidates) return;
        for (std::size_t i = kCandidates - 1; i > at; --i) {
            out.score[i] = out.score[i - 1];
            out.octave[i] = out.octave[i - 1];
            out.height[i] = out.height[i - 1];
        }
        out.score[at] = score;
        out.octave[at] = octave;
        out.height[at] = height;
    }
};

PitchTrack::PitchTrack() : impl_(std::make_unique<Impl>()) {}
PitchTrack::~PitchTrack() = default;

namespace {

double change_cost(const Candidates& a, std::size_t i, const Candidates& b, std::size_t j) {
    if (i < kCandidates && j < kCandidates) return kOctaveJump * std::abs(a.octave[i] - b.octave[j]);
    return (i < kCandidates) == (j < kCandidates) ? 0 : kVoicingChange;
}

// Viterbi's best state of each frame.
std::vector<std::size_t> best_path(const std::vector<Candidates>& frames) {
    std::vector<std::array<std::size_t, kStates>> from(frames.size());
    std::array<double, kStates> total = frames.front().score;
    for (std::size_t t = 1; t < frames.size(); ++t) {
        std::array<double, kStates> next{};
        for (std::size_t j = 0; j < kStates; ++j) {
            double best = -1e9;
            for (std::size_t i = 0; i < kStates; ++i) {
                const double reached = total[i] - change_cost(frames[t - 1], i, frames[t], j);
                if (reached > best) {
                    best = reached;
                    from[t][j] = i;
                }
            }
            next[j] = best + frames[t].score[j];
        }
        total = next;
    }
    std::vector<std::size_t> path(frames.size());
    path.back() = static_cast<std::size_t>(std::ranges::max_element(total) - total.begin());
    for (std::size_t t = frames.size() - 1; t > 0; --t) path[t - 1] = from[t][path[t]];
    return path;
}

}  // namespace

std::vector<PitchPoint> PitchTrack::compute(std::span<const float> samples) {
    const std::size_t count = samples.size() / (2 * kHop);
    std::vector<PitchPoint> out(count);
    if (count == 0) return out;
    const std::vector<float> low = impl_->at_8k(samples);
    std::vector<Candidates> frames(count);
    std::vector<double> loud(count);
    for (std::size_t t = 0; t < count; ++t) loud[t] = std::sqrt(impl_->candidates(low, t, frames[t]));
    const double loudest = std::max(*std::ranges::max_element(loud), 1e-9);
    for (std::size_t t = 0; t < count; ++t) {
        frames[t].score[kCandidates] = kUnvoiced + std::max(0.0, 2 - loud[t] / loudest / kSilence) * 0.5;
        frames[t].octave[kCandidates] = frames[t].height[kCandidates] = 0;
    }
    const std::vector<std::size_t> path = best_path(frames);
    for (std::size_t t = 0; t < count; ++t) {
        if (path[t] == kCandidates) continue;
        out[t].voiced = true;
        out[t].semitones = 12 * (frames[t].octave[path[t]] - std::log2(100.0));
        out[t].harmonic = std::clamp(frames[t].height[path[t]], 0.0, 0.999);
    }
    return out;
}

}  // namespace aimpact::voice
