// One at a time, the earliest deadline first: who may use a model's only request. Waiting is a suspended
// coroutine, never a blocked worker, so that other inference goes on meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <map>
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

    using Time = std::chrono::steady_clock::time_point;
    // Suspends until the lane is free and nobody with an earlier deadline waits (with the same one: who came
    // first). `due`: when a caller would begin to miss what this is for. Batch work comes after all others.
    base::Task<Permit> enter(inference::Priority priority, Time due);

  private:
    void leave();

    std::mutex mutex_;
    bool busy_ = false;
    // In order of service; equal keys keep the order of arrival.
    std::multimap<std::pair<bool, Time>, std::function<void()>> waiting_;
};

}  // namespace aimpact::voice
