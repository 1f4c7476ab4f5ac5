#include "net/server.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/async.hpp"
#include "base/log.hpp"
#include "net/connection.hpp"
#include "net/tls.hpp"

namespace aimpact::net {

namespace {
using base::ErrorCode;

// Refused connections that are told so at the same time; more are closed without a word.
constexpr int kRefusingMax = 64;

constexpr std::string_view kRefusal =
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: application/problem+json\r\n"
    "Content-Length: 144\r\n"
    "Retry-After: 5\r\n"
    "Connection: close\r\n\r\n"
    R"({"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too many connections. Try again in a moment.","code":"overloaded"}   )";
static_assert(kRefusal.size() - kRefusal.find('{') == 144);

Error listen_error(const ServerOptions& options, const error_code& ec) {
    const std::string where = options.host + " port " + std::to_string(options.port);
    if (ec == asio::error::address_in_use)
        return Error{ErrorCode::unavailable,
                     "Port " + std::to_string(options.port) + " on " + options.host +
                         " is in use by another program. Stop that program, or choose "
                         "another port with --port."};
    if (ec == asio::error::access_denied)
        return Error{ErrorCode::permission_denied,
                     "Not allowed to listen on " + where +
                         ". Ports below 1024 need privileges: choose another with "
                         "--port."};
    return Error{ErrorCode::invalid_argument, "Cannot listen on " + where + ": " + ec.message() +
                                                  ". Check --host: it must be an address of this machine "
                                                  "(127.0.0.1 for local use, 0.0.0.0 for all)."};
}
}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    Impl(asio::io_context& context, const Router& router, ServerOptions options, base::Metrics& metrics,
         const base::Clock& clock, base::Random& random)
        : io(context),
          strand(asio::make_strand(context)),
          acceptor(strand),
          sweeper(strand),
          state(std::make_shared<ServerState>(router, std::move(options), metrics, clock, random)) {}

    Result<> listen();
    Task<void> accept_loop();
    Task<void> refuse(std::shared_ptr<tcp::socket> socket);
    void sweep();
    std::chrono::milliseconds sweep_interval() const;

    asio::io_context& io;
    asio::strand<asio::io_context::executor_type> strand;
    tcp::acceptor acceptor;
    asio::steady_timer sweeper;
    std::shared_ptr<ServerState> state;
    std::atomic<std::uint16_t> port{0};
    std::atomic<int> refusing{0};
    std::atomic<bool> stopped{false};
};

Result<> Server::Impl::listen() {
    const ServerOptions& options = state->options;
    for (const std::string& text : options.trusted_proxies) {
        error_code ec;
        state->trusted_proxies.push_back(asio::ip::make_address(text, ec));
        if (ec) return base::invalid_argument("trusted_proxies: '" + text + "' is not a numeric IP address.");
    }
    if (!options.tls_certificate_file.empty() || !options.tls_key_file.empty()) {
        AIMPACT_TRY(state->tls, make_server_tls(options.tls_certificate_file, options.tls_key_file));
    }
    error_code ec;
    tcp::endpoint endpoint;
    const auto address = asio::ip::make_address(options.host, ec);
    if (!ec) {
        endpoint = {address, options.port};
    } else {
        tcp::resolver resolver(io);
        const auto found = resolver.resolve(options.host, std::to_string(options.port), ec);
        if (ec || found.empty()) return listen_error(options, ec);
        // 127.0.0.1 before ::1 for "localhost": what browsers and tools try first differs, and most try both.
        endpoint = found.begin()->endpoint();
        for (const auto& entry : found)
            if (entry.endpoint().address().is_v4()) {
                endpoint = entry.endpoint();
                break;
            }
    }
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec) {
        error_code ignored;
        acceptor.close(ignored);
        return listen_error(options, ec);
    }
    port = acceptor.local_endpoint(ec).port();
    return {};
}

Task<void> Server::Impl::accept_loop() {
    while (acceptor.is_open()) {
        error_code ec;
        tcp::socket socket = co_await acceptor.async_accept(asio::any_io_executor(asio::make_strand(io)),
                                                            asio::redirect_error(asio::use_awaitable, ec));
        if (ec == asio::error::operation_aborted || !acceptor.is_open()) break;
        if (ec) {
            // Out of file descriptors or memory: waiting is all that helps.
            base::log_warn("http.accept_failed", {{"why", ec.message()}});
            co_await base::sleep_for(std::chrono::milliseconds{100});
            continue;
        }
        if (state->connection_count() >= state->options.connections_max) {
            state->instruments.refused_connections.Increment();
            if (!state->tls && refusing < kRefusingMax) {
                ++refusing;
                constexpr auto run = [](std::shared_ptr<Impl> self,
                                        std::shared_ptr<tcp::socket> peer) -> Task<void> {
                    co_await self->refuse(std::move(peer));
                    --self->refusing;
                };
                const asio::any_io_executor executor = socket.get_executor();
                asio::co_spawn(executor,
                               run(shared_from_this(), std::make_shared<tcp::socket>(std::move(socket))),
                               asio::detached);
            }
            continue;
        }
        std::make_shared<Connection>(state, std::move(socket))->start();
    }
}

