// SQL of people, organisations and memberships. Runs inside a transaction that the caller opened.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

#include "accounts/account.hpp"

namespace aimpact::accounts {

// What a sign-in needs to decide.
struct Credentials {
    User user;
    std::string password_hash;
};

struct Membership {
    std::string org_id;
    std::string user_id;
    Role role = Role::viewer;
};

class UserStore {
  public:
    explicit UserStore(soci::session& sql) : sql_(sql) {}

    int count_users() const;
    void insert_user(const User& user, const std::string& password_hash);
    std::optional<Credentials> find_by_email(const std::string& email) const;
    std::optional<Credentials> find(const std::string& user_id) const;
    void update_profile(const std::string& user_id, const std::string& name, const std::string& email,
                        WallTime now);
    // `changed`: false when the same password was only hashed with newer parameters.
    void update_password(const std::string& user_id, const std::string& password_hash, bool changed,
                         WallTime now);
    void delete_user(const std::string& user_id);
    std::vector<User> list_users() const;

    void insert_organisation(const Organisation& organisation);
    std::optional<Organisation> find_organisation(const std::string& org_id) const;
    std::vector<Organisation> list_organisations() const;
    void rename_organisation(const std::string& org_id, const std::string& name, WallTime now);

    void insert_membership(const Membership& membership, WallTime now);
    std::optional<Membership> find_membership(const std::string& org_id, const std::string& user_id) const;
    // The one that the person joined first.
    std::optional<Membership> first_membership(const std::string& user_id) const;
    // Up to `limit` members whose id comes after `after`, in the order of ids (which is that of creation).
    std::vector<Member> list_members(const std::string& org_id, const std::string& after, int limit) const;
    std::optional<Member> find_member(const std::string& org_id, const std::string& user_id) const;
    void set_role(const std::string& org_id, const std::string& user_id, Role role);
    // Takes their sessions, refresh tokens and API keys of this organisation along.
    void delete_membership(const std::string& org_id, const std::string& user_id);
    int count_owners(const std::string& org_id) const;

  private:
    soci::session& sql_;
};

}  // namespace aimpact::accounts
