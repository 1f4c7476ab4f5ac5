#include "accounts/credential_authenticator.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "accounts/authorization.hpp"
#include "base/log.hpp"

namespace aimpact::accounts {

namespace {

constexpr std::size_t kCredentialBytesMax = 4096;
constexpr std::chrono::seconds kTouchEvery{60};
constexpr std::string_view kSubprotocol = "openai-insecure-api-key.";

Error refused(std::string message, std::string detail = {}) {
    return {base::ErrorCode::unauthenticated, std::move(message), std::move(detail)};
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

CredentialCache::Entry entry_of(const ApiKeyHolder& held) {
    Principal principal;
    principal.org_id = held.key.org_id;
    principal.role = lesser(held.key.role, held.current_role);
    principal.credential = CredentialKind::api_key;
    principal.credential_id = held.key.id;
    principal.scopes = held.key.scopes;
    return {principal, held.key.created_by, {}, held.key.expires_at.value_or(WallTime::max())};
}

CredentialCache::Entry entry_of(const Holder& held, const std::string& session_id, WallTime expires_at) {
    Principal principal;
    principal.user_id = held.user_id;
    principal.org_id = held.org_id;
    principal.role = held.role;
    principal.credential = CredentialKind::session;
    principal.credential_id = session_id;
    return {principal, held.user_id, {}, expires_at};
}

}  // namespace

const std::vector<Permission>& client_secret_scopes() {
    static const std::vector<Permission> scopes = {Permission::converse, Permission::voices_read};
    return scopes;
}

std::string_view credential_of(const net::Request& request) {
    const std::string_view authorization = trim(request.headers.get("Authorization"));
    if (!authorization.empty()) {
        constexpr std::string_view scheme = "Bearer ";
        return boost::algorithm::istarts_with(authorization, scheme)
                   ? trim(authorization.substr(scheme.size()))
                   : std::string_view();
    }
    // A browser cannot set headers on a WebSocket; OpenAI's clients put the credential into the subprotocols.
    for (const auto& [name, value] : request.headers.all()) {
        if (!boost::algorithm::iequals(name, "Sec-WebSocket-Protocol")) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            const std::string_view item = trim(rest.substr(0, comma));
            if (item.starts_with(kSubprotocol)) return item.substr(kSubprotocol.size());
            rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
        }
    }
    return {};
}

CredentialAuthenticator::CredentialAuthenticator(storage::Database& database, const AccessTokens& tokens,
                                                 CredentialCache& cache, const base::Clock& clock,
                                                 base::Metrics& metrics)
    : database_(database),
      tokens_(tokens),
      cache_(cache),
      clock_(clock),
      hits_(metrics.counter("aimpact_authentications_total", "Credentials checked", {{"outcome", "cached"}})),
      misses_(metrics.counter("aimpact_authentications_total", "Credentials checked",
                              {{"outcome", "looked_up"}})),
      refusals_(metrics.counter("aimpact_authentications_total", "Credentials checked",
                                {{"outcome", "refused"}})) {}

Task<Result<Principal>> CredentialAuthenticator::authenticate(const net::Request& request) {
    return authenticate_credential(std::string(credential_of(request)));
}

Task<Result<Principal>> CredentialAuthenticator::authenticate_credential(std::string credential) {
    if (credential.empty())
        co_return refused("Send an access token or an API key: Authorization: Bearer <credential>.");
    if (credential.size() > kCredentialBytesMax) co_return refused("This credential is not valid.");
    const Digest digest = sha256(credential);
    if (std::optional<Principal> known = cache_.find(digest)) {
        hits_.Increment();
        co_return *std::move(known);
    }
    const std::uint64_t generation = cache_.generation();
    Result<Entry> entry = co_await resolve(credential);
    if (entry.has_error()) {
        if (entry.error().code == base::ErrorCode::unauthenticated) refusals_.Increment();
        co_return std::move(entry).error();
    }
    misses_.Increment();
    Principal principal = entry->principal;
    cache_.put(digest, *std::move(entry), generation);
    co_return principal;
}

Task<Result<CredentialCache::Entry>> CredentialAuthenticator::resolve(const std::string& credential) {
    if (is_token(credential, kApiKeyPrefix)) return resolve_api_key(credential);
    if (is_token(credential, kClientSecretPrefix)) return resolve_client_secret(credential);
    return resolve_access_token(credential);
}

Task<Result<CredentialCache::Entry>> CredentialAuthenticator::resolve_access_token(const std::string& token) {
    AIMPACT_CO_TRY(const AccessClaims claims, tokens_.verify(token));
    auto look_up = [claims, now = clock_.now()](soci::session& sql) {
        return CredentialStore(sql).holder_of_session(claims.org_id, claims.session_id, now);
    };
    AIMPACT_CO_TRY(const std::optional<Holder> held, co_await database_.read(std::move(look_up)));
    if (!held || held->user_id != claims.user_id) co_return refused("This session has ended. Sign in again.");
    co_return entry_of(*held, claims.session_id, std::min(held->expires_at, claims.expires_at));
}

Task<Result<CredentialCache::Entry>> CredentialAuthenticator::resolve_api_key(const std::string& key) {
    const WallTime now = clock_.now();
    auto look_up = [hash = token_hash(key), now](soci::session& sql) {
        return CredentialStore(sql).holder_of_api_key(hash, now);
    };
    AIMPACT_CO_TRY(const std::optional<ApiKeyHolder> held, co_await database_.read(std::move(look_up)));
    if (!held)
        co_return refused(
            "This API key does not exist, was revoked or has expired. Create one under API keys.");
    if (!held->key.last_used_at || now - *held->key.last_used_at >= kTouchEvery) {
        auto touch = [org_id = held->key.org_id, id = held->key.id, now](soci::session& sql) {
            CredentialStore(sql).touch_api_key(org_id, id, now);
        };
        const Result<> touched = co_await database_.write(std::move(touch));
        // Nobody is refused because a note could not be made.
        if (touched.has_error()) base::log_warn("api_key.touch_failed", {{"detail", touched.error().detail}});
    }
    co_return entry_of(*held);
}

Task<Result<CredentialCache::Entry>> CredentialAuthenticator::resolve_client_secret(
    const std::string& secret) {
    auto look_up = [hash = token_hash(secret),
                    now = clock_.now()](soci::session& sql) -> std::optional<Entry> {
        const CredentialStore store(sql);
        const std::optional<ClientSecretHolder> held = store.holder_of_client_secret(hash, now);
        if (!held) return std::nullopt;
        Entry entry;
        if (held->parent.session_id) {
            const std::optional<Holder> parent =
                store.holder_of_session(held->org_id, *held->parent.session_id, now);
            if (!parent) return std::nullopt;
            entry = entry_of(*parent, *held->parent.session_id, parent->expires_at);
        } else {
            const std::optional<ApiKeyHolder> parent =
                store.holder_of_api_key_id(held->org_id, held->parent.api_key_id.value_or(""), now);
            if (!parent) return std::nullopt;
            entry = entry_of(*parent);
        }
        entry.parent_id = entry.principal.credential_id;
        entry.expires_at = std::min(entry.expires_at, held->expires_at);
        entry.principal.credential = CredentialKind::client_secret;
        entry.principal.credential_id = held->id;
        entry.principal.agent_id = held->agent_id;
        // Never more than the key behind it.
        const Principal parent_principal = entry.principal;
        entry.principal.scopes.clear();
        for (const Permission scope : client_secret_scopes())
            if (parent_principal.scopes.empty() || std::ranges::count(parent_principal.scopes, scope) > 0)
                entry.principal.scopes.push_back(scope);
        if (entry.principal.scopes.empty()) return std::nullopt;
        return entry;
    };
    AIMPACT_CO_TRY(std::optional<Entry> entry, co_await database_.read(std::move(look_up)));
    if (!entry)
        co_return refused(
            "This client secret has expired or its session has ended. Ask your server for a new one.");
    co_return *std::move(entry);
}

}  // namespace aimpact::accounts
