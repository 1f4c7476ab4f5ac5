// Whether an engine that failed is worth a try: after a few failures in a row it isn't for a while, then one
// call finds out. While it goes on failing, the pause doubles.
#pragma once

#include <chrono>
#include <mutex>

#include "base/clock.hpp"

namespace aimpact::voice {

struct BreakerOptions {
    int failures_max = 3;  // in a row, until it opens
    std::chrono::seconds pause{15};
    std::chrono::seconds pause_max{240};
};

// Thread-safe.
class CircuitBreaker {
  public:
    // `clock` must outlive it.
    explicit CircuitBreaker(const base::Clock& clock, BreakerOptions options = {})
        : clock_(clock), options_(options) {}

    // Whether the engine should be tried now. A true after a pause is the one trial: the next come only when
    // it was reported (or nothing was heard of it for another pause).
    bool allows();
    void succeeded();
    // True if this failure opened it: worth a line in the log.
    bool failed();
    bool open() const;

  private:
    const base::Clock& clock_;
    const BreakerOptions options_;
    mutable std::mutex mutex_;
    int failures_ = 0;
    bool trial_ = false;
    std::chrono::seconds pause_{0};  // 0: closed
    base::SteadyTime closed_until_{};
};

}  // namespace aimpact::voice
