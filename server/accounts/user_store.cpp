#include "accounts/user_store.hpp"

#include "storage/types.hpp"

namespace aimpact::accounts {

namespace {

// {0} is the condition; one bound value.
std::optional<Credentials> find_user(soci::session& sql, const char* condition, const std::string& value) {
    Credentials out;
    int disabled = 0;
    sql << "SELECT id, email, name, disabled, created_at, password_hash FROM users WHERE " << condition,
        soci::into(out.user.id), soci::into(out.user.email), soci::into(out.user.name), soci::into(disabled),
        soci::into(out.user.created_at), soci::into(out.password_hash), soci::use(value);
    if (!sql.got_data()) return std::nullopt;
    out.user.disabled = disabled != 0;
    return out;
}

}  // namespace

int UserStore::count_users() const {
    int count = 0;
    sql_ << "SELECT count(*) FROM users", soci::into(count);
    return count;
}

void UserStore::insert_user(const User& user, const std::string& password_hash) {
    const int disabled = user.disabled ? 1 : 0;
    sql_ << "INSERT INTO users (id, email, name, password_hash, disabled, created_at, updated_at, "
            "password_changed_at) "
            "VALUES (:id, :email, :name, :password_hash, :disabled, :created, :updated, :changed)",
        soci::use(user.id), soci::use(user.email), soci::use(user.name), soci::use(password_hash),
        soci::use(disabled), soci::use(user.created_at), soci::use(user.created_at),
        soci::use(user.created_at);
}

std::optional<Credentials> UserStore::find_by_email(const std::string& email) const {
    return find_user(sql_, "email = :value", email);
}

std::optional<Credentials> UserStore::find(const std::string& user_id) const {
    return find_user(sql_, "id = :value", user_id);
}

void UserStore::update_profile(const std::string& user_id, const std::string& name, const std::string& email,
                               WallTime now) {
    sql_ << "UPDATE users SET name = :name, email = :email, updated_at = :now WHERE id = :id",
        soci::use(name), soci::use(email), soci::use(now), soci::use(user_id);
}

void UserStore::update_password(const std::string& user_id, const std::string& password_hash, bool changed,
                                WallTime now) {
    sql_ << "UPDATE users SET password_hash = :hash WHERE id = :id", soci::use(password_hash),
        soci::use(user_id);
    if (changed)
        sql_ << "UPDATE users SET password_changed_at = :now, updated_at = :now2 WHERE id = :id",
            soci::use(now), soci::use(now), soci::use(user_id);
}

void UserStore::delete_user(const std::string& user_id) {
    sql_ << "DELETE FROM users WHERE id = :id", soci::use(user_id);
}

std::vector<User> UserStore::list_users() const {
    std::vector<User> out;
    User user;
    int disabled = 0;
    soci::statement rows =
        (sql_.prepare << "SELECT id, email, name, disabled, created_at FROM users ORDER BY id",
         soci::into(user.id), soci::into(user.email), soci::into(user.name), soci::into(disabled),
         soci::into(user.created_at));
    rows.execute();
    while (rows.fetch()) {
        user.disabled = disabled != 0;
        out.push_back(user);
    }
    return out;
}

void UserStore::insert_organisation(const Organisation& organisation) {
    sql_ << "INSERT INTO organisations (id, name, created_at, updated_at) VALUES (:id, :name, :created, "
            ":updated)",
        soci::use(organisation.id), soci::use(organisation.name), soci::use(organisation.created_at),
        soci::use(organisation.created_at);
}

std::optional<Organisation> UserStore::find_organisation(const std::string& org_id) const {
    Organisation out;
    sql_ << "SELECT id, name, created_at FROM organisations WHERE id = :id", soci::into(out.id),
        soci::into(out.name), soci::into(out.created_at), soci::use(org_id);
    if (!sql_.got_data()) return std::nullopt;
    return out;
}

std::vector<Organisation> UserStore::list_organisations() const {
    std::vector<Organisation> out;
    Organisation one;
    soci::statement rows = (sql_.prepare << "SELECT id, name, created_at FROM organisations ORDER BY id",
                            soci::into(one.id), soci::into(one.name), soci::into(one.created_at));
    rows.execute();
    while (rows.fetch()) out.push_back(one);
    return out;
}

void UserStore::rename_organisation(const std::string& org_id, const std::string& name, WallTime now) {
    sql_ << "UPDATE organisations SET name = :name, updated_at = :now WHERE id = :id", soci::use(name),
        soci::use(now), soci::use(org_id);
}

void UserStore::insert_membership(const Membership& membership, WallTime now) {
    sql_ << "INSERT INTO memberships (org_id, user_id, role, created_at) VALUES (:org_id, :user_id, :role, "
            ":now)",
        soci::use(membership.org_id), soci::use(membership.user_id), soci::use(membership.role),
        soci::use(now);
}

std::optional<Membership> UserStore::find_membership(const std::string& org_id,
                                                     const std::string& user_id) const {
    Membership out;
    sql_ << "SELECT org_id, user_id, role FROM memberships WHERE org_id = :org_id AND user_id = :user_id",
        soci::into(out.org_id), soci::into(out.user_id), soci::into(out.role), soci::use(org_id),
        soci::use(user_id);
    if (!sql_.got_data()) return std::nullopt;
    return out;
}

std::optional<Membership> UserStore::first_membership(const std::string& user_id) const {
    Membership out;
    sql_ << "SELECT org_id, user_id, role FROM memberships WHERE user_id = :user_id ORDER BY created_at, "
            "org_id LIMIT 1",
        soci::into(out.org_id), soci::into(out.user_id), soci::into(out.role), soci::use(user_id);
    if (!sql_.got_data()) return std::nullopt;
    return out;
}

namespace {

constexpr const char* kSelectMember =
    "SELECT u.id, u.email, u.name, m.role, m.created_at, "
    "(SELECT max(s.last_used_at) FROM sessions s WHERE s.org_id = m.org_id AND s.user_id = m.user_id) "
    "FROM memberships m JOIN users u ON u.id = m.user_id ";

}  // namespace

std::vector<Member> UserStore::list_members(const std::string& org_id, const std::string& after,
                                            int limit) const {
    std::vector<Member> out;
    Member one;
    soci::statement rows =
        (sql_.prepare << kSelectMember
                      << "WHERE m.org_id = :org_id AND m.user_id > :after ORDER BY m.user_id LIMIT :limit",
         soci::into(one.user_id), soci::into(one.email), soci::into(one.name), soci::into(one.role),
         soci::into(one.created_at), soci::into(one.last_seen_at), soci::use(org_id), soci::use(after),
         soci::use(limit));
    rows.execute();
    while (rows.fetch()) out.push_back(one);
    return out;
}

std::optional<Member> UserStore::find_member(const std::string& org_id, const std::string& user_id) const {
    Member one;
    sql_ << kSelectMember << "WHERE m.org_id = :org_id AND m.user_id = :user_id", soci::into(one.user_id),
        soci::into(one.email), soci::into(one.name), soci::into(one.role), soci::into(one.created_at),
        soci::into(one.last_seen_at), soci::use(org_id), soci::use(user_id);
    if (!sql_.got_data()) return std::nullopt;
    return one;
}

void UserStore::set_role(const std::string& org_id, const std::string& user_id, Role role) {
    sql_ << "UPDATE memberships SET role = :role WHERE org_id = :org_id AND user_id = :user_id",
        soci::use(role), soci::use(org_id), soci::use(user_id);
}

void UserStore::delete_membership(const std::string& org_id, const std::string& user_id) {
    sql_ << "DELETE FROM memberships WHERE org_id = :org_id AND user_id = :user_id", soci::use(org_id),
        soci::use(user_id);
}

int UserStore::count_owners(const std::string& org_id) const {
    int count = 0;
    sql_ << "SELECT count(*) FROM memberships WHERE org_id = :org_id AND role = 'owner'", soci::into(count),
        soci::use(org_id);
    return count;
}

}  // namespace aimpact::accounts
