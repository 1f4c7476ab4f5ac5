// The upgrade of a connection to a WebSocket, and its life after.
#include <cmath>

#include "base/id.hpp"
#include "base/log.hpp"
#include "net/connection.hpp"
#include "net/text.hpp"

namespace aimpact::net {

namespace {
using base::ErrorCode;

// Browsers let any page open a WebSocket to us, with our cookies: only our own pages and listed ones may.
bool origin_allowed(const Request& request, const std::vector<std::string>& listed) {
    std::string_view origin = request.headers.get("origin");
    if (origin.empty()) return true;  // not a browser
    if (std::find(listed.begin(), listed.end(), origin) != listed.end()) return true;
    const std::size_t scheme = origin.find("://");
    return scheme != std::string_view::npos &&
           iequals(origin.substr(scheme + 3), request.headers.get("host"));
}
}  // namespace

bool wants_websocket(const Request& request) {
    return list_has(request.headers.get("upgrade"), "websocket") &&
           list_has(request.headers.get("connection"), "upgrade");
}

std::optional<Response> Connection::check_upgrade(Exchange& exchange) const {
    const Request& request = exchange.request;
    if (request.headers.get("sec-websocket-version") != "13") {
        Response response =
            state_->render_error(base::invalid_argument("The only WebSocket version is 13."), request, 426);
        response.headers.add("Sec-WebSocket-Version", "13");
        return response;
    }
    std::string key;
    if (request.method != Method::get || exchange.http_1_0 || !request.body.empty() || buffer_.size() > 0 ||
        !base::base64_decode(request.headers.get("sec-websocket-key"), key) || key.size() != 16) {
        exchange.keep_alive = false;
        return state_->render_error(
            base::invalid_argument("The WebSocket upgrade is not well-formed: it must be a GET over "
                                   "HTTP/1.1 with a Sec-WebSocket-Key of 16 bytes and no body."),
            request, 400);
    }
    if (!origin_allowed(request, state_->options.cors_origins))
        return state_->render_error(
            Error{ErrorCode::permission_denied,
                  "Pages from this origin may not connect. The operator can list it in cors_origins."},
            request);
    return std::nullopt;
}

Task<bool> Connection::upgrade(Exchange& exchange) {
    if (std::optional<Response> refusal = check_upgrade(exchange))
        co_return co_await respond(exchange, *std::move(refusal));
    Result<Upgrade> allowed = Upgrade{};
    if (exchange.route->upgrade) {
        std::exception_ptr failure;
        enter(Phase::handling, exchange.route->limits.timeout);
        try {
            allowed = co_await exchange.route->upgrade(exchange.request);
        } catch (...) {
            failure = std::current_exception();
        }
        const bool timed_out = phase_ == Phase::overstaying;
        enter(Phase::writing);
        if (timed_out || gone_)
            co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        if (failure) co_return co_await respond(exchange, exception_answer(exchange, failure, timed_out));
        if (allowed.has_error())
            co_return co_await respond(exchange, state_->render_error(allowed.error(), exchange.request));
    }
    if (gone_) co_return false;
    co_await run_websocket(exchange, *std::move(allowed));
    co_return false;
}

Task<void> Connection::run_websocket(Exchange& exchange, Upgrade upgrade) {
    const ServerOptions& server = state_->options;
    WsSessionOptions options;
    options.message_bytes_max = exchange.route->limits.ws_message_bytes_max;
    options.queue_bytes_max = exchange.route->limits.ws_queue_bytes_max;
    options.ping_interval = server.ws_ping_interval;
    options.idle_timeout = server.ws_idle_timeout;
    options.write_timeout = server.ws_idle_timeout;
    options.close_timeout = server.ws_close_timeout;
    enter(Phase::websocket);
    websocket_ = std::make_shared<WsSession>(std::move(stream_), options, state_->clock);
    WsSession& session = *websocket_;
    WsSession::Fields fields = {{"X-Request-Id", exchange.request.request_id}};
    if (!upgrade.subprotocol.empty()) fields.emplace_back("Sec-WebSocket-Protocol", upgrade.subprotocol);
    const error_code ec = co_await session.accept(exchange.request, std::move(fields));
    exchange.status = ec ? 499 : 101;
    record(exchange);
    if (ec) co_return;

    session.start();
    if (state_->draining.load()) session.drain();
    state_->instruments.websockets.Increment();
    const base::SteadyTime began = state_->clock.steady();
    std::uint16_t code = 1000;
    // When the server cuts the socket, what the handler waits for is cancelled, and read() says that it is
    // over.
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
        co_await exchange.route->socket(exchange.request, session);
    } catch (const std::exception& e) {
        code = 1011;
        if (!gone_)
            base::log_error("websocket.exception", {{"request_id", exchange.request.request_id},
                                                    {"route", exchange.route->pattern},
                                                    {"what", e.what()}});
    }
    co_await asio::this_coro::throw_if_cancelled(true);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    session.on_drain(nullptr);
    if (!gone_) co_await session.close(code, code == 1000 ? "" : "Something went wrong on our side.");
    if (!gone_) co_await session.finish();
    session.cut();
    state_->instruments.websockets.Decrement();
    const std::chrono::duration<double> took = state_->clock.steady() - began;
    base::log_info("websocket.closed", {{"route", exchange.route->pattern},
                                        {"duration_ms", std::round(took.count() * 1e6) / 1e3},
                                        {"bytes_in", session.received_bytes()},
                                        {"bytes_out", session.sent_bytes()},
                                        {"request_id", exchange.request.request_id},
                                        {"remote", exchange.request.remote_address}});
    state_->instruments.received_bytes.Increment(static_cast<double>(session.received_bytes()));
    state_->instruments.sent_bytes.Increment(static_cast<double>(session.sent_bytes()));
}

}  // namespace aimpact::net
