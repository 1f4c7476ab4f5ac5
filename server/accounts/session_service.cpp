#include "accounts/session_service.hpp"

#include <algorithm>

#include "accounts/identity_rules.hpp"
#include "accounts/token_hash.hpp"
#include "accounts/user_store.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;

constexpr std::chrono::seconds kGrace{10};
constexpr std::size_t kUserAgentMax = 256;

Error wrong_credentials() {
    return {ErrorCode::unauthenticated, "The e-mail or the password is wrong."};
}
Error session_over() {
    return {ErrorCode::unauthenticated, "This session has ended. Sign in again."};
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, kUserAgentMax)) out += c >= 0x20 && c < 0x7f ? c : '?';
    return out;
}

// What a refresh found; it commits in each case.
struct Exchange {
    std::optional<SignedIn> signed_in;
    std::optional<std::string> reused_session;
};

}  // namespace

SessionService::SessionService(const Parts& parts, SessionLifetimes lifetimes)
    : parts_(parts),
      lifetimes_(lifetimes),
      signed_in_(
          parts.metrics.counter("aimpact_sign_ins_total", "Sign-ins with a password", {{"outcome", "ok"}})),
      refused_(parts.metrics.counter("aimpact_sign_ins_total", "Sign-ins with a password",
                                     {{"outcome", "refused"}})),
      reused_(parts.metrics.counter("aimpact_refresh_reuse_total",
                                    "Sessions ended because a refresh token was used twice")) {}

Task<Result<SignedIn>> SessionService::sign_in(std::string email, std::string password, Client client) {
    AIMPACT_CO_TRY(const std::string account, normalise_email(email));
    // Nobody can have a longer one; hashing a megabyte is a way to keep a server busy.
    if (count_chars(password) > kPasswordCharsMax) co_return wrong_credentials();
    AIMPACT_CO_CHECK(parts_.throttle.begin(account, client.remote_address));
    auto look_up = [account](soci::session& sql) { return UserStore(sql).find_by_email(account); };
    AIMPACT_CO_TRY(const std::optional<Credentials> found, co_await parts_.database.read(std::move(look_up)));

    struct Verdict {
        bool right = false;
        std::string new_hash;
    };
    auto verify = [this, found, password]() -> Result<Verdict> {
        if (!found) {
            parts_.passwords.verify_nothing(password);
            return Verdict{};
        }
        Verdict out{parts_.passwords.verify(password, found->password_hash) && !found->user.disabled, {}};
        if (out.right && parts_.passwords.outdated(found->password_hash)) {
            AIMPACT_TRY(out.new_hash, parts_.passwords.hash(password));
        }
        return out;
    };
    AIMPACT_CO_TRY(Verdict verdict, co_await parts_.crypto.run(std::move(verify)));
    if (!verdict.right) {
        refused_.Increment();
        base::log_info("sign_in.refused", {{"remote_address", client.remote_address}});
        co_return wrong_credentials();
    }
    parts_.throttle.succeeded(account, client.remote_address);
    Result<SignedIn> out = co_await start_session(found->user.id, found->password_hash,
                                                  std::move(verdict.new_hash), std::move(client));
    if (out.has_value()) signed_in_.Increment();
    co_return out;
}

Task<Result<SignedIn>> SessionService::start_session(std::string user_id, std::string verified_hash,
                                                     std::string new_hash, Client client) {
    auto keep = [this, user_id, verified_hash, new_hash, client](soci::session& sql) -> Result<SignedIn> {
        UserStore users(sql);
        // Between the check and now the password may have been changed, which ended all sessions but this
        // one.
        const std::optional<Credentials> now = users.find(user_id);
        if (!now || now->user.disabled || now->password_hash != verified_hash) return wrong_credentials();
        if (!new_hash.empty()) users.update_password(user_id, new_hash, false, parts_.clock.now());
        const std::optional<Membership> membership = users.first_membership(user_id);
        const std::optional<Organisation> organisation =
            membership ? users.find_organisation(membership->org_id) : std::nullopt;
        if (!organisation)
            return Error{ErrorCode::permission_denied,
                         "You belong to no organisation any more. Ask an administrator to add you."};
        SessionStore(sql).delete_expired(parts_.clock.now());
        return start(sql, now->user, *organisation, membership->role, client);
    };
    co_return co_await parts_.database.write(std::move(keep));
}

SignedIn SessionService::start(soci::session& sql, const User& user, const Organisation& organisation,
                               Role role, const Client& client) const {
    const WallTime now = parts_.clock.now();
    Session session;
    session.id = base::make_id("ses", parts_.clock, parts_.random);
    session.org_id = organisation.id;
    session.user_id = user.id;
    session.user_agent = printable(client.user_agent);
    session.remote_address = client.remote_address;
    session.created_at = session.last_used_at = now;
    session.expires_at = now + lifetimes_.absolute;
    SessionStore(sql).insert(session);
    return answer(sql, session, user, organisation, role, std::nullopt);
}

