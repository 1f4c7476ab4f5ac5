// Access tokens: JSON Web Tokens signed with Ed25519, in the profile of RFC 9068 (typ "at+jwt"). They say who
// signed in; whether the session still holds and which role they have now is read from the database.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "accounts/account.hpp"
#include "accounts/jose.hpp"
#include "accounts/secret_box.hpp"
#include "storage/database.hpp"

namespace aimpact::accounts {

struct AccessClaims {
    std::string user_id;
    std::string org_id;
    Role role = Role::viewer;
    std::string session_id;
    WallTime expires_at;
};

// Immutable; thread-safe.
class AccessTokens {
  public:
    struct Options {
        std::string issuer;  // the public base URL
        std::string audience = "aimpact";
        std::chrono::seconds lifetime{900};
    };

    // Whether this database has signing keys: then it needs the master key that sealed them. Blocks.
    static Result<bool> stored(storage::Database& database);
    // Loads the signing keys, or makes the first. Blocks: at start only. `failed_precondition` if the master
    // key is not the one that sealed them.
    static Result<std::unique_ptr<AccessTokens>> load(storage::Database& database, const SecretBox& box,
                                                      const base::Clock& clock, base::Random& random,
                                                      Options options);

    // A token that starts now. `expires_at` of the claims is ignored.
    std::string issue(const AccessClaims& claims) const;
    // `unauthenticated` for anything but a token that issue() of this installation gave and that has not
    // expired. About 100 microseconds; no I/O.
    Result<AccessClaims> verify(std::string_view token) const;

    // The answer of /.well-known/jwks.json.
    std::string jwks() const;
    std::chrono::seconds lifetime() const { return options_.lifetime; }

  private:
    AccessTokens(JsonWebKeySet keys, const base::Clock& clock, base::Random& random, Options options);

    const JsonWebKeySet keys_;  // the newest first; that one signs
    const base::Clock& clock_;
    base::Random& random_;
    const Options options_;
};

}  // namespace aimpact::accounts
