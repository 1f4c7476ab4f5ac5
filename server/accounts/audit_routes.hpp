// GET /api/v1/audit: who did what that must be answered for.
#pragma once

#include "accounts/audit_log.hpp"
#include "net/router.hpp"

namespace aimpact::accounts {

// Both outlive the router.
void register_audit_routes(net::Router& router, Authenticator& authenticator, AuditLog& log);

}  // namespace aimpact::accounts
