// SQL of API keys, of browsers' client secrets, and of the look-ups that authentication makes. Runs inside a
// transaction that the caller opened.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

#include "accounts/account.hpp"

namespace aimpact::accounts {

// What a client secret acts for: exactly one of the two is set.
struct ClientSecretParent {
    std::optional<std::string> session_id;
    std::optional<std::string> api_key_id;
};

// What authentication finds behind a credential, with the role its person has now.
struct Holder {
    std::string user_id;  // who acts, or who made the API key
    std::string org_id;
    Role role = Role::viewer;
    WallTime expires_at;  // of the session; far away for a key without one
};
struct ApiKeyHolder {
    ApiKey key;
    Role current_role = Role::viewer;  // of its maker
};
struct ClientSecretHolder {
    std::string id;
    std::string org_id;
    std::string agent_id;
    WallTime expires_at;
    ClientSecretParent parent;
};

class CredentialStore {
  public:
    explicit CredentialStore(soci::session& sql) : sql_(sql) {}

    void insert_api_key(const ApiKey& key, const std::string& secret_hash);
    std::vector<ApiKey> list_api_keys(const std::string& org_id, const std::string& after, int limit) const;
    std::optional<ApiKey> find_api_key(const std::string& org_id, const std::string& key_id) const;
    int count_api_keys(const std::string& org_id) const;
    void delete_api_key(const std::string& org_id, const std::string& key_id);
    void touch_api_key(const std::string& org_id, const std::string& key_id, WallTime now);

    void insert_client_secret(const std::string& id, const std::string& org_id,
                              const ClientSecretParent& parent, const std::string& agent_id,
                              const std::string& secret_hash, WallTime now, WallTime expires_at);
    void delete_expired_client_secrets(WallTime now);

    // Empty if the credential does not exist, was ended, expired, or its person is disabled or gone. A secret
    // names its organisation only by its row.
    std::optional<Holder> holder_of_session(const std::string& org_id, const std::string& session_id,
                                            WallTime now) const;
    std::optional<ApiKeyHolder> holder_of_api_key(const std::string& secret_hash, WallTime now) const;
    std::optional<ApiKeyHolder> holder_of_api_key_id(const std::string& org_id, const std::string& key_id,
                                                     WallTime now) const;
    std::optional<ClientSecretHolder> holder_of_client_secret(const std::string& secret_hash,
                                                              WallTime now) const;

  private:
    soci::session& sql_;
};

}  // namespace aimpact::accounts
