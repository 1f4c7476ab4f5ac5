#include "accounts/user_admin.hpp"

#include "accounts/identity_rules.hpp"
#include "accounts/session_store.hpp"
#include "accounts/setup_store.hpp"
#include "accounts/user_store.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace aimpact::accounts {

namespace {
using base::ErrorCode;
}  // namespace

Result<std::string> UserAdmin::choose_organisation(soci::session& sql, const std::string& wanted, Role role) {
    UserStore users(sql);
    const std::vector<Organisation> all = users.list_organisations();
    if (all.empty()) {
        if (role != Role::owner)
            return Error{ErrorCode::failed_precondition,
                         "There is no organisation yet. Its first member must be an owner: --role owner",
                         {},
                         "role"};
        const Organisation made{base::make_id("org", parts_.clock, parts_.random),
                                wanted.empty() ? "My organisation" : wanted, parts_.clock.now()};
        users.insert_organisation(made);
        return made.id;
    }
    if (wanted.empty() && all.size() == 1) return all.front().id;
    std::vector<std::string> found;
    for (const Organisation& one : all)
        if (one.id == wanted || one.name == wanted) found.push_back(one.id);
    if (found.size() == 1) return found.front();
    if (wanted.empty())
        return base::invalid_argument("There are several organisations. Name one by its id.", "organisation");
    if (found.empty()) return base::not_found("There is no organisation '" + wanted + "'.");
    return base::invalid_argument("Several organisations have this name. Give the id.", "organisation");
}

Result<User> UserAdmin::create(const NewMember& member, const std::string& organisation) {
    AIMPACT_TRY(const std::string name, check_name(member.name));
    AIMPACT_TRY(const std::string email, normalise_email(member.email));
    std::string organisation_name = organisation;
    if (!organisation.empty()) {
        AIMPACT_TRY(organisation_name, check_name(organisation, "organisation"));
    }
    AIMPACT_CHECK(check_new_password(member.password, {name, email}));
    AIMPACT_TRY(const std::string hash, parts_.passwords.hash(member.password));
    const User user{base::make_id("usr", parts_.clock, parts_.random), email, name, false,
                    parts_.clock.now()};
    const Result<> kept = parts_.database.write_now([&](soci::session& sql) -> Result<> {
        AIMPACT_TRY(const std::string org_id, choose_organisation(sql, organisation_name, member.role));
        UserStore users(sql);
        users.insert_user(user, hash);
        users.insert_membership({org_id, user.id, member.role}, parts_.clock.now());
        SetupStore(sql).delete_all();  // the set-up link is for a database without anybody
        return {};
    });
    if (kept.has_error() && kept.error().code == ErrorCode::conflict)
        return Error{ErrorCode::conflict, "There is already a user with the e-mail " + email + ".",
                     kept.error().detail, "email"};
    AIMPACT_CHECK(kept);
    base::log_info("user.created_by_operator", {{"user_id", user.id}});
    return user;
}

Result<std::vector<Organisation>> UserAdmin::organisations() {
    return parts_.database.read_now([](soci::session& sql) { return UserStore(sql).list_organisations(); });
}

Result<std::vector<User>> UserAdmin::list() {
    return parts_.database.read_now([](soci::session& sql) { return UserStore(sql).list_users(); });
}

Result<> UserAdmin::reset_password(const std::string& email, const std::string& password) {
    AIMPACT_TRY(const std::string account, normalise_email(email));
    AIMPACT_TRY(const std::optional<Credentials> found, parts_.database.read_now([&](soci::session& sql) {
        return UserStore(sql).find_by_email(account);
    }));
    if (!found) return base::not_found("There is no user with the e-mail " + account + ".");
    AIMPACT_CHECK(check_new_password(password, {found->user.name, account}));
    AIMPACT_TRY(const std::string hash, parts_.passwords.hash(password));
    AIMPACT_CHECK(parts_.database.write_now([&](soci::session& sql) {
        UserStore(sql).update_password(found->user.id, hash, true, parts_.clock.now());
        SessionStore(sql).end_all_of(found->user.id, "", parts_.clock.now());
    }));
    parts_.cache.forget_user(found->user.id);
    base::log_info("password.reset_by_operator", {{"user_id", found->user.id}});
    return {};
}

}  // namespace aimpact::accounts
