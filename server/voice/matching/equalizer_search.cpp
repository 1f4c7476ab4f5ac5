#include "voice/matching/equalizer_search.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "voice/matching/voice_search.hpp"

namespace aimpact::voice {
namespace {

constexpr std::size_t kStep = 77;  // frames from window to window, as SpeakerEncoder::utterance has it
constexpr std::size_t kWaves = 7;  // cosines over the bands that a change is made of: nothing sharper

// The windows of an utterance, one after the other.
std::vector<float> windows_of(std::span<const float> samples) {
    const std::size_t frames = std::max(kSpeakerWindowFrames, samples.size() / kSpeakerHop + 1);
    std::vector<float> table(frames * kSpeakerMels), out;
    SpeakerFeatures().compute(samples, speaker_gain(samples), 0, table);
    for (std::size_t f = 0; f + kSpeakerWindowFrames <= frames; f += kStep) {
        const auto from = table.begin() + static_cast<std::ptrdiff_t>(f * kSpeakerMels);
        out.insert(out.end(), from, from + kSpeakerWindowFloats);
    }
    return out;
}

// Scaled by the gains, and to the loudness it had.
std::vector<float> equalized(const std::vector<float>& mels, const EqualizerGains& gains) {
    const LongTermSpectrum bands = band_gains(gains);
    std::array<float, kSpeakerMels> factor{};
    for (std::size_t b = 0; b < kSpeakerMels; ++b)
        factor[b] = static_cast<float>(std::pow(10.0, bands[b] / 10));
    std::vector<float> out(mels.size());
    double before = 1e-12, after = 1e-12;
    for (std::size_t i = 0; i < mels.size(); ++i) {
        out[i] = mels[i] * factor[i % kSpeakerMels];
        before += static_cast<double>(mels[i]);
        after += static_cast<double>(out[i]);
    }
    const auto level = static_cast<float>(before / after);
    for (float& value : out) value *= level;
    return out;
}

EqualizerGains changed(const EqualizerGains& gains, double step, std::mt19937_64& engine) {
    std::normal_distribution<double> normal;
    EqualizerGains out = gains;
    for (std::size_t wave = 1; wave <= kWaves; ++wave) {
        const double size = step * normal(engine) / std::sqrt(static_cast<double>(wave));
        for (std::size_t b = 0; b < out.size(); ++b)
            out[b] += size * std::cos(std::numbers::pi * static_cast<double>(wave) *
                                      (static_cast<double>(b) + 0.5) / static_cast<double>(out.size()));
    }
    for (double& gain : out) gain = std::clamp(gain, -kEqualizerDbMax, kEqualizerDbMax);
    return out;
}

}  // namespace

Result<EqualizerGains> tuned_gains(const SpeakerEncoder& encoder,
                                   std::span<const std::vector<float>> utterances,
                                   const SpeakerEmbedding& target, const EqualizerGains& from,
                                   const EqualizerSearch& search) {
    std::vector<std::vector<float>> windows;
    for (const auto& utterance : utterances) windows.push_back(windows_of(utterance));
    const auto value = [&](const EqualizerGains& gains) -> Result<double> {
        double sum = 0, distance = 0;
        for (const auto& mels : windows) {
            AIMPACT_TRY(const auto heard, encoder.windows(equalized(mels, gains)));
            sum += closeness(mean_voice(heard), target);
        }
        for (std::size_t b = 0; b < gains.size(); ++b)
            distance += (gains[b] - from[b]) * (gains[b] - from[b]);
        return sum / static_cast<double>(windows.size()) -
               search.price * distance / static_cast<double>(gains.size());
    };
    std::mt19937_64 engine(search.seed);
    EqualizerGains best = from;
    AIMPACT_TRY(double best_value, value(best));
    double step = 1.5;  // dB; grows with success and shrinks without (the one-fifth rule)
    for (int i = 0; i < search.tries; ++i) {
        const EqualizerGains tried = changed(best, step, engine);
        AIMPACT_TRY(const double found, value(tried));
        if (found > best_value) {
            best_value = found;
            best = tried;
            step = std::min(step * 1.5, 4.0);
        } else {
            step = std::max(step * 0.9, 0.4);
        }
    }
    return best;
}

}  // namespace aimpact::voice
