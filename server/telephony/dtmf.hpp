// The keys that a caller presses, put together to one message for the agent: until a terminator, a pause, or
// as many as fit. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace aimpact::telephony {

struct DtmfOptions {
    std::chrono::milliseconds pause{2'000};  // after which nothing more is expected
    char terminator = '#';                   // ends at once; '\0': none does
    std::size_t keys_max = 32;
    bool interrupts = true;  // the first key silences the agent, as speech does
};

class DtmfCollector {
  public:
    explicit DtmfCollector(DtmfOptions options) : options_(options) {}

    // The whole sequence if this key completes it.
    std::optional<std::string> press(char key, base::SteadyTime now);
    // The sequence if the pause behind its last key is over.
    std::optional<std::string> expire(base::SteadyTime now);
    // When to call expire(); none while no key waits.
    std::optional<base::SteadyTime> deadline() const;
    bool empty() const { return keys_.empty(); }

    // What the agent reads: "[pressed 1 2 #]".
    static std::string text_of(const std::string& keys);

  private:
    const DtmfOptions options_;
    std::string keys_;
    base::SteadyTime last_{};
};

}  // namespace aimpact::telephony
