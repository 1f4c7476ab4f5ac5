#include "agents/prompt_template.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace aimpact::agents {
namespace {

std::string rendered(std::string_view text, const Variables& values) {
    const auto parsed = PromptTemplate::parse(text, "instructions");
    EXPECT_TRUE(parsed.has_value());
    return parsed->render(values);
}

TEST(PromptTemplate, PutsValuesIn) {
    EXPECT_EQ(rendered("Hello {{name}}, {{ name }}! {{x_1}}", {{"name", "Ann"}, {"x_1", "7"}}),
              "Hello Ann, Ann! 7");
    EXPECT_EQ(rendered("no variables }} here { {", {}), "no variables }} here { {");
    EXPECT_EQ(rendered("write {{{{name}} like this", {}), "write {{name}} like this");
    EXPECT_EQ(rendered("", {}), "");
}

TEST(PromptTemplate, AValueIsNeverATemplate) {
    EXPECT_EQ(rendered("{{a}}", {{"a", "{{b}}"}, {"b", "secret"}}), "{{b}}");
}

TEST(PromptTemplate, RefusesWhatIsNoVariable) {
    for (const char* text : {"{{", "{{name", "{{}}", "{{Name}}", "{{1st}}", "{{a b}}", "{{a-b}}"}) {
        const auto parsed = PromptTemplate::parse(text, "instructions");
        ASSERT_TRUE(parsed.has_error()) << text;
        EXPECT_EQ(parsed.error().param, "instructions");
    }
    EXPECT_TRUE(PromptTemplate::parse("{{" + std::string(64, 'a') + "}}", "x").has_value());
    EXPECT_TRUE(PromptTemplate::parse("{{" + std::string(65, 'a') + "}}", "x").has_error());
}

TEST(PromptTemplate, NamesTheNearestVariable) {
    const auto parsed = PromptTemplate::parse("Hi {{compny}}", "instructions");
    const auto checked = parsed->check({{"company", ""}}, "instructions");
    ASSERT_TRUE(checked.has_error());
    EXPECT_NE(checked.error().message.find("\"company\""), std::string::npos);
    EXPECT_TRUE(parsed->check({{"compny", ""}}, "instructions").has_value());
}

TEST(PromptTemplate, BuiltInsTellTheServersTime) {
    setenv("TZ", "UTC", 1);
    tzset();
    base::WallTime time;
    ASSERT_TRUE(base::parse_time("2026-11-04T08:05:00.000Z", time));
    const Variables builtin = builtin_variables("Front desk", time);
    EXPECT_EQ(builtin.at("date"), "4 November 2026");
    EXPECT_EQ(builtin.at("time"), "08:05");
    EXPECT_EQ(builtin.at("weekday"), "Wednesday");
    EXPECT_EQ(builtin.at("agent_name"), "Front desk");
}

TEST(PromptTemplate, MergesGivenValuesOverDefaults) {
    const auto merged =
        merge_variables({{"a", "1"}, {"date", "mine"}}, {{"a", "2"}}, {{"date", "x"}, {"time", "y"}});
    ASSERT_TRUE(merged.has_value());
    EXPECT_EQ(merged->at("a"), "2");
    EXPECT_EQ(merged->at("date"), "mine");
    EXPECT_EQ(merged->at("time"), "y");
    EXPECT_TRUE(merge_variables({{"a", "1"}}, {{"b", "2"}}, {}).has_error());
    EXPECT_TRUE(merge_variables({{"a", "1"}}, {{"a", std::string(4097, 'x')}}, {}).has_error());
    EXPECT_TRUE(merge_variables({{"a", "1"}}, {{"a", std::string(4096, 'x')}}, {}).has_value());
}

}  // namespace
}  // namespace aimpact::agents
