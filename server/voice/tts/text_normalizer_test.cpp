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
