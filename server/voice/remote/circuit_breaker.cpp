#include "voice/remote/circuit_breaker.hpp"

#include <algorithm>
#include <utility>

namespace aimpact::voice {

bool CircuitBreaker::allows() {
    std::lock_guard lock(mutex_);
    if (pause_.count() == 0) return true;
    const base::SteadyTime now = clock_.steady();
    if (now < closed_until_) return false;
    closed_until_ = now + pause_;
    trial_ = true;
    return true;
}

void CircuitBreaker::succeeded() {
    std::lock_guard lock(mutex_);
    failures_ = 0;
    trial_ = false;
    pause_ = std::chrono::seconds{0};
}

bool CircuitBreaker::failed() {
    std::lock_guard lock(mutex_);
    ++failures_;
    if (pause_.count() == 0) {
        if (failures_ < options_.failures_max) return false;
        pause_ = options_.pause;
        closed_until_ = clock_.steady() + pause_;
        return true;
    }
    // Calls that were under way when it opened say nothing new.
    if (!std::exchange(trial_, false)) return false;
    pause_ = std::min(2 * pause_, options_.pause_max);
    closed_until_ = clock_.steady() + pause_;
    return false;
}

bool CircuitBreaker::open() const {
    std::lock_guard lock(mutex_);
    return pause_.count() != 0;
}

}  // namespace aimpact::voice
