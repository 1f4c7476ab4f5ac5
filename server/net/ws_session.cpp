#include "net/ws_session.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/text.hpp"

namespace aimpact::net {

namespace {
namespace http = beast::http;
namespace websocket = beast::websocket;

constexpr std::chrono::milliseconds kTick{200};
constexpr std::size_t kReadPiece = 16 << 10;
constexpr std::size_t kReasonMax = 123;  // RFC 6455, 5.5: control frames hold 125 bytes, two for the code

// Codes that may be sent (RFC 6455, 7.4).
bool sendable(std::uint16_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

// Cut at a character's border, since a close reason must be valid UTF-8.
std::string_view clip_utf8(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
    return text.substr(0, bytes_max);
}

Error closed() {
    return Error{base::ErrorCode::cancelled, "The WebSocket is closed."};
}
}  // namespace

WsSession::WsSession(std::unique_ptr<AnyStream> stream, WsSessionOptions options, const base::Clock& clock)
    : options_(options),
      clock_(clock),
      stream_(std::move(stream)),
      ws_(*stream_),
      wake_(stream_->get_executor()),
      ended_(stream_->get_executor()),
      ticker_(stream_->get_executor()),
      last_heard_(clock.steady()),
      last_ping_(clock.steady()) {
    // The limit is ours too (see read): Beast's would not return before the peer has closed as well.
    ws_.read_message_max(0);
    ws_.auto_fragment(false);
    // Time limits are ours (see tick), since Beast's would also cut a handler that thinks before it reads.
    ws_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                   websocket::stream_base::none(), false});
    ws_.control_callback(
        [this](websocket::frame_type, beast::string_view) { last_heard_ = clock_.steady(); });
    ended_.expires_at(asio::steady_timer::time_point::max());
}

Task<error_code> WsSession::accept(const Request& request, Fields response_fields) {
    http::request<http::empty_body> upgrade(http::verb::get, request.path, 11);
    for (const auto& [name, value] : request.headers.all()) upgrade.insert(name, value);
    ws_.set_option(websocket::stream_base::decorator([&](websocket::response_type& response) {
        for (const auto& [name, value] : response_fields) response.set(name, value);
    }));
    error_code ec;
    co_await ws_.async_accept(upgrade, asio::redirect_error(asio::use_awaitable, ec));
    co_return ec;
}

Task<error_code> WsSession::handshake(std::string host, std::string target, Fields request_fields,
                                      int& status, std::string& subprotocol) {
    ws_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
        for (const auto& [name, value] : request_fields) request.set(name, value);
    }));
    websocket::response_type response;
    error_code ec;
    co_await ws_.async_handshake(response, host, target, asio::redirect_error(asio::use_awaitable, ec));
    status = response.result_int();
    subprotocol = std::string(response[http::field::sec_websocket_protocol]);
    co_return ec;
}

void WsSession::start() {
    open_ = true;
    writing_ = true;
    last_heard_ = last_ping_ = clock_.steady();
    constexpr auto run = [](std::shared_ptr<WsSession> self) -> Task<void> { co_await self->write_loop(); };
    asio::co_spawn(stream_->get_executor(), run(shared_from_this()), asio::detached);
    tick();
}

Task<void> WsSession::finish() {
    if (open_ && !closing_) gone();
    on_drain_ = nullptr;
    wake_.cancel();
    while (writing_ || close_runs_) {
        error_code ignored;
        co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        // A cancelled caller must not spin here; the socket is closed, so the writer ends by itself.
        if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
            break;
    }
    gone();
}

Task<Result<WsMessage>> WsSession::read() {
    if (!open() || reading_) co_return closed();
    WsMessage message;
    auto buffer = asio::dynamic_buffer(message.data);
    error_code ec;
    reading_ = true;
    last_heard_ = clock_.steady();
    do {
        co_await ws_.async_read_some(buffer, kReadPiece, asio::redirect_error(asio::use_awaitable, ec));
        last_heard_ = clock_.steady();
    } while (!ec && !ws_.is_message_done() && message.data.size() <= options_.message_bytes_max);
    reading_ = false;
    if (ec) {
        if (!close_runs_) gone();
        co_return closed();
    }
    if (message.data.size() > options_.message_bytes_max) {
        Error error{base::ErrorCode::payload_too_large, "The message is larger than " +
                                                            std::to_string(options_.message_bytes_max) +
                                                            " bytes. Send smaller pieces."};
        start_close(1009, error.message);
        co_return error;
    }
    message.binary = ws_.got_binary();
    received_bytes_ += message.data.size();
    co_return message;
}

