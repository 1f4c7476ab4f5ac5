// /api/v1/words: HTTP in and out of WordService.
#pragma once

#include "agents/word_service.hpp"
#include "net/router.hpp"

namespace aimpact::agents {

// `service` and `authenticator` must outlive the router.
void register_word_routes(net::Router& router, accounts::Authenticator& authenticator, WordService& service);

}  // namespace aimpact::agents
