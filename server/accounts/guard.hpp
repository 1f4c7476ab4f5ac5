// guarded() is in principal.hpp; this is its sibling for the few routes that need somebody, but no
// permission.
#pragma once

#include "accounts/principal.hpp"

namespace aimpact::accounts {

// Authenticates only: what a caller may see and change of themselves.
net::Handler signed_in(Authenticator& authenticator, AuthorizedHandler handler);

}  // namespace aimpact::accounts
