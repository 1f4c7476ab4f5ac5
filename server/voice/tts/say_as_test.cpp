#include "voice/tts/say_as.hpp"

#include <gtest/gtest.h>

#include "voice/tts/phonetic_alphabet.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

std::string said(std::string_view text, std::string_view kind, std::string_view format = {},
                 bool british = false) {
    const auto result = say_as(text, {kind, format, british});
    return result ? result->said : "ERROR " + result.error().message;
}
bool refused(std::string_view text, std::string_view kind, std::string_view format = {}) {
    return say_as(text, {kind, format}).has_error();
}

TEST(SayAs, Numbers) {
    EXPECT_EQ(said("1234", "cardinal"), "one thousand two hundred thirty-four");
    EXPECT_EQ(said("1234", "number", {}, true), "one thousand two hundred and thirty-four");
    EXPECT_EQ(said("-2.5", "number"), "minus two point five");
    EXPECT_EQ(said("+7", "cardinal"), "seven");
    EXPECT_EQ(said("XIV", "cardinal"), "fourteen");
    EXPECT_EQ(said("3", "ordinal"), "third");
    EXPECT_EQ(said("22nd", "ordinal"), "twenty-second");
    EXPECT_EQ(said("1,000", "ordinal"), "one thousandth");
    EXPECT_EQ(said("VIII", "ordinal"), "eighth");
    EXPECT_EQ(said("0471", "digits"), "zero four seven one");
    EXPECT_EQ(said("04 71", "digits"), "zero four, seven one");
    EXPECT_EQ(said("3/4", "fraction"), "three quarters");
    EXPECT_EQ(said("1 1/2", "fraction"), "one and one half");
    for (const char* kind :
         {"cardinal", "ordinal", "digits", "telephone", "fraction", "date", "time", "currency", "unit"})
        EXPECT_TRUE(refused("apples", kind)) << kind;
    EXPECT_TRUE(refused("1/0", "fraction"));
    EXPECT_TRUE(refused("12 apples", "cardinal"));
    EXPECT_TRUE(refused(std::string(60, '9'), "ordinal"));
}

TEST(SayAs, Telephone) {
    EXPECT_EQ(said("+1 (555) 010-1234", "telephone"),
              "plus one, five five five, zero one zero, one two three four");
    EXPECT_EQ(said("555-1234 ext. 5", "phone"), "five five five, one two three four, extension five");
    EXPECT_EQ(said("1-800-FLOWERS", "telephone"), "one, eight zero zero, FLOWERS");
    EXPECT_EQ(said("*100#", "telephone"), "star one zero zero hash");
}

TEST(SayAs, Dates) {
    EXPECT_EQ(said("3/4/2025", "date", "mdy"), "March fourth, twenty twenty-five");
    EXPECT_EQ(said("3/4/2025", "date", "dmy"), "the third of April, twenty twenty-five");
    EXPECT_EQ(said("2025-04-03", "date", "ymd", true), "the third of April, twenty twenty-five");
    EXPECT_EQ(said("20250403", "date", "ymd"), "April third, twenty twenty-five");
    EXPECT_EQ(said("4-03", "date", "md"), "April third");
    EXPECT_EQ(said("Apr 2025", "date", "my"), "April twenty twenty-five");
    EXPECT_EQ(said("99", "date", "y"), "nineteen ninety-nine");
    EXPECT_EQ(said("5", "date", "m"), "May");
    EXPECT_EQ(said("5", "date", "d"), "the fifth");
    EXPECT_EQ(said("2026-11-24", "date"), "November twenty-fourth, twenty twenty-six");
    EXPECT_TRUE(refused("13/4/2025", "date", "mdy"));
    EXPECT_TRUE(refused("4/32/2025", "date", "mdy"));
    EXPECT_TRUE(refused("4/2025", "date", "mdy"));
    EXPECT_TRUE(refused("x/4/2025", "date", "ymd"));
    EXPECT_TRUE(refused("4/3/2025", "date", "mmddyy"));
}

TEST(SayAs, TimesMoneyAndUnits) {
    EXPECT_EQ(said("2:05pm", "time", "hms12"), "two oh five PM");
    EXPECT_EQ(said("14:05", "time", "hms24"), "fourteen oh five");
    EXPECT_TRUE(refused("14:05", "time", "beats"));
    EXPECT_TRUE(refused("1405", "time"));
    EXPECT_EQ(said("$42.50", "currency"), "forty-two dollars and fifty cents");
    EXPECT_EQ(said("10 km", "unit"), "ten kilometers");
    EXPECT_EQ(said("12 Main St.", "address"), "twelve Main Street.");
}

TEST(SayAs, Others) {
    EXPECT_EQ(say_as("a1", {"spell-out"})->how, SaidAs::How::letters);
    EXPECT_EQ(said(" a1 ", "verbatim"), "a1");
    EXPECT_TRUE(say_as("heck", {"expletive"})->left_out);
    EXPECT_TRUE(refused("x", "song"));
    EXPECT_EQ(said("  ", "cardinal"), "");
}

std::string phones(std::string_view text, std::string_view alphabet, Accent accent = Accent::american) {
    const auto read = read_phones(text, alphabet, accent);
    return read ? to_utf8(*read) : "ERROR " + read.error().message;
}

TEST(PhoneticAlphabet, ReadsIpa) {
    EXPECT_EQ(phones("həˈloʊ", "ipa"), "həlˈO");
    EXPECT_EQ(phones("həˈləʊ", "ipa", Accent::british), "həlˈQ");
    EXPECT_EQ(phones("/tʃɪp.dʒɛt/", "ipa"), "ʧɪpʤɛt");
    EXPECT_EQ(phones("t͡ʃaɪ", "ipa"), "ʧI");
    EXPECT_EQ(phones("ˈbɝd", "ipa"), "bˈɜɹd");
    EXPECT_EQ(phones("ˈkɑːr", "ipa"), "kˈɑɹ");
    EXPECT_EQ(phones("kɑː", "ipa", Accent::british), "kɑː");
    EXPECT_EQ(phones("ˈlɪtl̩", "ipa"), "lˈɪtᵊl");
    EXPECT_EQ(phones("naʊ bɔɪ", "ipa"), "nW bY");
}

TEST(PhoneticAlphabet, ReadsXSampa) {
    EXPECT_EQ(phones("h@\"loU", "x-sampa"), "həlˈO");
    EXPECT_EQ(phones("TINk", "x-sampa"), "θɪŋk");
    EXPECT_EQ(phones("b3`d", "x-sampa"), "bɜɹd");
}

TEST(PhoneticAlphabet, RefusesOtherSymbols) {
    EXPECT_NE(phones("h5", "ipa").find("'5'"), std::string::npos);
    EXPECT_NE(phones("hə", "arpabet").find("arpabet"), std::string::npos);
    EXPECT_NE(phones("", "ipa").find("no phones"), std::string::npos);
    EXPECT_NE(phones("..", "ipa").find("no phones"), std::string::npos);
    EXPECT_NE(phones("ʘ", "kokoro").find("'ʘ'"), std::string::npos);
}

}  // namespace
}  // namespace aimpact::voice
