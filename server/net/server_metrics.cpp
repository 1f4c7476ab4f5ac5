#include "net/server_metrics.hpp"

#include <algorithm>

namespace aimpact::net {

ServerMetrics::ServerMetrics(base::Metrics& metrics, const Router& router)
    : connections(metrics.gauge("aimpact_http_connections", "Open client connections.")),
      websockets(metrics.gauge("aimpact_websocket_connections", "Open WebSocket connections.")),
      received_bytes(
          metrics.counter("aimpact_http_received_bytes_total", "Bytes of request bodies received.")),
      sent_bytes(metrics.counter("aimpact_http_sent_bytes_total", "Bytes of response bodies sent.")),
      refused_connections(
          metrics.counter("aimpact_http_refused_connections_total",
                          "Connections answered with 503 because connections_max was reached.")),
      metrics_(metrics),
      router_(router) {
    for (int method = 0; method <= static_cast<int>(Method::options); ++method)
        unmatched_.push_back(make("unmatched", static_cast<Method>(method)));
}

void ServerMetrics::resolve() {
    for (const Route& route : router_.routes()) routes_.push_back(make(route.pattern, route.method));
}

std::unique_ptr<ServerMetrics::Instruments> ServerMetrics::make(const std::string& route, Method method) {
    auto made = std::make_unique<Instruments>();
    made->route = route;
    made->method = to_string(method);
    made->seconds = &metrics_.histogram("aimpact_http_request_seconds",
                                        "Time from a request's header to the end of its response.",
                                        {{"route", made->route}, {"method", made->method}});
    return made;
}

void ServerMetrics::request(const Route* route, Method method, int status, double seconds) {
    Instruments& instruments = route ? *routes_[static_cast<std::size_t>(route - router_.routes().data())]
                                     : *unmatched_[static_cast<std::size_t>(method)];
    instruments.seconds->Observe(seconds);
    auto& slot = instruments.by_status[static_cast<std::size_t>(std::clamp(status, 100, 599) - 100)];
    prometheus::Counter* counter = slot.load(std::memory_order_acquire);
    if (!counter) {
        counter = &metrics_.counter("aimpact_http_requests_total", "Requests answered.",
                                    {{"route", instruments.route},
                                     {"method", instruments.method},
                                     {"status", std::to_string(status)}});
        slot.store(counter, std::memory_order_release);
    }
    counter->Increment();
}

}  // namespace aimpact::net
