// What the services of accounts are built from. accounts.cpp owns all of it; references stay valid while it
// lives.
#pragma once

#include "accounts/access_tokens.hpp"
#include "accounts/credential_cache.hpp"
#include "accounts/password_hash.hpp"
#include "accounts/sign_in_throttle.hpp"
#include "base/metrics.hpp"
#include "base/thread_pool.hpp"
#include "storage/database.hpp"

namespace aimpact::accounts {

struct Parts {
    storage::Database& database;
    base::ThreadPool& crypto;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    const AccessTokens& tokens;
    const PasswordHasher& passwords;
    SignInThrottle& throttle;
    CredentialCache& cache;
};

}  // namespace aimpact::accounts
