// The layer through HTTP: a real server and client, a database, and a model by script.
#include <thread>

#include "agents/testing.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"
#include "net/client.hpp"
#include "net/server.hpp"

namespace aimpact::agents {
namespace {

namespace json = boost::json;
using net::Method;

// Tokens "a" and "b" are developers of two organisations, "viewer" and "bound" (to one agent) belong to the
// first.
class Tokens final : public accounts::Authenticator {
  public:
    Task<Result<accounts::Principal>> authenticate(const net::Request& request) override {
        std::string_view header = request.headers.get("Authorization");
        if (header.starts_with("Bearer ")) header.remove_prefix(7);
        co_return co_await authenticate_credential(std::string(header));
    }
    Task<Result<accounts::Principal>> authenticate_credential(std::string token) override {
        accounts::Principal p;
        p.user_id = "usr_1";
        p.org_id = token == "b" ? "org_b" : "org_a";
        p.role = token == "viewer" ? accounts::Role::viewer : accounts::Role::developer;
        if (token == "bound") p.agent_id = bound_to;
        if (token != "a" && token != "b" && token != "viewer" && token != "bound")
            co_return Error{base::ErrorCode::unauthenticated, "Sign in first."};
        co_return p;
    }
    std::string bound_to;
};

class TinyEmbedder final : public llm::Embedder {
  public:
    Task<Result<Answer>> embed(std::vector<std::string> texts, std::stop_token) override {
        Answer out;
        for (const std::string& text : texts) {
            out.vectors.push_back({1.0f, static_cast<float>(text.size())});
            out.tokens += 2;
        }
        co_return out;
    }
    int dimensions() const override { return 2; }
    const std::string& name() const override { return name_; }

  private:
    std::string name_ = "tiny-embedder";
};

class RoutesTest : public test::AgentsTest {
  protected:
    void SetUp() override {
        AgentsTest::SetUp();
        if (IsSkipped()) return;
        module = std::make_unique<AgentsModule>(AgentsModule::Parts{database(),
                                                                    clock,
                                                                    random,
                                                                    models,
                                                                    &embedder_,
                                                                    secrets,
                                                                    folder.path,
                                                                    check_style(),
                                                                    {{"kokoro", "aimpact"}}});
        module->register_routes(router_, tokens_);
        net::ServerOptions options;
        options.port = 0;
        server_ =
            std::make_unique<net::Server>(server_io_, router_, options, metrics_, clock_, system_random_);
        ASSERT_TRUE(server_->start().has_value());
        thread_ = std::thread([this] { server_io_.run(); });
        client_ = net::make_http_client();
    }
    void TearDown() override {
        if (server_) {
            auto drain = server_->drain(std::chrono::milliseconds{200});
            base::asio::co_spawn(server_io_, std::move(drain),
                                 [this](std::exception_ptr, bool) { server_io_.stop(); });
            thread_.join();
        }
        AgentsTest::TearDown();
    }

    net::ClientResponse send(Method method, const std::string& path, const std::string& body = {},
                             const std::string& token = "a", const std::string& if_match = {}) {
        net::ClientRequest request;
        request.method = method;
        request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
        request.headers.set("Authorization", "Bearer " + token);
        if (!body.empty()) request.headers.set("Content-Type", "application/json");
        if (!if_match.empty()) request.headers.set("If-Match", if_match);
        request.body = body;
        auto response = base::run_sync(client_->send(std::move(request)));
        EXPECT_TRUE(response.has_value()) << response.error().message;
        return response.has_value() ? *response : net::ClientResponse{};
    }
    static json::value parsed(const net::ClientResponse& response) {
        auto value = base::parse_json(response.body);
        EXPECT_TRUE(value.has_value()) << response.status << " " << response.body;
        return value.has_value() ? *value : json::value(json::object{});
    }
    std::string create(const std::string& name = "Front desk") {
        const auto made =
            send(Method::post, "/api/v1/agents", R"({"name":")" + name + R"(","instructions":"Be kind."})");
        EXPECT_EQ(made.status, 201) << made.body;
        return std::string(parsed(made).at("id").as_string());
    }
    // The data of each event.
    static std::vector<std::string> events(const std::string& body) {
        std::vector<std::string> out;
        net::SseParser parser([&](std::string_view, std::string_view data) {
            out.emplace_back(data);
            return Result<>{};
        });
        EXPECT_TRUE(parser.feed(body).has_value());
        return out;
    }
    std::string chat(const std::string& model, const std::string& more = {}) {
        return R"({"model":")" + model + R"(","messages":[{"role":"user","content":"When do you open?"}])" +
               (more.empty() ? "" : "," + more) + "}";
    }

