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
    std::string url;  // http:// or https://
    Headers headers;
    std::string body;
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds idle_timeout{30'000};  // longest wait between two pieces of the answer
    std::chrono::milliseconds total_timeout{120'000};
    std::size_t body_bytes_max = 32 << 20;  // of the answer when it is gathered
};

struct ClientResponse {
    int status = 0;
    Headers headers;
    std::string body;  // empty when streamed
};

// Thread-safe; connections are kept alive and reused per origin.
class HttpClient {
  public:
    virtual ~HttpClient() = default;

    // Errors: invalid_argument (bad URL), unavailable (cannot resolve, connect or agree on TLS), timeout,
    // cancelled, payload_too_large. Any HTTP status is a success here.
    virtual Task<Result<ClientResponse>> send(ClientRequest request) = 0;

    // Gives body pieces to on_data as they arrive (only for a 2xx status; other bodies are gathered into the
    // response). An error from on_data stops the transfer and is returned.
    virtual Task<Result<ClientResponse>> stream(ClientRequest request,
                                                std::function<Result<>(std::string_view)> on_data) = 0;
};

struct ClientOptions {
    std::string ca_file;  // empty: the system's trust store
    std::size_t idle_connections_max = 32;
};
std::unique_ptr<HttpClient> make_http_client(ClientOptions options = {});

// Incremental text/event-stream parser (WHATWG HTML, 9.2.6).
class SseParser {
  public:
    // on_event(name, data); name is "message" if the stream gave none.
    using OnEvent = std::function<Result<>(std::string_view name, std::string_view data)>;
    explicit SseParser(OnEvent on_event) : on_event_(std::move(on_event)) {}
    Result<> feed(std::string_view bytes);

  private:
    Result<> line(std::string_view text);
    OnEvent on_event_;
    std::string buffer_, data_, name_;
    bool has_data_ = false;
};

}  // namespace aimpact::net
