// HTTP client for providers and webhooks: HTTP/1.1, TLS with certificate checks, streaming bodies, time
// limits.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace aimpact::net {

struct ClientRequest {
    Method method = Method::get;
    std::string url = {};  // http:// or https://
    Headers headers = {};
    std::string body = {};
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds idle_timeout{30'000};  // longest wait between two pieces of the answer
    std::chrono::milliseconds total_timeout{120'000};
    std::size_t body_bytes_max = 32 << 20;  // of the answer when it is gathered
};

struct ClientResponse {
    int status = 0;
    Headers headers = {};
    std::string body = {};  // empty when streamed
};

// Thread-safe; connections are kept alive and reused, per origin and per execution context of the callers.
// The calling coroutine must run on a strand or on a context that only one thread runs (all of ours do), and
// the client must outlive its calls. Cancelling the caller's coroutine ends the transfer with `cancelled`.
class HttpClient {
  public:
    virtual ~HttpClient() = default;

    // Errors: invalid_argument (bad URL or header), unavailable (cannot resolve, connect or agree on TLS, or
    // the connection broke), upstream_failed (the answer is not HTTP), timeout, cancelled, payload_too_large.
    // Any HTTP status is a success here; redirects are not followed. A request that is safe to repeat (GET,
    // PUT, DELETE, ... or any with an Idempotency-Key) is sent again once if a kept connection turns out
    // dead.
    virtual Task<Result<ClientResponse>> send(ClientRequest request) = 0;

    // Gives body pieces to on_data as they arrive (only for a 2xx status; other bodies are gathered into the
    // response). An error from on_data stops the transfer and is returned.
    virtual Task<Result<ClientResponse>> stream(ClientRequest request,
                                                std::function<Result<>(std::string_view)> on_data) = 0;
};

struct ClientOptions {
    std::string ca_file = {};                     // empty: the system's trust store
    std::size_t idle_connections_max = 32;        // for each context, over all origins
    std::chrono::milliseconds idle_keep{30'000};  // a connection that idled longer is not used again
};
// An unreadable ca_file is not an error here but of every https request.
std::unique_ptr<HttpClient> make_http_client(ClientOptions options = {});

// Incremental text/event-stream parser (WHATWG HTML, 9.2.6). Takes any split of the bytes, all three line
// endings and a byte order mark. An event without data is no event; one that the end of the stream cuts short
// is dropped. `payload_too_large` when one event is larger than event_bytes_max.
class SseParser {
  public:
    // on_event(name, data); name is "message" if the stream gave none. Its error stops feed and is returned.
    using OnEvent = std::function<Result<>(std::string_view name, std::string_view data)>;
    explicit SseParser(OnEvent on_event, std::size_t event_bytes_max = 16 << 20)
        : on_event_(std::move(on_event)), event_bytes_max_(event_bytes_max) {}
    Result<> feed(std::string_view bytes);
    // The last "id" field, which a client gives back in Last-Event-ID when it reconnects.
    std::string_view last_event_id() const { return id_; }

  private:
    Result<> line(std::string_view text);
    Result<> dispatch();

    OnEvent on_event_;
    std::size_t event_bytes_max_;
    std::string buffer_;  // the beginning of a line that is not whole yet
    std::string data_, name_, id_;
    bool has_data_ = false;
    bool after_cr_ = false;  // a LF that comes next belongs to the CR before
    bool began_ = false;     // the byte order mark, if any, is behind us
};

}  // namespace aimpact::net
