// Each client event, well-formed and malformed: the error names the field, and says what to do.
#include "realtime/openai_events.hpp"

#include <gtest/gtest.h>

namespace aimpact::realtime::openai {
namespace {

template <class T>
T parsed(std::string_view text) {
    std::string id;
    auto event = parse_event(text, {}, id);
    EXPECT_TRUE(event.has_value()) << text << ": " << (event.has_error() ? event.error().message : "");
    if (event.has_error() || !std::holds_alternative<T>(event->body)) {
        ADD_FAILURE() << "another event than expected: " << text;
        return T{};
    }
    return std::get<T>(event->body);
}

TEST(OpenAiEvents, ReadsEveryType) {
    EXPECT_EQ(parsed<AppendAudio>(R"({"type":"input_audio_buffer.append","audio":"AAEC"})").audio,
              std::string("\0\1\2", 3));
    parsed<CommitAudio>(R"({"type":"input_audio_buffer.commit"})");
    parsed<ClearAudio>(R"({"type":"input_audio_buffer.clear"})");
    parsed<ClearOutput>(R"({"type":"output_audio_buffer.clear"})");
    EXPECT_EQ(
        parsed<SessionUpdate>(R"({"type":"session.update","session":{"type":"realtime"}})").session.size(),
        1u);
    EXPECT_EQ(
        parsed<SessionUpdate>(R"({"type":"transcription_session.update","session":{}})").session.at("type"),
        "transcription");
    EXPECT_EQ(parsed<RetrieveItem>(R"({"type":"conversation.item.retrieve","item_id":"a"})").item_id, "a");
    EXPECT_EQ(parsed<DeleteItem>(R"({"type":"conversation.item.delete","item_id":"a"})").item_id, "a");
    EXPECT_EQ(
        parsed<TruncateItem>(
            R"({"type":"conversation.item.truncate","item_id":"a","content_index":0,"audio_end_ms":1500})")
            .audio_end_ms,
        1500);
    EXPECT_EQ(parsed<CancelResponse>(R"({"type":"response.cancel","response_id":"r"})").response_id, "r");
    parsed<CancelResponse>(R"({"type":"response.cancel"})");
    parsed<CreateResponse>(R"({"type":"response.create"})");
    parsed<CreateResponse>(R"({"type":"response.create","response":null,"event_id":null})");
}

TEST(OpenAiEvents, ReadsItemsOfEachKind) {
    const auto user = parsed<CreateItem>(
        R"({"type":"conversation.item.create","previous_item_id":"root","item":{"type":"message","id":"mine","role":"user","content":[{"type":"input_text","text":"Hi"},{"type":"input_text","text":"you"}]}})");
    EXPECT_EQ(user.previous_item_id, "root");
    EXPECT_EQ(user.item.item.id, "mine");
    EXPECT_EQ(user.item.item.text, "Hi\nyou");
    EXPECT_FALSE(user.item.item.spoken);
    const auto spoken = parsed<CreateItem>(
        R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_audio","audio":"AAAA"}]}})");
    EXPECT_EQ(spoken.item.audio.size(), 3u);
    EXPECT_TRUE(spoken.item.item.spoken);
    for (const char* type : {"output_text", "text"}) {
        const auto assistant = parsed<CreateItem>(
            std::string(
                R"({"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":")") +
            type + R"(","text":"Yes"}]}})");
        EXPECT_EQ(assistant.item.item.role, llm::ChatRole::assistant);
    }
    const auto call = parsed<CreateItem>(
        R"({"type":"conversation.item.create","item":{"type":"function_call","name":"f","call_id":"c","arguments":"{}"}})");
    EXPECT_EQ(call.item.item.type, agents::ItemType::function_call);
    const auto output = parsed<CreateItem>(
        R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":"42"}})");
    EXPECT_EQ(output.item.item.text, "42");
    EXPECT_EQ(output.item.item.call_id, "c");
}

TEST(OpenAiEvents, ReadsResponsesOfBothForms) {
    const auto ga = parsed<CreateResponse>(
        R"({"type":"response.create","response":{"instructions":"Be brief.","output_modalities":["text"],"conversation":"none","metadata":{"k":"v"},
            "max_output_tokens":50,"tool_choice":{"type":"function","name":"f"},"tools":[{"type":"function","name":"f","parameters":{"type":"object"}}],
            "audio":{"output":{"voice":{"id":"coral"}}},"input":[{"type":"item_reference","id":"i"},{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}]}})");
    EXPECT_EQ(ga.instructions, "Be brief.");
    EXPECT_EQ(ga.audio, false);
    EXPECT_TRUE(ga.out_of_band);
    EXPECT_EQ(ga.output_tokens_max, 50);
    EXPECT_EQ(ga.tool_choice, "f");
    EXPECT_EQ(ga.tools->size(), 1u);
    EXPECT_EQ(ga.voice, "coral");
    ASSERT_EQ(ga.input->size(), 2u);
    EXPECT_EQ(ga.input->at(0).reference, "i");
    EXPECT_EQ(ga.metadata.at("k"), "v");
    const auto beta = parsed<CreateResponse>(
        R"({"type":"response.create","response":{"modalities":["text","audio"],"voice":"alloy","max_response_output_tokens":"inf","temperature":0.7}})");
    EXPECT_EQ(beta.audio, true);
    EXPECT_EQ(beta.voice, "alloy");
    EXPECT_FALSE(beta.output_tokens_max.has_value());
    EXPECT_EQ(beta.temperature, 0.7);
}

