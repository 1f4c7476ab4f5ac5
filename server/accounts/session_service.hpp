// Signing in, staying signed in, signing out.
//
// A sign-in starts a session and its first refresh token. A refresh exchanges the token for a new one;
// exchanging a used one again ends the session, because one of the two who hold it is a thief (RFC
// 9700, 4.14.2). The direct predecessor is forgiven for ten seconds: two tabs may refresh at the same moment.
#pragma once

#include "accounts/account.hpp"
#include "accounts/parts.hpp"
#include "accounts/session_store.hpp"

namespace aimpact::accounts {

struct SessionLifetimes {
    std::chrono::seconds idle = std::chrono::hours{24 * 30};       // without a refresh
    std::chrono::seconds absolute = std::chrono::hours{24 * 180};  // however often it is refreshed
};

struct SignedIn {
    std::string access_token;
    std::chrono::seconds expires_in{0};
    std::string refresh_token;
    std::chrono::seconds refresh_expires_in{0};
    User user;
    Organisation organisation;
    Role role = Role::viewer;
};

class SessionService {
  public:
    SessionService(const Parts& parts, SessionLifetimes lifetimes);

    // One answer, in the same time, for a wrong password, an unknown e-mail and a disabled person.
    Task<Result<SignedIn>> sign_in(std::string email, std::string password, Client client);
    Task<Result<SignedIn>> refresh(std::string refresh_token);
    // An unknown token is no error: what was asked for is the case.
    Task<Result<>> sign_out(std::string refresh_token);
    // Ends the person's other sessions. `permission_denied` if `current` is wrong.
    Task<Result<>> change_password(Principal principal, std::string current, std::string next, Client client);

    // Within the caller's transaction; set-up signs its owner in with it.
    SignedIn start(soci::session& sql, const User& user, const Organisation& organisation, Role role,
                   const Client& client) const;

  private:
    Task<Result<SignedIn>> start_session(std::string user_id, std::string verified_hash, std::string new_hash,
                                         Client client);
    SignedIn answer(soci::session& sql, const Session& session, const User& user,
                    const Organisation& organisation, Role role,
                    std::optional<std::string> parent_hash) const;

    const Parts parts_;
    const SessionLifetimes lifetimes_;
    prometheus::Counter& signed_in_;
    prometheus::Counter& refused_;
    prometheus::Counter& reused_;
};

}  // namespace aimpact::accounts
