// /api/v1/agents: HTTP in and out of AgentService.
#pragma once

#include "agents/agent_service.hpp"
#include "net/router.hpp"

namespace aimpact::agents {

// `service` and `authenticator` must outlive the router.
void register_agent_routes(net::Router& router, accounts::Authenticator& authenticator,
                           AgentService& service);

}  // namespace aimpact::agents
