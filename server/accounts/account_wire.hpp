// The JSON of accounts, as api/openapi.yaml describes it. Used by the routes only.
#pragma once

#include "accounts/api_key_service.hpp"
#include "accounts/organisation_service.hpp"
#include "accounts/session_service.hpp"
#include "accounts/setup_service.hpp"
#include "base/wire.hpp"

namespace aimpact::accounts::wire {

struct Setup {
    std::string token, name, email, password, organisation;
};
BOOST_DESCRIBE_STRUCT(Setup, (), (token, name, email, password, organisation))

struct SignIn {
    std::string email, password;
};
BOOST_DESCRIBE_STRUCT(SignIn, (), (email, password))

struct MePatch {
    std::optional<std::string> name, email;
};
BOOST_DESCRIBE_STRUCT(MePatch, (), (name, email))

struct PasswordChange {
    std::string current_password, new_password;
};
BOOST_DESCRIBE_STRUCT(PasswordChange, (), (current_password, new_password))

struct Rename {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(Rename, (), (name))

struct NewMember {
    std::string email, name;
    Role role = Role::viewer;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(NewMember, (), (email, name, role, password))

struct RoleChange {
    Role role = Role::viewer;
};
BOOST_DESCRIBE_STRUCT(RoleChange, (), (role))

struct NewApiKey {
    std::string name;
    std::optional<std::vector<Permission>> scopes;
    std::optional<std::string> expires_at;
};
BOOST_DESCRIBE_STRUCT(NewApiKey, (), (name, scopes, expires_at))

boost::json::object render(const User& user);
boost::json::object render(const Organisation& organisation);
boost::json::object render(const Member& member);
boost::json::object render(const ApiKey& key);
boost::json::object render(const SignedIn& signed_in);
boost::json::object render(const Caller& caller, const Principal& principal);
boost::json::object render(const CreatedApiKey& created);

template <class T>
boost::json::object render(const Page<T>& page) {
    boost::json::array data;
    for (const T& item : page.data) data.push_back(render(item));
    return {{"data", std::move(data)}, {"next_cursor", base::encode(page.next_cursor)}};
}

}  // namespace aimpact::accounts::wire
