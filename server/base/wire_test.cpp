#include "base/wire.hpp"

#include <gtest/gtest.h>

namespace aimpact::base {
namespace {

enum class Mood { calm, happy };
BOOST_DESCRIBE_ENUM(Mood, calm, happy)

struct Tool {
    std::string name;
    std::optional<json::object> parameters;
};
BOOST_DESCRIBE_STRUCT(Tool, (), (name, parameters))

struct Sample {
    std::string name;
    std::optional<double> temperature;
    std::optional<std::vector<Tool>> tools;
    std::optional<Mood> mood;
    std::optional<std::uint8_t> level;
};
BOOST_DESCRIBE_STRUCT(Sample, (), (name, temperature, tools, mood, level))

Error error_of(std::string_view text) {
    const auto decoded = decode_text<Sample>(text);
    return decoded.has_error() ? decoded.error() : Error{ErrorCode::internal, "decoded"};
}

TEST(Wire, RoundTrips) {
    const std::string text =
        R"({"name":"a","temperature":0.5,"tools":[{"name":"t","parameters":{"x":1}}],"mood":"happy","level":7})";
    const auto sample = decode_text<Sample>(text);
    ASSERT_TRUE(sample.has_value()) << sample.error().message;
    EXPECT_EQ(json::serialize(encode(*sample)).size(), json::serialize(json::parse(text)).size());
    EXPECT_EQ(encode(*sample), json::parse(text));
    EXPECT_EQ(json::serialize(encode(*decode_text<Sample>(R"({"name":"a"})"))), R"({"name":"a"})");
}

TEST(Wire, ErrorsNameThePathAndTheRemedy) {
    EXPECT_EQ(error_of(R"({})").message, "'name' is missing.");
    EXPECT_EQ(error_of(R"({"name":1})").param, "name");
    EXPECT_EQ(error_of(R"({"name":"a","tools":[{"name":"x"},{"nam":"y"}]})").param, "tools[1].name");
    EXPECT_EQ(error_of(R"({"name":"a","temprature":1})").message,
              "'temprature' is not a known field; did you mean 'temperature'?");
    EXPECT_EQ(error_of(R"({"name":"a","mood":"angry"})").message,
              "'mood' is 'angry'; it must be one of: calm, happy.");
    EXPECT_EQ(error_of(R"({"name":"a","level":256})").message, "'level' is out of range.");
    EXPECT_EQ(error_of(R"({"name":"a","level":1.5})").message, "'level' must be an integer, not a number.");
    EXPECT_EQ(error_of("[]").message, "The body must be an object, not an array.");
}

TEST(Wire, AMissingFieldsErrorNamesItsMisspelling) {
    const Error error = error_of(R"({"temperature":1,"nmae":"a"})");
    EXPECT_EQ(error.message, "'name' is missing. 'nmae' is not a known field; did you mean 'name'?");
    EXPECT_EQ(error.param, "name");
    EXPECT_EQ(error_of(R"({"zzzzzzzzz":1})").message, "'name' is missing. 'zzzzzzzzz' is not a known field.");
    EXPECT_EQ(error_of(R"({"name":"a","tools":[{"nam":"y"}]})").message,
              "'tools[0].name' is missing. 'tools[0].nam' is not a known field; did you mean 'name'?");
    EXPECT_EQ(decode_text<Sample>(R"({"nmae":"a"})", {}, Unknown::ignore).error().message,
              "'name' is missing.");
}

TEST(Wire, BadTextIsRefusedWithItsPlace) {
    EXPECT_NE(error_of(R"({"name":)").message.find("Not valid JSON"), std::string::npos);
    EXPECT_NE(error_of(R"({"name":"a"} x)").message.find("Not valid JSON"), std::string::npos);
    EXPECT_NE(error_of("{\"name\":\"\xff\"}").message.find("Not valid JSON"), std::string::npos);
    const std::string deep = std::string(40, '[') + std::string(40, ']');
    EXPECT_NE(error_of(deep).message.find("nested more than 32"), std::string::npos);
    const auto huge = parse_json(std::string(100, ' '), {.bytes_max = 50});
    EXPECT_EQ(huge.error().code, ErrorCode::payload_too_large);
}

TEST(Wire, NumbersThatNoDoubleHoldsAreRefused) {
    for (const char* text : {"1e400", "-1e400", R"({"a":[0,1e999]})"}) {
        const auto refused = parse_json(text);
        ASSERT_TRUE(refused.has_error()) << text;
        EXPECT_NE(refused.error().message.find("too large"), std::string::npos);
    }
    EXPECT_TRUE(parse_json("[1.7976931348623157e308, 1e-400]").has_value());
}

TEST(Wire, TextHasPlainNumbersAndEscapedStrings) {
    const json::value value = json::parse(R"({"a":[0.5,3,3.0,-7,1e300,true,null],"b":"q\"\\\n\u0001é"})");
    EXPECT_EQ(to_text(value), "{\"a\":[0.5,3,3.0,-7,1e+300,true,null],\"b\":\"q\\\"\\\\\\n\\u0001é\"}");
    EXPECT_EQ(json::parse(to_text(value)), value);
    EXPECT_EQ(to_text(json::value(std::numeric_limits<double>::infinity())), "null");
}

TEST(Wire, ForeignFormatsMayGrow) {
    EXPECT_TRUE(decode_text<Sample>(R"({"name":"a","new_field":1})", {}, Unknown::ignore).has_value());
}

}  // namespace
}  // namespace aimpact::base