    TinyEmbedder embedder_;
    Tokens tokens_;
    net::Router router_;
    base::asio::io_context server_io_;
    base::Metrics metrics_;
    base::SystemClock clock_;
    base::SystemRandom system_random_;
    std::unique_ptr<net::Server> server_;
    std::unique_ptr<net::HttpClient> client_;
    std::thread thread_;
};
INSTANTIATE_TEST_SUITE_P(OnSqlite, RoutesTest, ::testing::Values(storage::Dialect::sqlite),
                         storage::dialect_name);

TEST_P(RoutesTest, AgentsFromCreationToDeletion) {
    const auto made = send(Method::post, "/api/v1/agents",
                           R"({"name":"Desk","variables":{"x":"1"},"greeting":"Hi {{x}}"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.headers.get("ETag"), "\"1\"");
    const std::string id(parsed(made).at("id").as_string());
    const std::string path = "/api/v1/agents/" + id;
    EXPECT_EQ(parsed(send(Method::get, path)).at("greeting").as_string(), "Hi {{x}}");

    EXPECT_EQ(send(Method::patch, path, R"({"emotion":"happy"})").status, 400)
        << "a change names its version";
    const auto changed = send(Method::patch, path, R"({"emotion":"happy"})", "a", "\"1\"");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.headers.get("ETag"), "\"2\"");
    EXPECT_EQ(send(Method::patch, path, R"({"version":1,"emotion":"sad"})").status, 409);
    EXPECT_EQ(send(Method::patch, path, R"({"version":1})", "a", "\"2\"").status, 400);
    EXPECT_EQ(send(Method::patch, path, R"({})", "a", "two").status, 400);
    EXPECT_EQ(parsed(send(Method::get, path + "/versions")).at("data").as_array().size(), 2u);

    const auto typo = send(Method::post, "/api/v1/agents", R"({"nmae":"Desk"})");
    EXPECT_EQ(typo.status, 400);
    EXPECT_EQ(parsed(typo).at("param").as_string(), "nmae");
    EXPECT_EQ(send(Method::post, "/api/v1/agents", R"({"name":"Desk"})").status, 409);
    EXPECT_EQ(send(Method::post, "/api/v1/agents", R"({"name":"X"})", "viewer").status, 403);
    EXPECT_EQ(send(Method::get, "/api/v1/agents", {}, "nobody").status, 401);
    EXPECT_EQ(send(Method::get, path, {}, "b").status, 404);
    EXPECT_EQ(send(Method::del, path, {}, "b").status, 404);
    EXPECT_EQ(send(Method::del, path).status, 204);
    EXPECT_EQ(send(Method::get, path).status, 404);
}

TEST_P(RoutesTest, ListsWalkThroughPages) {
    for (int i = 0; i < 5; ++i) create("Agent " + std::to_string(i));
    std::set<std::string> seen;
    std::string cursor;
    for (int page = 0; page < 3; ++page) {
        const auto list =
            parsed(send(Method::get, "/api/v1/agents?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)));
        for (const auto& agent : list.at("data").as_array()) seen.emplace(agent.at("name").as_string());
        const auto* next = list.as_object().if_contains("next_cursor");
        EXPECT_EQ(next == nullptr, page == 2);
        cursor = next ? std::string(next->as_string()) : "";
    }
    EXPECT_EQ(seen.size(), 5u);
    EXPECT_EQ(send(Method::get, "/api/v1/agents?limit=0").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/agents?limit=101").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/agents?cursor=nonsense").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/agents?cursor=WyJhIiwiYiJd").status, 400)
        << "well-formed, but not ours";
    EXPECT_EQ(send(Method::get, "/api/v1/conversations?cursor=WyJhIiwiYiJd").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/conversations?channel=pigeon").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/conversations?agent_id=7").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/conversations?started_after=yesterday").status, 400);
}

TEST_P(RoutesTest, ACompletionInOnePiece) {
    const std::string id = create();
    scripted->answers.push_back({"We open at nine.", {}, llm::FinishReason::stop, {}});
    const auto response = send(Method::post, "/v1/chat/completions", chat(id, R"("temperature":0.1)"));
    ASSERT_EQ(response.status, 200) << response.body;
    const auto body = parsed(response);
    EXPECT_EQ(body.at("object").as_string(), "chat.completion");
    EXPECT_EQ(body.at("choices").at(0).at("message").at("content").as_string(), "We open at nine.");
    EXPECT_EQ(body.at("choices").at(0).at("finish_reason").as_string(), "stop");
    EXPECT_EQ(body.at("usage").at("total_tokens").as_int64(), 25);
    const auto& asked = scripted->requests.back();
    EXPECT_EQ(asked.messages.at(0).content, "Be kind.");
    EXPECT_EQ(asked.temperature, 0.1);
    EXPECT_FALSE(body.as_object().contains("metadata"));
    EXPECT_TRUE(parsed(send(Method::get, "/api/v1/conversations")).at("data").as_array().empty())
        << "nothing is kept";
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat("Front desk")).status, 200) << "by name";
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat("local")).status, 200);
    EXPECT_EQ(scripted->requests.back().messages.at(0).role, llm::ChatRole::user)
        << "no instructions of any agent";
}

