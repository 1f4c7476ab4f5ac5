// One at a time, by urgency: who may use a model's only request. Waiting is a suspended coroutine, never a
// blocked worker, so that other inference goes on meanwhile.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "base/async.hpp"
#include "inference/scheduler.hpp"

namespace aimpact::voice {

// Thread-safe; must outlive its permits.
class Lane {
  public:
    class Permit {
      public:
        Permit() = default;
        explicit Permit(Lane& lane) : lane_(&lane) {}
        Permit(Permit&& other) noexcept : lane_(std::exchange(other.lane_, nullptr)) {}
        Permit& operator=(Permit&& other) noexcept {
            if (this != &other) {
                release();
                lane_ = std::exchange(other.lane_, nullptr);
            }
            return *this;
        }
        ~Permit() { release(); }
        void release() {
            if (Lane* lane = std::exchange(lane_, nullptr)) lane->leave();
        }

      private:
        Lane* lane_ = nullptr;
    };

    // Suspends until the lane is free and nobody more urgent (or as urgent, and earlier) waits.
    base::Task<Permit> enter(inference::Priority priority);

  private:
    void leave();

    std::mutex mutex_;
    bool busy_ = false;
    std::array<std::deque<std::function<void()>>, inference::kPriorities> waiting_;
};

}  // namespace aimpact::voice
