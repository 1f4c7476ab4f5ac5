#include "accounts/credential_store.hpp"

#include <sstream>

#include "storage/types.hpp"

namespace aimpact::accounts {

namespace {

std::string join_scopes(const std::vector<Permission>& scopes) {
    std::string out;
    for (const Permission scope : scopes) {
        if (!out.empty()) out += ' ';
        out += boost::describe::enum_to_string(scope, "");
    }
    return out;
}

std::vector<Permission> split_scopes(const std::string& text) {
    std::vector<Permission> out;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        Permission scope{};
        // A permission that this version does not know any more must not widen the key to all: it fails.
        if (!boost::describe::enum_from_string(word.c_str(), scope))
            throw soci::soci_error("unknown scope '" + word + "'");
        out.push_back(scope);
    }
    return out;
}

constexpr const char* kSelectKey =
    "SELECT k.id, k.org_id, k.created_by, k.name, k.prefix, k.role, k.scopes, k.created_at, k.expires_at, "
    "k.last_used_at";

// The columns of kSelectKey. Lives as long as the statement that fills it.
struct KeyRow {
    ApiKey key;
    std::string scopes;

    ApiKey take() const {
        ApiKey out = key;
        out.scopes = split_scopes(scopes);
        return out;
    }
};

std::optional<ApiKeyHolder> find_holder(soci::session& sql, const char* column, const std::string& value,
                                        WallTime now) {
    KeyRow row;
    Role role{};
    sql << kSelectKey << ", m.role FROM api_keys k "
        << "JOIN memberships m ON m.org_id = k.org_id AND m.user_id = k.created_by JOIN users u ON u.id = "
           "k.created_by "
        << "WHERE u.disabled = 0 AND (k.expires_at IS NULL OR k.expires_at > :now) AND " << column
        << " = :value",
        soci::into(row.key.id), soci::into(row.key.org_id), soci::into(row.key.created_by),
        soci::into(row.key.name), soci::into(row.key.prefix), soci::into(row.key.role),
        soci::into(row.scopes), soci::into(row.key.created_at), soci::into(row.key.expires_at),
        soci::into(row.key.last_used_at), soci::into(role), soci::use(now), soci::use(value);
    if (!sql.got_data()) return std::nullopt;
    return ApiKeyHolder{row.take(), role};
}

}  // namespace

void CredentialStore::insert_api_key(const ApiKey& key, const std::string& secret_hash) {
    const std::string scopes = join_scopes(key.scopes);
    sql_ << "INSERT INTO api_keys (id, org_id, created_by, name, prefix, secret_hash, role, scopes, "
            "created_at, expires_at) "
            "VALUES (:id, :org_id, :created_by, :name, :prefix, :hash, :role, :scopes, :created, :expires)",
        soci::use(key.id), soci::use(key.org_id), soci::use(key.created_by), soci::use(key.name),
        soci::use(key.prefix), soci::use(secret_hash), soci::use(key.role), soci::use(scopes),
        soci::use(key.created_at), soci::use(key.expires_at);
}

std::vector<ApiKey> CredentialStore::list_api_keys(const std::string& org_id, const std::string& after,
                                                   int limit) const {
    std::vector<ApiKey> out;
    KeyRow row;
    soci::statement rows =
        (sql_.prepare
             << kSelectKey
             << " FROM api_keys k WHERE k.org_id = :org_id AND k.id > :after ORDER BY k.id LIMIT :limit",
         soci::into(row.key.id), soci::into(row.key.org_id), soci::into(row.key.created_by),
         soci::into(row.key.name), soci::into(row.key.prefix), soci::into(row.key.role),
         soci::into(row.scopes), soci::into(row.key.created_at), soci::into(row.key.expires_at),
         soci::into(row.key.last_used_at), soci::use(org_id), soci::use(after), soci::use(limit));
    rows.execute();
    while (rows.fetch()) out.push_back(row.take());
    return out;
}