TEST_P(RoutesTest, ACompletionAsEvents) {
    const std::string id = create();
    scripted->answers.push_back({"We open at nine.", {}, llm::FinishReason::stop, {}});
    const auto response = send(Method::post, "/v1/chat/completions",
                               chat(id, R"("stream":true,"stream_options":{"include_usage":true})"));
    ASSERT_EQ(response.status, 200);
    EXPECT_TRUE(response.headers.get("Content-Type").starts_with("text/event-stream"));
    const auto all = events(response.body);
    ASSERT_GE(all.size(), 7u);
    EXPECT_EQ(all.back(), "[DONE]");
    const auto first = json::parse(all.front());
    EXPECT_EQ(first.at("choices").at(0).at("delta").at("role").as_string(), "assistant");
    std::string text;
    for (const auto& data : all) {
        if (data == "[DONE]") continue;
        const auto chunk = json::parse(data);
        EXPECT_EQ(chunk.at("id"), first.at("id"));
        if (chunk.at("choices").as_array().empty()) {
            EXPECT_EQ(chunk.at("usage").at("completion_tokens").as_int64(), 5);
            continue;
        }
        const auto* content = chunk.at("choices").at(0).at("delta").as_object().if_contains("content");
        if (content) text += content->as_string();
    }
    EXPECT_EQ(text, "We open at nine.");
    EXPECT_EQ(json::parse(all[all.size() - 3]).at("choices").at(0).at("finish_reason").as_string(), "stop");
}

TEST_P(RoutesTest, ToolCallsComeBothWays) {
    const std::string id = create();
    const std::string tools =
        R"("tools":[{"type":"function","function":{"name":"get_time","parameters":{"type":"object"}}}])";
    const test::ScriptedModel::Answer calls{
        "", {{"call_1", "get_time", "{}"}}, llm::FinishReason::tool_calls, {}};
    scripted->answers.push_back(calls);
    const auto whole = parsed(send(Method::post, "/v1/chat/completions", chat(id, tools)));
    const auto& message = whole.at("choices").at(0).at("message");
    EXPECT_TRUE(message.at("content").is_null());
    EXPECT_EQ(message.at("tool_calls").at(0).at("function").at("name").as_string(), "get_time");
    EXPECT_EQ(whole.at("choices").at(0).at("finish_reason").as_string(), "tool_calls");
    scripted->answers.push_back(calls);
    const auto streamed =
        events(send(Method::post, "/v1/chat/completions", chat(id, tools + R"(,"stream":true)")).body);
    const auto call = json::parse(streamed.at(1)).at("choices").at(0).at("delta").at("tool_calls").at(0);
    EXPECT_EQ(call.at("id").as_string(), "call_1");
    EXPECT_EQ(call.at("index").as_int64(), 0);
}

