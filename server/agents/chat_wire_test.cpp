#include "agents/chat_wire.hpp"

#include <gtest/gtest.h>

#include "base/wire.hpp"

namespace aimpact::agents {
namespace {

std::string with(const std::string& fields) {
    return R"({"model":"m","messages":[{"role":"user","content":"hi"}])" +
           (fields.empty() ? "" : "," + fields) + "}";
}

TEST(ChatWire, ReadsMessagesOfEveryKind) {
    const auto request = read_chat_completion(R"({"model":"m","messages":[
        {"role":"developer","content":"be kind"},
        {"role":"user","content":[{"type":"text","text":"what "},{"type":"text","text":"time?"}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"c1","content":"noon"}], "frequency_penalty": 0.5, "user": "u"})");
    ASSERT_TRUE(request.has_value()) << request.error().message;
    ASSERT_EQ(request->items.size(), 4u);
    EXPECT_EQ(request->items[0].role, llm::ChatRole::system);
    EXPECT_EQ(request->items[1].text, "what time?");
    EXPECT_EQ(request->items[2].type, ItemType::function_call);
    EXPECT_EQ(request->items[3].type, ItemType::function_call_output);
    EXPECT_EQ(request->items[3].call_id, "c1");
}

TEST(ChatWire, ReadsOptions) {
    const auto request = read_chat_completion(with(
        R"("stream":true,"stream_options":{"include_usage":true},"temperature":0.5,"top_p":0.9,"max_tokens":5,
           "max_completion_tokens":7,"stop":"x","seed":3,"store":true,"n":1,
           "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
           "tool_choice":{"type":"function","function":{"name":"f"}},
           "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}},
           "metadata":{"var_company":"Acme","other":"x"})"));
    ASSERT_TRUE(request.has_value()) << request.error().message;
    EXPECT_TRUE(request->stream && request->include_usage && request->store);
    EXPECT_EQ(request->options.output_tokens_max, 7);
    EXPECT_EQ(request->options.stop, std::vector<std::string>{"x"});
    EXPECT_EQ(request->options.tool_choice, "f");
    EXPECT_TRUE(request->options.response_schema.has_value());
    EXPECT_EQ(request->variables.at("company"), "Acme");
    EXPECT_EQ(request->variables.size(), 1u);
}

TEST(ChatWire, ReadsEveryFormatChoiceAndStop) {
    const auto options = [](const std::string& fields) {
        const auto request = read_chat_completion(with(fields));
        EXPECT_TRUE(request.has_value()) << fields << ": " << request.error().message;
        return request->options;
    };
    EXPECT_FALSE(options(R"("response_format":{"type":"text"})").response_schema);
    EXPECT_EQ(options(R"("response_format":{"type":"json_object"})").response_schema->at("type").as_string(),
              "object");
    for (const char* choice : {"none", "auto", "required"})
        EXPECT_EQ(options("\"tool_choice\":\"" + std::string(choice) + "\"").tool_choice, choice);
    EXPECT_TRUE(options(R"("stop":null)").stop.empty());
    EXPECT_EQ(options(R"("stop":["a","b"])").stop, (std::vector<std::string>{"a", "b"}));
}

TEST(ChatWire, RefusesWhatItCannotDo) {
    const auto param = [](const std::string& body) {
        const auto result = read_chat_completion(body);
        return result.has_error() ? result.error().param : "(accepted)";
    };
    EXPECT_EQ(param(with("\"n\":2")), "n");
    EXPECT_EQ(param(with("\"logprobs\":true")), "logprobs");
    EXPECT_EQ(param(with("\"modalities\":[\"text\",\"audio\"]")), "modalities");
    EXPECT_EQ(param(with("\"max_tokens\":0")), "max_tokens");
    EXPECT_EQ(param(with("\"max_completion_tokens\":16385")), "max_completion_tokens");
    EXPECT_EQ(param(with("\"stop\":7")), "stop");
    EXPECT_EQ(param(with("\"tool_choice\":\"maybe\"")), "tool_choice");
    EXPECT_EQ(param(with("\"tools\":[{\"type\":\"magic\",\"function\":{\"name\":\"f\"}}]")), "tools[0].type");
    EXPECT_EQ(param(with("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]")),
              "tools[0].function.name");
    EXPECT_EQ(param(with("\"tool_choice\":{\"type\":\"function\"}")), "tool_choice");
    EXPECT_EQ(param(with("\"response_format\":{\"type\":\"xml\"}")), "response_format");
    EXPECT_EQ(param(with("\"response_format\":{}")), "response_format");
    for (const char* empty : {"", R"(,"json_schema":{})", R"(,"json_schema":{"schema":7})"})
        EXPECT_EQ(param(with(R"("response_format":{"type":"json_schema")" + std::string(empty) + "}")),
                  "response_format.json_schema");
    std::string entries;
    for (int i = 0; i < 17; ++i) entries += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":\"\"";
    EXPECT_EQ(param(with("\"metadata\":{" + entries + "}")), "metadata");
    EXPECT_EQ(
        param(
            R"({"model":"m","messages":[{"role":"user","content":"x","tool_calls":[{"id":"c","function":{"name":"f","arguments":""}}]}]})"),
        "messages[0].tool_calls");
    EXPECT_EQ(param(R"({"model":"m","messages":[{"role":"user","content":7}]})"), "messages[0].content");
    EXPECT_EQ(param(with("\"metadata\":{\"conversation_id\":\"x\"}")), "metadata.conversation_id");
    EXPECT_EQ(param(with("\"metadata\":{\"a\":\"" + std::string(513, 'x') + "\"}")), "metadata.a");
    EXPECT_EQ(param(with("\"temperature\":\"hot\"")), "temperature");
    EXPECT_EQ(param(R"({"model":"","messages":[{"role":"user","content":"x"}]})"), "model");
    EXPECT_EQ(param(R"({"model":"m","messages":[]})"), "messages");
    EXPECT_EQ(param(R"({"model":"m","messages":[{"role":"user","content":""}]})"), "messages");
    EXPECT_EQ(param(R"({"model":"m","messages":[{"role":"king","content":"x"}]})"), "messages[0].role");
    EXPECT_EQ(param(R"({"model":"m","messages":[{"role":"tool","content":"x"}]})"),
              "messages[0].tool_call_id");
    EXPECT_EQ(
        param(
            R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]})"),
        "messages[0].content");
    std::string many = R"({"model":"m","messages":[)";
    for (int i = 0; i < 1025; ++i) many += std::string(i ? "," : "") + R"({"role":"user","content":"x"})";
    EXPECT_EQ(param(many + "]}"), "messages");
    EXPECT_TRUE(read_chat_completion("{").has_error());
}

}  // namespace
}  // namespace aimpact::agents
