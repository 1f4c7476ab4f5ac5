#include <cstring>

#include "agents/routes_testing.hpp"

namespace aimpact::agents {
namespace {

namespace json = boost::json;
using net::Method;

class OpenAiRoutesTest : public test::RoutesTest {};
INSTANTIATE_TEST_SUITE_P(OnSqlite, OpenAiRoutesTest, ::testing::Values(storage::Dialect::sqlite),
                         storage::dialect_name);

TEST_P(OpenAiRoutesTest, ACompletionInOnePiece) {
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

TEST_P(OpenAiRoutesTest, ACompletionAsEvents) {
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

TEST_P(OpenAiRoutesTest, ToolCallsComeBothWays) {
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

TEST_P(OpenAiRoutesTest, ErrorsHaveOpenAisShape) {
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

TEST_P(OpenAiRoutesTest, AClientSecretIsBoundToItsAgent) {
    const std::string mine = create("Mine"), other = create("Other");
    tokens_.bound_to = mine;
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat(mine), "bound").status, 200);
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat(other), "bound").status, 403);
    EXPECT_EQ(send(Method::post, "/v1/chat/completions", chat("local"), "bound").status, 403);
}

TEST_P(OpenAiRoutesTest, AStoredCompletionIsAConversationThatGoesOn) {
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

TEST_P(OpenAiRoutesTest, ListsModelsAndAgents) {
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

TEST_P(OpenAiRoutesTest, EmbedsTexts) {
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
