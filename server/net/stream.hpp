// Private to net: one TCP connection, with or without TLS, as Asio and Beast want a stream. The choice is
// made at run time, so that the protocol code above is compiled once.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <optional>
#include <span>

#include "base/async.hpp"

namespace aimpact::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// Not thread-safe: everything on the connection's strand. Neither copied nor moved (TLS refers to the
// socket).
class AnyStream {
  public:
    using executor_type = tcp::socket::executor_type;

    explicit AnyStream(tcp::socket socket) : socket_(std::move(socket)) {}
    AnyStream(const AnyStream&) = delete;
    AnyStream& operator=(const AnyStream&) = delete;

    executor_type get_executor() noexcept { return socket_.get_executor(); }
    tcp::socket& socket() { return socket_; }
    bool is_tls() const { return tls_.has_value(); }
    SSL* native_tls() { return tls_ ? tls_->native_handle() : nullptr; }

    base::Task<error_code> handshake(asio::ssl::context& context,
                                     asio::ssl::stream_base::handshake_type type) {
        if (!tls_) tls_.emplace(socket_, context);
        error_code ec;
        co_await tls_->async_handshake(type, asio::redirect_error(asio::use_awaitable, ec));
        co_return ec;
    }
    // Before the handshake: lets a client set the server name.
    asio::ssl::stream<tcp::socket&>& prepare_tls(asio::ssl::context& context) {
        tls_.emplace(socket_, context);
        return *tls_;
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& to) {
                if (tls_)
                    tls_->async_read_some(to, std::move(handler));
                else
                    socket_.async_read_some(to, std::move(handler));
            },
            token, buffers);
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& from) {
                if (tls_)
                    tls_->async_write_some(from, std::move(handler));
                else
                    socket_.async_write_some(from, std::move(handler));
            },
            token, buffers);
    }

    // Ends waiting operations with operation_aborted.
    void cancel() {
        error_code ignored;
        socket_.cancel(ignored);
    }
    void close() {
        error_code ignored;
        socket_.close(ignored);
    }

    // Says goodbye: TLS close_notify, then FIN. The peer can still send.
    base::Task<void> shutdown_send() {
        error_code ec;
        if (tls_) {
            // Only our half: waiting for the peer's close_notify is the reader's business.
            SSL_set_quiet_shutdown(tls_->native_handle(), 0);
            co_await tls_->async_shutdown(asio::redirect_error(asio::use_awaitable, ec));
        }
        socket_.shutdown(tcp::socket::shutdown_send, ec);
    }

    friend void beast_close_socket(AnyStream& stream) { stream.close(); }

    // The end of a WebSocket (RFC 6455, 7.1.1); the session's time limits bound it.
    template <class Handler>
    friend void async_teardown(beast::role_type role, AnyStream& stream, Handler&& handler) {
        if (stream.tls_)
            stream.tls_->async_shutdown(std::forward<Handler>(handler));
        else
            beast::websocket::async_teardown(role, stream.socket_, std::forward<Handler>(handler));
    }

  private:
    tcp::socket socket_;
    std::optional<asio::ssl::stream<tcp::socket&>> tls_;
};

}  // namespace aimpact::net