// Says 503, and lets the peer's request run into the void for a moment so that it sees the answer, not a
// reset.
Task<void> Server::Impl::refuse(std::shared_ptr<tcp::socket> socket) {
    error_code ec;
    co_await asio::async_write(*socket, asio::buffer(kRefusal),
                               asio::redirect_error(asio::use_awaitable, ec));
    socket->shutdown(tcp::socket::shutdown_send, ec);
    asio::steady_timer limit(socket->get_executor(), std::chrono::seconds{1});
    limit.async_wait([socket](error_code stopped_early) {
        if (!stopped_early) {
            error_code ignored;
            socket->close(ignored);
        }
    });
    std::array<char, 4096> sink;
    ec = {};
    for (std::size_t total = 0; !ec && total < 1 << 18;)
        total += co_await socket->async_read_some(asio::buffer(sink),
                                                  asio::redirect_error(asio::use_awaitable, ec));
}

std::chrono::milliseconds Server::Impl::sweep_interval() const {
    const ServerOptions& o = state->options;
    const auto shortest = std::min({o.header_timeout, o.body_timeout, o.keep_alive_timeout});
    return std::clamp(shortest / 10, std::chrono::milliseconds{10}, std::chrono::milliseconds{100});
}

// One timer for all connections: cheaper than one for each wait of each, and precise enough for time limits.
void Server::Impl::sweep() {
    if (stopped) return;
    const base::SteadyTime now = state->clock.steady();
    {
        std::lock_guard lock(state->mutex);
        for (const auto& [connection, weak] : state->connections)
            if (connection->overdue(now))
                if (const auto held = weak.lock()) held->post_expire();
    }
    sweeper.expires_after(sweep_interval());
    sweeper.async_wait([self = shared_from_this()](error_code ec) {
        if (!ec) self->sweep();
    });
}

Server::Server(asio::io_context& io, const Router& router, ServerOptions options, base::Metrics& metrics,
               const base::Clock& clock, base::Random& random)
    : impl_(std::make_shared<Impl>(io, router, std::move(options), metrics, clock, random)) {}

Server::~Server() {
    impl_->state->draining = true;
    impl_->stopped = true;
    asio::post(impl_->strand, [impl = impl_] {
        error_code ignored;
        impl->acceptor.close(ignored);
        impl->sweeper.cancel();
    });
    for (const auto& connection : impl_->state->all_connections()) connection->post_cut();
}

Result<> Server::bind() {
    return impl_->listen();
}

Result<> Server::start() {
    if (!impl_->acceptor.is_open()) AIMPACT_CHECK(bind());
    impl_->state->instruments.resolve();
    constexpr auto run = [](std::shared_ptr<Impl> impl) -> Task<void> { co_await impl->accept_loop(); };
    asio::co_spawn(impl_->strand, run(impl_), asio::detached);
    asio::post(impl_->strand, [impl = impl_] { impl->sweep(); });
    return {};
}

std::uint16_t Server::port() const {
    return impl_->port;
}

bool Server::draining() const {
    return impl_->state->draining;
}

Task<bool> Server::drain(std::chrono::milliseconds deadline) {
    constexpr std::chrono::milliseconds pause{10};
    const std::shared_ptr<Impl> impl = impl_;
    ServerState& state = *impl->state;
    const base::SteadyTime until = state.clock.steady() + deadline;
    state.draining = true;
    asio::post(impl->strand, [impl] {
        error_code ignored;
        impl->acceptor.close(ignored);
    });
    for (const auto& connection : state.all_connections()) connection->post_drain();
    while (state.connection_count() > 0 && state.clock.steady() < until) co_await base::sleep_for(pause);
    const auto left = state.all_connections();
    if (!left.empty()) base::log_warn("http.drain_cut", {{"connections", left.size()}});
    for (const auto& connection : left) connection->post_cut();
    // A handler that waits for a pool's job ends with it; give it a moment, but not for ever.
    for (int i = 0; i < 100 && state.connection_count() > 0; ++i) co_await base::sleep_for(pause);
    co_return state.connection_count() == 0;
}

}  // namespace aimpact::net
