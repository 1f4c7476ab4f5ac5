// One request to an OpenAI-compatible speech endpoint: time limits, attempts, cancelling, errors in words.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "net/client.hpp"

namespace aimpact::voice {

using base::Error;
using base::Result;
using base::Task;

// Where an engine is, and how patient we are with it.
struct RemoteEndpoint {
    std::string base_url;  // "https://api.openai.com/v1"
    std::string model;
    std::string api_key = {};  // may be empty
    // "Authorization" sends it as a bearer token; any other header ("xi-api-key") as it is.
    std::string key_header = "Authorization";
    std::chrono::milliseconds connect_timeout{3'000};
    std::chrono::milliseconds timeout{20'000};   // longest silence; for a whole answer, three times as long
    int attempts = 3;                            // of one request, all in all
    std::chrono::milliseconds retry_pause{250};  // before the second attempt; twice as long before each next
    std::chrono::milliseconds pause_max{2'000};  // a longer Retry-After is passed on, not waited for
    std::size_t body_bytes_max = 32 << 20;       // of an answer
};

// invalid_argument unless the endpoint may be used: the rules for language models' addresses hold here too
// (http or https, a host, no credentials, query or fragment), and a model is named.
Result<> check_endpoint(const RemoteEndpoint& endpoint);

// Thread-safe.
class RemoteClient {
  public:
    // `http` must outlive it.
    RemoteClient(RemoteEndpoint endpoint, net::HttpClient& http)
        : endpoint_(std::move(endpoint)), http_(http) {}

    // Tries again, with growing pauses, after 429, 5xx and a connection that failed; never once `on_data` was
    // given something. Without on_data the answer's body is in the response. Errors: upstream_failed (what
    // the endpoint refused, in its words, without our key), rate_limited, invalid_argument (400, 413, 415,
    // 422: it doesn't like this very request), unavailable, timeout, cancelled.
    using OnData = std::function<Result<>(std::string_view)>;
    Task<Result<net::ClientResponse>> post(std::string path, std::string content_type, std::string body,
                                           OnData on_data, std::stop_token stop) const;

    // The same for a DELETE.
    Task<Result<net::ClientResponse>> remove(std::string path, std::stop_token stop = {}) const;

    const RemoteEndpoint& endpoint() const { return endpoint_; }

  private:
    struct Attempt {
        Result<net::ClientResponse> result;
        bool retry = false;
        std::chrono::milliseconds pause{0};
    };
    net::ClientRequest request_for(net::Method method, const std::string& path) const;
    Task<Result<net::ClientResponse>> send(net::ClientRequest request, OnData on_data,
                                           std::stop_token stop) const;
    Task<Attempt> attempt(const net::ClientRequest& request, const OnData& on_data,
                          std::stop_token stop) const;
    Attempt refused(const net::ClientResponse& response) const;

    const RemoteEndpoint endpoint_;
    net::HttpClient& http_;
};

}  // namespace aimpact::voice
