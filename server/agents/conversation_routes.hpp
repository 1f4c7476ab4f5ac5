// /api/v1/conversations: HTTP in and out of ConversationService.
#pragma once

#include "agents/conversation_service.hpp"
#include "net/router.hpp"

namespace aimpact::agents {

// `service` and `authenticator` must outlive the router.
void register_conversation_routes(net::Router& router, accounts::Authenticator& authenticator,
                                  ConversationService& service);

}  // namespace aimpact::agents
