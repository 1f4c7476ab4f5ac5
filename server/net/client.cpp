#include "net/client.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <map>

#include "net/client_connection.hpp"
#include "net/text.hpp"

namespace aimpact::net {

namespace {
using base::ErrorCode;
namespace http = boost::beast::http;

constexpr std::size_t kReadPiece = 16 << 10;

bool repeatable(const ClientRequest& request) {
    return (request.method != Method::post && request.method != Method::patch) ||
           request.headers.has("idempotency-key");
}

Result<std::string> request_head(const ClientRequest& request, const Url& url) {
    std::string head;
    head.reserve(512);
    head.append(to_string(request.method)).append(" ").append(url.target).append(" HTTP/1.1\r\n");
    if (!request.headers.has("host")) head.append("Host: ").append(url.authority()).append("\r\n");
    if (!request.headers.has("user-agent")) head += "User-Agent: aimpact\r\n";
    if (!request.headers.has("accept")) head += "Accept: */*\r\n";
    for (const auto& [name, value] : request.headers.all()) {
        if (!is_token(name) || !is_field_value(value))
            return base::invalid_argument("The header '" + name.substr(0, 100) +
                                          "' has characters that HTTP does not allow.");
        if (iequals(name, "content-length") || iequals(name, "transfer-encoding") ||
            iequals(name, "connection"))
            continue;
        head.append(name).append(": ").append(value).append("\r\n");
    }
    if (!request.body.empty() || request.method == Method::post || request.method == Method::put ||
        request.method == Method::patch)
        head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
    head += "\r\n";
    return head;
}

class Client final : public HttpClient {
  public:
    explicit Client(ClientOptions options) : options_(std::move(options)) {
        auto context = make_client_tls(options_.ca_file);
        if (context)
            tls_ = *std::move(context);
        else
            tls_error_ = context.error();
    }

    Task<Result<ClientResponse>> send(ClientRequest request) override {
        co_return co_await guarded(std::move(request), nullptr);
    }

    Task<Result<ClientResponse>> stream(ClientRequest request, ResponseParser::OnData on_data) override {
        co_return co_await guarded(std::move(request), &on_data);
    }

  private:
    // How one try on one connection went.
    struct Attempt {
        Result<ClientResponse> result = Error{};
        bool untouched = false;  // it failed before a byte of the answer came
    };

    // A cancellation between two waits comes as an exception from the next one.
    Task<Result<ClientResponse>> guarded(ClientRequest request, const ResponseParser::OnData* on_data) {
        try {
            co_return co_await run(std::move(request), on_data);
        } catch (const boost::system::system_error& e) {
            if (e.code() != asio::error::operation_aborted) throw;
        }
        co_return Error{ErrorCode::cancelled, "The request was cancelled."};
    }

    Task<Result<ClientResponse>> run(ClientRequest request, const ResponseParser::OnData* on_data) {
        AIMPACT_CO_TRY(const Url url, parse_url(request.url, "http", "https"));
        if (url.tls && !tls_) co_return *tls_error_;
        AIMPACT_CO_TRY(const std::string head, request_head(request, url));
        const auto executor = co_await asio::this_coro::executor;
        const std::shared_ptr<ConnectionPool> pool = pool_of(asio::query(executor, asio::execution::context));
        const auto watch = std::make_shared<Watch>(executor, request.total_timeout);
        struct Stop {
            Watch& watch;
            ~Stop() { watch.stop(); }
        } const stop{*watch};

        std::unique_ptr<AnyStream> kept = pool->take(url.origin());
        if (kept) {
            Attempt attempt = co_await exchange(std::move(kept), request, url, head, on_data, *pool, *watch);
            if (!attempt.untouched || !repeatable(request)) co_return std::move(attempt.result);
        }
        AIMPACT_CO_TRY(std::unique_ptr<AnyStream> fresh,
                       co_await connect_to(url, request.connect_timeout, tls_.get(), watch));
        Attempt attempt = co_await exchange(std::move(fresh), request, url, head, on_data, *pool, *watch);
        co_return std::move(attempt.result);
    }

    static Error broken(const Url& url, const error_code& ec, const Watch& watch) {
        const std::string where = url.host + " port " + std::to_string(url.port);
        if (watch.expired())
            return Error{ErrorCode::timeout,
                         where + " did not answer in time. Try again, or allow more time."};
        if (ec == asio::error::operation_aborted)
            return Error{ErrorCode::cancelled, "The request was cancelled."};
        if (ec == http::error::partial_message || ec == asio::error::eof ||
            ec == asio::ssl::error::stream_truncated)
            return Error{ErrorCode::unavailable,
                         where + " closed the connection before its answer was complete."};
        if (ec.category() == http::make_error_code(http::error::bad_method).category())
            return Error{ErrorCode::upstream_failed,
                         where + " sent an answer that is not HTTP: " + ec.message() + "."};
        return Error{ErrorCode::unavailable, "The connection to " + where + " broke: " + ec.message() + "."};
    }

