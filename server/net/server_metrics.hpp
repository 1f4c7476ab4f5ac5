// Private to net: the server's instruments, resolved once for each route so that a request only increments.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "base/metrics.hpp"
#include "net/router.hpp"

namespace aimpact::net {

// Thread-safe.
class ServerMetrics {
  public:
    ServerMetrics(base::Metrics& metrics, const Router& router);
    // Once the routes are known, before the first request.
    void resolve();

    // `route` null: no route matched (label "unmatched").
    void request(const Route* route, Method method, int status, double seconds);

    prometheus::Gauge& connections;
    prometheus::Gauge& websockets;
    prometheus::Counter& received_bytes;
    prometheus::Counter& sent_bytes;
    prometheus::Counter& refused_connections;

  private:
    struct Instruments {
        std::string route;
        std::string method;
        prometheus::Histogram* seconds = nullptr;
        std::array<std::atomic<prometheus::Counter*>, 500> by_status = {};  // 100..599, made when first seen
    };
    std::unique_ptr<Instruments> make(const std::string& route, Method method);

    base::Metrics& metrics_;
    const Router& router_;
    std::vector<std::unique_ptr<Instruments>> routes_;     // by route
    std::vector<std::unique_ptr<Instruments>> unmatched_;  // by method
};

}  // namespace aimpact::net
