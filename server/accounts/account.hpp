// The nouns of accounts: plain values, no I/O.
#pragma once

#include <boost/describe/class.hpp>
#include <optional>
#include <string>
#include <vector>

#include "accounts/principal.hpp"
#include "base/clock.hpp"

namespace aimpact::accounts {

using base::WallTime;

// A person. They belong to organisations through memberships.
struct User {
    std::string id;     // usr_...
    std::string email;  // normalised
    std::string name;
    bool disabled = false;
    WallTime created_at;
};

struct Organisation {
    std::string id;  // org_...
    std::string name;
    WallTime created_at;
};

// A person as their organisation sees them.
struct Member {
    std::string user_id;
    std::string email;
    std::string name;
    Role role = Role::viewer;
    WallTime created_at;
    std::optional<WallTime> last_seen_at;
};

// A sign-in. Its refresh tokens are one family; access tokens name it as `sid`.
struct Session {
    std::string id;  // ses_...
    std::string org_id;
    std::string user_id;
    std::string user_agent;
    std::string remote_address;
    WallTime created_at;
    WallTime last_used_at;
    WallTime expires_at;  // absolute
    std::optional<WallTime> ended_at;
};

struct ApiKey {
    std::string id;  // key_...
    std::string org_id;
    std::string created_by;  // user
    std::string name;
    std::string prefix;
    Role role = Role::viewer;
    std::vector<Permission> scopes;  // empty: all that the role grants
    WallTime created_at;
    std::optional<WallTime> expires_at;
    std::optional<WallTime> last_used_at;
};

// A short-lived credential for a browser; `value` exists only in the answer.
struct ClientSecret {
    std::string id;  // cs_...
    std::string value;
    WallTime expires_at;
};

// Where a request came from, as sessions and the throttle see it.
struct Client {
    std::string remote_address;
    std::string user_agent;
};

struct PageRequest {
    std::string cursor;  // empty: from the start
    int limit = 25;      // 1 .. 100
};

template <class T>
struct Page {
    std::vector<T> data;
    std::optional<std::string> next_cursor;
};

}  // namespace aimpact::accounts
