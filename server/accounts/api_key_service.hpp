// API keys of an organisation, and short-lived client secrets for browsers.
#pragma once

#include "accounts/account.hpp"
#include "accounts/credential_store.hpp"
#include "accounts/parts.hpp"

namespace aimpact::accounts {

struct NewApiKey {
    std::string name;
    std::vector<Permission> scopes;  // empty: all that the maker may do
    std::optional<WallTime> expires_at;
};

struct CreatedApiKey {
    ApiKey api_key;
    std::string key;  // shown this once
};

inline constexpr int kApiKeysMax = 100;  // of one organisation
inline constexpr std::chrono::seconds kClientSecretLifeMin{10};
inline constexpr std::chrono::seconds kClientSecretLifeMax{7200};
inline constexpr std::chrono::seconds kClientSecretLifeDefault{600};

class ApiKeyService {
  public:
    explicit ApiKeyService(const Parts& parts) : parts_(parts) {}

    Task<Result<Page<ApiKey>>> list(Principal principal, PageRequest page);
    // A key never may more than who makes it.
    Task<Result<CreatedApiKey>> create(Principal principal, NewApiKey wanted);
    Task<Result<>> revoke(Principal principal, std::string key_id);

    // Needs `converse`. Bound to one agent unless `agent_id` is empty. It ends with the session or key that
    // asked.
    Task<Result<ClientSecret>> create_client_secret(Principal principal, std::string agent_id,
                                                    std::chrono::seconds life = kClientSecretLifeDefault);

  private:
    const Parts parts_;
};

}  // namespace aimpact::accounts
