// The one admission point for live sessions: past its limit a new one is refused at once, and those that run
// stay smooth. Thread-safe.
#pragma once

#include <atomic>
#include <utility>

#include "base/error.hpp"
#include "base/metrics.hpp"

namespace aimpact::inference {

class Admission {
  public:
    // sessions_max >= 1: live conversations at the same time.
    Admission(int sessions_max, base::Metrics& metrics);

    // Gives its place back when destroyed. Movable; must not outlive the Admission.
    class Permit {
      public:
        Permit() = default;
        Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
        Permit& operator=(Permit&& other) noexcept;
        ~Permit();

      private:
        friend class Admission;
        explicit Permit(Admission* owner) : owner_(owner) {}
        Admission* owner_ = nullptr;
    };

    // `overloaded` with retry_after when full. Never waits.
    base::Result<Permit> admit();
    int active() const { return active_.load(); }
    int limit() const { return limit_; }

  private:
    const int limit_;
    std::atomic<int> active_{0};
    prometheus::Gauge& active_gauge_;
    prometheus::Counter& refused_;
};

}  // namespace aimpact::inference
