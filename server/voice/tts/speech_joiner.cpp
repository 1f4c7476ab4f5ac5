#include "voice/tts/speech_joiner.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aimpact::voice {
namespace {

constexpr float kAudible = 0.003f;  // -50 dBFS

std::size_t samples_of(double seconds, int rate) {
    return static_cast<std::size_t>(seconds * rate);
}

float rising(std::size_t i, std::size_t length) {
    return 0.5f - 0.5f * std::cos(std::numbers::pi_v<float> * (static_cast<float>(i) + 0.5f) /
                                  static_cast<float>(length));
}

float limited(float sample) {
    constexpr float kKnee = 0.708f, kRoom = 0.891f - kKnee;
    const float size = std::abs(sample);
    if (size <= kKnee) return sample;
    return std::copysign(kKnee + kRoom * std::tanh((size - kKnee) / kRoom), sample);
}

}  // namespace

void amplify(std::span<float> samples, double gain) {
    for (float& s : samples) s = limited(static_cast<float>(s * gain));
}

SpeechJoiner::SpeechJoiner(int sample_rate)
    : keep_before_(samples_of(0.015, sample_rate)),
      keep_after_(samples_of(0.06, sample_rate)),
      fade_in_(samples_of(0.004, sample_rate)),
      fade_out_(samples_of(0.012, sample_rate)),
      cross_(samples_of(0.01, sample_rate)) {}

std::vector<float> SpeechJoiner::push(std::span<const float> decoded, std::size_t from, std::size_t to,
                                      bool last) {
    to = std::min(to, decoded.size());
    from = std::min(from, to);
    if (from >= cross_ && held_.size() >= cross_) {
        for (std::size_t i = 0; i < cross_; ++i) {
            const float w = (static_cast<float>(i) + 0.5f) / static_cast<float>(cross_);
            float& before = held_[held_.size() - cross_ + i];
            before = before * (1 - w) + decoded[from - cross_ + i] * w;
        }
    }
    held_.insert(held_.end(), decoded.begin() + static_cast<std::ptrdiff_t>(from),
                 decoded.begin() + static_cast<std::ptrdiff_t>(to));
    const auto audible = [](float s) { return std::abs(s) > kAudible; };
    if (!started_) {
        const auto first = std::find_if(held_.begin(), held_.end(), audible);
        started_ = first != held_.end();
        // Even in silence the next window needs something to be crossfaded with.
        const auto keep =
            static_cast<std::ptrdiff_t>(started_ ? keep_before_ : std::max(keep_before_, cross_));
        const auto kept = first - std::min(first - held_.begin(), keep);
        dropped_ += static_cast<std::size_t>(kept - held_.begin());
        held_.erase(held_.begin(), kept);
        if (!started_) return {};
    }
    const auto sound = std::find_if(held_.rbegin(), held_.rend(), audible).base() - held_.begin();
    if (!last)
        return give(std::min(static_cast<std::size_t>(sound), held_.size() - std::min(held_.size(), cross_)));
    // Silence that earlier windows held back ends here.
    held_.resize(std::min(held_.size(), static_cast<std::size_t>(sound) + keep_after_));
    const std::size_t fade = std::min(fade_out_, held_.size());
    for (std::size_t i = 0; i < fade; ++i) held_[held_.size() - 1 - i] *= rising(i, fade_out_);
    return give(held_.size());
}

std::vector<float> SpeechJoiner::give(std::size_t count) {
    std::vector<float> out(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(count));
    if (!faded_in_ && !out.empty()) {
        faded_in_ = true;
        for (std::size_t i = 0; i < std::min(fade_in_, out.size()); ++i) out[i] *= rising(i, fade_in_);
    }
    return out;
}

}  // namespace aimpact::voice
