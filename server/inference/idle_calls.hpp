// What a call of a model needs for itself (its request, its scratch space), kept between calls: made as
// needed, and so as many as calls ever ran at once.
#pragma once

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {

// Thread-safe. A call that failed isn't given back: its request may be in any state.
template <class Call>
class IdleCalls {
  public:
    // An idle one, or what `make()` returns: Result<std::unique_ptr<Call>>.
    template <class Make>
    base::Result<std::unique_ptr<Call>> take(Make make) {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto call = std::move(idle_.back());
                idle_.pop_back();
                return call;
            }
        }
        return make();
    }
    void give_back(std::unique_ptr<Call> call) {
        const std::lock_guard lock(mutex_);
        idle_.push_back(std::move(call));
    }

  private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Call>> idle_;
};

}  // namespace aimpact::inference
