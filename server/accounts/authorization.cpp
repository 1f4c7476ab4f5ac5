#include "accounts/authorization.hpp"

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>

namespace aimpact::accounts {

namespace {

// The least role that has each permission. Roles are ordered: an owner has all that an admin has, and so on.
struct Grant {
    Permission permission;
    Role least;
};
constexpr Grant kGrants[] = {
    {Permission::organisation_read, Role::viewer},  {Permission::organisation_write, Role::admin},
    {Permission::members_read, Role::viewer},       {Permission::members_write, Role::admin},
    {Permission::api_keys_read, Role::developer},   {Permission::api_keys_write, Role::developer},
    {Permission::agents_read, Role::viewer},        {Permission::agents_write, Role::developer},
    {Permission::conversations_read, Role::viewer}, {Permission::conversations_write, Role::developer},
    {Permission::converse, Role::viewer},           {Permission::speech, Role::developer},
    {Permission::voices_read, Role::viewer},        {Permission::monitoring_read, Role::developer},
    {Permission::words_read, Role::viewer},         {Permission::words_write, Role::developer},
    {Permission::voices_write, Role::developer},    {Permission::audit_read, Role::admin},
};
static_assert(std::size(kGrants) ==
                  boost::mp11::mp_size<boost::describe::describe_enumerators<Permission>>::value,
              "every permission needs a line in this table");

}  // namespace

bool at_least(Role role, Role least) {
    return static_cast<int>(role) <= static_cast<int>(least);
}

Role lesser(Role a, Role b) {
    return at_least(a, b) ? b : a;
}

bool role_grants(Role role, Permission permission) {
    return std::any_of(std::begin(kGrants), std::end(kGrants), [&](const Grant& grant) {
        return grant.permission == permission && at_least(role, grant.least);
    });
}

bool allowed(const Principal& principal, Permission permission) {
    if (!principal.scopes.empty() &&
        std::find(principal.scopes.begin(), principal.scopes.end(), permission) == principal.scopes.end())
        return false;
    return role_grants(principal.role, permission);
}

Result<> authorize(const Principal& principal, Permission permission) {
    if (allowed(principal, permission)) return {};
    const std::string name = boost::describe::enum_to_string(permission, "?");
    return Error{base::ErrorCode::permission_denied,
                 "This needs the permission '" + name +
                     "', which your role or key does not have. Ask an administrator of your organisation."};
}

std::vector<Permission> permissions_of(const Principal& principal) {
    std::vector<Permission> out;
    for (const Grant& grant : kGrants)
        if (allowed(principal, grant.permission)) out.push_back(grant.permission);
    return out;
}

}  // namespace aimpact::accounts
