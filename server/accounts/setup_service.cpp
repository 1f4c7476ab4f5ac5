#include "accounts/setup_service.hpp"

#include "accounts/identity_rules.hpp"
#include "accounts/setup_store.hpp"
#include "accounts/token_hash.hpp"
#include "accounts/user_store.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;

constexpr std::chrono::hours kTokenLife{24};

Result<> check_open(soci::session& sql, const std::string& hash, WallTime now) {
    if (UserStore(sql).count_users() > 0)
        return Error{ErrorCode::failed_precondition, "Set-up is done already. Sign in instead."};
    if (!SetupStore(sql).valid(hash, now))
        return Error{ErrorCode::permission_denied,
                     "This set-up link is wrong or has expired. Restart the server: it prints a new one.",
                     {},
                     "token"};
    return {};
}

}  // namespace

Result<std::optional<std::string>> SetupService::make_token_now() {
    const std::string token = make_token(kSetupPrefix, parts_.random);
    return parts_.database.write_now([&](soci::session& sql) -> std::optional<std::string> {
        if (UserStore(sql).count_users() > 0) return std::nullopt;
        const WallTime now = parts_.clock.now();
        SetupStore(sql).insert(token_hash(token), now, now + kTokenLife);
        return token;
    });
}

Task<Result<bool>> SetupService::needed() {
    auto count = [](soci::session& sql) { return UserStore(sql).count_users() == 0; };
    co_return co_await parts_.database.read(std::move(count));
}

Task<Result<SignedIn>> SetupService::complete(std::string token, NewOwner owner, Client client) {
    const std::string hash = token_hash(token);
    // Before the password is hashed, so that strangers cannot keep the server busy.
    auto check = [this, hash](soci::session& sql) { return check_open(sql, hash, parts_.clock.now()); };
    AIMPACT_CO_CHECK(co_await parts_.database.read(std::move(check)));
    AIMPACT_CO_TRY(const std::string name, check_name(owner.name));
    AIMPACT_CO_TRY(const std::string email, normalise_email(owner.email));
    AIMPACT_CO_TRY(const std::string organisation_name, check_name(owner.organisation, "organisation"));
    auto work = [this, password = owner.password,
                 about = std::vector{name, email, organisation_name}]() -> Result<std::string> {
        AIMPACT_CHECK(check_new_password(password, about));
        return parts_.passwords.hash(password);
    };
    AIMPACT_CO_TRY(const std::string password_hash, co_await parts_.crypto.run(std::move(work)));
    auto keep = [=, this](soci::session& sql) -> Result<SignedIn> {
        const WallTime now = parts_.clock.now();
        AIMPACT_CHECK(check_open(sql, hash, now));
        SetupStore(sql).delete_all();
        const User user{base::make_id("usr", parts_.clock, parts_.random), email, name, false, now};
        const Organisation organisation{base::make_id("org", parts_.clock, parts_.random), organisation_name,
                                        now};
        UserStore users(sql);
        users.insert_user(user, password_hash);
        users.insert_organisation(organisation);
        users.insert_membership({organisation.id, user.id, Role::owner}, now);
        return sessions_.start(sql, user, organisation, Role::owner, client);
    };
    AIMPACT_CO_TRY(SignedIn out, co_await parts_.database.write(std::move(keep)));
    base::log_info("setup.completed", {{"user_id", out.user.id}, {"org_id", out.organisation.id}});
    co_return out;
}

}  // namespace aimpact::accounts