SignedIn SessionService::answer(soci::session& sql, const Session& session, const User& user,
                                const Organisation& organisation, Role role,
                                std::optional<std::string> parent_hash) const {
    const WallTime now = parts_.clock.now();
    const WallTime expires_at = std::min<WallTime>(now + lifetimes_.idle, session.expires_at);
    SignedIn out;
    out.refresh_token = make_token(kRefreshPrefix, parts_.random);
    out.refresh_expires_in = std::chrono::floor<std::chrono::seconds>(expires_at - now);
    SessionStore(sql).insert_refresh({token_hash(out.refresh_token),
                                      session.id,
                                      session.org_id,
                                      std::move(parent_hash),
                                      now,
                                      expires_at,
                                      {}});
    out.access_token = parts_.tokens.issue({user.id, session.org_id, role, session.id, {}});
    out.expires_in = parts_.tokens.lifetime();
    out.user = user;
    out.organisation = organisation;
    out.role = role;
    return out;
}

Task<Result<SignedIn>> SessionService::refresh(std::string refresh_token) {
    if (!is_token(refresh_token, kRefreshPrefix)) co_return session_over();
    auto exchange = [this, hash = token_hash(refresh_token)](soci::session& sql) -> Result<Exchange> {
        const WallTime now = parts_.clock.now();
        SessionStore sessions(sql);
        UserStore users(sql);
        const std::optional<RefreshToken> token = sessions.find_refresh(hash);
        if (!token) return Exchange{};
        const std::optional<Session> session = sessions.find(token->org_id, token->session_id);
        if (!session || session->ended_at || session->expires_at <= now) return Exchange{};
        if (token->used_at &&
            (now - *token->used_at > kGrace || sessions.has_used_child(token->org_id, hash))) {
            sessions.end(session->org_id, session->id, now);
            return Exchange{std::nullopt, session->id};
        }
        if (token->expires_at <= now) return Exchange{};
        const std::optional<Credentials> person = users.find(session->user_id);
        const std::optional<Membership> membership = users.find_membership(session->org_id, session->user_id);
        const std::optional<Organisation> organisation = users.find_organisation(session->org_id);
        if (!person || person->user.disabled || !membership || !organisation) return Exchange{};
        sessions.mark_used(token->org_id, hash, now);
        sessions.touch(session->org_id, session->id, now);
        return Exchange{answer(sql, *session, person->user, *organisation, membership->role, hash),
                        std::nullopt};
    };
    AIMPACT_CO_TRY(Exchange done, co_await parts_.database.write(std::move(exchange)));
    if (done.reused_session) {
        reused_.Increment();
        base::log_warn("session.refresh_token_reused", {{"session_id", *done.reused_session}});
        parts_.cache.forget_credential(*done.reused_session);
    }
    if (!done.signed_in) co_return session_over();
    co_return *std::move(done.signed_in);
}

Task<Result<>> SessionService::sign_out(std::string refresh_token) {
    if (!is_token(refresh_token, kRefreshPrefix)) co_return Result<>{};
    auto end = [this, hash = token_hash(refresh_token)](soci::session& sql) -> std::optional<std::string> {
        SessionStore sessions(sql);
        const std::optional<RefreshToken> token = sessions.find_refresh(hash);
        if (!token) return std::nullopt;
        sessions.end(token->org_id, token->session_id, parts_.clock.now());
        return token->session_id;
    };
    AIMPACT_CO_TRY(const std::optional<std::string> ended, co_await parts_.database.write(std::move(end)));
    if (ended) parts_.cache.forget_credential(*ended);
    co_return Result<>{};
}

Task<Result<>> SessionService::change_password(Principal principal, std::string current, std::string next,
                                               Client client) {
    if (principal.credential != CredentialKind::session)
        co_return Error{ErrorCode::permission_denied,
                        "Only a signed-in person can change their password. Sign in with it."};
    auto look_up = [id = principal.user_id](soci::session& sql) { return UserStore(sql).find(id); };
    AIMPACT_CO_TRY(const std::optional<Credentials> found, co_await parts_.database.read(std::move(look_up)));
    if (!found) co_return session_over();
    AIMPACT_CO_CHECK(parts_.throttle.begin(found->user.email, client.remote_address));
    auto work = [this, found, current, next]() -> Result<std::string> {
        if (count_chars(current) > kPasswordCharsMax ||
            !parts_.passwords.verify(current, found->password_hash))
            return Error{
                ErrorCode::permission_denied, "The current password is wrong.", {}, "current_password"};
        AIMPACT_CHECK(check_new_password(next, {found->user.email, found->user.name}, "new_password"));
        return parts_.passwords.hash(next);
    };
    Result<std::string> hash = co_await parts_.crypto.run(std::move(work));
    // A new password that is too weak is no guess at the current one.
    if (hash.has_value() || hash.error().code == ErrorCode::invalid_argument)
        parts_.throttle.succeeded(found->user.email, client.remote_address);
    if (hash.has_error()) co_return std::move(hash).error();
    auto keep = [this, found, principal, hash = *hash](soci::session& sql) -> Result<> {
        UserStore users(sql);
        const std::optional<Credentials> now = users.find(principal.user_id);
        if (!now || now->password_hash != found->password_hash)
            return Error{ErrorCode::conflict,
                         "The password was changed by somebody else at the same time. Try again."};
        users.update_password(principal.user_id, hash, true, parts_.clock.now());
        SessionStore(sql).end_all_of(principal.user_id, principal.credential_id, parts_.clock.now());
        return {};
    };
    AIMPACT_CO_CHECK(co_await parts_.database.write(std::move(keep)));
    parts_.cache.forget_user(principal.user_id);
    base::log_info("password.changed", {{"user_id", principal.user_id}});
    co_return Result<>{};
}

}  // namespace aimpact::accounts
