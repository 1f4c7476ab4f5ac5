// Argon2id (RFC 9106) as PHC strings: "$argon2id$v=19$m=47104,t=1,p=1$salt$hash". Slow on purpose (about 50
// ms and 46 MiB): call it on the `crypto` pool only. A thread that has
// hashed runs at a lower priority from then on, so that people who sign in do not disturb live conversations.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace aimpact::accounts {

// OWASP's password storage cheat sheet: m=46 MiB, t=1, p=1.
struct HashParameters {
    unsigned memory_kib = 47104;
    unsigned passes = 1;
    unsigned lanes = 1;
};

class PasswordHasher {
  public:
    PasswordHasher(HashParameters parameters, base::Random& random)
        : parameters_(parameters), random_(random) {}

    base::Result<std::string> hash(std::string_view password) const;
    // False for a wrong password and for a hash that cannot be read.
    bool verify(std::string_view password, const std::string& phc) const;
    // True if `phc` was made with other parameters than these.
    bool outdated(std::string_view phc) const;
    // Takes as long as a verification that fails: for accounts that do not exist.
    void verify_nothing(std::string_view password) const;

  private:
    const HashParameters parameters_;
    base::Random& random_;
};

}  // namespace aimpact::accounts
