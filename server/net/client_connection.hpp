// Private to net: what HttpClient is made of: URLs, kept connections, time limits, the response parser.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/client.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"

namespace aimpact::net {

struct Url {
    bool tls = false;
    std::string host;  // without the brackets of an IPv6 address
    std::uint16_t port = 80;
    std::string target;             // path and query, as they go on the wire
    std::string authority() const;  // for the Host header: no default port
    std::string origin() const;     // key of the pool
};
// `plain` and `secure` name the two schemes: "http" and "https", or "ws" and "wss".
Result<Url> parse_url(std::string_view text, std::string_view plain, std::string_view secure);

// Ends the connection when a time limit passes. Lives as long as the last callback of its timer.
class Watch : public std::enable_shared_from_this<Watch> {
  public:
    Watch(asio::any_io_executor executor, std::chrono::milliseconds total);
    // Watches over `stream` (not owned) from now on, or over none.
    void guard(AnyStream* stream) { stream_ = stream; }
    void allow(std::chrono::milliseconds idle);  // from now on
    void stop();
    bool expired() const { return expired_; }
    // The nearer of the two limits.
    asio::steady_timer::time_point deadline() const { return std::min(total_, idle_); }
    void expire();

  private:
    void arm();

    asio::steady_timer timer_;
    AnyStream* stream_ = nullptr;
    const asio::steady_timer::time_point total_;
    asio::steady_timer::time_point idle_;
    bool expired_ = false;
    bool armed_ = false;
};

// Resolves, connects and, for TLS, shakes hands and checks the certificate.
Task<Result<std::unique_ptr<AnyStream>>> connect_to(const Url& url, std::chrono::milliseconds timeout,
                                                    asio::ssl::context* tls, std::shared_ptr<Watch> watch);

// Idle connections of one execution context. Thread-safe. Emptied when the context goes.
class ConnectionPool {
  public:
    ConnectionPool(std::size_t connections_max, std::chrono::milliseconds keep)
        : connections_max_(connections_max), keep_(keep) {}
    // A connection that still seems alive, or null.
    std::unique_ptr<AnyStream> take(const std::string& origin);
    void put(const std::string& origin, std::unique_ptr<AnyStream> stream);
    void close();
    bool closed() const;

  private:
    struct Idle {
        std::string origin;
        std::unique_ptr<AnyStream> stream;
        std::chrono::steady_clock::time_point since;
    };
    const std::size_t connections_max_;
    const std::chrono::milliseconds keep_;
    mutable std::mutex mutex_;
    std::list<Idle> idle_;  // the latest first
    bool closed_ = false;
};

// Closes the pools that belong to a context when that context is shut down.
class PoolService final : public asio::execution_context::service {
  public:
    static asio::execution_context::id id;
    explicit PoolService(asio::execution_context& context) : service(context) {}
    void add(std::weak_ptr<ConnectionPool> pool);

  private:
    void shutdown() override;
    std::mutex mutex_;
    std::vector<std::weak_ptr<ConnectionPool>> pools_;
};

// Fills a ClientResponse, or gives a 2xx body to `on_data` piece by piece.
class ResponseParser final : public boost::beast::http::basic_parser<false> {
  public:
    using OnData = std::function<Result<>(std::string_view)>;
    ResponseParser(ClientResponse& response, std::size_t body_bytes_max, const OnData* on_data);
    // What on_data said, or that the body is too large.
    const std::optional<Error>& error() const { return error_; }

  private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;
    std::size_t take(string_view bytes, error_code& ec);

    void on_request_impl(boost::beast::http::verb, string_view, string_view, int, error_code&) override {}
    void on_response_impl(int status, string_view, int, error_code&) override { response_.status = status; }
    void on_field_impl(boost::beast::http::field, string_view name, string_view value,
                       error_code& ec) override;
    void on_header_impl(error_code&) override { header_done_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view bytes, error_code& ec) override { return take(bytes, ec); }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) override {
        return take(bytes, ec);
    }
    void on_finish_impl(error_code&) override {}

    ClientResponse& response_;
    const std::size_t body_bytes_max_;
    const OnData* on_data_;
    std::size_t header_bytes_ = 0;
    bool header_done_ = false;
    std::optional<Error> error_;
};

}  // namespace aimpact::net
