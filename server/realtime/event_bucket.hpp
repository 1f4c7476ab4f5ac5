// Slows a client down that sends more events than the limits allow: they are read later, and nothing is lost.
// Pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace aimpact::realtime {

class EventBucket {
  public:
    EventBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), left_(burst) {}

    // Takes one; how long to wait before the next event is read.
    std::chrono::nanoseconds take(base::SteadyTime now) {
        if (last_ != base::SteadyTime{})
            left_ =
                std::min(burst_, left_ + std::chrono::duration<double>(now - last_).count() * per_second_);
        last_ = now;
        left_ -= 1;
        if (left_ >= 0) return std::chrono::nanoseconds{0};
        return std::chrono::duration_cast<std::chrono::nanoseconds>(
            std::chrono::duration<double>(-left_ / per_second_));
    }
    int left() const { return static_cast<int>(left_ < 0 ? 0 : left_); }

  private:
    double per_second_, burst_, left_;
    base::SteadyTime last_{};
};

}  // namespace aimpact::realtime
