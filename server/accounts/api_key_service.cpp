#include "accounts/api_key_service.hpp"

#include <algorithm>
#include <set>

#include "accounts/authorization.hpp"
#include "accounts/identity_rules.hpp"
#include "accounts/paging.hpp"
#include "accounts/token_hash.hpp"
#include "base/log.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;

constexpr std::size_t kShownOfRandom = 4;  // characters: enough to tell keys apart, 24 of 256 bits

Error no_key() {
    return base::not_found("There is no such API key in your organisation.");
}

Result<> check_scopes(const Principal& principal, const std::vector<Permission>& scopes) {
    std::set<Permission> seen;
    for (const Permission scope : scopes) {
        const std::string name = boost::describe::enum_to_string(scope, "");
        if (!seen.insert(scope).second)
            return base::invalid_argument("The scope '" + name + "' is there twice. Remove one.", "scopes");
        if (!allowed(principal, scope))
            return Error{ErrorCode::permission_denied,
                         "You cannot give a key the scope '" + name + "', which you do not have.",
                         {},
                         "scopes"};
    }
    return {};
}

}  // namespace

Task<Result<Page<ApiKey>>> ApiKeyService::list(Principal principal, PageRequest page) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::api_keys_read));
    AIMPACT_CO_CHECK(check_page(page, "key"));
    auto look_up = [org_id = principal.org_id, page](soci::session& sql) {
        return CredentialStore(sql).list_api_keys(org_id, page.cursor, page.limit + 1);
    };
    AIMPACT_CO_TRY(std::vector<ApiKey> found, co_await parts_.database.read(std::move(look_up)));
    co_return make_page(std::move(found), page, [](const ApiKey& key) { return key.id; });
}

Task<Result<CreatedApiKey>> ApiKeyService::create(Principal principal, NewApiKey wanted) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::api_keys_write));
    AIMPACT_CO_TRY(const std::string name, check_name(wanted.name));
    AIMPACT_CO_CHECK(check_scopes(principal, wanted.scopes));
    const WallTime now = parts_.clock.now();
    if (wanted.expires_at && *wanted.expires_at <= now)
        co_return base::invalid_argument("The expiry is in the past. Choose a time to come.", "expires_at");
    CreatedApiKey out;
    out.key = make_token(kApiKeyPrefix, parts_.random);
    ApiKey& key = out.api_key;
    key.id = base::make_id("key", parts_.clock, parts_.random);
    key.org_id = principal.org_id;
    key.created_by = principal.user_id;
    key.name = name;
    key.prefix = out.key.substr(0, kApiKeyPrefix.size() + kShownOfRandom);
    key.role = principal.role;
    // A key that may do some things makes keys that may do no more.
    key.scopes = wanted.scopes.empty() ? principal.scopes : wanted.scopes;
    key.created_at = now;
    key.expires_at = wanted.expires_at;
    auto keep = [principal, out](soci::session& sql) -> Result<CreatedApiKey> {
        CredentialStore store(sql);
        if (store.count_api_keys(principal.org_id) >= kApiKeysMax)
            return Error{ErrorCode::failed_precondition,
                         "Your organisation has " + std::to_string(kApiKeysMax) +
                             " API keys, which is the most. Revoke one first."};
        CreatedApiKey made = out;
        if (made.api_key.created_by.empty()) {
            const std::optional<ApiKey> parent =
                store.find_api_key(principal.org_id, principal.credential_id);
            if (!parent)
                return Error{ErrorCode::permission_denied,
                             "Only a signed-in person or an API key can make API keys."};
            made.api_key.created_by = parent->created_by;
        }
        store.insert_api_key(made.api_key, token_hash(made.key));
        return made;
    };
    Result<CreatedApiKey> made = co_await parts_.database.write(std::move(keep));
    if (made.has_value())
        base::log_info("api_key.created", {{"org_id", principal.org_id},
                                           {"api_key_id", made->api_key.id},
                                           {"by", principal.credential_id}});
    co_return made;
}

Task<Result<>> ApiKeyService::revoke(Principal principal, std::string key_id) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::api_keys_write));
    if (!base::is_id(key_id, "key")) co_return no_key();
    auto remove = [principal, key_id](soci::session& sql) -> Result<> {
        CredentialStore store(sql);
        const std::optional<ApiKey> key = store.find_api_key(principal.org_id, key_id);
        if (!key) return no_key();
        if (!at_least(principal.role, key->role))
            return Error{ErrorCode::permission_denied,
                         "This key has a higher role than you. Ask an administrator to revoke it."};
        store.delete_api_key(principal.org_id, key_id);
        return {};
    };
    AIMPACT_CO_CHECK(co_await parts_.database.write(std::move(remove)));
    parts_.cache.forget_credential(key_id);
    base::log_info("api_key.revoked",
                   {{"org_id", principal.org_id}, {"api_key_id", key_id}, {"by", principal.credential_id}});
    co_return Result<>{};
}

Task<Result<ClientSecret>> ApiKeyService::create_client_secret(Principal principal, std::string agent_id,
                                                               std::chrono::seconds life) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::converse));
    if (life < kClientSecretLifeMin || life > kClientSecretLifeMax)
        co_return base::invalid_argument("A client secret lives for 10 to 7200 seconds.",
                                         "expires_after.seconds");
    ClientSecretParent parent;
    if (principal.credential == CredentialKind::session)
        parent.session_id = principal.credential_id;
    else if (principal.credential == CredentialKind::api_key)
        parent.api_key_id = principal.credential_id;
    else
        co_return Error{ErrorCode::permission_denied,
                        "A client secret cannot make another one. Use your session or API key."};
    const WallTime now = parts_.clock.now();
    ClientSecret out{base::make_id("cs", parts_.clock, parts_.random),
                     make_token(kClientSecretPrefix, parts_.random), now + life};
    auto keep = [principal, parent, agent_id, out, now](soci::session& sql) {
        CredentialStore store(sql);
        store.delete_expired_client_secrets(now);
        store.insert_client_secret(out.id, principal.org_id, parent, agent_id, token_hash(out.value), now,
                                   out.expires_at);
    };
    AIMPACT_CO_CHECK(co_await parts_.database.write(std::move(keep)));
    co_return out;
}

}  // namespace aimpact::accounts
