#include "inference/admission.hpp"

#include <algorithm>

namespace aimpact::inference {

Admission::Admission(int sessions_max, base::Metrics& metrics)
    : limit_(std::max(1, sessions_max)),
      active_gauge_(metrics.gauge("aimpact_live_sessions", "Live sessions running now")),
      refused_(metrics.counter("aimpact_live_sessions_refused_total", "Live sessions refused at the limit")) {
    metrics.gauge("aimpact_live_sessions_limit", "Live sessions that may run at the same time").Set(limit_);
}

base::Result<Admission::Permit> Admission::admit() {
    int active = active_.load();
    do {
        if (active >= limit_) {
            refused_.Increment();
            return base::Error{base::ErrorCode::overloaded,
                               "All " + std::to_string(limit_) +
                                   " places for live sessions are taken. Try again in a few seconds.",
                               {},
                               {},
                               std::chrono::seconds{5}};
        }
    } while (!active_.compare_exchange_weak(active, active + 1));
    active_gauge_.Increment();
    return Permit(this);
}

Admission::Permit& Admission::Permit::operator=(Permit&& other) noexcept {
    std::swap(owner_, other.owner_);  // the old place goes back with `other`
    return *this;
}

Admission::Permit::~Permit() {
    if (!owner_) return;
    owner_->active_.fetch_sub(1);
    owner_->active_gauge_.Decrement();
}

}  // namespace aimpact::inference
