// Slows down guessing of passwords. In memory, bounded, thread-safe.
//
// Two limits. For an account from one address: five tries, then each failure doubles the wait, up to 15
// minutes. For an address over all accounts: a bucket of 50 failures that refills by 200 an hour, against one
// password tried on many accounts. There is no limit for an account over all addresses: it would let any
// stranger lock anybody out. A success clears the first and gives back to the second.
#pragma once

#include <mutex>
#include <string>

#include "accounts/lru_map.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

namespace aimpact::accounts {

class SignInThrottle {
  public:
    explicit SignInThrottle(const base::Clock& clock, std::size_t entries_max = 50'000)
        : clock_(clock), accounts_(entries_max), addresses_(entries_max) {}

    // Counts a try as failed before it is made, so that many at once do not pass together. `rate_limited`
    // with the time to wait if it may not be made.
    base::Result<> begin(const std::string& account, const std::string& address);
    void succeeded(const std::string& account, const std::string& address);

    // An IPv6 network of 64 bits is one place: whoever has one address of it has them all.
    static std::string place_of(const std::string& address);

  private:
    struct Account {
        int failures = 0;
        base::SteadyTime last;
        base::SteadyTime open_at;
    };
    struct Address {
        double tokens = 0;
        base::SteadyTime last;
    };
    Address& refilled(const std::string& place, base::SteadyTime now);

    const base::Clock& clock_;
    std::mutex mutex_;
    LruMap<std::string, Account> accounts_;
    LruMap<std::string, Address> addresses_;
};

}  // namespace aimpact::accounts
