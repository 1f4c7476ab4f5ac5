// The first start: a one-time link makes the first organisation and its owner.
#pragma once

#include "accounts/session_service.hpp"

namespace aimpact::accounts {

struct NewOwner {
    std::string name;
    std::string email;
    std::string password;
    std::string organisation;
};

class SetupService {
  public:
    SetupService(const Parts& parts, const SessionService& sessions) : parts_(parts), sessions_(sessions) {}

    // A fresh token, valid for 24 hours, if there is nobody yet; empty otherwise. Each start makes another
    // one, and all of them end with the first that is used. Blocks: at start and on the command line.
    Result<std::optional<std::string>> make_token_now();

    Task<Result<bool>> needed();
    // `failed_precondition` when somebody exists already, `permission_denied` for a wrong or expired token.
    // Of two at the same time one wins.
    Task<Result<SignedIn>> complete(std::string token, NewOwner owner, Client client);

  private:
    const Parts parts_;
    const SessionService& sessions_;
};

}  // namespace aimpact::accounts
