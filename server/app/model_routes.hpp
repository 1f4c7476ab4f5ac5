// GET /api/v1/models: the models on this machine, and whether the engine that needs each is running.
#pragma once

#include "accounts/principal.hpp"
#include "app/services.hpp"
#include "net/router.hpp"

namespace aimpact::app {

// Everything referred to must outlive the router.
void register_model_routes(net::Router& router, accounts::Authenticator& authenticator, Services& services);

}  // namespace aimpact::app