    Task<Attempt> exchange(std::unique_ptr<AnyStream> stream, const ClientRequest& request, const Url& url,
                           const std::string& head, const ResponseParser::OnData* on_data,
                           ConnectionPool& pool, Watch& watch) {
        Attempt attempt;
        watch.guard(stream.get());
        struct Unguard {
            Watch& watch;
            ~Unguard() { watch.guard(nullptr); }
        } const unguard{watch};

        error_code ec;
        asio::const_buffer pieces[] = {asio::buffer(head), asio::buffer(request.body)};
        std::span<asio::const_buffer> left(pieces);
        while (!left.empty()) {
            watch.allow(request.idle_timeout);
            std::size_t sent = co_await stream->async_write_some(
                std::span<const asio::const_buffer>(left), asio::redirect_error(asio::use_awaitable, ec));
            if (ec) break;
            while (!left.empty() && sent >= left.front().size()) {
                sent -= left.front().size();
                left = left.subspan(1);
            }
            if (!left.empty()) left.front() += sent;
        }
        if (ec) {
            attempt.result = broken(url, ec, watch);
            attempt.untouched = !watch.expired() && ec != asio::error::operation_aborted;
            co_return attempt;
        }

        beast::flat_buffer buffer;
        ClientResponse response;
        std::optional<ResponseParser> parser;
        const auto begin = [&] {
            response = {};
            parser.emplace(response, request.body_bytes_max, on_data);
            if (request.method == Method::head) parser->skip(true);
        };
        begin();
        bool touched = false;
        for (;;) {
            if (buffer.size() > 0) {
                buffer.consume(parser->put(buffer.data(), ec));
                if (parser->error()) {
                    attempt.result = *parser->error();
                    co_return attempt;
                }
                if (ec && ec != http::error::need_more) break;
                if (parser->is_done()) {
                    if (response.status / 100 != 1) break;
                    begin();  // 100 Continue and its like announce the answer
                    continue;
                }
            }
            watch.allow(request.idle_timeout);
            const std::size_t got =
                co_await stream->async_read_some(asio::mutable_buffer(buffer.prepare(kReadPiece)),
                                                 asio::redirect_error(asio::use_awaitable, ec));
            buffer.commit(got);
            touched = touched || got > 0;
            if ((ec == asio::error::eof || ec == asio::ssl::error::stream_truncated) && parser->got_some()) {
                // Without a length, the end of the connection is the end of the body; over TLS only a proper
                // close_notify says so.
                if (ec == asio::error::eof) parser->put_eof(ec);
                if (!ec && !parser->is_done()) ec = http::error::partial_message;
                if (ec || parser->is_done()) break;
            } else if (ec) {
                break;
            }
        }
        if (ec) {
            attempt.result = broken(url, ec, watch);
            attempt.untouched = !touched && !watch.expired() && ec != asio::error::operation_aborted;
            co_return attempt;
        }
        if (parser->keep_alive() && !parser->need_eof() && buffer.size() == 0 && !watch.expired()) {
            watch.guard(nullptr);
            pool.put(url.origin(), std::move(stream));
        }
        attempt.result = std::move(response);
        co_return attempt;
    }

    std::shared_ptr<ConnectionPool> pool_of(asio::execution_context& context) {
        std::lock_guard lock(mutex_);
        std::erase_if(pools_, [](const auto& entry) { return entry.second->closed(); });
        std::shared_ptr<ConnectionPool>& pool = pools_[&context];
        if (!pool) {
            pool = std::make_shared<ConnectionPool>(options_.idle_connections_max, options_.idle_keep);
            asio::use_service<PoolService>(context).add(pool);
        }
        return pool;
    }

    const ClientOptions options_;
    std::shared_ptr<asio::ssl::context> tls_;
    std::optional<Error> tls_error_;
    std::mutex mutex_;
    std::map<asio::execution_context*, std::shared_ptr<ConnectionPool>> pools_;
};
}  // namespace

std::unique_ptr<HttpClient> make_http_client(ClientOptions options) {
    return std::make_unique<Client>(std::move(options));
}

}  // namespace aimpact::net
