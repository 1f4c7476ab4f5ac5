#include "voice/remote/remote_client.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <charconv>

#include "base/log.hpp"
#include "llm/openai_chunks.hpp"
#include "llm/openai_model.hpp"
#include "llm/stop_wait.hpp"

namespace aimpact::voice {

using base::ErrorCode;

namespace {

Error stopped() {
    return Error{ErrorCode::cancelled, "The request was stopped."};
}

// A race waits for the other side when one throws, so nothing may: an exception becomes an error.
Task<Result<net::ClientResponse>> send_without_throwing(net::HttpClient& http, net::ClientRequest request,
                                                        RemoteClient::OnData on_data) {
    try {
        if (on_data) co_return co_await http.stream(std::move(request), std::move(on_data));
        co_return co_await http.send(std::move(request));
    } catch (const std::exception& e) {
        co_return base::internal_error(std::string("the HTTP client threw: ") + e.what());
    }
}

std::chrono::milliseconds retry_after(const net::Headers& headers) {
    const std::string_view text = headers.get("Retry-After");
    long seconds = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > 86'400) return {};
    return std::chrono::seconds{seconds};
}

}  // namespace

Result<> check_endpoint(const RemoteEndpoint& endpoint) {
    AIMPACT_CHECK(llm::check_base_url(endpoint.base_url));
    if (endpoint.model.empty())
        return base::invalid_argument("Say what the endpoint calls the model.", "model");
    return {};
}

net::ClientRequest RemoteClient::request_for(net::Method method, const std::string& path) const {
    net::ClientRequest request;
    request.method = method;
    request.url = endpoint_.base_url;
    while (request.url.ends_with('/')) request.url.pop_back();
    request.url += path;
    if (!endpoint_.api_key.empty()) {
        const bool bearer = endpoint_.key_header == "Authorization";
        request.headers.set(endpoint_.key_header, (bearer ? "Bearer " : "") + endpoint_.api_key);
    }
    request.connect_timeout = endpoint_.connect_timeout;
    request.idle_timeout = endpoint_.timeout;
    request.total_timeout = 3 * endpoint_.timeout;
    request.body_bytes_max = endpoint_.body_bytes_max;
    return request;
}

Task<Result<net::ClientResponse>> RemoteClient::post(std::string path, std::string content_type,
                                                     std::string body, OnData on_data,
                                                     std::stop_token stop) const {
    net::ClientRequest request = request_for(net::Method::post, path);
    request.headers.set("Content-Type", std::move(content_type));
    request.body = std::move(body);
    co_return co_await send(std::move(request), std::move(on_data), std::move(stop));
}

Task<Result<net::ClientResponse>> RemoteClient::remove(std::string path, std::stop_token stop) const {
    co_return co_await send(request_for(net::Method::del, path), {}, std::move(stop));
}

Task<Result<net::ClientResponse>> RemoteClient::send(net::ClientRequest request, OnData on_data,
                                                     std::stop_token stop) const {
    using namespace base::asio::experimental::awaitable_operators;
    for (int attempts = 1;; ++attempts) {
        if (stop.stop_requested()) co_return stopped();
        Attempt outcome = co_await attempt(request, on_data, stop);
        if (outcome.result.has_value() || !outcome.retry || attempts >= endpoint_.attempts)
            co_return std::move(outcome.result);
        const auto pause = std::max(outcome.pause, endpoint_.retry_pause * (1 << std::min(attempts - 1, 6)));
        base::log_debug(
            "remote_speech.retry",
            {{"url", request.url}, {"error", outcome.result.error().message}, {"attempt", attempts}});
        co_await (base::sleep_for(std::min(pause, endpoint_.pause_max)) || llm::wait_stopped(stop));
    }
}

Task<RemoteClient::Attempt> RemoteClient::attempt(const net::ClientRequest& request, const OnData& on_data,
                                                  std::stop_token stop) const {
    using namespace base::asio::experimental::awaitable_operators;
    bool given = false;
    OnData checked;
    if (on_data)
        checked = [&](std::string_view bytes) -> Result<> {
            if (stop.stop_requested()) return stopped();
            given = given || !bytes.empty();
            return on_data(bytes);
        };
    auto raced =
        co_await (send_without_throwing(http_, request, std::move(checked)) || llm::wait_stopped(stop));
    if (stop.stop_requested() || raced.index() == 1) co_return Attempt{stopped()};
    Result<net::ClientResponse> response = std::get<0>(std::move(raced));
    if (response.has_error()) {
        Error error = std::move(response).error();
        const bool retry = !given && error.code == ErrorCode::unavailable;
        if (error.code == ErrorCode::unavailable)
            error.message = "The speech endpoint cannot be reached: " + error.message;
        if (error.code == ErrorCode::timeout) error.message = "The speech endpoint took too long to answer.";
        if (error.code == ErrorCode::payload_too_large) {
            error.code = ErrorCode::upstream_failed;
            error.message = "The speech endpoint's answer is too long.";
        }
        co_return Attempt{std::move(error), retry};
    }
    if (response->status < 200 || response->status > 299) co_return refused(*response);
    co_return Attempt{*std::move(response)};
}

RemoteClient::Attempt RemoteClient::refused(const net::ClientResponse& response) const {
    const std::string status = std::to_string(response.status);
    const std::string words = llm::provider_words(response.body, endpoint_.api_key);
    const auto pause = retry_after(response.headers);
    Error error{ErrorCode::upstream_failed, {}, "HTTP " + status};
    bool retry = false;
    switch (response.status) {
        case 401:
        case 403:
            error.message = "The speech endpoint refused the API key (" + status + "): " + words;
            break;
        case 404:
            error.message = "The speech endpoint does not know the model \"" + endpoint_.model +
                            "\" or the address (404): " + words;
            break;
        case 400:
        case 413:
        case 415:
        case 422:
            error.code = ErrorCode::invalid_argument;
            error.message = "The speech endpoint refused this request (" + status + "): " + words;
            break;
        case 429:
            error.code = ErrorCode::rate_limited;
            error.message = "The speech endpoint is limiting requests (429): " + words;
            if (pause.count() > 0)
                error.retry_after = std::chrono::duration_cast<std::chrono::seconds>(pause);
            retry = pause <= endpoint_.pause_max;
            break;
        default:
            error.message = "The speech endpoint answered with an error (" + status + "): " + words;
            retry = response.status >= 500 && pause <= endpoint_.pause_max;
    }
    return {std::move(error), retry, pause};
}

}  // namespace aimpact::voice