struct BadEvent {
    const char* text;
    const char* param;
};

class OpenAiBadEvents : public ::testing::TestWithParam<BadEvent> {};

TEST_P(OpenAiBadEvents, AreErrorsThatNameTheField) {
    std::string id;
    const auto event = parse_event(GetParam().text, {}, id);
    ASSERT_TRUE(event.has_error()) << GetParam().text;
    EXPECT_EQ(event.error().param, GetParam().param) << GetParam().text;
    EXPECT_GT(event.error().message.size(), 10u);
}

INSTANTIATE_TEST_SUITE_P(
    Each, OpenAiBadEvents,
    ::testing::Values(
        BadEvent{"", ""}, BadEvent{"{", ""}, BadEvent{"[]", ""}, BadEvent{"42", ""},
        BadEvent{"\"hello\"", ""}, BadEvent{"{}", "type"}, BadEvent{R"({"type":5})", "type"},
        BadEvent{R"({"type":""})", "type"}, BadEvent{R"({"type":"response.creat"})", "type"},
        BadEvent{R"({"type":"response.create","event_id":7})", "event_id"},
        BadEvent{R"({"type":"input_audio_buffer.append"})", "audio"},
        BadEvent{R"({"type":"input_audio_buffer.append","audio":1})", "audio"},
        BadEvent{R"({"type":"input_audio_buffer.append","audio":"*#!"})", "audio"},
        BadEvent{R"({"type":"session.update"})", "session"},
        BadEvent{R"({"type":"session.update","session":[]})", "session"},
        BadEvent{R"({"type":"conversation.item.create"})", "item"},
        BadEvent{R"({"type":"conversation.item.create","item":"x"})", "item"},
        BadEvent{R"({"type":"conversation.item.create","item":{}})", "item.type"},
        BadEvent{R"({"type":"conversation.item.create","item":{"type":"song"}})", "item.type"},
        BadEvent{R"({"type":"conversation.item.create","item":{"type":"mcp_call"}})", "item.type"},
        BadEvent{R"({"type":"conversation.item.create","item":{"type":"item_reference","id":"x"}})",
                 "item.type"},
        BadEvent{R"({"type":"conversation.item.create","item":{"type":"message"}})", "item.role"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"king","content":[]}})",
            "item.role"},
        BadEvent{R"({"type":"conversation.item.create","item":{"type":"message","role":"user"}})",
                 "item.content"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[]}})",
            "item.content"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":"hi"}})",
            "item.content"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[7]}})",
            "item.content[0]"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text"}]}})",
            "item.content[0].text"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"output_text","text":"x"}]}})",
            "item.content[0].type"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"assistant","content":[{"type":"input_text","text":"x"}]}})",
            "item.content[0].type"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_image","image_url":"x"}]}})",
            "item.content[0].type"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_audio"}]}})",
            "item.content[0].transcript"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"message","id":"","role":"user","content":[{"type":"input_text","text":"x"}]}})",
            "item.id"},
        BadEvent{R"({"type":"conversation.item.create","item":{"type":"function_call","name":"f"}})",
                 "item.arguments"},
        BadEvent{R"({"type":"conversation.item.create","item":{"type":"function_call_output","output":"x"}})",
                 "item.call_id"},
        BadEvent{
            R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c","output":{}}})",
            "item.output"},
        BadEvent{
            R"({"type":"conversation.item.create","previous_item_id":3,"item":{"type":"function_call_output","call_id":"c","output":""}})",
            "previous_item_id"},
        BadEvent{R"({"type":"conversation.item.retrieve"})", "item_id"},
        BadEvent{R"({"type":"conversation.item.delete","item_id":[]})", "item_id"},
        BadEvent{R"({"type":"conversation.item.truncate","item_id":"a"})", "audio_end_ms"},
        BadEvent{R"({"type":"conversation.item.truncate","item_id":"a","audio_end_ms":-1})", "audio_end_ms"},
        BadEvent{R"({"type":"conversation.item.truncate","item_id":"a","audio_end_ms":"1"})", "audio_end_ms"},
        BadEvent{R"({"type":"conversation.item.truncate","item_id":"a","audio_end_ms":1,"content_index":1})",
                 "content_index"},
        BadEvent{R"({"type":"response.create","response":7})", "response"},
        BadEvent{R"({"type":"response.create","response":{"output_modalities":["smell"]}})",
                 "response.output_modalities"},
        BadEvent{R"({"type":"response.create","response":{"output_modalities":[]}})",
                 "response.output_modalities"},
        BadEvent{R"({"type":"response.create","response":{"tools":{}}})", "response.tools"},
        BadEvent{R"({"type":"response.create","response":{"tools":[{"type":"mcp"}]}})",
                 "response.tools[0].type"},
        BadEvent{R"({"type":"response.create","response":{"tools":[{"type":"function"}]}})",
                 "response.tools[0].name"},
        BadEvent{R"({"type":"response.create","response":{"tools":[{"type":"function","name":"a b"}]}})",
                 "response.tools[0].name"},
        BadEvent{R"({"type":"response.create","response":{"tool_choice":"maybe"}})", "response.tool_choice"},
        BadEvent{R"({"type":"response.create","response":{"max_output_tokens":0}})",
                 "response.max_output_tokens"},
        BadEvent{R"({"type":"response.create","response":{"max_output_tokens":"many"}})",
                 "response.max_output_tokens"},
        BadEvent{R"({"type":"response.create","response":{"temperature":9}})", "response.temperature"},
        BadEvent{R"({"type":"response.create","response":{"conversation":"other"}})",
                 "response.conversation"},
        BadEvent{R"({"type":"response.create","response":{"input":[{"type":"message"}]}})",
                 "response.input[0].role"},
        BadEvent{R"({"type":"response.create","response":{"metadata":{"k":1}}})", "response.metadata"},
        BadEvent{R"({"type":"response.create","response":{"audio":{"output":{"voice":7}}}})",
                 "response.audio.output.voice"},
        BadEvent{R"({"type":"response.cancel","response_id":1})", "response_id"}));

