#include "net/connection.hpp"

#include <netinet/tcp.h>

#include <cmath>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>

#include "base/id.hpp"
#include "base/log.hpp"
#include "net/text.hpp"

namespace aimpact::net {

namespace {
// How long a handler may go on after it was told to stop, before the connection is cut under it.
constexpr std::chrono::seconds kOverstay{5};
// After an answer to a request that was not read to its end: what is still read, so that the peer gets the
// answer rather than a reset.
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kLingerBytes = 1 << 20;
constexpr std::size_t kReadPiece = 16 << 10;
}  // namespace

Connection::Connection(std::shared_ptr<ServerState> state, tcp::socket socket)
    : state_(std::move(state)),
      stream_(std::make_unique<AnyStream>(std::move(socket))),
      executor_(stream_->get_executor()) {
    buffer_.max_size(state_->options.header_bytes_max + 4 * kReadPiece);
    error_code ec;
    const auto peer = stream_->socket().remote_endpoint(ec);
    if (!ec) {
        const auto address = peer.address();
        const auto plain =
            address.is_v6() && address.to_v6().is_v4_mapped()
                ? asio::ip::address(asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()))
                : address;
        peer_address_ = plain.to_string();
        const auto& trusted = state_->trusted_proxies;
        peer_trusted_ = std::find(trusted.begin(), trusted.end(), plain) != trusted.end();
    }
    stream_->socket().set_option(tcp::no_delay(true), ec);
}

void Connection::start() {
    {
        std::lock_guard lock(state_->mutex);
        state_->connections.emplace(this, weak_from_this());
    }
    state_->instruments.connections.Increment();
    constexpr auto run = [](std::shared_ptr<Connection> self) -> Task<void> {
        try {
            co_await self->run();
        } catch (const std::exception& e) {
            // Asio throws operation_aborted when the coroutine was cancelled as a whole (cut); the rest is a
            // bug.
            if (!self->gone_) base::log_error("http.connection_failed", {{"what", e.what()}});
        }
        self->ended_ = true;
        self->stream_.reset();
    };
    asio::co_spawn(
        executor_, run(shared_from_this()),
        asio::bind_cancellation_slot(cancel_.slot(), [self = shared_from_this()](std::exception_ptr) {
            self->state_->instruments.connections.Decrement();
            std::lock_guard lock(self->state_->mutex);
            self->state_->connections.erase(self.get());
        }));
}

void Connection::enter(Phase phase, std::chrono::nanoseconds limit) {
    phase_ = phase;
    expired_ = false;
    deadline_.store((state_->clock.steady() + limit).time_since_epoch().count(), std::memory_order_relaxed);
}

void Connection::enter(Phase phase) {
    phase_ = phase;
    expired_ = false;
    deadline_.store(INT64_MAX, std::memory_order_relaxed);
}

void Connection::post_expire() {
    asio::post(executor_, [self = shared_from_this()] { self->expire(); });
}
void Connection::post_drain() {
    asio::post(executor_, [self = shared_from_this()] { self->drain(); });
}
void Connection::post_cut() {
    asio::post(executor_, [self = shared_from_this()] { self->cut(); });
}

