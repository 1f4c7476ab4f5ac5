// The table of routes: filled once by app, immutable while serving, read by every connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"
#include "net/websocket.hpp"

namespace aimpact::net {

struct RouteLimits {
    std::size_t body_bytes_max = 1 << 20;
    std::chrono::seconds timeout{60};                   // whole handler, not counting a streamed body
    std::size_t ws_message_bytes_max = 1 << 20;         // one incoming message
    std::size_t ws_queue_bytes_max = 8 << 20;           // waiting to be sent
};

struct Route {
    Method method = Method::get;
    std::string pattern;     // "/api/v1/agents/{agent_id}"; a last segment "{path...}" takes the rest
    Handler handler;         // for HTTP
    WebSocketHandler socket; // or for WebSocket (method get)
    UpgradeCheck upgrade;    // with socket
    RouteLimits limits = {};
    std::string permission;  // documentation: the permission that the handler demands, "public" for none
};

class Router {
  public:
    // Programmer errors (a duplicate, a bad pattern) throw std::logic_error at start-up.
    void add(Route route);

    struct Match {
        const Route* route = nullptr;  // null: no such path
        bool path_known = false;       // the path exists with other methods: 405
        std::vector<Method> allowed;
    };
    // Fills request.params. HEAD falls back to GET. A literal segment wins over a parameter.
    Match match(Request& request) const;

    const std::vector<Route>& routes() const { return routes_; }

  private:
    std::vector<Route> routes_;
    std::vector<std::vector<std::string>> segments_;  // of routes_, by index
};

}  // namespace aimpact::net
