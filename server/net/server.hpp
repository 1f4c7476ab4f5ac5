// The HTTP/1.1 and WebSocket server: accepts, parses, limits, routes, logs and counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "net/router.hpp"

namespace aimpact::net {

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;                                 // 0: any free port
    std::string tls_certificate_file = {}, tls_key_file = {};  // PEM; both or none
    std::size_t connections_max = 4096;                        // past it, 503 and close
    std::size_t header_bytes_max = 16 << 10;
    std::chrono::milliseconds header_timeout{
        10'000};  // from accept, or a request's first byte, to its whole header
    std::chrono::milliseconds body_timeout{30'000};  // longest wait between two pieces of a body, either way
    std::chrono::milliseconds keep_alive_timeout{75'000};  // idle between two requests
    std::chrono::milliseconds ws_ping_interval{20'000};    // a silent WebSocket is pinged
    std::chrono::milliseconds ws_idle_timeout{60'000};     // and cut when it stays silent, or takes nothing
    std::chrono::milliseconds ws_close_timeout{5'000};  // for what is queued, and for the peer's close frame
    std::vector<std::string> trusted_proxies = {};  // numeric addresses whose X-Forwarded-For/-Proto count
    // Exact origins ("https://app.example.com") whose pages may call from a browser. A WebSocket upgrade that
    // carries an Origin which is neither here nor the server's own is refused (403).
    std::vector<std::string> cors_origins = {};
    // The shape of errors that the server itself answers with: no such path, too large, a refused upgrade.
    // Empty: net::problem.
    std::function<Response(const Error& error, const Request& request, int status)> render_error = {};
};

class Server {
  public:
    // Time limits are measured with `clock`, so that tests own them. `router`, `metrics`, `clock` and
    // `random` must outlive the server and the io_context's run; the router must not change after start().
    // Destroy the server after drain(), or once the io_context has stopped. The io_context may be run by
    // several threads.
    Server(base::asio::io_context& io, const Router& router, ServerOptions options, base::Metrics& metrics,
           const base::Clock& clock, base::Random& random);
    ~Server();

    // Takes the address, so that port() is known; connections wait until start(). The router may still
    // change.
    Result<> bind();
    // Binds and starts accepting. Clear errors: port in use (which, and what to do), permission, bad host,
    // unreadable certificate.
    Result<> start();
    std::uint16_t port() const;  // the bound port

    // Stops accepting, answers what is in flight with Connection: close, tells WebSocket handlers through
    // `draining()`, and waits until all are done or the deadline has passed; then cuts the
    // rest. True if every handler has ended; false if one still waits for something (don't destroy what it
    // uses).
    Task<bool> drain(std::chrono::milliseconds deadline);
    bool draining() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace aimpact::net