// A streaming handler may wait for a long time for something to say; the kernel knows whether anybody
// listens.
bool Connection::peer_gone() {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (!stream_ || !stream_->socket().is_open()) return true;
    if (getsockopt(stream_->socket().native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
    return info.tcpi_state != TCP_ESTABLISHED;
}

void Connection::expire() {
    if (ended_) return;
    if (streaming_.load(std::memory_order_relaxed) && !gone_ && peer_gone()) {
        gone_ = true;
        if (stream_) stream_->close();
        cancel_.emit(asio::cancellation_type::terminal);
        return;
    }
    if (state_->clock.steady().time_since_epoch().count() < deadline_.load(std::memory_order_relaxed)) return;
    expired_ = true;
    deadline_.store(INT64_MAX, std::memory_order_relaxed);
    switch (phase_) {
        case Phase::idle:
        case Phase::reading:
            stream_->cancel();
            break;
        case Phase::handling:
            phase_ = Phase::overstaying;
            deadline_.store((state_->clock.steady() + kOverstay).time_since_epoch().count(),
                            std::memory_order_relaxed);
            cancel_.emit(asio::cancellation_type::terminal);
            break;
        case Phase::overstaying:
        case Phase::streaming:
        case Phase::writing:
        case Phase::closing:
            gone_ = true;
            stream_->close();
            break;
        case Phase::websocket:
            break;
    }
}

void Connection::drain() {
    if (ended_) return;
    if (websocket_)
        websocket_->drain();
    else if (phase_ == Phase::idle)
        stream_->cancel();
}

void Connection::cut() {
    if (ended_) return;
    gone_ = true;
    if (websocket_) websocket_->cut();
    if (stream_) stream_->close();
    cancel_.emit(asio::cancellation_type::terminal);
}

Task<error_code> Connection::read_some(std::size_t bytes_max) {
    const std::size_t room = std::min(bytes_max, buffer_.max_size() - buffer_.size());
    if (room == 0) co_return asio::error::no_buffer_space;
    if (expired_) co_return asio::error::operation_aborted;  // the limit passed while bytes were on their way
    error_code ec;
    const std::size_t got = co_await stream_->async_read_some(asio::mutable_buffer(buffer_.prepare(room)),
                                                              asio::redirect_error(asio::use_awaitable, ec));
    buffer_.commit(got);
    co_return ec;
}

Task<void> Connection::run() {
    if (state_->tls) {
        enter(Phase::reading, state_->options.header_timeout);
        const error_code ec = co_await stream_->handshake(*state_->tls, asio::ssl::stream_base::server);
        if (ec) {
            base::log_debug("tls.handshake_failed", {{"remote", peer_address_}, {"why", ec.message()}});
            co_return;
        }
    }
    for (bool first = true; first || co_await wait_for_request(); first = false)
        if (!co_await serve_one()) break;
    if (!gone_ && stream_ && stream_->socket().is_open()) {
        enter(Phase::closing, kLinger);
        co_await stream_->shutdown_send();
    }
}

// Between two requests: false when the peer has nothing more to ask, or we are leaving.
Task<bool> Connection::wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    if (state_->draining.load(std::memory_order_relaxed)) co_return false;
    enter(Phase::idle, state_->options.keep_alive_timeout);
    const error_code ec = co_await read_some(4096);
    co_return !ec;
}

Task<bool> Connection::serve_one() {
    Exchange exchange;
    std::optional<Response> refusal = co_await receive(exchange);
    if (exchange.silent || gone_) co_return false;
    if (refusal) {
        const bool alive = co_await respond(exchange, *std::move(refusal));
        if (exchange.body_unread && !gone_) co_await linger();
        co_return alive;
    }
    if (exchange.route->socket && wants_websocket(exchange.request)) co_return co_await upgrade(exchange);
    Response response = co_await handle(exchange);
    co_return co_await respond(exchange, std::move(response));
}

Task<void> Connection::linger() {
    enter(Phase::closing, kLinger);
    co_await stream_->shutdown_send();
    for (std::size_t total = 0; total < kLingerBytes && !gone_;) {
        buffer_.clear();
        if (co_await read_some(kReadPiece)) break;
        total += buffer_.size();
    }
    gone_ = true;
}

void Connection::record(const Exchange& exchange) {
    const std::chrono::duration<double> took = state_->clock.steady() - exchange.began;
    ServerMetrics& instruments = state_->instruments;
    instruments.request(exchange.route, exchange.request.method, exchange.status, took.count());
    if (!exchange.request.body.empty())
        instruments.received_bytes.Increment(static_cast<double>(exchange.request.body.size()));
    if (exchange.body_bytes_sent > 0)
        instruments.sent_bytes.Increment(static_cast<double>(exchange.body_bytes_sent));
    if (!base::log_enabled(base::LogLevel::info)) return;
    base::log_info("http.request",
                   {{"method", to_string(exchange.request.method)},
                    {"route", exchange.route ? std::string_view(exchange.route->pattern) : "unmatched"},
                    {"status", exchange.status},
                    {"duration_ms", std::round(took.count() * 1e6) / 1e3},
                    {"bytes", exchange.body_bytes_sent},
                    {"request_id", exchange.request.request_id},
                    {"remote", exchange.request.remote_address}});
}

}  // namespace aimpact::net
