// The table of the audit log; the only place that names it. It adds and reads: there is nothing here that
// changes or removes a line. Runs inside a transaction of the caller's.
#pragma once

#include <soci/soci.h>

#include <span>
#include <string>
#include <vector>

#include "accounts/audit_log.hpp"

namespace aimpact::accounts::audit_store {

// In this order; each gets the next position of its organisation.
void append(soci::session& sql, std::span<AuditEntry> entries);

// Newest first, up to `limit`; those before the line `before_id`, if it isn't empty.
Result<std::vector<AuditEntry>> list(soci::session& sql, const std::string& org_id, const AuditFilter& filter,
                                     const std::string& before_id, int limit);

}  // namespace aimpact::accounts::audit_store
