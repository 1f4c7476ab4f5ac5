// The recent audio of one caller with the VAD's probability of each frame, by absolute position: sample and
// frame numbers count from the first sample ever pushed. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "voice/vad.hpp"

namespace aimpact::voice {

class HeardAudio {
  public:
    static constexpr auto kFrame = static_cast<std::int64_t>(kVadFrame);

    void append(std::span<const float, kVadFrame> frame, float probability) {
        samples_.insert(samples_.end(), frame.begin(), frame.end());
        probabilities_.push_back(probability);
    }
    // Forgets what lies before `frame`. Memory moves only once in a while.
    void drop_before(std::int64_t frame) {
        frame = std::clamp(frame, base_, end_frame());
        kept_from_ = std::max(kept_from_, frame);
        if (kept_from_ - base_ < kSlackFrames && kept_from_ < end_frame()) return;
        const auto frames = static_cast<std::ptrdiff_t>(kept_from_ - base_);
        samples_.erase(samples_.begin(), samples_.begin() + frames * kFrame);
        probabilities_.erase(probabilities_.begin(), probabilities_.begin() + frames);
        base_ = kept_from_;
    }
    std::int64_t begin_frame() const { return kept_from_; }
    std::int64_t end_frame() const { return base_ + static_cast<std::int64_t>(probabilities_.size()); }
    std::int64_t begin_sample() const { return begin_frame() * kFrame; }
    std::int64_t end_sample() const { return end_frame() * kFrame; }

    // Clipped to what is kept. Valid until the next append or drop.
    std::span<const float> samples(std::int64_t from, std::int64_t to) const {
        from = std::clamp(from, begin_sample(), end_sample());
        to = std::clamp(to, from, end_sample());
        return {samples_.data() + (from - base_ * kFrame), static_cast<std::size_t>(to - from)};
    }
    std::span<const float> probabilities(std::int64_t from, std::int64_t to) const {
        from = std::clamp(from, begin_frame(), end_frame());
        to = std::clamp(to, from, end_frame());
        return {probabilities_.data() + (from - base_), static_cast<std::size_t>(to - from)};
    }

  private:
    static constexpr std::int64_t kSlackFrames = 64;
    std::vector<float> samples_, probabilities_;
    std::int64_t base_ = 0, kept_from_ = 0;
};

}  // namespace aimpact::voice
