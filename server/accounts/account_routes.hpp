// HTTP of accounts: parses, asks a service, renders. See api/openapi.yaml.
#pragma once

#include "accounts/access_tokens.hpp"
#include "accounts/api_key_service.hpp"
#include "accounts/organisation_service.hpp"
#include "accounts/session_service.hpp"
#include "accounts/setup_service.hpp"
#include "net/router.hpp"

namespace aimpact::accounts {

struct AccountRoutes {
    Authenticator& authenticator;
    SetupService& setup;
    SessionService& sessions;
    OrganisationService& organisations;
    ApiKeyService& api_keys;
    const AccessTokens& tokens;
    std::string base_url;
};

// What `routes` refers to must outlive the router.
void register_account_routes(net::Router& router, const AccountRoutes& routes);

// Its two halves.
void register_session_routes(net::Router& router, const AccountRoutes& routes);
void register_organisation_routes(net::Router& router, const AccountRoutes& routes);

}  // namespace aimpact::accounts