std::optional<ApiKey> CredentialStore::find_api_key(const std::string& org_id,
                                                    const std::string& key_id) const {
    KeyRow row;
    sql_ << kSelectKey << " FROM api_keys k WHERE k.org_id = :org_id AND k.id = :id", soci::into(row.key.id),
        soci::into(row.key.org_id), soci::into(row.key.created_by), soci::into(row.key.name),
        soci::into(row.key.prefix), soci::into(row.key.role), soci::into(row.scopes),
        soci::into(row.key.created_at), soci::into(row.key.expires_at), soci::into(row.key.last_used_at),
        soci::use(org_id), soci::use(key_id);
    if (!sql_.got_data()) return std::nullopt;
    return row.take();
}

int CredentialStore::count_api_keys(const std::string& org_id) const {
    int count = 0;
    sql_ << "SELECT count(*) FROM api_keys WHERE org_id = :org_id", soci::into(count), soci::use(org_id);
    return count;
}

void CredentialStore::delete_api_key(const std::string& org_id, const std::string& key_id) {
    sql_ << "DELETE FROM api_keys WHERE org_id = :org_id AND id = :id", soci::use(org_id), soci::use(key_id);
}

void CredentialStore::touch_api_key(const std::string& org_id, const std::string& key_id, WallTime now) {
    sql_ << "UPDATE api_keys SET last_used_at = :now WHERE org_id = :org_id AND id = :id", soci::use(now),
        soci::use(org_id), soci::use(key_id);
}

void CredentialStore::insert_client_secret(const std::string& id, const std::string& org_id,
                                           const ClientSecretParent& parent, const std::string& agent_id,
                                           const std::string& secret_hash, WallTime now,
                                           WallTime expires_at) {
    sql_ << "INSERT INTO client_secrets (id, org_id, session_id, api_key_id, agent_id, secret_hash, "
            "created_at, expires_at) "
            "VALUES (:id, :org_id, :session_id, :api_key_id, :agent_id, :hash, :now, :expires)",
        soci::use(id), soci::use(org_id), soci::use(parent.session_id), soci::use(parent.api_key_id),
        soci::use(agent_id), soci::use(secret_hash), soci::use(now), soci::use(expires_at);
}

void CredentialStore::delete_expired_client_secrets(WallTime now) {
    sql_ << "DELETE FROM client_secrets WHERE id IN (SELECT id FROM client_secrets WHERE expires_at < :now "
            "ORDER BY expires_at LIMIT 50)",
        soci::use(now);
}

std::optional<Holder> CredentialStore::holder_of_session(const std::string& org_id,
                                                         const std::string& session_id, WallTime now) const {
    Holder out;
    sql_ << "SELECT s.user_id, s.org_id, m.role, s.expires_at FROM sessions s "
            "JOIN memberships m ON m.org_id = s.org_id AND m.user_id = s.user_id JOIN users u ON u.id = "
            "s.user_id "
            "WHERE s.org_id = :org_id AND s.id = :id AND s.ended_at IS NULL AND s.expires_at > :now AND "
            "u.disabled = 0",
        soci::into(out.user_id), soci::into(out.org_id), soci::into(out.role), soci::into(out.expires_at),
        soci::use(org_id), soci::use(session_id), soci::use(now);
    if (!sql_.got_data()) return std::nullopt;
    return out;
}

std::optional<ApiKeyHolder> CredentialStore::holder_of_api_key(const std::string& secret_hash,
                                                               WallTime now) const {
    return find_holder(sql_, "k.secret_hash", secret_hash, now);
}

std::optional<ApiKeyHolder> CredentialStore::holder_of_api_key_id(const std::string& org_id,
                                                                  const std::string& key_id,
                                                                  WallTime now) const {
    std::optional<ApiKeyHolder> found = find_holder(sql_, "k.id", key_id, now);
    if (found && found->key.org_id != org_id) found.reset();
    return found;
}

std::optional<ClientSecretHolder> CredentialStore::holder_of_client_secret(const std::string& secret_hash,
                                                                           WallTime now) const {
    ClientSecretHolder out;
    sql_ << "SELECT id, org_id, agent_id, expires_at, session_id, api_key_id FROM client_secrets "
            "WHERE secret_hash = :hash AND expires_at > :now",
        soci::into(out.id), soci::into(out.org_id), soci::into(out.agent_id), soci::into(out.expires_at),
        soci::into(out.parent.session_id), soci::into(out.parent.api_key_id), soci::use(secret_hash),
        soci::use(now);
    if (!sql_.got_data()) return std::nullopt;
    return out;
}

}  // namespace aimpact::accounts
