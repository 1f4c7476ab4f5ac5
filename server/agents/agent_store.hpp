// The agents' tables; the only place that names them. Every call takes the organisation. Runs inside a
// transaction of the caller's (storage::Database::read or write).
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

#include "agents/agent.hpp"
#include "agents/cursor.hpp"

namespace aimpact::agents::agent_store {

// `created_by` is the user who saved this version, or empty.
void insert(soci::session& sql, const Agent& agent, const std::string& created_by);
// Writes version agent.version over agent.version - 1. False if the stored version is another one by now.
bool update(soci::session& sql, const Agent& agent, const std::string& created_by);
// False if there is none. Forgets the key.
bool remove(soci::session& sql, const std::string& org_id, const std::string& id, base::WallTime now);

// Not the deleted ones.
Result<std::optional<Agent>> find(soci::session& sql, const std::string& org_id, const std::string& id);
Result<std::optional<Agent>> find_by_name(soci::session& sql, const std::string& org_id,
                                          const std::string& name);
int count(soci::session& sql, const std::string& org_id);

// Last updated first. `search`: part of name or description, without regard to case; may be empty.
Result<Page<Agent>> list(soci::session& sql, const std::string& org_id, const std::string& search,
                         const PageRequest& page);
// The same page, but only which agents and revisions are on it.
Result<Page<AgentRevision>> list_revisions(soci::session& sql, const std::string& org_id,
                                           const std::string& search, const PageRequest& page);
// Newest first.
Result<Page<AgentVersion>> versions(soci::session& sql, const std::string& org_id, const std::string& id,
                                    const PageRequest& page);

}  // namespace aimpact::agents::agent_store
