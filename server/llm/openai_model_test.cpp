#include "llm/openai_model.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

#include "llm/models.hpp"
#include "net/server.hpp"

namespace aimpact::llm {
namespace {

// A provider on a real socket: each request is answered by the next script.
class Provider {
  public:
    using Script = std::function<net::Response(const net::Request&)>;

    Provider() {
        net::Route route;
        route.method = net::Method::post;
        route.pattern = "/v1/chat/completions";
        route.permission = "public";
        route.handler = [this](net::Request& request) -> net::Task<net::Response> {
            std::lock_guard lock(mutex_);
            requests_.push_back(request.body);
            authorization_ = request.headers.get("Authorization");
            if (scripts_.empty()) co_return net::Response::text("no script", 500);
            Script script = std::move(scripts_.front());
            scripts_.pop_front();
            co_return script(request);
        };
        router_.add(std::move(route));
        net::ServerOptions options;
        options.port = 0;
        server_ = std::make_unique<net::Server>(io_, router_, options, metrics_, clock_, random_);
        if (auto started = server_->start(); started.has_error())
            throw std::runtime_error(started.error().message);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Provider() {
        auto drain = server_->drain(std::chrono::milliseconds{100});
        base::asio::co_spawn(io_, std::move(drain), [this](std::exception_ptr, bool) { io_.stop(); });
        thread_.join();
    }

    void next(Script script) {
        std::lock_guard lock(mutex_);
        scripts_.push_back(std::move(script));
    }
    // Sends the pieces with a pause before each; `cut` ends the connection without the final chunk.
    static net::Response stream(std::vector<std::string> pieces, std::chrono::milliseconds pause = {},
                                bool cut = false) {
        return net::Response::events([pieces, pause, cut](net::BodySink& sink) -> net::Task<Result<>> {
            for (const std::string& piece : pieces) {
                if (pause.count() > 0) co_await base::sleep_for(pause);
                auto sent = co_await sink.write(piece);
                if (sent.has_error()) co_return sent;
            }
            if (cut) co_return base::internal_error("cut");
            co_return Result<>{};
        });
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1"; }
    std::vector<std::string> requests() {
        std::lock_guard lock(mutex_);
        return requests_;
    }
    std::string authorization() {
        std::lock_guard lock(mutex_);
        return authorization_;
    }

  private:
    base::asio::io_context io_;
    net::Router router_;
    base::Metrics metrics_;
    base::SystemClock clock_;
    base::SystemRandom random_;
    std::unique_ptr<net::Server> server_;
    std::mutex mutex_;
    std::deque<Script> scripts_;
    std::vector<std::string> requests_;
    std::string authorization_;
    std::thread thread_;
};

std::string text_event(const std::string& text) {
    return "data: {\"id\":\"c\",\"model\":\"big-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" +
           text + "\"},\"finish_reason\":null}]}\n\n";
}
const std::string kEnd =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":3,\"total_tokens\":14}}\n\n"
    "data: [DONE]\n\n";

net::Response refusal(int status, std::string body, std::string retry_after = {}) {
    net::Response response = net::Response::json(std::move(body), status);
    if (!retry_after.empty()) response.headers.set("Retry-After", retry_after);
    return response;
}

class OpenAiModelTest : public ::testing::Test {
  protected:
    OpenAiModelTest() : client_(net::make_http_client()) {
        options_.retry_pause = std::chrono::milliseconds{1};
        options_.idle_timeout = std::chrono::milliseconds{400};
    }
    Result<ChatResult> ask(OnDelta on_delta = {}, std::stop_token stop = {}) {
        OpenAiModel model({"openai_compatible", "big", provider_.url() + "/", "sk-test-secret"}, options_,
                          *client_, metrics_, clock_);
        ChatRequest request;
        request.messages = {{ChatRole::user, "Hello", {}, {}}};
        return base::run_sync(model.chat(request, std::move(on_delta), stop));
    }

    Provider provider_;
    std::unique_ptr<net::HttpClient> client_;
    base::Metrics metrics_;
    base::SystemClock clock_;
    OpenAiOptions options_;
};

TEST_F(OpenAiModelTest, StreamsAnAnswer) {
    provider_.next([](const auto&) { return Provider::stream({text_event("Hel"), text_event("lo"), kEnd}); });
    std::vector<std::string> pieces;
    const auto result = ask([&](const ChatDelta& delta) {
        pieces.push_back(delta.text);
        return Result<>{};
    });
    ASSERT_TRUE(result.has_value()) << result.error().message << result.error().detail;
    EXPECT_EQ(result->message.content, "Hello");
    EXPECT_EQ(pieces, (std::vector<std::string>{"Hel", "lo"}));
    EXPECT_EQ(result->usage.input_tokens, 11);
    EXPECT_EQ(result->model, "big-1");
    EXPECT_EQ(provider_.authorization(), "Bearer sk-test-secret");
    const auto sent = boost::json::parse(provider_.requests().at(0));
    EXPECT_EQ(sent.at("model").as_string(), "big");
    EXPECT_TRUE(sent.at("stream_options").at("include_usage").as_bool());
}

TEST_F(OpenAiModelTest, ReadsEventsThatArriveInPieces) {
    const std::string all = text_event("Hel") + text_event("lo") + kEnd;
    std::vector<std::string> crumbs;
    for (std::size_t i = 0; i < all.size(); i += 7) crumbs.push_back(all.substr(i, 7));
    provider_.next([crumbs](const auto&) { return Provider::stream(crumbs); });
    const auto result = ask();
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->message.content, "Hello");
}

TEST_F(OpenAiModelTest, CallsTools) {
    provider_.next([](const auto&) {
        return Provider::stream(
            {"data: "
             "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
             "\"function\":{\"name\":\"get_time\",\"arguments\":\"\"}}]}}]}\n\n",
             "data: "
             "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]},"
             "\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n"});
    });
    const auto result = ask();
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->finish, FinishReason::tool_calls);
    ASSERT_EQ(result->message.tool_calls.size(), 1u);
    EXPECT_EQ(result->message.tool_calls[0].id, "call_1");
    EXPECT_EQ(result->message.tool_calls[0].arguments, "{}");
}

TEST_F(OpenAiModelTest, AStreamThatBreaksOffIsAnError) {
    provider_.next([](const auto&) { return Provider::stream({text_event("Hel")}, {}, true); });
    std::string heard;
    const auto cut = ask([&](const ChatDelta& delta) {
        heard += delta.text;
        return Result<>{};
    });
    ASSERT_TRUE(cut.has_error());
    EXPECT_EQ(heard, "Hel");
    EXPECT_EQ(provider_.requests().size(), 1u) << "what was said cannot be said again";

    provider_.next(
        [](const auto&) { return Provider::stream({text_event("Hel")}); });  // ends cleanly, but too early
    const auto early = ask();
    ASSERT_TRUE(early.has_error());
    EXPECT_EQ(early.error().code, base::ErrorCode::upstream_failed);
}

TEST_F(OpenAiModelTest, GarbageAndEmptyAnswersAreErrors) {
    for (const char* body : {"data: not json\n\n", "data: {\"choices\": 5}\n\n", "data: [DONE]\n\n", "hello",
                             "", "data: {\"error\":{\"message\":\"model overloaded\"}}\n\n"}) {
        provider_.next([body](const auto&) { return Provider::stream({body}); });
        const auto result = ask();
        ASSERT_TRUE(result.has_error()) << body;
        EXPECT_EQ(result.error().code, base::ErrorCode::upstream_failed) << body;
    }
}

TEST_F(OpenAiModelTest, RetriesOnceBeforeTheFirstWord) {
    provider_.next([](const auto&) { return refusal(503, "{}"); });
    provider_.next([](const auto&) { return Provider::stream({text_event("ok"), kEnd}); });
    const auto result = ask();
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(provider_.requests().size(), 2u);

    provider_.next([](const auto&) { return refusal(429, R"({"error":{"message":"slow down"}})", "0"); });
    provider_.next([](const auto&) { return refusal(429, R"({"error":{"message":"slow down"}})", "0"); });
    provider_.next([](const auto&) { return Provider::stream({text_event("never"), kEnd}); });
    const auto twice = ask();
    ASSERT_TRUE(twice.has_error());
    EXPECT_EQ(twice.error().code, base::ErrorCode::rate_limited);
    EXPECT_NE(twice.error().message.find("slow down"), std::string::npos);
    EXPECT_EQ(provider_.requests().size(), 4u);
}

TEST_F(OpenAiModelTest, DoesNotWaitForALongRetryAfter) {
    provider_.next([](const auto&) { return refusal(429, "{}", "60"); });
    const auto result = ask();
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().retry_after, std::chrono::seconds{60});
    EXPECT_EQ(provider_.requests().size(), 1u);
}

TEST_F(OpenAiModelTest, MapsRefusals) {
    const auto error_of = [&](int status, std::string body) {
        provider_.next([status, body](const auto&) { return refusal(status, body); });
        return ask().error();
    };
    const auto key = error_of(401, R"({"error":{"message":"Incorrect API key provided: sk-test-secret"}})");
    EXPECT_EQ(key.code, base::ErrorCode::upstream_failed);
    EXPECT_EQ(key.message.find("sk-test-secret"), std::string::npos) << key.message;
    EXPECT_NE(error_of(404, R"({"error":{"message":"no such model"}})").message.find("no such model"),
              std::string::npos);
    const auto length = error_of(
        400, R"({"error":{"message":"maximum context length is 8","code":"context_length_exceeded"}})");
    EXPECT_EQ(length.code, base::ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(400, "bad").code, base::ErrorCode::upstream_failed);
    EXPECT_EQ(provider_.requests().size(), 4u) << "none of these is worth a retry";
}

TEST_F(OpenAiModelTest, ASilentProviderTimesOut) {
    provider_.next([](const auto&) {
        return Provider::stream({text_event("a"), text_event("b")}, std::chrono::milliseconds{1500});
    });
    const auto result = ask();
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, base::ErrorCode::timeout);
}

