#include "accounts/organisation_service.hpp"

#include "accounts/authorization.hpp"
#include "accounts/identity_rules.hpp"
#include "accounts/paging.hpp"
#include "accounts/user_store.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;

Error no_member() {
    return base::not_found("There is no such member in your organisation.");
}

Result<> may_touch(const Principal& principal, Role role) {
    if (at_least(principal.role, role)) return {};
    return Error{ErrorCode::permission_denied,
                 std::string("Only somebody with the role '") + boost::describe::enum_to_string(role, "") +
                     "' or above may do this.",
                 {},
                 "role"};
}

// After the change, inside its transaction.
Result<> check_owner_left(UserStore& users, const std::string& org_id) {
    if (users.count_owners(org_id) > 0) return {};
    return Error{ErrorCode::failed_precondition,
                 "An organisation needs an owner. Make somebody else an owner first."};
}

Result<Caller> read_caller(soci::session& sql, const Principal& principal) {
    const UserStore users(sql);
    Caller out;
    const std::optional<Organisation> organisation = users.find_organisation(principal.org_id);
    if (!organisation) return base::not_found("Your organisation does not exist any more.");
    out.organisation = *organisation;
    if (!principal.user_id.empty()) {
        const std::optional<Credentials> found = users.find(principal.user_id);
        if (!found) return Error{ErrorCode::unauthenticated, "Your account does not exist any more."};
        out.user = found->user;
    }
    return out;
}

}  // namespace

Task<Result<Caller>> OrganisationService::caller(Principal principal) {
    auto look_up = [principal](soci::session& sql) { return read_caller(sql, principal); };
    co_return co_await parts_.database.read(std::move(look_up));
}

Task<Result<Caller>> OrganisationService::update_caller(Principal principal, std::optional<std::string> name,
                                                        std::optional<std::string> email) {
    if (principal.credential != CredentialKind::session)
        co_return Error{ErrorCode::permission_denied, "Only a signed-in person can change their profile."};
    if (!name && !email) co_return base::invalid_argument("Give a new name or e-mail.");
    if (name) {
        AIMPACT_CO_TRY(name, check_name(*name));
    }
    if (email) {
        AIMPACT_CO_TRY(email, normalise_email(*email));
    }
    auto keep = [this, principal, name, email](soci::session& sql) -> Result<Caller> {
        UserStore users(sql);
        AIMPACT_TRY(const Caller before, read_caller(sql, principal));
        users.update_profile(principal.user_id, name.value_or(before.user->name),
                             email.value_or(before.user->email), parts_.clock.now());
        return read_caller(sql, principal);
    };
    Result<Caller> out = co_await parts_.database.write(std::move(keep));
    if (out.has_error() && out.error().code == ErrorCode::conflict)
        co_return Error{ErrorCode::conflict, "This e-mail is taken. Use another one.", out.error().detail,
                        "email"};
    co_return out;
}

Task<Result<Organisation>> OrganisationService::organisation(Principal principal) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::organisation_read));
    auto look_up = [org_id = principal.org_id](soci::session& sql) -> Result<Organisation> {
        const std::optional<Organisation> found = UserStore(sql).find_organisation(org_id);
        if (!found) return base::not_found("Your organisation does not exist any more.");
        return *found;
    };
    co_return co_await parts_.database.read(std::move(look_up));
}

Task<Result<Organisation>> OrganisationService::rename(Principal principal, std::string name) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::organisation_write));
    AIMPACT_CO_TRY(const std::string checked, check_name(name));
    auto keep = [this, org_id = principal.org_id, checked](soci::session& sql) -> Result<Organisation> {
        UserStore users(sql);
        users.rename_organisation(org_id, checked, parts_.clock.now());
        const std::optional<Organisation> found = users.find_organisation(org_id);
        if (!found) return base::not_found("Your organisation does not exist any more.");
        return *found;
    };
    co_return co_await parts_.database.write(std::move(keep));
}