TEST(OpenAiEvents, TheEventsIdIsKnownAlsoWhenTheRestIsWrong) {
    std::string id;
    ASSERT_TRUE(parse_event(R"({"event_id":"mine","type":"nonsense"})", {}, id).has_error());
    EXPECT_EQ(id, "mine");
    ASSERT_TRUE(parse_event(R"({)", {}, id).has_error());
    EXPECT_EQ(id, "");
}

TEST(OpenAiEvents, ASlipOfTheKeyboardIsPointedOut) {
    std::string id;
    const auto event = parse_event(R"({"type":"response.creat"})", {}, id);
    EXPECT_NE(event.error().message.find("response.create"), std::string::npos);
}

TEST(OpenAiEvents, EachLimitHolds) {
    OpenAiLimits limits;
    limits.event_bytes_max = 4000;
    limits.append_bytes_max = 30;
    limits.content_parts_max = 2;
    limits.instructions_bytes_max = 20;
    limits.tools_max = 1;
    limits.tool_bytes_max = 60;
    limits.input_items_max = 1;
    limits.metadata_max = 1;
    const auto code = [&](const std::string& text) {
        std::string id;
        const auto event = parse_event(text, limits, id);
        return event.has_error() ? event.error().code : base::ErrorCode::cancelled;
    };
    using base::ErrorCode;
    EXPECT_EQ(code(R"({"type":"response.create","event_id":")" + std::string(513, 'x') + R"("})"),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code(R"({"type":"input_audio_buffer.append","audio":")" + std::string(40, 'A') + R"("})"),
              ErrorCode::cancelled);
    EXPECT_EQ(code(R"({"type":"input_audio_buffer.append","audio":")" + std::string(48, 'A') + R"("})"),
              ErrorCode::payload_too_large);
    EXPECT_EQ(code(R"({"type":"input_audio_buffer.append","audio":")" + std::string(44, 'A') + R"("})"),
              ErrorCode::payload_too_large);
    EXPECT_TRUE(code(R"({"type":"response.cancel","x":")" + std::string(4000, 'x') + R"("})") !=
                ErrorCode::cancelled);
    EXPECT_EQ(code(R"({"type":"conversation.item.delete","item_id":")" + std::string(65, 'x') + R"("})"),
              ErrorCode::invalid_argument);
    const std::string part = R"({"type":"input_text","text":"x"})";
    EXPECT_EQ(
        code(R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[)" +
             part + "," + part + "," + part + "]}}"),
        ErrorCode::payload_too_large);
    EXPECT_EQ(
        code(R"({"type":"response.create","response":{"instructions":")" + std::string(21, 'x') + R"("}})"),
        ErrorCode::payload_too_large);
    const std::string tool = R"({"type":"function","name":"f"})";
    EXPECT_EQ(code(R"({"type":"response.create","response":{"tools":[)" + tool + "," + tool + "]}}"),
              ErrorCode::payload_too_large);
    EXPECT_EQ(
        code(
            R"({"type":"response.create","response":{"tools":[{"type":"function","name":"f","description":")" +
            std::string(60, 'x') + R"("}]}})"),
        ErrorCode::payload_too_large);
    const std::string reference = R"({"type":"item_reference","id":"i"})";
    EXPECT_EQ(
        code(R"({"type":"response.create","response":{"input":[)" + reference + "," + reference + "]}}"),
        ErrorCode::payload_too_large);
    EXPECT_EQ(code(R"({"type":"response.create","response":{"metadata":{"a":"1","b":"2"}}})"),
              ErrorCode::payload_too_large);
    std::string deep;
    for (int i = 0; i < 70; ++i) deep += "[";
    EXPECT_EQ(code(R"({"type":"response.cancel","x":)" + deep + std::string(70, ']') + "}"),
              ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace aimpact::realtime::openai
