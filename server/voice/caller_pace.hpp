// How a caller speaks, from the turns so far of one call: how long the pauses inside turns are. Scales the
// silence that ends a turn, so that who speaks haltingly isn't cut and who doesn't needn't wait. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace aimpact::voice {

class CallerPace {
  public:
    static constexpr double kLeast = 0.75, kMost = 1.5;

    // A pause inside a turn that lasted so many frames before the caller went on; those under 0.2 s are the
    // gaps between words and say nothing.
    void paused(std::int64_t frames) {
        if (frames < kPauseFrames) return;
        longest_ = std::max(longest_, static_cast<double>(frames));
    }
    // A turn was cut: the caller went on within a second of its end.
    void cut() { scale_ = std::min(kMost, scale_ * kAfterCut); }
    // A turn ended.
    void turn_ended() {
        // What this turn's longest pause asks for, approached slowly downwards and fast upwards.
        const double wanted = std::clamp(longest_ / kUsualPause, kLeast, kMost);
        scale_ += (wanted > scale_ ? kUp : kDown) * (wanted - scale_);
        longest_ = 0;
    }
    double scale() const { return scale_; }
    std::int64_t scaled(std::int64_t frames) const {
        return static_cast<std::int64_t>(static_cast<double>(frames) * scale_ + 0.5);
    }

  private:
    static constexpr std::int64_t kPauseFrames = 6;
    static constexpr double kUsualPause = 22;  // frames, 0.7 s: what the unscaled rules are made for
    static constexpr double kUp = 0.5, kDown = 0.12, kAfterCut = 1.25;
    double scale_ = 1, longest_ = 0;
};

}  // namespace aimpact::voice
