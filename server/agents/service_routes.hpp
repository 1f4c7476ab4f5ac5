// The routes of one service under /api/v1: authenticated, authorised, then a function of the service.
#pragma once

#include <boost/describe/enum_to_string.hpp>
#include <string>
#include <utility>

#include "accounts/principal.hpp"
#include "net/router.hpp"

namespace aimpact::agents {

// All that is given must outlive the router.
template <class Service>
class ServiceRoutes {
  public:
    using Action = base::Task<net::Response> (*)(Service&, net::Request&, const accounts::Principal&);

    ServiceRoutes(net::Router& router, accounts::Authenticator& authenticator, Service& service)
        : router_(router), authenticator_(authenticator), service_(service) {}

    void add(net::Method method, std::string pattern, accounts::Permission permission, Action action,
             net::RouteLimits limits = {}) {
        auto handler = [&service = service_, action](net::Request& request, const accounts::Principal& who) {
            return action(service, request, who);
        };
        router_.add({.method = method,
                     .pattern = std::move(pattern),
                     .handler = accounts::guarded(authenticator_, permission, std::move(handler)),
                     .limits = limits,
                     .permission = boost::describe::enum_to_string(permission, "")});
    }

  private:
    net::Router& router_;
    accounts::Authenticator& authenticator_;
    Service& service_;
};

}  // namespace aimpact::agents
