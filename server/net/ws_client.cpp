#include "net/ws_client.hpp"

#include <boost/beast/websocket/error.hpp>

#include "net/client_connection.hpp"
#include "net/text.hpp"
#include "net/ws_session.hpp"

namespace aimpact::net {

namespace {
using base::ErrorCode;

// The session's own timer and writer keep it alive, so the user's last reference must end it.
std::shared_ptr<WebSocket> owned(std::shared_ptr<WsSession> session) {
    WebSocket* socket = session.get();
    return {socket, [session = std::move(session)](WebSocket*) { session->cut(); }};
}

ErrorCode code_of_refusal(int status) {
    switch (status) {
        case 401:
            return ErrorCode::unauthenticated;
        case 403:
            return ErrorCode::permission_denied;
        case 404:
            return ErrorCode::not_found;
        case 429:
            return ErrorCode::rate_limited;
        case 503:
            return ErrorCode::overloaded;
        default:
            return ErrorCode::upstream_failed;
    }
}

Task<Result<WsClient>> connect(std::string text, WsClientOptions options, const base::Clock& clock) {
    AIMPACT_CO_TRY(const Url url, parse_url(text, "ws", "wss"));
    std::shared_ptr<asio::ssl::context> tls;
    if (url.tls) {
        AIMPACT_CO_TRY(tls, make_client_tls(options.ca_file));
    }
    WsSession::Fields fields = {{"User-Agent", "aimpact"}};
    for (const auto& [name, value] : options.headers.all()) {
        if (!is_token(name) || !is_field_value(value))
            co_return base::invalid_argument("The header '" + name.substr(0, 100) +
                                             "' has characters that HTTP does not allow.");
        fields.emplace_back(name, value);
    }
    std::string offered;
    for (const std::string& protocol : options.subprotocols) {
        if (!is_token(protocol))
            co_return base::invalid_argument("A subprotocol must be a token of RFC 9110.");
        offered.append(offered.empty() ? "" : ", ").append(protocol);
    }
    if (!offered.empty()) fields.emplace_back("Sec-WebSocket-Protocol", offered);

    const auto executor = co_await asio::this_coro::executor;
    const auto watch = std::make_shared<Watch>(executor, options.connect_timeout);
    struct Stop {
        Watch& watch;
        ~Stop() { watch.stop(); }
    } const stop{*watch};
    AIMPACT_CO_TRY(std::unique_ptr<AnyStream> stream,
                   co_await connect_to(url, options.connect_timeout, tls.get(), watch));
    WsSessionOptions session_options;
    session_options.message_bytes_max = options.message_bytes_max;
    session_options.queue_bytes_max = options.queue_bytes_max;
    session_options.ping_interval = options.ping_interval;
    session_options.idle_timeout = options.idle_timeout;
    AnyStream* raw = stream.get();
    auto session = std::make_shared<WsSession>(std::move(stream), session_options, clock);
    watch->guard(raw);
    WsClient client;
    int status = 0;
    const error_code ec = co_await session->handshake(url.authority(), url.target, std::move(fields), status,
                                                      client.subprotocol);
    watch->guard(nullptr);
    if (ec) {
        const std::string where = url.host + " port " + std::to_string(url.port);
        if (watch->expired())
            co_return Error{ErrorCode::timeout, "The WebSocket upgrade by " + where + " took too long."};
        if (ec == asio::error::operation_aborted)
            co_return Error{ErrorCode::cancelled, "The request was cancelled."};
        if (ec == beast::websocket::error::upgrade_declined)
            co_return Error{code_of_refusal(status), where + " refused the WebSocket with status " +
                                                         std::to_string(status) + " (" +
                                                         std::string(reason_phrase(status)) + ")."};
        co_return Error{ErrorCode::unavailable,
                        "The WebSocket to " + where + " failed: " + ec.message() + "."};
    }
    session->start();
    client.socket = owned(std::move(session));
    co_return client;
}
}  // namespace

Task<Result<WsClient>> connect_websocket(std::string url, WsClientOptions options, const base::Clock& clock) {
    try {
        co_return co_await connect(std::move(url), std::move(options), clock);
    } catch (const boost::system::system_error& e) {
        // A cancellation between two waits comes as an exception from the next one.
        if (e.code() != asio::error::operation_aborted) throw;
    }
    co_return Error{ErrorCode::cancelled, "The request was cancelled."};
}

}  // namespace aimpact::net