TEST_F(OpenAiModelTest, AProviderThatIsNotThereIsUnavailable) {
    OpenAiModel model({"openai_compatible", "big", "http://127.0.0.1:1/v1", ""}, options_, *client_, metrics_,
                      clock_);
    ChatRequest request;
    request.messages = {{ChatRole::user, "Hello", {}, {}}};
    const auto result = base::run_sync(model.chat(request));
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, base::ErrorCode::unavailable);
}

TEST_F(OpenAiModelTest, StopsAtOnceWhileTheProviderIsSilent) {
    options_.idle_timeout = std::chrono::milliseconds{20'000};
    provider_.next([](const auto&) {
        return Provider::stream({text_event("a"), text_event("b"), text_event("c")},
                                std::chrono::milliseconds{300});
    });
    std::stop_source source;
    int pieces = 0;
    const auto result = ask(
        [&](const ChatDelta&) {
            if (++pieces == 1) source.request_stop();
            return Result<>{};
        },
        source.get_token());
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, base::ErrorCode::cancelled);
    EXPECT_EQ(pieces, 1);
}

TEST_F(OpenAiModelTest, ModelsAreFoundByRouteAndKept) {
    Models models(nullptr, *client_, metrics_, clock_, {"tiny", {}, 2});
    const auto a = models.get({"openai_compatible", "big", provider_.url(), "k"});
    ASSERT_TRUE(a.has_value());
    EXPECT_EQ(*a, *models.get({"openai_compatible", "big", provider_.url(), "k"}));
    EXPECT_NE(*a, *models.get({"openai_compatible", "big", provider_.url(), "other"}));
    (void)models.get({"openai_compatible", "third", provider_.url(), "k"});
    EXPECT_NE(*a, *models.get({"openai_compatible", "big", provider_.url(), "k"})) << "the cache holds two";
    EXPECT_EQ(models.get({"local", "", "", ""}).error().code, base::ErrorCode::unavailable);
    EXPECT_EQ(models.get({"magic", "", "", ""}).error().param, "provider");
    EXPECT_TRUE(models.built_in().empty());
}

TEST(CheckBaseUrl, AcceptsOnlyPlainHttpAddresses) {
    EXPECT_TRUE(check_base_url("https://api.openai.com/v1"));
    EXPECT_TRUE(check_base_url("http://127.0.0.1:11434/v1"));
    for (const char* bad : {"", "api.openai.com/v1", "ftp://host/v1", "https://user:pw@host/v1",
                            "https://host/v1?x=1", "https://host/v1#f", "https:///v1", "file:///etc/passwd"})
        EXPECT_TRUE(check_base_url(bad).has_error()) << bad;
    EXPECT_TRUE(check_base_url("https://host/" + std::string(2048, 'a')).has_error());
}

}  // namespace
}  // namespace aimpact::llm
