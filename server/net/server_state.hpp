// Private to net: what the server and its connections share.
#pragma once

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"
#include "net/server.hpp"
#include "net/server_metrics.hpp"

namespace aimpact::net {

class Connection;

struct ServerState {
    ServerState(const Router& routes, ServerOptions given, base::Metrics& metrics, const base::Clock& time,
                base::Random& source)
        : router(routes),
          options(std::move(given)),
          instruments(metrics, routes),
          clock(time),
          random(source) {}

    const Router& router;
    const ServerOptions options;
    ServerMetrics instruments;
    const base::Clock& clock;
    base::Random& random;
    std::shared_ptr<boost::asio::ssl::context> tls;  // null: plain
    std::vector<boost::asio::ip::address> trusted_proxies;
    std::atomic<bool> draining{false};

    // Open connections; they add and remove themselves.
    std::mutex mutex;
    std::unordered_map<Connection*, std::weak_ptr<Connection>> connections;

    Response render_error(const Error& error, const Request& request, int status) const {
        return options.render_error ? options.render_error(error, request, status)
                                    : problem(error, request, status);
    }
    Response render_error(const Error& error, const Request& request) const {
        return render_error(error, request, base::http_status(error.code));
    }

    std::size_t connection_count() {
        std::lock_guard lock(mutex);
        return connections.size();
    }
    std::vector<std::shared_ptr<Connection>> all_connections() {
        std::vector<std::shared_ptr<Connection>> all;
        std::lock_guard lock(mutex);
        all.reserve(connections.size());
        for (const auto& [key, weak] : connections)
            if (auto connection = weak.lock()) all.push_back(std::move(connection));
        return all;
    }
};

}  // namespace aimpact::net