TEST_P(RoutesTest, ErrorsHaveOpenAisShape) {
    const std::string id = create();
    const auto error = [&](const net::ClientResponse& response, int status) {
        EXPECT_EQ(response.status, status) << response.body;
        return parsed(response).at("error");
    };
    EXPECT_EQ(error(send(Method::post, "/v1/chat/completions", "{"), 400).at("type").as_string(),
              "invalid_request_error");
    EXPECT_EQ(error(send(Method::post, "/v1/chat/completions", chat("gpt-99")), 404).at("param").as_string(),
              "model");
    EXPECT_EQ(error(send(Method::post, "/v1/chat/completions", chat(id), "b"), 404).at("code").as_string(),
              "not_found");
    EXPECT_EQ(error(send(Method::post, "/v1/chat/completions", chat(id), "x"), 401).at("type").as_string(),
              "authentication_error");
    Error limited{base::ErrorCode::rate_limited, "slow down"};
    limited.retry_after = std::chrono::seconds{7};
    scripted->answers.push_back({"", {}, llm::FinishReason::stop, limited});
    const auto refused = send(Method::post, "/v1/chat/completions", chat(id, R"("stream":true)"));
    EXPECT_EQ(error(refused, 429).at("message").as_string(), "slow down");
    EXPECT_EQ(refused.headers.get("Retry-After"), "7");
    // After the first words the status is sent: the error is the last event, and there is no [DONE].
    scripted->answers.push_back(
        {"We open", {}, llm::FinishReason::stop, Error{base::ErrorCode::upstream_failed, "gone"}});
    const auto broken = events(send(Method::post, "/v1/chat/completions", chat(id, R"("stream":true)")).body);
    EXPECT_EQ(json::parse(broken.back()).at("error").at("message").as_string(), "gone");
}

TEST_P(RoutesTest, AClientSecretIsBoundToItsAgent) {
    const std::string mine = create("Mine"), other = create("Other");
    tokens_.bound_to = mine;
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat(mine), "bound").status, 200);
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat(other), "bound").status, 403);
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat("local"), "bound").status, 403);
}

TEST_P(RoutesTest, AStoredCompletionIsAConversationThatGoesOn) {
    const std::string id = create();
    scripted->answers.push_back({"At nine.", {}, llm::FinishReason::stop, {}});
    const auto first = send(Method::post, "/v1/chat/completions", chat(id, R"("store":true)"));
    ASSERT_EQ(first.status, 200) << first.body;
    const std::string conversation(parsed(first).at("metadata").at("conversation_id").as_string());
    EXPECT_EQ(first.headers.get("X-Conversation-Id"), conversation);
    const std::string go_on = R"("metadata":{"conversation_id":")" + conversation + R"("})";
    const auto second = send(Method::post, "/v1/chat/completions", chat(id, go_on + R"(,"stream":true)"));
    ASSERT_EQ(second.status, 200) << second.body;
    EXPECT_EQ(second.headers.get("X-Conversation-Id"), conversation);
    ASSERT_EQ(scripted->requests.back().messages.size(), 4u)
        << "instructions, first question and answer, the new one";
    EXPECT_EQ(scripted->requests.back().messages[2].content, "At nine.");

    const auto record = parsed(send(Method::get, "/api/v1/conversations/" + conversation));
    EXPECT_EQ(record.at("channel").as_string(), "chat");
    EXPECT_EQ(record.at("status").as_string(), "ended");
    EXPECT_EQ(record.at("turn_count").as_int64(), 2);
    ASSERT_EQ(record.at("items").as_array().size(), 4u);
    EXPECT_EQ(record.at("items").at(3).at("turn_index").as_int64(), 1);
    EXPECT_EQ(record.at("turns").as_array().size(), 2u);
    EXPECT_EQ(record.at("preview").as_string(), "When do you open?");
    EXPECT_EQ(send(Method::get, "/api/v1/conversations/" + conversation + "/audio").status, 404);
    EXPECT_EQ(send(Method::get, "/api/v1/conversations/" + conversation, {}, "b").status, 404);
    EXPECT_EQ(send(Method::del, "/api/v1/conversations/" + conversation, {}, "viewer").status, 403);
    EXPECT_EQ(send(Method::del, "/api/v1/conversations/" + conversation).status, 204);
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat(id, go_on)).status, 404);
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat("local", R"("store":true)")).status, 400);
}

