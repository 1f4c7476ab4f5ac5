// What the operator does on the command line (aimpact user ...). It needs the database, not the server; a
// running server notices within 30 s. Everything here blocks and hashes on the calling thread.
#pragma once

#include "accounts/account.hpp"
#include "accounts/organisation_service.hpp"
#include "accounts/parts.hpp"

namespace aimpact::accounts {

class UserAdmin {
  public:
    explicit UserAdmin(const Parts& parts) : parts_(parts) {}

    // Into the organisation with this id or name. Empty: into the only one there is, or, if there is none
    // yet, into a new one called "My organisation"; its first member must be an owner.
    Result<User> create(const NewMember& member, const std::string& organisation);
    Result<std::vector<User>> list();
    Result<std::vector<Organisation>> organisations();
    // Ends all sessions of the person.
    Result<> reset_password(const std::string& email, const std::string& password);

  private:
    Result<std::string> choose_organisation(soci::session& sql, const std::string& wanted, Role role);

    const Parts parts_;
};

}  // namespace aimpact::accounts
