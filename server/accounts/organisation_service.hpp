// The caller's profile and organisation, and the people in it. Nobody grants, changes or removes what is
// above their own role, and an organisation always keeps an owner.
#pragma once

#include "accounts/account.hpp"
#include "accounts/parts.hpp"

namespace aimpact::accounts {

struct NewMember {
    std::string email;
    std::string name;
    std::string password;
    Role role = Role::viewer;
};

struct Caller {
    std::optional<User> user;  // absent for an API key
    Organisation organisation;
};

class OrganisationService {
  public:
    explicit OrganisationService(const Parts& parts) : parts_(parts) {}

    Task<Result<Caller>> caller(Principal principal);
    Task<Result<Caller>> update_caller(Principal principal, std::optional<std::string> name,
                                       std::optional<std::string> email);

    Task<Result<Organisation>> organisation(Principal principal);
    Task<Result<Organisation>> rename(Principal principal, std::string name);

    Task<Result<Page<Member>>> members(Principal principal, PageRequest page);
    Task<Result<Member>> add_member(Principal principal, NewMember member);
    Task<Result<Member>> set_role(Principal principal, std::string user_id, Role role);
    // Ends their sessions and API keys here; a person who belongs to no other organisation is deleted.
    Task<Result<>> remove_member(Principal principal, std::string user_id);

  private:
    const Parts parts_;
};

}  // namespace aimpact::accounts
