#include "llm/output_rule.hpp"

#include <gtest/gtest.h>

#include "base/wire.hpp"

namespace aimpact::llm {
namespace {

Tool weather() {
    Tool tool{"get_weather", "The weather of a city", {}};
    tool.parameters = boost::json::parse(R"({"type":"object","properties":{"city":{"type":"string"}},
                                             "required":["city"],"additionalProperties":false})")
                          .as_object();
    return tool;
}

TEST(OutputRule, PlainTextHasNoGrammar) {
    ChatRequest request;
    const auto rule = output_rule(request);
    ASSERT_TRUE(rule.has_value());
    EXPECT_EQ(rule->shape, OutputShape::text);
    EXPECT_TRUE(rule->grammar.empty());
}

TEST(OutputRule, ToolChoiceDecidesTheShape) {
    ChatRequest request;
    request.tools = {weather()};
    EXPECT_EQ(output_rule(request)->shape, OutputShape::text_or_tool_call);
    request.tool_choice = "none";
    EXPECT_EQ(output_rule(request)->shape, OutputShape::text);
    request.tool_choice = "required";
    EXPECT_EQ(output_rule(request)->shape, OutputShape::tool_call);
    request.tool_choice = "get_weather";
    EXPECT_EQ(output_rule(request)->shape, OutputShape::tool_call);
    request.tool_choice = "get_wether";
    const auto unknown = output_rule(request);
    ASSERT_TRUE(unknown.has_error());
    EXPECT_EQ(unknown.error().param, "tool_choice");
    request.tools.clear();
    request.tool_choice = "required";
    EXPECT_EQ(output_rule(request).error().param, "tool_choice");
}

TEST(OutputRule, RefusesWhatHasNoGrammar) {
    ChatRequest request;
    request.response_schema =
        boost::json::parse(R"({"type":"object","properties":{"x":{"$ref":"#/nowhere"}}})").as_object();
    const auto rule = output_rule(request);
    ASSERT_TRUE(rule.has_error());
    EXPECT_EQ(rule.error().code, base::ErrorCode::invalid_argument);
    EXPECT_EQ(rule.error().param, "response_schema");
}

TEST(OutputRule, RefusesAnOverlongSchema) {
    ChatRequest request;
    request.response_schema =
        boost::json::object{{"type", "string"}, {"description", std::string(70 << 10, 'x')}};
    EXPECT_EQ(output_rule(request).error().param, "response_schema");
}

TEST(OutputRule, KeepsOutWhatCouldHoldUpEverybody) {
    ChatRequest request;
    request.response_schema = boost::json::parse(R"({"type":"object","properties":{
        "x":{"type":"string","pattern":"^((a?){20}){20}$"}}})")
                                  .as_object();
    EXPECT_EQ(output_rule(request).error().param, "response_schema");
    // A property of that name is no pattern.
    request.response_schema =
        boost::json::parse(R"({"type":"object","properties":{"pattern":{"type":"string"}}})").as_object();
    EXPECT_TRUE(output_rule(request).has_value());
    boost::json::array values;
    for (int i = 0; i < 257; ++i) values.push_back(boost::json::string("v" + std::to_string(i)));
    request.response_schema = boost::json::object{{"enum", values}};
    EXPECT_EQ(output_rule(request).error().param, "response_schema");
    values.pop_back();
    request.response_schema = boost::json::object{{"enum", values}};
    EXPECT_TRUE(output_rule(request).has_value());

    request.response_schema.reset();
    request.tools = {weather()};
    request.tools[0].parameters["properties"].as_object()["city"].as_object()["pattern"] = "^((a?){20}){20}$";
    request.tool_choice = "required";
    const auto rule = output_rule(request);
    ASSERT_TRUE(rule.has_value()) << "advice on a tool's argument is passed over";
    EXPECT_EQ(rule->grammar.find("{20}"), std::string::npos);
}

TEST(OutputRule, ReadsACall) {
    ToolCall call;
    ASSERT_TRUE(parse_tool_call(R"({"name":"get_weather","arguments":{"city":"Oslo"}})", call));
    EXPECT_EQ(call.name, "get_weather");
    EXPECT_EQ(call.arguments, R"({"city":"Oslo"})");
    EXPECT_FALSE(parse_tool_call(R"({"name":"get_weather","argum)", call));
    EXPECT_FALSE(parse_tool_call("[]", call));
}

}  // namespace
}  // namespace aimpact::llm
