// Reading one request: header, checks, route, body.
#include <boost/beast/http/error.hpp>

#include "base/id.hpp"
#include "net/connection.hpp"
#include "net/target.hpp"
#include "net/text.hpp"

namespace aimpact::net {

namespace {
namespace http = beast::http;
using base::ErrorCode;

constexpr std::size_t kHeaderPiece = 4 << 10;
constexpr std::size_t kBodyPiece = 64 << 10;
// A body that trickles in slower than this is an attack (slow POST) rather than a slow line.
constexpr std::size_t kBodyBytesPerSecondMin = 1024;

std::string join_methods(const std::vector<Method>& methods) {
    std::string out;
    for (const Method method : methods) out.append(out.empty() ? "" : ", ").append(to_string(method));
    return out;
}

bool listed(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}
}  // namespace

Response Connection::refuse(Exchange& exchange, Error error, int status) {
    exchange.keep_alive = false;
    return state_->render_error(error, exchange.request, status);
}

Response Connection::parse_refusal(Exchange& exchange, const error_code& ec) {
    exchange.body_unread = true;
    const ServerOptions& options = state_->options;
    if (ec == http::error::header_limit)
        return refuse(exchange,
                      Error{ErrorCode::payload_too_large, "The request header is larger than " +
                                                              std::to_string(options.header_bytes_max) +
                                                              " bytes. Send fewer or shorter headers."},
                      431);
    if (ec == http::error::body_limit || ec == asio::error::no_buffer_space) {
        const std::size_t limit = exchange.route ? exchange.route->limits.body_bytes_max : 0;
        return refuse(
            exchange,
            Error{ErrorCode::payload_too_large, "The request body is larger than the " +
                                                    std::to_string(limit) + " bytes that are allowed here."},
            413);
    }
    return refuse(exchange,
                  base::invalid_argument("The request is not well-formed HTTP/1.1 (" + ec.message() + ")."),
                  400);
}

// The connection gave no more bytes: by a time limit (answered with 408), or since the peer has left.
std::optional<Response> Connection::read_refusal(Exchange& exchange, std::string_view what) {
    if (!expired_) {
        exchange.silent = true;
        return std::nullopt;
    }
    exchange.body_unread = true;
    return refuse(
        exchange,
        Error{ErrorCode::timeout, "The request's " + std::string(what) +
                                      " did not arrive in time. Send it again, without long pauses."},
        408);
}

Task<std::optional<Response>> Connection::receive(Exchange& exchange) {
    exchange.request.request_id = base::make_id("req", state_->clock, state_->random);
    exchange.request.remote_address = peer_address_;
    exchange.request.secure = stream_->is_tls();
    RequestParser parser(exchange.request, state_->options.header_bytes_max);
    std::optional<Response> refusal = co_await receive_head(exchange, parser);
    exchange.began = state_->clock.steady();
    if (refusal || exchange.silent) co_return refusal;

    exchange.http_1_0 = parser.version() < 11;
    exchange.keep_alive = parser.keep_alive();
    refusal = check_head(exchange, parser);
    if (!refusal) refusal = find_route(exchange);
    if (refusal) {
        if (!parser.is_done()) {
            exchange.keep_alive = false;
            exchange.body_unread = true;
        }
        co_return refusal;
    }
    if (!parser.is_done()) co_return co_await receive_body(exchange, parser);
    co_return std::nullopt;
}

Task<std::optional<Response>> Connection::receive_head(Exchange& exchange, RequestParser& parser) {
    exchange.began = state_->clock.steady();
    // A connection on which nothing was asked yet (browsers open some in advance) does not hold up a drain.
    enter(buffer_.size() > 0 ? Phase::reading : Phase::idle, state_->options.header_timeout);
    if (phase_ == Phase::idle && state_->draining.load(std::memory_order_relaxed)) exchange.silent = true;
    if (exchange.silent) co_return std::nullopt;
    for (;;) {
        error_code ec;
        if (buffer_.size() > 0) {
            buffer_.consume(parser.put(buffer_.data(), ec));
            if (parser.is_header_done() && !ec) co_return std::nullopt;
            if (ec && ec != http::error::need_more) co_return parse_refusal(exchange, ec);
        }
        ec = co_await read_some(kHeaderPiece);
        if (ec) {
            // Nothing was asked on this connection: nothing to answer.
            if (!parser.got_some()) exchange.silent = true;
            if (exchange.silent) co_return std::nullopt;
            co_return read_refusal(exchange, "header");
        }
        phase_ = Phase::reading;
    }
}

std::optional<Response> Connection::check_head(Exchange& exchange, const RequestParser& parser) {
    Request& request = exchange.request;
    if (peer_trusted_) trust_proxy(request);
    std::size_t hosts = 0;
    bool encoded = false;
    for (const auto& [name, value] : request.headers.all()) {
        hosts += iequals(name, "host");
        encoded = encoded || iequals(name, "transfer-encoding");
    }
    if (hosts > 1 || (hosts == 0 && !exchange.http_1_0))
        return refuse(exchange, base::invalid_argument("The request must have exactly one Host header."),
                      400);
    // What another server on the way could understand differently is refused (request smuggling, RFC
    // 9112, 6.1).
    if (encoded && (!parser.chunked() || exchange.http_1_0))
        return refuse(exchange,
                      base::invalid_argument("The only transfer encoding is 'chunked', with HTTP/1.1."), 400);
    if (!parser.known_method())
        return refuse(exchange,
                      Error{ErrorCode::method_not_allowed,
                            "Unknown method. Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."},
                      501);
    if (Result<> target = parse_target(parser.target(), request); target.has_error())
        return refuse(exchange, target.error(), 400);
    if (request.headers.has("expect") && !iequals(request.headers.get("expect"), "100-continue"))
        return refuse(exchange, base::invalid_argument("The only expectation is '100-continue'."), 417);
    return std::nullopt;
}

std::optional<Response> Connection::find_route(Exchange& exchange) {
    Request& request = exchange.request;
    const std::string_view origin = request.headers.get("origin");
    if (!origin.empty() && listed(state_->options.cors_origins, origin)) exchange.allow_origin = origin;
    Router::Match match = state_->router.match(request);
    exchange.route = match.route;
    if (match.route) {
        if (match.route->handler || wants_websocket(request)) return std::nullopt;
        Response response = state_->render_error(
            base::invalid_argument("This address speaks WebSocket only. Ask for an upgrade (RFC 6455)."),
            request, 426);
        response.headers.add("Upgrade", "websocket");
        response.headers.add("Connection", "Upgrade");
        return response;
    }
    if (request.method == Method::options) {
        std::vector<Method> methods = state_->router.allowed(request);
        if (!methods.empty()) {
            methods.push_back(Method::options);
            Response response = Response::empty(204);
            response.headers.add("Allow", join_methods(methods));
            if (!exchange.allow_origin.empty() && request.headers.has("access-control-request-method")) {
                response.headers.add("Access-Control-Allow-Methods", join_methods(methods));
                const std::string_view wanted = request.headers.get("access-control-request-headers");
                if (!wanted.empty())
                    response.headers.add("Access-Control-Allow-Headers", std::string(wanted));
                response.headers.add("Access-Control-Max-Age", "600");
            }
            return response;
        }
    }
    if (match.path_known) {
        Response response = state_->render_error(
            Error{ErrorCode::method_not_allowed,
                  std::string(to_string(request.method)) +
                      " is not allowed here. Allowed: " + join_methods(match.allowed) + "."},
            request);
        response.headers.add("Allow", join_methods(match.allowed));
        return response;
    }
    return state_->render_error(base::not_found("There is nothing at this address. Check the path."),
                                request);
}

Task<std::optional<Response>> Connection::receive_body(Exchange& exchange, RequestParser& parser) {
    const std::size_t limit = exchange.route->limits.body_bytes_max;
    if (const auto length = parser.content_length(); length && *length > limit)
        co_return parse_refusal(exchange, http::error::body_limit);
    parser.body_limit(limit);
    parser.eager(true);
    if (!exchange.http_1_0 && buffer_.size() == 0 && exchange.request.headers.has("expect")) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::const_buffer pieces[] = {asio::buffer(go_on)};
        if (!co_await write(pieces)) {
            exchange.silent = true;
            co_return std::nullopt;
        }
    }
    const base::SteadyTime began = state_->clock.steady();
    for (;;) {
        error_code ec;
        if (buffer_.size() > 0) {
            buffer_.consume(parser.put(buffer_.data(), ec));
            if (parser.is_done()) co_return std::nullopt;
            if (ec && ec != http::error::need_more) co_return parse_refusal(exchange, ec);
            if (buffer_.size() == buffer_.max_size())  // a chunk header without end
                co_return parse_refusal(exchange, http::error::bad_chunk);
        }
        const auto timeout = state_->options.body_timeout;
        const std::chrono::seconds earned(exchange.request.body.size() / kBodyBytesPerSecondMin);
        const auto spent = state_->clock.steady() - began;
        enter(Phase::reading, std::min<std::chrono::nanoseconds>(timeout, timeout + earned - spent));
        ec = co_await read_some(kBodyPiece);
        if (ec) co_return read_refusal(exchange, "body");
    }
}

// Behind a trusted proxy the peer is the last address in X-Forwarded-For that is not itself a trusted proxy.
void Connection::trust_proxy(Request& request) const {
    for (const auto& [name, value] : request.headers.all())
        if (iequals(name, "x-forwarded-proto")) request.secure = iequals(trim(value), "https");
    std::vector<std::string_view> hops;
    for (const auto& [name, value] : request.headers.all())
        if (iequals(name, "x-forwarded-for"))
            for (std::string_view rest = value; !rest.empty();) hops.push_back(trim(take_until(rest, ',')));
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        error_code ec;
        const auto address = asio::ip::make_address(*hop, ec);
        if (ec) return;  // not an address: nothing to the left of it can be believed
        request.remote_address = address.to_string();
        const auto& trusted = state_->trusted_proxies;
        if (std::find(trusted.begin(), trusted.end(), address) == trusted.end()) return;
    }
}

}  // namespace aimpact::net
