// The one table of what roles grant, and comparisons of roles. allowed() and authorize() are in
// principal.hpp.
#pragma once

#include <vector>

#include "accounts/principal.hpp"

namespace aimpact::accounts {

bool role_grants(Role role, Permission permission);
// at_least(admin, developer) is true.
bool at_least(Role role, Role least);
// The role of the two that grants less.
Role lesser(Role a, Role b);
// All that the principal may do, in the order of the table.
std::vector<Permission> permissions_of(const Principal& principal);

}  // namespace aimpact::accounts
