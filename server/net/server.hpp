// The HTTP/1.1 and WebSocket server: accepts, parses, limits, routes, logs and counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "net/router.hpp"

namespace aimpact::net {

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any free port
    std::string tls_certificate_file, tls_key_file;  // PEM; both or none
    std::size_t connections_max = 4096;     // past it, 503 and close
    std::size_t header_bytes_max = 16 << 10;
    std::chrono::seconds header_timeout{10};      // from accept or the last response to a whole header
    std::chrono::seconds body_timeout{30};        // longest wait between two pieces of a body
    std::chrono::seconds keep_alive_timeout{75};
    std::vector<std::string> trusted_proxies;     // numeric addresses whose X-Forwarded-For/-Proto count
    std::vector<std::string> cors_origins;        // exact origins that browsers may call from
};

class Server {
  public:
    // `router` must outlive the server and not change any more.
    Server(base::asio::io_context& io, const Router& router, ServerOptions options, base::Metrics& metrics,
           const base::Clock& clock, base::Random& random);
    ~Server();

    // Binds and starts accepting. Clear errors: port in use (which, and what to do), permission, bad host,
    // unreadable certificate.
    Result<> start();
    std::uint16_t port() const;  // the bound port

    // Stops accepting, answers what is in flight with Connection: close, tells WebSocket handlers through
    // `draining()`, and waits until all are done or the deadline has passed; then cuts the rest.
    Task<void> drain(std::chrono::milliseconds deadline);
    bool draining() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace aimpact::net
