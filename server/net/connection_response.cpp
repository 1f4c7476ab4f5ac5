// Running a handler and writing what it answers.
#include <charconv>

#include "base/log.hpp"
#include "net/connection.hpp"

namespace aimpact::net {

namespace {
using base::ErrorCode;
// Up to this size head and body go out as one piece.
constexpr std::size_t kJoinedBodyMax = 8 << 10;
// For the log and the metrics, as in nginx: the client left, or stopped reading, before it had the whole
// answer.
constexpr int kClientGone = 499;

std::string what_of(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "unknown exception";
    }
}
}  // namespace

Task<Response> Connection::handle(Exchange& exchange) {
    std::exception_ptr failure;
    Response response;
    enter(Phase::handling, exchange.route->limits.timeout);
    try {
        response = co_await exchange.route->handler(exchange.request);
    } catch (...) {
        failure = std::current_exception();
    }
    const bool timed_out = phase_ == Phase::overstaying;
    enter(Phase::writing);
    // A handler that was told to stop leaves the coroutine in the cancelled state, in which every wait
    // throws.
    if (timed_out || gone_)
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (failure) co_return exception_answer(exchange, failure, timed_out);
    co_return response;
}

Response Connection::exception_answer(const Exchange& exchange, const std::exception_ptr& failure,
                                      bool timed_out) const {
    if (timed_out)
        return state_->render_error(
            Error{ErrorCode::timeout, "The request took longer than " +
                                          std::to_string(exchange.route->limits.timeout.count()) +
                                          " seconds and was stopped. Try again, or ask for less at once."},
            exchange.request);
    return state_->render_error(base::internal_error("exception from the handler of " +
                                                     exchange.route->pattern + ": " + what_of(failure)),
                                exchange.request);
}

Task<bool> Connection::write(std::span<asio::const_buffer> pieces) {
    const Phase before = phase_;
    while (!pieces.empty()) {
        enter(Phase::writing, state_->options.body_timeout);
        error_code ec;
        std::size_t sent = co_await stream_->async_write_some(std::span<const asio::const_buffer>(pieces),
                                                              asio::redirect_error(asio::use_awaitable, ec));
        if (ec) {
            gone_ = true;
            break;
        }
        while (!pieces.empty() && sent >= pieces.front().size()) {
            sent -= pieces.front().size();
            pieces = pieces.subspan(1);
        }
        if (!pieces.empty()) pieces.front() += sent;
    }
    enter(before);
    co_return !gone_;
}

Task<bool> Connection::respond(Exchange& exchange, Response response) {
    exchange.status = response.status;
    if (gone_) {
        exchange.status = kClientGone;
        record(exchange);
        co_return false;
    }
    const bool keep_alive = exchange.keep_alive && !exchange.body_unread && !state_->draining.load();
    if (response.stream) co_return co_await stream_body(exchange, response, keep_alive);

    const std::string_view body =
        response.blob ? std::string_view(*response.blob) : std::string_view(response.body);
    HeadOptions options;
    options.keep_alive = keep_alive;
    options.http_1_0 = exchange.http_1_0;
    options.request_id = exchange.request.request_id;
    options.allow_origin = exchange.allow_origin;
    options.content_length = body.size();
    head_.clear();
    write_head(head_, response, options);
    const bool has_body = exchange.request.method != Method::head && response.status != 204 &&
                          response.status != 304 && !body.empty();
    bool sent = false;
    if (has_body && body.size() > kJoinedBodyMax) {
        asio::const_buffer pieces[] = {asio::buffer(head_), asio::buffer(body)};
        sent = co_await write(pieces);
    } else {
        if (has_body) head_ += body;
        asio::const_buffer pieces[] = {asio::buffer(head_)};
        sent = co_await write(pieces);
    }
    if (!sent)
        exchange.status = kClientGone;
    else if (has_body)
        exchange.body_bytes_sent = body.size();
    record(exchange);
    co_return sent&& keep_alive;
}

// The body of a streaming handler: chunked, or plain up to the end of the connection for HTTP/1.0.
class Connection::Sink final : public BodySink {
  public:
    Sink(Connection& connection, Exchange& exchange) : connection_(connection), exchange_(exchange) {}

    bool open() const override { return !connection_.gone_; }

    Task<Result<>> write(std::string_view bytes) override {
        if (connection_.gone_) co_return gone();
        if (bytes.empty()) co_return Result<>{};  // an empty chunk would end the body
        bool sent = false;
        if (exchange_.http_1_0) {
            asio::const_buffer pieces[] = {asio::buffer(bytes)};
            sent = co_await connection_.write(pieces);
        } else {
            char size[20];
            char* end = std::to_chars(size, size + 16, bytes.size(), 16).ptr;
            *end++ = '\r';
            *end++ = '\n';
            asio::const_buffer pieces[] = {asio::buffer(size, static_cast<std::size_t>(end - size)),
                                           asio::buffer(bytes), asio::buffer("\r\n", 2)};
            sent = co_await connection_.write(pieces);
        }
        if (!sent) co_return gone();
        exchange_.body_bytes_sent += bytes.size();
        co_return Result<>{};
    }

  private:
    static Error gone() { return Error{ErrorCode::cancelled, "The client has closed the connection."}; }
    Connection& connection_;
    Exchange& exchange_;
};

Task<bool> Connection::stream_body(Exchange& exchange, const Response& response, bool keep_alive) {
    HeadOptions options;
    options.keep_alive = keep_alive && !exchange.http_1_0;
    options.http_1_0 = exchange.http_1_0;
    options.request_id = exchange.request.request_id;
    options.allow_origin = exchange.allow_origin;
    head_.clear();
    write_head(head_, response, options);
    asio::const_buffer head[] = {asio::buffer(head_)};
    const bool has_head = co_await write(head);
    if (!has_head || exchange.request.method == Method::head) {
        if (!has_head) exchange.status = kClientGone;
        record(exchange);
        co_return has_head&& options.keep_alive;
    }

    Sink sink(*this, exchange);
    Result<> result;
    std::exception_ptr failure;
    enter(Phase::streaming);
    streaming_ = true;
    // A peer that leaves cancels what the handler waits for; its next write() then says so, without a throw.
    co_await asio::this_coro::throw_if_cancelled(false);
    try {
        result = co_await response.stream(sink);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(true);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    streaming_ = false;

    if (failure) result = base::internal_error("exception while streaming: " + what_of(failure));
    if (gone_) exchange.status = kClientGone;
    bool complete = !gone_ && !failure && !result.has_error();
    if (complete && !exchange.http_1_0) {
        constexpr std::string_view last_chunk = "0\r\n\r\n";
        asio::const_buffer pieces[] = {asio::buffer(last_chunk)};
        complete = co_await write(pieces);
        if (!complete) exchange.status = kClientGone;
    } else if (!complete && !gone_) {
        base::log_warn("http.stream_failed", {{"request_id", exchange.request.request_id},
                                              {"message", result.error().message},
                                              {"detail", result.error().detail}});
        // Without the last chunk, so that the client knows that something is missing.
        gone_ = true;
        stream_->close();
    }
    record(exchange);
    co_return complete&& options.keep_alive;
}

}  // namespace aimpact::net
