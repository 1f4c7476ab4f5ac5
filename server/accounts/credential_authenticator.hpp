// The Authenticator of the server: access tokens, API keys and client secrets.
#pragma once

#include "accounts/access_tokens.hpp"
#include "accounts/credential_cache.hpp"
#include "accounts/credential_store.hpp"
#include "accounts/principal.hpp"
#include "base/metrics.hpp"
#include "storage/database.hpp"

namespace aimpact::accounts {

// What a browser's client secret may do, within its person's role.
const std::vector<Permission>& client_secret_scopes();

class CredentialAuthenticator final : public Authenticator {
  public:
    CredentialAuthenticator(storage::Database& database, const AccessTokens& tokens, CredentialCache& cache,
                            const base::Clock& clock, base::Metrics& metrics);

    Task<Result<Principal>> authenticate(const net::Request& request) override;
    Task<Result<Principal>> authenticate_credential(std::string credential) override;

  private:
    using Entry = CredentialCache::Entry;
    Task<Result<Entry>> resolve(const std::string& credential);
    Task<Result<Entry>> resolve_access_token(const std::string& token);
    Task<Result<Entry>> resolve_api_key(const std::string& key);
    Task<Result<Entry>> resolve_client_secret(const std::string& secret);

    storage::Database& database_;
    const AccessTokens& tokens_;
    CredentialCache& cache_;
    const base::Clock& clock_;
    prometheus::Counter& hits_;
    prometheus::Counter& misses_;
    prometheus::Counter& refusals_;
};

// The credential in a request's headers, or empty.
std::string_view credential_of(const net::Request& request);

}  // namespace aimpact::accounts
