#include "voice/tts/text_normalizer.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "voice/tts/number_words.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

std::string with_line_breaks(std::string text) {
    for (auto at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at + 1))
        text.replace(at, 2, "\n");
    return text;
}

TEST(TextNormalizer, SaysWhatTheTablePromises) {
    std::ifstream file("server/voice/tts/normalizer_cases.tsv");
    ASSERT_TRUE(file) << "run from the repository root";
    int cases = 0, line_number = 0;
    for (std::string line; std::getline(file, line);) {
        ++line_number;
        if (line.empty() || line.starts_with("# ")) continue;
        const auto first = line.find('\t'), second = line.find('\t', first + 1);
        ASSERT_NE(second, std::string::npos) << "line " << line_number << " needs three columns";
        const std::string accent = line.substr(0, first),
                          written = with_line_breaks(line.substr(first + 1, second - first - 1));
        EXPECT_EQ(normalize_text(written, {.british = accent == "gb"}), line.substr(second + 1))
            << "line " << line_number << ": " << written;
        ++cases;
    }
    EXPECT_GE(cases, 300);
}

TEST(StripMarkup, ReadsTypographicCharacters) {
    const std::pair<const char*, const char*> cases[] = {
        {"\u2018a\u2019 \u201Cb\u201D \u201Ec\u00AB \u00BBd", "'a' \"b\" \"c\" \"d"},
        {"a\u2010b\u2011c \u2212 5", "a-b-c - 5"},
        {"a\u2015b\u2013c", "a\u2014b\u2013c"},
        {"a\u00A0b\u2009c\u202Fd\te", "a b c d e"},
        {"\u2022 one", ", one"},
        {"1\u00BC 2\u00BD 3\u00BE", "1 1/4 2 1/2 3 3/4"},
        {"\u2153 \u2154 \u215B 1\u20442", "1/3 2/3 1/8 1/2"},
        {"5 m\u00B2 and \u00B3", "5 m squared and cubed"},
        {"Acme\u2122 Foo\u00AE \u00A9 2024", "Acme Foo copyright 2024"},
        {"\u00A7 2", "section 2"},
        {"2 \u00D7 3 \u00F7 4 \u00B1 1", "2 times 3 divided by 4 plus or minus 1"},
        {"a \u2248 b \u2264 c \u2265 d \u2260 e \u2192 f \u221A 4",
         "a about b at most c at least d is not equal to e to f square root of 4"},
        {"\u00BFQu\u00E9? \u00A1S\u00ED!", "Qu\u00E9? S\u00ED!"},
        {"\uFF21\uFF42\uFF13\uFF01", "Ab3!"},
        {"a\u200Bb\u00ADc\uFEFFd", "abcd"},
        {"\u2605 star \U0001F600 \u263A\uFE0F ok", "star ok"},
    };
    for (const auto& [written, plain] : cases) EXPECT_EQ(strip_markup(written), plain);
}

TEST(StripMarkup, TakesMarkdownAway) {
    const std::pair<const char*, const char*> cases[] = {
        {"# Title", "Title"},
        {"###### Deep ######", "Deep ######"},
        {"####### seven", "####### seven"},
        {"> a\n> b", "a b"},
        {"- a\n+ b\n* c", "a. b. c"},
        {"- [ ] open\n- [x] done", "open. done"},
        {"1. a\n22. b\n1234. c", "1. a. 22. b. 1234. c"},
        {"```cpp\ncode\n```", "code"},
        {"a\n---\nb\n***\nc\n___\nd\n===\ne", "a b c d e"},
        {"| a | b |\n|---|:-:|\n| 1 | 2 |", "a , b 1 , 2"},
        {"**b** __c__ *d* _e_ ~~f~~ `g`", "b c d e f g"},
        {"a * b and 2*3 and snake_case", "a times b and 2 times 3 and snake_case"},
        {"[text](http://x.y) ![alt](a.png) [open](", "text alt [open]("},
        {"see <https://a.b> or <me@a.b> now<br/>then", "see https://a.b or me@a.b now then"},
        {"a < b > c", "a < b > c"},
        {"\\*not\\* \\_this\\_", "*not* _this_"},
        {"One\r\n\r\nTwo", "One. Two"},
        {"(One)\n\nTwo", "(One). Two"},
        {"", ""},
    };
    for (const auto& [written, plain] : cases) EXPECT_EQ(strip_markup(written), plain) << written;
}

TEST(TextNormalizer, DropsControlCharactersAndDamagedUtf8) {
    EXPECT_EQ(normalize_text(std::string("a\0b\x07 c", 6)), "ab c");
    EXPECT_EQ(normalize_text("ok \xff\xfe\xc3 fine"), "ok fine");
    EXPECT_EQ(normalize_text("\xf0\x9f\x98\x80"), "");
    EXPECT_EQ(normalize_text("\n\n \t"), "");
}

// Nothing in the input can make it loop, crash or blow up.
TEST(TextNormalizer, BoundsItsOutputOnHostileInput) {
    for (const char* unit : {"9", "9,", "1/", "-", "$", "((", "a.", "@", "[](", "**", "1:", "\xe2\x82\xac",
                             "Dr. ", "http://", "3 pm ", "#", "<a>", "24/7 "}) {
        std::string text;
        while (text.size() < 4000) text += unit;
        EXPECT_LT(normalize_text(text).size(), text.size() * 40) << unit;
    }
}

TEST(NumberWords, ReadsLongNumbers) {
    EXPECT_EQ(cardinal("1000000000000"), "one trillion");
    EXPECT_EQ(cardinal("000"), "zero");
    EXPECT_EQ(cardinal(std::string(40, '1')).substr(0, 11), "one one one");
    EXPECT_EQ(ordinal("30"), "thirtieth");
    EXPECT_EQ(year_words(1900), "nineteen hundred");
    EXPECT_EQ(year_words(2005), "two thousand five");
    EXPECT_EQ(roman_value("MCMXCIX"), 1999);
    EXPECT_EQ(roman_value("IIII"), 0);
}

TEST(Unicode, FindsTheCompletePart) {
    const std::string euro = "a\xe2\x82\xac";
    EXPECT_EQ(complete_utf8_length(euro), 4u);
    EXPECT_EQ(complete_utf8_length(euro.substr(0, 3)), 1u);
    EXPECT_EQ(complete_utf8_length(euro.substr(0, 2)), 1u);
    EXPECT_EQ(to_utf8(to_utf32(euro)), euro);
}

}  // namespace
}  // namespace aimpact::voice
