#include "net/client_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "net/text.hpp"

namespace aimpact::net {

namespace {
using base::ErrorCode;
constexpr std::size_t kHeaderBytesMax = 64 << 10;

Error unavailable(std::string message) {
    return Error{ErrorCode::unavailable, std::move(message)};
}
}  // namespace

std::string Url::authority() const {
    std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
    return out;
}

std::string Url::origin() const {
    return (tls ? "s|" : "p|") + host + "|" + std::to_string(port);
}

Result<Url> parse_url(std::string_view text, std::string_view plain, std::string_view secure) {
    const auto fail = [&](std::string_view why) {
        return base::invalid_argument(
            "The URL '" + std::string(text.substr(0, 200)) + "' " + std::string(why), "url");
    };
    const auto parsed = boost::urls::parse_uri(boost::urls::string_view(text.data(), text.size()));
    if (!parsed) return fail("is not valid: " + parsed.error().message() + ".");
    const boost::urls::url_view& view = *parsed;
    const std::string_view scheme{view.scheme().data(), view.scheme().size()};
    Url url;
    if (iequals(scheme, secure))
        url.tls = true;
    else if (!iequals(scheme, plain))
        return fail("must begin with " + std::string(plain) + ":// or " + std::string(secure) + "://.");
    if (view.has_userinfo()) return fail("must not hold a user name or password; send them in a header.");
    const auto host =
        view.host_type() == boost::urls::host_type::name || view.host_type() == boost::urls::host_type::ipv4
            ? view.encoded_host()
            : view.encoded_host_address();
    url.host = std::string(host.data(), host.size());
    if (url.host.empty() || url.host.find('%') != std::string::npos) return fail("has no usable host.");
    url.port = url.tls ? 443 : 80;
    if (view.has_port() && !view.port().empty()) {
        const auto digits = view.port();
        const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
        if (ec != std::errc{} || end != digits.data() + digits.size() || url.port == 0)
            return fail("has a port that is not a number from 1 to 65535.");
    }
    const auto target = view.encoded_target();
    url.target = std::string(target.data(), target.size());
    if (!url.target.starts_with('/')) url.target.insert(0, "/");
    return url;
}

Watch::Watch(asio::any_io_executor executor, std::chrono::milliseconds total)
    : timer_(executor),
      total_(asio::steady_timer::clock_type::now() + total),
      idle_(asio::steady_timer::time_point::max()) {}

void Watch::allow(std::chrono::milliseconds idle) {
    idle_ = asio::steady_timer::clock_type::now() + idle;
    // A timer that runs already looks at the new limit when it fires; only a nearer one needs another.
    if (!armed_ || timer_.expiry() > deadline()) arm();
}

void Watch::arm() {
    armed_ = true;
    timer_.expires_at(deadline());
    timer_.async_wait([self = shared_from_this()](error_code ec) {
        if (ec || !self->armed_) return;
        if (asio::steady_timer::clock_type::now() < self->deadline())
            self->arm();
        else
            self->expire();
    });
}

void Watch::expire() {
    expired_ = true;
    if (stream_) stream_->close();
}

void Watch::stop() {
    armed_ = false;
    stream_ = nullptr;
    timer_.cancel();
}

namespace {
// The system's resolver blocks a thread of Asio and cannot be interrupted: when the limit passes, it is left
// behind with a slot that nobody reads.
Task<Result<std::vector<tcp::endpoint>>> resolve(const Url& url, const std::shared_ptr<Watch>& watch) {
    error_code ec;
    const auto address = asio::ip::make_address(url.host, ec);
    if (!ec) co_return std::vector<tcp::endpoint>{{address, url.port}};

    struct Slot {
        explicit Slot(const asio::any_io_executor& executor) : resolver(executor), done_or_late(executor) {}
        tcp::resolver resolver;
        asio::steady_timer done_or_late;
        std::vector<tcp::endpoint> found;
        error_code ec;
        bool done = false;
    };
    const auto executor = co_await asio::this_coro::executor;
    const auto slot = std::make_shared<Slot>(executor);
    slot->done_or_late.expires_at(watch->deadline());
    slot->resolver.async_resolve(
        url.host, std::to_string(url.port),
        asio::bind_executor(executor, [slot](error_code result, const tcp::resolver::results_type& entries) {
            slot->ec = result;
            for (const auto& entry : entries) slot->found.push_back(entry.endpoint());
            slot->done = true;
            slot->done_or_late.cancel();
        }));
    co_await slot->done_or_late.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (!slot->done) {
        slot->resolver.cancel();
        if (ec) co_return Error{ErrorCode::cancelled, "The request was cancelled."};
        watch->expire();
        co_return Error{ErrorCode::timeout, "Looking up the host '" + url.host + "' took too long."};
    }
    if (slot->ec || slot->found.empty())
        co_return unavailable("Cannot find the host '" + url.host + "': " + slot->ec.message() +
                              ". Check the name and this machine's DNS.");
    co_return std::move(slot->found);
}
}  // namespace

Task<Result<std::unique_ptr<AnyStream>>> connect_to(const Url& url, std::chrono::milliseconds timeout,
                                                    asio::ssl::context* tls, std::shared_ptr<Watch> watch) {
    watch->allow(timeout);
    AIMPACT_CO_TRY(const std::vector<tcp::endpoint> endpoints, co_await resolve(url, watch));
    const auto executor = co_await asio::this_coro::executor;
    const std::string where = url.host + " port " + std::to_string(url.port);
    const auto failed = [&](const error_code& ec, const std::string& what) {
        if (watch->expired())
            return Error{ErrorCode::timeout, "Connecting to " + where + " took too long. Is it reachable?"};
        if (ec == asio::error::operation_aborted)
            return Error{ErrorCode::cancelled, "The request was cancelled."};
        return unavailable(what);
    };
    auto stream = std::make_unique<AnyStream>(tcp::socket(executor));
    watch->guard(stream.get());
    error_code ec;
    for (const tcp::endpoint& endpoint : endpoints) {
        co_await stream->socket().async_connect(endpoint, asio::redirect_error(asio::use_awaitable, ec));
        if (!ec || watch->expired() || ec == asio::error::operation_aborted) break;
        stream->close();  // the next address may be of the other family
    }
    if (!ec && watch->expired()) ec = asio::error::operation_aborted;
    if (ec) {
        watch->guard(nullptr);
        co_return failed(ec, "Cannot connect to " + where + ": " + ec.message() +
                                 ". Check the URL and that the "
                                 "service is running.");
    }
    error_code ignored;
    stream->socket().set_option(tcp::no_delay(true), ignored);
    if (!url.tls) co_return stream;

    auto& secure = stream->prepare_tls(*tls);
    error_code is_address;
    static_cast<void>(asio::ip::make_address(url.host, is_address));
    if (is_address) SSL_set_tlsext_host_name(secure.native_handle(), url.host.c_str());
    secure.set_verify_callback(asio::ssl::host_name_verification(url.host), ignored);
    ec = co_await stream->handshake(*tls, asio::ssl::stream_base::client);
    if (ec) {
        watch->guard(nullptr);
        const long verdict = SSL_get_verify_result(secure.native_handle());
        const std::string why = verdict == X509_V_OK ? ec.message()
                                                     : std::string("its certificate is not valid here: ") +
                                                           X509_verify_cert_error_string(verdict);
        co_return failed(ec, "Cannot agree on TLS with " + where + ": " + why + ".");
    }
    co_return stream;
}

std::unique_ptr<AnyStream> ConnectionPool::take(const std::string& origin) {
    const auto now = std::chrono::steady_clock::now();
    std::list<Idle> dead;  // closed after the lock is gone
    std::lock_guard lock(mutex_);
    for (auto at = idle_.begin(); at != idle_.end();) {
        auto next = std::next(at);
        if (now - at->since > keep_) {
            dead.splice(dead.end(), idle_, at);
        } else if (at->origin == origin) {
            // Alive means: nothing to read. An end of file, or bytes that nobody asked for, end its use.
            char byte;
            const auto got = ::recv(at->stream->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
            const bool alive = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
            if (alive) {
                std::unique_ptr<AnyStream> stream = std::move(at->stream);
                idle_.erase(at);
                return stream;
            }
            dead.splice(dead.end(), idle_, at);
        }
        at = next;
    }
    return nullptr;
}

void ConnectionPool::put(const std::string& origin, std::unique_ptr<AnyStream> stream) {
    std::list<Idle> dead;
    std::lock_guard lock(mutex_);
    if (closed_ || connections_max_ == 0) return;
    idle_.push_front({origin, std::move(stream), std::chrono::steady_clock::now()});
    if (idle_.size() > connections_max_) dead.splice(dead.end(), idle_, std::prev(idle_.end()));
}

void ConnectionPool::close() {
    std::list<Idle> dead;
    std::lock_guard lock(mutex_);
    closed_ = true;
    dead.swap(idle_);
}

bool ConnectionPool::closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
}

asio::execution_context::id PoolService::id;

void PoolService::add(std::weak_ptr<ConnectionPool> pool) {
    std::lock_guard lock(mutex_);
    std::erase_if(pools_, [](const auto& weak) { return weak.expired(); });
    pools_.push_back(std::move(pool));
}

void PoolService::shutdown() {
    std::lock_guard lock(mutex_);
    for (const auto& weak : pools_)
        if (const auto pool = weak.lock()) pool->close();
}

ResponseParser::ResponseParser(ClientResponse& response, std::size_t body_bytes_max, const OnData* on_data)
    : response_(response), body_bytes_max_(body_bytes_max), on_data_(on_data) {
    header_limit(kHeaderBytesMax);
    body_limit(boost::none);
    eager(true);
}

void ResponseParser::on_field_impl(boost::beast::http::field, string_view name, string_view value,
                                   error_code& ec) {
    header_bytes_ += name.size() + value.size() + 4;
    if (header_bytes_ > kHeaderBytesMax) {
        ec = boost::beast::http::error::header_limit;
        return;
    }
    if (!header_done_) response_.headers.add(std::string(name), std::string(value));
}

std::size_t ResponseParser::take(string_view bytes, error_code& ec) {
    if (on_data_ && response_.status / 100 == 2) {
        Result<> result = (*on_data_)(std::string_view(bytes.data(), bytes.size()));
        if (result.has_error()) {
            error_ = result.error();
            ec = asio::error::operation_aborted;
        }
        return bytes.size();
    }
    if (response_.body.size() + bytes.size() > body_bytes_max_) {
        error_ = Error{ErrorCode::payload_too_large,
                       "The answer is larger than " + std::to_string(body_bytes_max_) + " bytes."};
        ec = boost::beast::http::error::body_limit;
        return bytes.size();
    }
    response_.body.append(bytes.data(), bytes.size());
    return bytes.size();
}

}  // namespace aimpact::net
