#include "llm/openai_chunks.hpp"

#include <gtest/gtest.h>

namespace aimpact::llm {
namespace {

TEST(ChunkReader, JoinsContentAndCounts) {
    std::string heard;
    const OnDelta on_delta = [&](const ChatDelta& d) {
        heard += d.text;
        return Result<>{};
    };
    ChunkReader reader(on_delta);
    ASSERT_TRUE(
        reader.event(R"({"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})"));
    EXPECT_FALSE(reader.started());
    ASSERT_TRUE(reader.event(R"({"choices":[{"delta":{"reasoning_content":"hm","content":null}}]})"));
    ASSERT_TRUE(reader.event(R"({"choices":[{"delta":{"content":"Hel"}}]})"));
    ASSERT_TRUE(reader.event(R"({"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]})"));
    ASSERT_TRUE(reader.event(
        R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}})"));
    ASSERT_TRUE(reader.event("[DONE]"));
    const auto result = reader.finish();
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->message.content, "Hello");
    EXPECT_EQ(heard, "Hello");
    EXPECT_EQ(result->model, "m");
    EXPECT_EQ(result->usage.input_tokens, 7);
    EXPECT_EQ(result->usage.output_tokens, 2);
    EXPECT_EQ(result->usage.cached_tokens, 4);
}

TEST(ChunkReader, JoinsToolCallsByIndex) {
    const OnDelta none;
    ChunkReader reader(none);
    ASSERT_TRUE(reader.event(
        R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]}}]})"));
    ASSERT_TRUE(reader.event(
        R"({"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":""}},{"index":0,"function":{"arguments":"1}"}}]}}]})"));
    ASSERT_TRUE(reader.event(R"({"choices":[{"delta":{},"finish_reason":"tool_calls"}]})"));
    const auto result = reader.finish();
    ASSERT_TRUE(result.has_value());
    ASSERT_EQ(result->message.tool_calls.size(), 2u);
    EXPECT_EQ(result->message.tool_calls[0].arguments, R"({"x":1})");
    EXPECT_EQ(result->message.tool_calls[1].name, "g");
    EXPECT_EQ(result->message.tool_calls[1].arguments, "{}");
    EXPECT_EQ(result->finish, FinishReason::tool_calls);
}

TEST(ChunkReader, RefusesWhatIsNoAnswer) {
    const OnDelta none;
    for (const char* garbage :
         {"hello", "[1]", R"({"choices":3})", R"({"choices":[7]})", R"({"error":{"message":"overloaded"}})",
          R"({"choices":[{"delta":{"tool_calls":[{"index":4000}]}}]})",
          R"({"choices":[{"delta":{"tool_calls":[{"index":-1}]}}]})",
          R"({"choices":[{"delta":{"tool_calls":[7]}}]})", R"({"error":"no"})"}) {
        ChunkReader reader(none);
        const auto result = reader.event(garbage);
        ASSERT_TRUE(result.has_error()) << garbage;
        EXPECT_EQ(result.error().code, base::ErrorCode::upstream_failed);
    }
    ChunkReader broken_off(none);
    ASSERT_TRUE(broken_off.event(R"({"choices":[{"delta":{"content":"Hel"}}]})"));
    EXPECT_EQ(broken_off.finish().error().code, base::ErrorCode::upstream_failed);
    ChunkReader empty(none);
    ASSERT_TRUE(empty.event("[DONE]"));
    EXPECT_EQ(empty.finish().error().code, base::ErrorCode::upstream_failed);
}

TEST(ChunkReader, RefusesAnEndlessAnswer) {
    const OnDelta none;
    ChunkReader reader(none);
    const std::string piece(100'000, 'x');
    Result<> last;
    for (int i = 0; i < 12 && last.has_value(); ++i)
        last = reader.event(R"({"choices":[{"delta":{"content":")" + piece + R"("}}]})");
    EXPECT_TRUE(last.has_error());
}

TEST(ChunkReader, RefusesEndlessArgumentsAndAnEndlessStreamOfNothing) {
    const OnDelta none;
    const auto refused = [&](const std::string& event) {
        ChunkReader reader(none);
        Result<> last;
        int events = 0;
        for (; events < 100'000 && last.has_value(); ++events) last = reader.event(event);
        EXPECT_TRUE(last.has_error() && last.error().code == base::ErrorCode::upstream_failed)
            << event.substr(0, 60);
        return events;
    };
    const std::string piece(100'000, 'x');
    EXPECT_LT(
        refused(R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":")" +
                piece + R"("}}]}}]})"),
        20);
    EXPECT_LT(refused(R"({"choices":[{"delta":{"reasoning":")" + piece + R"("}}]})"), 1000);
}

TEST(ChunkReader, CallsHaveANameAndGetAnId) {
    const OnDelta none;
    ChunkReader nameless(none);
    ASSERT_TRUE(nameless.event(
        R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a"}]},"finish_reason":"stop"}]})"));
    EXPECT_EQ(nameless.finish().error().code, base::ErrorCode::upstream_failed);
    ChunkReader without_id(none);
    ASSERT_TRUE(without_id.event(
        R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f"}}]},"finish_reason":"stop"}]})"));
    const auto result = without_id.finish();
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->message.tool_calls.at(0).id, "call_0");
    EXPECT_EQ(result->finish, FinishReason::tool_calls) << "whatever the provider calls it";
}

TEST(ChunkReader, AFailingListenerEndsTheAnswer) {
    const OnDelta full = [](const ChatDelta&) -> Result<> {
        return base::Error{base::ErrorCode::payload_too_large, "That is enough."};
    };
    for (const char* event : {R"({"choices":[{"delta":{"content":"Hel"}}]})",
                              R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f"}}]}}]})"}) {
        ChunkReader reader(full);
        EXPECT_EQ(reader.event(event).error().code, base::ErrorCode::payload_too_large);
    }
}

TEST(ProviderWords, KeepsSecretsOutAndStaysShort) {
    EXPECT_EQ(provider_words(R"({"error":{"message":"Incorrect API key provided: sk-abcd1234***wxyz."}})", "")
                  .find("abcd"),
              std::string::npos);
    EXPECT_EQ(provider_words(R"({"error":"bad my-private-value here"})", "my-private-value"),
              "bad [key] here");
    EXPECT_EQ(provider_words("<html>", ""), "(no explanation)");
    EXPECT_LE(provider_words(R"({"message":")" + std::string(5000, 'a') + R"("})", "").size(), 303u);
}

TEST(ChatCompletionBody, SpeaksTheWire) {
    ChatRequest request;
    request.model = "m";
    request.messages = {{ChatRole::system, "s", {}, {}},
                        {ChatRole::assistant, "", {{"c1", "f", "{}"}}, {}},
                        {ChatRole::tool, "42", {}, "c1"}};
    request.tools = {{"f", "d", {}}};
    request.tool_choice = "f";
    request.output_tokens_max = 9;
    const auto body = chat_completion_body(request, false);
    EXPECT_EQ(body.at("max_tokens").as_int64(), 9);
    EXPECT_EQ(body.at("tool_choice").at("function").at("name").as_string(), "f");
    EXPECT_TRUE(body.at("messages").at(1).at("content").is_null());
    EXPECT_EQ(body.at("messages").at(2).at("tool_call_id").as_string(), "c1");
    EXPECT_TRUE(body.at("stream").as_bool());
    EXPECT_EQ(chat_completion_body(request, true).at("max_completion_tokens").as_int64(), 9);
}

}  // namespace
}  // namespace aimpact::llm
