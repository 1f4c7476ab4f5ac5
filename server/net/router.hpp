// The table of routes: filled once by app, immutable while serving, read by every connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"
#include "net/websocket.hpp"

namespace aimpact::net {

struct RouteLimits {
    std::size_t body_bytes_max = 1 << 20;
    std::chrono::seconds timeout{60};            // whole handler, not counting a streamed body
    std::size_t ws_message_bytes_max = 1 << 20;  // one incoming message
    std::size_t ws_queue_bytes_max = 8 << 20;    // waiting to be sent
};

struct Route {
    Method method = Method::get;
    std::string pattern = {};      // "/api/v1/agents/{agent_id}"; a last segment "{path...}" takes the rest
    Handler handler = {};          // for HTTP
    WebSocketHandler socket = {};  // or for WebSocket (method get)
    UpgradeCheck upgrade = {};     // with socket
    RouteLimits limits = {};
    std::string permission = {};  // documentation: the permission that the handler demands, "public" for none
};

class Router {
  public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& operator=(Router&&) noexcept;

    // Programmer errors (a duplicate, a bad pattern, no handler) throw std::logic_error at start-up.
    void add(Route route);

    struct Match {
        const Route* route = nullptr;  // null: no such path
        bool path_known = false;       // the path exists with other methods: 405
        std::vector<Method> allowed;   // filled only when there is no route
    };
    // Fills request.params. HEAD falls back to GET. A literal segment wins over a parameter, which wins over
    // a rest ("{path...}", which may be empty). A catch-all "/{path...}" does not make a path known: what
    // only it would match is 404 for other methods, not 405. Each segment is decoded on its own, so an
    // encoded slash in a parameter stays part of it.
    Match match(Request& request) const;
    // The methods that `path` answers to; empty if it is not known.
    std::vector<Method> allowed(const Request& request) const;

    // In the order of add(); addresses are stable once the last route is added.
    const std::vector<Route>& routes() const { return routes_; }

  private:
    struct Node;
    struct Search;

    std::vector<Route> routes_;
    std::unique_ptr<Node> root_;  // of a tree with one level for each segment
};

}  // namespace aimpact::net
