#include "llm/openai_model.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/url.hpp>
#include <charconv>

#include "base/log.hpp"
#include "base/wire.hpp"
#include "llm/openai_chunks.hpp"
#include "llm/stop_wait.hpp"

namespace aimpact::llm {

using base::ErrorCode;

namespace {
base::Error stopped() {
    return base::Error{ErrorCode::cancelled, "The answer was stopped."};
}

// A race waits for the other side when one throws, so nothing may: an exception becomes an error.
Task<Result<net::ClientResponse>> stream_without_throwing(net::HttpClient& client, net::ClientRequest request,
                                                          std::function<Result<>(std::string_view)> on_data) {
    try {
        co_return co_await client.stream(std::move(request), std::move(on_data));
    } catch (const std::exception& e) {
        co_return base::internal_error(std::string("the HTTP client threw: ") + e.what());
    }
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

// Seconds of a Retry-After header; its date form is not worth a wait.
std::optional<std::chrono::seconds> retry_after(const net::Headers& headers) {
    const std::string_view text = headers.get("Retry-After");
    long seconds = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > 86'400) return {};
    return std::chrono::seconds{seconds};
}
}  // namespace

Result<> check_base_url(const std::string& text) {
    const auto fail = [](const char* why) {
        return base::invalid_argument(std::string("The base URL ") + why + " Write it like https://host/v1.",
                                      "base_url");
    };
    if (text.size() > 2048) return fail("is longer than 2048 characters.");
    const auto url = boost::urls::parse_uri(text);
    if (!url) return fail("is not a URL.");
    if (url->scheme() != "http" && url->scheme() != "https")
        return fail("must start with http:// or https://.");
    if (url->host().empty()) return fail("has no host.");
    if (url->has_userinfo()) return fail("must not hold a user name or password; put the key into api_key.");
    if (url->has_query() || url->has_fragment()) return fail("must not have a query or a fragment.");
    return {};
}

OpenAiModel::OpenAiModel(ModelRoute route, OpenAiOptions options, net::HttpClient& client,
                         base::Metrics& metrics, const base::Clock& clock)
    : route_(std::move(route)),
      options_(options),
      openai_(route_.base_url.starts_with("https://api.openai.com/")),
      client_(client),
      clock_(clock),
      first_token_seconds_(metrics.histogram("aimpact_llm_first_token_seconds",
                                             "From a request to the first token of its answer",
                                             {{"provider", "openai_compatible"}})),
      input_tokens_(metrics.counter("aimpact_llm_tokens_total", "Tokens by kind",
                                    {{"provider", "openai_compatible"}, {"kind", "input"}})),
      cached_tokens_(metrics.counter("aimpact_llm_tokens_total", "Tokens by kind",
                                     {{"provider", "openai_compatible"}, {"kind", "cached"}})),
      output_tokens_(metrics.counter("aimpact_llm_tokens_total", "Tokens by kind",
                                     {{"provider", "openai_compatible"}, {"kind", "output"}})),
      failures_(metrics.counter("aimpact_llm_failures_total", "Requests that a provider did not answer",
                                {{"provider", "openai_compatible"}})) {}

Task<Result<ChatResult>> OpenAiModel::chat(ChatRequest request, OnDelta on_delta, std::stop_token stop) {
    AIMPACT_CO_CHECK(check_request(request));
    if (request.model.empty()) request.model = route_.name;
    const std::string body = base::to_text(chat_completion_body(request, openai_));
    const auto asked_at = clock_.steady();
    bool first = true;
    const OnDelta timed = [&](const ChatDelta& delta) -> Result<> {
        if (stop.stop_requested()) return stopped();
        if (std::exchange(first, false))
            first_token_seconds_.Observe(std::chrono::duration<double>(clock_.steady() - asked_at).count());
        return on_delta ? on_delta(delta) : Result<>{};
    };
    Attempt outcome = co_await attempt(body, timed, stop);
    if (outcome.retry && !stop.stop_requested()) {
        using namespace base::asio::experimental::awaitable_operators;
        base::log_debug("llm.retry",
                        {{"base_url", route_.base_url}, {"error", outcome.result.error().message}});
        co_await (base::sleep_for(outcome.pause) || wait_stopped(stop));
        if (stop.stop_requested()) co_return stopped();
        outcome = co_await attempt(body, timed, stop);
    }
    if (outcome.result.has_error()) {
        if (outcome.result.error().code != ErrorCode::cancelled) failures_.Increment();
        co_return std::move(outcome.result);
    }
    ChatResult& result = *outcome.result;
    if (result.model.empty()) result.model = request.model;
    if (result.usage.input_tokens == 0 && result.usage.output_tokens == 0) {
        // A provider that doesn't count: an estimate is better than nothing on record.
        for (const ChatMessage& message : request.messages)
            result.usage.input_tokens += estimate_tokens(message.content);
        result.usage.output_tokens = estimate_tokens(result.message.content);
    }
    input_tokens_.Increment(result.usage.input_tokens);
    cached_tokens_.Increment(result.usage.cached_tokens);
    output_tokens_.Increment(result.usage.output_tokens);
    co_return std::move(outcome.result);
}

Task<OpenAiModel::Attempt> OpenAiModel::attempt(const std::string& body, const OnDelta& on_delta,
                                                std::stop_token stop) {
    using namespace base::asio::experimental::awaitable_operators;
    if (stop.stop_requested()) co_return Attempt{stopped()};
    net::ClientRequest http;
    http.method = net::Method::post;
    http.url = without_slash(route_.base_url) + "/chat/completions";
    http.headers.set("Content-Type", "application/json");
    http.headers.set("Accept", "text/event-stream");
    if (!route_.api_key.empty()) http.headers.set("Authorization", "Bearer " + route_.api_key);
    http.body = body;
    http.connect_timeout = options_.connect_timeout;
    http.idle_timeout = options_.idle_timeout;
    http.total_timeout = options_.total_timeout;
    http.body_bytes_max = 1 << 20;

    ChunkReader reader(on_delta);
    net::SseParser parser([&](std::string_view, std::string_view data) { return reader.event(data); });
    std::function<Result<>(std::string_view)> on_data = [&](std::string_view bytes) -> Result<> {
        if (stop.stop_requested()) return stopped();
        return parser.feed(bytes);
    };
    auto raced = co_await (stream_without_throwing(client_, std::move(http), std::move(on_data)) ||
                           wait_stopped(stop));
    if (stop.stop_requested() || raced.index() == 1) co_return Attempt{stopped()};
    Result<net::ClientResponse> response = std::get<0>(std::move(raced));
    if (response.has_error()) {
        base::Error error = std::move(response).error();
        const bool retry = !reader.started() && error.code == ErrorCode::unavailable;
        if (error.code == ErrorCode::unavailable)
            error.message = "The model provider cannot be reached: " + error.message;
        if (error.code == ErrorCode::timeout)
            error.message = "The model provider took too long to answer. Try again.";
        co_return Attempt{std::move(error), retry, options_.retry_pause};
    }
    if (response->status < 200 || response->status > 299) co_return refused(*response);
    // The last event may lack its blank line.
    if (auto ok = parser.feed("\n\n"); ok.has_error()) co_return Attempt{std::move(ok).error()};
    co_return Attempt{reader.finish()};
}

OpenAiModel::Attempt OpenAiModel::refused(const net::ClientResponse& response) const {
    const std::string status = std::to_string(response.status);
    const std::string words = provider_words(response.body, route_.api_key);
    base::Error error{ErrorCode::upstream_failed, {}, "HTTP " + status};
    switch (response.status) {
        case 401:
        case 403:
            error.message = "The model provider refused the API key (" + status + "): " + words +
                            " Check the key in the agent's model settings.";
            return {error};
        case 404:
            error.message = "The model provider does not know the model \"" + route_.name +
                            "\" or the address (404): " + words + " Check the model's name and base URL.";
            return {error};
        case 429: {
            error.code = ErrorCode::rate_limited;
            error.message = "The model provider is limiting requests (429): " + words;
            error.retry_after = retry_after(response.headers);
            const std::chrono::milliseconds pause = error.retry_after.value_or(std::chrono::seconds{0});
            return {error, pause <= options_.retry_after_max, std::max(pause, options_.retry_pause)};
        }
        default:
            break;
    }
    if (response.status == 400 && response.body.find("context_length_exceeded") != std::string::npos) {
        error.code = ErrorCode::invalid_argument;
        error.param = "messages";
        error.message = "The conversation is too long for the model: " + words;
        return {error};
    }
    error.message = "The model provider answered with an error (" + status + "): " + words;
    if (response.status < 500) return {error};
    const std::chrono::milliseconds pause = retry_after(response.headers).value_or(std::chrono::seconds{0});
    return {error, pause <= options_.retry_after_max, std::max(pause, options_.retry_pause)};
}

}  // namespace aimpact::llm
