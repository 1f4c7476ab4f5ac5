#include "voice/tts/voice_blend.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "voice/audio.hpp"
#include "voice/tts/emotion.hpp"
#include "voice/tts/equalizer.hpp"

namespace aimpact::voice {
namespace {

void add_styles(std::span<float> sum, std::span<const float> styles, const VoiceShare& share) {
    const auto acoustic = static_cast<float>(share.acoustic), prosodic = static_cast<float>(share.prosodic);
    for (std::size_t row = 0; row < kStyleRows; ++row) {
        const std::size_t at = row * kStyleRow;
        for (std::size_t i = at; i < at + kStyleSize; ++i) sum[i] += acoustic * styles[i];
        for (std::size_t i = at + kStyleSize; i < at + kStyleRow; ++i) sum[i] += prosodic * styles[i];
    }
}

constexpr float kLeastVariance = 1e-9F;

void add_norms(std::span<float> sum, std::span<const float> norms, double share) {
    const auto weight = static_cast<float>(share);
    for (std::size_t i = 0; i < kNormChannels; ++i) sum[i] += weight * norms[i];
    for (std::size_t i = kNormChannels; i < 2 * kNormChannels; ++i)
        sum[i] += weight * std::log(std::max(norms[i], kLeastVariance));
}

base::Result<std::shared_ptr<const BlendedVoice>> blend(const std::filesystem::path& folder,
                                                        const MatchedVoice& voice) {
    auto out = std::make_shared<BlendedVoice>();
    out->data.styles.assign(kStyleRows * kStyleRow, 0.0F);
    out->data.norms.assign(2 * kNormChannels, 0.0F);
    for (const VoiceShare& share : voice.shares) {
        if (share.acoustic == 0 && share.prosodic == 0) continue;
        AIMPACT_TRY(const VoiceData part, read_voice(folder, share.voice));
        add_styles(out->data.styles, part.styles, share);
        add_norms(out->data.norms, part.norms, share.acoustic);
    }
    for (std::size_t i = kNormChannels; i < 2 * kNormChannels; ++i)
        out->data.norms[i] = std::exp(out->data.norms[i]);
    out->equalizer =
        std::make_shared<const std::vector<float>>(equalizer_taps(voice.equalizer, kSynthesisRate));
    return std::shared_ptr<const BlendedVoice>(std::move(out));
}

}  // namespace

base::Result<std::shared_ptr<const BlendedVoice>> blended_voice(const std::filesystem::path& folder,
                                                                const MatchedVoice& voice) {
    // Two who come at once both make it, which is harmless.
    if (auto made = std::static_pointer_cast<const BlendedVoice>(voice.prepared.get())) return made;
    AIMPACT_TRY(auto made, blend(folder, voice));
    voice.prepared.set(made);
    return made;
}

std::optional<double> mean_log_f0(std::span<const float> f0) {
    std::vector<double> logs;
    for (const float hz : f0) {
        if (hz > kVoicedHz) logs.push_back(std::log(static_cast<double>(hz)));
    }
    if (logs.empty()) return {};
    const auto middle = logs.begin() + static_cast<std::ptrdiff_t>(logs.size() / 2);
    std::nth_element(logs.begin(), middle, logs.end());
    const double median = *middle;
    constexpr double kReach = 0.6;  // 10 semitones
    std::erase_if(logs, [median](double value) { return std::abs(value - median) > kReach; });
    return std::accumulate(logs.begin(), logs.end(), 0.0) / static_cast<double>(logs.size());
}

void set_pitch(std::span<float> f0, const MatchedVoice& voice) {
    const auto neutral = voice.neutral_log_f0 ? voice.neutral_log_f0 : mean_log_f0(f0);
    if (!neutral) return;
    const auto factor = static_cast<float>(std::exp(voice.log_f0 - *neutral));
    for (float& hz : f0) {
        if (hz > kVoicedHz) hz = std::clamp(hz * factor, std::min(hz, kLowestHz), std::max(hz, kHighestHz));
    }
}

}  // namespace aimpact::voice
