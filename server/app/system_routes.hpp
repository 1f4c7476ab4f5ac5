// Routes of the process itself: /healthz, /readyz, /metrics, /openapi.yaml.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "accounts/principal.hpp"
#include "base/metrics.hpp"
#include "net/router.hpp"

namespace aimpact::app {

// What a conversation needs, and whether it is there.
class Readiness {
  public:
    // `waiting_for` gives nothing when the part is ready, otherwise what it waits for, for people.
    void add(std::string name, std::function<base::Task<std::string>()> waiting_for) {
        checks_.push_back({std::move(name), std::move(waiting_for)});
    }
    struct State {
        bool ready = true;
        std::string json;  // {"ready", "checks": [{"name", "ready", "detail"?}]}
    };
    base::Task<State> state() const;

  private:
    struct Check {
        std::string name;
        std::function<base::Task<std::string>()> waiting_for;
    };
    std::vector<Check> checks_;
};

// Everything referred to must outlive the router.
void register_system_routes(net::Router& router, accounts::Authenticator& authenticator,
                            const Readiness& readiness, const base::Metrics& metrics);

// api/openapi.yaml, as it was when this was built.
std::string_view openapi_document();

}  // namespace aimpact::app