Task<Result<Page<Member>>> OrganisationService::members(Principal principal, PageRequest page) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::members_read));
    AIMPACT_CO_CHECK(check_page(page, "usr"));
    auto look_up = [org_id = principal.org_id, page](soci::session& sql) {
        return UserStore(sql).list_members(org_id, page.cursor, page.limit + 1);
    };
    AIMPACT_CO_TRY(std::vector<Member> found, co_await parts_.database.read(std::move(look_up)));
    co_return make_page(std::move(found), page, [](const Member& member) { return member.user_id; });
}

Task<Result<Member>> OrganisationService::add_member(Principal principal, NewMember member) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::members_write));
    AIMPACT_CO_CHECK(may_touch(principal, member.role));
    AIMPACT_CO_TRY(const std::string name, check_name(member.name));
    AIMPACT_CO_TRY(const std::string email, normalise_email(member.email));
    auto work = [this, password = member.password,
                 about = std::vector{name, email}]() -> Result<std::string> {
        AIMPACT_CHECK(check_new_password(password, about));
        return parts_.passwords.hash(password);
    };
    AIMPACT_CO_TRY(const std::string hash, co_await parts_.crypto.run(std::move(work)));
    auto keep = [this, org_id = principal.org_id, role = member.role, name, email,
                 hash](soci::session& sql) -> Result<Member> {
        const WallTime now = parts_.clock.now();
        const User user{base::make_id("usr", parts_.clock, parts_.random), email, name, false, now};
        UserStore users(sql);
        users.insert_user(user, hash);
        users.insert_membership({org_id, user.id, role}, now);
        return Member{user.id, email, name, role, now, {}};
    };
    Result<Member> out = co_await parts_.database.write(std::move(keep));
    if (out.has_error() && out.error().code == ErrorCode::conflict)
        co_return Error{ErrorCode::conflict, "This e-mail is taken. Use another one.", out.error().detail,
                        "email"};
    if (out.has_value())
        base::log_info(
            "member.added",
            {{"org_id", principal.org_id}, {"user_id", out->user_id}, {"by", principal.credential_id}});
    co_return out;
}

Task<Result<Member>> OrganisationService::set_role(Principal principal, std::string user_id, Role role) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::members_write));
    if (!base::is_id(user_id, "usr")) co_return no_member();
    auto keep = [principal, user_id, role](soci::session& sql) -> Result<Member> {
        UserStore users(sql);
        const std::optional<Membership> held = users.find_membership(principal.org_id, user_id);
        if (!held) return no_member();
        AIMPACT_CHECK(may_touch(principal, held->role));
        AIMPACT_CHECK(may_touch(principal, role));
        users.set_role(principal.org_id, user_id, role);
        AIMPACT_CHECK(check_owner_left(users, principal.org_id));
        const std::optional<Member> member = users.find_member(principal.org_id, user_id);
        if (!member) return no_member();
        return *member;
    };
    Result<Member> out = co_await parts_.database.write(std::move(keep));
    if (out.has_value()) {
        parts_.cache.forget_user(user_id);
        base::log_info("member.role_changed",
                       {{"org_id", principal.org_id}, {"user_id", user_id}, {"by", principal.credential_id}});
    }
    co_return out;
}

Task<Result<>> OrganisationService::remove_member(Principal principal, std::string user_id) {
    AIMPACT_CO_CHECK(authorize(principal, Permission::members_write));
    if (!base::is_id(user_id, "usr")) co_return no_member();
    auto remove = [principal, user_id](soci::session& sql) -> Result<> {
        UserStore users(sql);
        const std::optional<Membership> held = users.find_membership(principal.org_id, user_id);
        if (!held) return no_member();
        AIMPACT_CHECK(may_touch(principal, held->role));
        users.delete_membership(principal.org_id, user_id);
        AIMPACT_CHECK(check_owner_left(users, principal.org_id));
        if (!users.first_membership(user_id)) users.delete_user(user_id);
        return {};
    };
    AIMPACT_CO_CHECK(co_await parts_.database.write(std::move(remove)));
    parts_.cache.forget_user(user_id);
    base::log_info("member.removed",
                   {{"org_id", principal.org_id}, {"user_id", user_id}, {"by", principal.credential_id}});
    co_return Result<>{};
}

}  // namespace aimpact::accounts