TEST_P(RoutesTest, ARecordingIsAWavOfBothSides) {
    AgentInput input;
    input.name = "Recorded";
    input.store_audio = true;
    const Agent agent = *run(module->agents().create(who(), input));
    auto loop = open(agent);
    const std::vector<float> second(24'000, 0.5f);
    loop->record_audio(llm::ChatRole::user, 0, second, 24'000);
    loop->record_audio(llm::ChatRole::assistant, 1000, second, 24'000);
    const std::string path = "/api/v1/conversations/" + loop->conversation_id() + "/audio";
    run(loop->record_turn({}));
    EXPECT_EQ(send(Method::get, path).status, 404) << "it has not ended yet";
    run(loop->finish());
    const auto wav = send(Method::get, path);
    ASSERT_EQ(wav.status, 200) << wav.body.substr(0, 200);
    EXPECT_EQ(wav.headers.get("Content-Type"), "audio/wav");
    ASSERT_EQ(wav.body.size(), 44u + 2 * 24'000 * 4);
    EXPECT_EQ(wav.body.substr(0, 4), "RIFF");
    EXPECT_TRUE(parsed(send(Method::get, "/api/v1/conversations/" + loop->conversation_id()))
                    .at("has_audio")
                    .as_bool());
    EXPECT_EQ(send(Method::get, path, {}, "b").status, 404);
}

TEST_P(RoutesTest, ListsModelsAndAgents) {
    const std::string id = create();
    const auto list = parsed(send(Method::get, "/v1/models"));
    std::map<std::string, std::string> owners;
    for (const auto& model : list.at("data").as_array())
        owners[std::string(model.at("id").as_string())] = std::string(model.at("owned_by").as_string());
    EXPECT_EQ(owners.at(id), "org_a");
    for (const char* name : {"local", "tiny", "tiny-embedder", "kokoro"})
        EXPECT_EQ(owners.at(name), "aimpact") << name;
    EXPECT_EQ(parsed(send(Method::get, "/v1/models/" + id)).at("id").as_string(), id);
    EXPECT_EQ(parsed(send(Method::get, "/v1/models/kokoro")).at("object").as_string(), "model");
    EXPECT_EQ(parsed(send(Method::get, "/v1/models/Front%20desk")).at("id").as_string(), id);
    EXPECT_EQ(send(Method::get, "/v1/models/nothing").status, 404);
    EXPECT_EQ(send(Method::get, "/v1/models/" + id, {}, "b").status, 404);
}

TEST_P(RoutesTest, EmbedsTexts) {
    const auto one =
        parsed(send(Method::post, "/v1/embeddings", R"({"model":"tiny-embedder","input":"abc"})"));
    EXPECT_EQ(one.at("data").at(0).at("embedding").at(1).as_double(), 3.0);
    EXPECT_EQ(one.at("usage").at("total_tokens").as_int64(), 2);
    const auto coded =
        parsed(send(Method::post, "/v1/embeddings",
                    R"({"model":"text-embedding-3-small","input":["abc","d"],"encoding_format":"base64"})"));
    std::string bytes;
    ASSERT_TRUE(
        base::base64_decode(std::string_view(coded.at("data").at(0).at("embedding").as_string()), bytes));
    ASSERT_EQ(bytes.size(), 8u);
    float second = 0;
    std::memcpy(&second, bytes.data() + 4, 4);
    EXPECT_EQ(second, 3.0f);
    EXPECT_EQ(coded.at("data").at(1).at("index").as_int64(), 1);

    const auto param = [&](const std::string& fields) {
        const auto response =
            send(Method::post, "/v1/embeddings", "{\"model\":\"tiny-embedder\"," + fields + "}");
        EXPECT_EQ(response.status, 400) << response.body;
        return std::string(parsed(response).at("error").at("param").as_string());
    };
    EXPECT_EQ(param(R"("input":[])"), "input");
    EXPECT_EQ(param(R"("input":"")"), "input");
    EXPECT_EQ(param(R"("input":[1,2,3])"), "input");
    EXPECT_EQ(param(R"("input":"x","dimensions":1)"), "dimensions");
    EXPECT_EQ(param(R"("input":"x","encoding_format":"hex")"), "encoding_format");
    EXPECT_EQ(param("\"input\":\"" + std::string(32'769, 'x') + "\""), "input");
    std::string many = "\"input\":[\"x\"";
    for (int i = 0; i < 256; ++i) many += ",\"x\"";
    EXPECT_EQ(param(many + "]"), "input");
    EXPECT_EQ(send(Method::post, "/v1/embeddings", R"({"model":"other","input":"x"})").status, 404);
}

}  // namespace
}  // namespace aimpact::agents