Result<> WsSession::enqueue(bool binary, std::string data) {
    if (!open()) return closed();
    if (queued_bytes_ + data.size() > options_.queue_bytes_max)
        return Error{
            base::ErrorCode::overloaded,
            "The peer reads too slowly: " + std::to_string(queued_bytes_) + " bytes are waiting to be sent."};
    queued_bytes_ += data.size();
    queue_.push_back({binary, std::move(data)});
    if (queue_.size() == 1) wake_.cancel();
    return {};
}

Task<void> WsSession::write_loop() {
    error_code ec;
    while (!gone_) {
        if (queue_.empty()) {
            if (closing_) break;
            wake_.expires_at(asio::steady_timer::time_point::max());
            co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            continue;
        }
        Outgoing& message = queue_.front();
        ws_.binary(message.binary);
        write_deadline_ = clock_.steady() + options_.write_timeout;
        co_await ws_.async_write(asio::buffer(message.data), asio::redirect_error(asio::use_awaitable, ec));
        write_deadline_ = base::SteadyTime::max();
        sent_bytes_ += message.data.size();
        queued_bytes_ -= message.data.size();
        queue_.pop_front();
        if (ec) gone();
    }
    writing_ = false;
    ended_.cancel();
}

// The connection is dead or its close is done: waiting operations end with an error.
void WsSession::gone() {
    open_ = false;
    if (gone_) return;
    gone_ = true;
    stream_->close();
    wake_.cancel();
    ticker_.cancel();
}

void WsSession::cut() {
    gone();
}

Task<void> WsSession::close(std::uint16_t code, std::string reason) {
    error_code ec;
    while (close_runs_ && !gone_) co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (!open()) co_return;
    closing_ = close_runs_ = true;
    struct Done {
        WsSession& session;
        ~Done() {
            session.gone();
            session.close_runs_ = false;
            session.ended_.cancel();
        }
    } const done{*this};
    close_deadline_ = clock_.steady() + options_.close_timeout;
    wake_.cancel();
    while (writing_ && !gone_) co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (gone_) co_return;
    close_deadline_ = clock_.steady() + options_.close_timeout;
    websocket::close_reason why(static_cast<websocket::close_code>(sendable(code) ? code : 1000));
    const std::string_view clipped = clip_utf8(reason, kReasonMax);
    why.reason.assign(clipped.data(), clipped.size());
    co_await ws_.async_close(why, asio::redirect_error(asio::use_awaitable, ec));
}

void WsSession::start_close(std::uint16_t code, std::string reason) {
    constexpr auto run = [](std::shared_ptr<WsSession> self, std::uint16_t why,
                            std::string text) -> Task<void> { co_await self->close(why, std::move(text)); };
    asio::co_spawn(stream_->get_executor(), run(shared_from_this(), code, std::move(reason)), asio::detached);
}

void WsSession::on_drain(std::function<void()> callback) {
    on_drain_ = std::move(callback);
    if (draining_ && on_drain_) asio::post(stream_->get_executor(), std::exchange(on_drain_, nullptr));
}

void WsSession::drain() {
    if (draining_ || !open()) return;
    draining_ = true;
    if (on_drain_)
        std::exchange(on_drain_, nullptr)();
    else
        start_close(1001, "The server is shutting down.");
}

void WsSession::tick() {
    const base::SteadyTime now = clock_.steady();
    if (gone_) return;
    if (now >= write_deadline_ || now >= close_deadline_ ||
        (reading_ && now - last_heard_ >= options_.idle_timeout)) {
        gone();
        return;
    }
    if (open_ && !closing_ && !pinging_ &&
        now - std::max(last_heard_, last_ping_) >= options_.ping_interval) {
        pinging_ = true;
        last_ping_ = now;
        ws_.async_ping(
            {}, asio::bind_executor(stream_->get_executor(),
                                    [self = shared_from_this()](error_code) { self->pinging_ = false; }));
    }
    ticker_.expires_after(kTick);
    ticker_.async_wait(
        asio::bind_executor(stream_->get_executor(), [self = shared_from_this()](error_code ec) {
            if (!ec) self->tick();
        }));
}

}  // namespace aimpact::net
