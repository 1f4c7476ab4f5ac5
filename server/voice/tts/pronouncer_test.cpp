#include "voice/tts/pronouncer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "voice/tts/test_models.hpp"
#include "voice/tts/text_normalizer.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

class PronouncerTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(kokoro_folder() / "dict" / "us_gold.json"))
            GTEST_SKIP() << "no dictionaries: run scripts/fetch-models";
        static const auto us = Pronouncer::load(kokoro_folder() / "dict", Accent::american);
        static const auto gb = Pronouncer::load(kokoro_folder() / "dict", Accent::british);
        ASSERT_TRUE(us) << us.error().message;
        ASSERT_TRUE(gb) << gb.error().message;
        us_ = *us;
        gb_ = *gb;
    }
    std::string say(std::string_view text, const Lexicon* lexicon = nullptr) const {
        return to_utf8(us_->pronounce(text, lexicon));
    }
    std::string say_british(std::string_view text) const { return to_utf8(gb_->pronounce(text)); }

    std::shared_ptr<const Pronouncer> us_, gb_;
};

TEST_F(PronouncerTest, ReducesFunctionWords) {
    EXPECT_EQ(say("the cat"), "ðə kˈæt");
    EXPECT_EQ(say("the apple"), "ði ˈæpᵊl");
    EXPECT_EQ(say("go to bed"), "ɡˌO tə bˈɛd");
    EXPECT_EQ(say("to eat a pie"), "tʊ ˈit ɐ pˈI");
    EXPECT_EQ(say("what for?").back(), '?');
}

TEST_F(PronouncerTest, TellsHomographsApart) {
    EXPECT_NE(say("I want to record it").find("ɹəkˈɔɹd"), std::string::npos);
    EXPECT_NE(say("a new record").find("ɹˈɛkəɹd"), std::string::npos);
    EXPECT_NE(say("we live here").find("lˈɪv"), std::string::npos);
    EXPECT_NE(say("a live show").find("lˈIv"), std::string::npos);
    EXPECT_NE(say("please read it").find("ɹˈid"), std::string::npos);
    EXPECT_NE(say("I have read it").find("ɹˈɛd"), std::string::npos);
    EXPECT_NE(say("the use of it").find("jˈus "), std::string::npos);
    EXPECT_NE(say("please use it").find("jˈuz "), std::string::npos);
}

TEST_F(PronouncerTest, SpellsAcronymsAndSaysWords) {
    EXPECT_EQ(say("FBI"), "ˌɛfbˌiˈI");
    EXPECT_EQ(say("NASA"), "nˈæsə");
    EXPECT_NE(say("do NOT go").find("nˈɑt"), std::string::npos);
    EXPECT_EQ(say("APIs").back(), 'z');
    EXPECT_NE(say("STOP SHOUTING AT ME").find("ʃˈWTɪŋ"), std::string::npos);
    EXPECT_NE(say("the US team").find("jˌuˈɛs"), std::string::npos);
    EXPECT_NE(say("tell us now").find("ˌʌs"), std::string::npos);
}

TEST_F(PronouncerTest, InflectsAndCompounds) {
    PhoneSource source{};
    EXPECT_EQ(to_utf8(us_->word("blockchains", source)).back(), 'z');
    EXPECT_EQ(source, PhoneSource::rule);
    EXPECT_FALSE(us_->word("paywalled", source).empty());
    EXPECT_EQ(say("twenty-four"), "twˈɛnti fˈɔɹ");
    EXPECT_EQ(say("café"), say("cafe"));
    EXPECT_EQ(say("YouTube").find(' '), std::string::npos);
}

TEST_F(PronouncerTest, BritishDiffers) {
    EXPECT_EQ(say_british("the car"), "ðə kˈɑː");
    EXPECT_EQ(say_british("go home").find('O'), std::string::npos);
}

TEST_F(PronouncerTest, UsesTheLexicon) {
    Lexicon lexicon;
    ASSERT_TRUE(lexicon.add("Kubernetes", "koober net eez"));
    ASSERT_TRUE(lexicon.add("Xyzzy", "/zˈɪzi/"));
    EXPECT_EQ(say("xyzzy", &lexicon), "zˈɪzi");
    EXPECT_EQ(say("xyzzy's", &lexicon), "zˈɪziz");
    EXPECT_NE(say("kubernetes", &lexicon), say("kubernetes"));
    EXPECT_FALSE(lexicon.add("two words", "x"));
    EXPECT_FALSE(lexicon.add("x", "/ž/"));
    EXPECT_FALSE(lexicon.add("x", ""));
    EXPECT_FALSE(lexicon.add(std::string(65, 'a'), "x"));
    EXPECT_FALSE(lexicon.add("x", std::string(257, 'a')));
}

TEST_F(PronouncerTest, EverySymbolIsKnownToTheModel) {
    for (const auto& speller : {us_, gb_}) {
        for (char32_t c :
             speller->pronounce("Zyzzyva, “Łódź” — naïve (really)! Brobdingnagian; Siobhan's qwrtp… 'tis?"))
            EXPECT_NE(phone_token(c), 0) << static_cast<unsigned>(c);
    }
}

TEST_F(PronouncerTest, HasNothingToSayForOtherScripts) {
    EXPECT_EQ(say("你好 привет"), "");
}

// Nearly all of running English comes from dictionaries and rules; the rest of this old prose in lower case
// are names ("helstone") and dead words ("whilome").
TEST_F(PronouncerTest, CoversRunningText) {
    std::ifstream file("../shared/audio/librispeech-test-other/manifest.tsv");
    if (!file) GTEST_SKIP() << "no evaluation texts at ../shared/audio";
    int words = 0, guessed = 0;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        const std::string text = to_lower(line.substr(line.rfind('\t') + 1));
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find(' ', at), text.size());
            PhoneSource source{};
            us_->word(std::string_view(text).substr(at, end - at), source);
            ++words;
            guessed += source == PhoneSource::letter_to_sound || source == PhoneSource::letters;
            at = end + 1;
        }
    }
    ASSERT_GT(words, 500);
    EXPECT_LT(guessed * 100.0 / words, 1.5) << guessed << " of " << words;
}

TEST(PronouncerErrors, NamesTheMissingDictionary) {
    const auto missing = Pronouncer::load("/nonexistent", Accent::american);
    ASSERT_TRUE(missing.has_error());
    EXPECT_NE(missing.error().message.find("us_gold.json"), std::string::npos);
    EXPECT_NE(missing.error().message.find("fetch-models"), std::string::npos);
}

TEST(PhonesTest, MovesStress) {
    EXPECT_EQ(apply_stress(U"kˈæt", -2), U"kæt");
    EXPECT_EQ(apply_stress(U"kˈæt", -0.5), U"kˌæt");
    EXPECT_EQ(apply_stress(U"kæt", 2), U"kˈæt");
    EXPECT_EQ(apply_stress(U"kæt", 0.5), U"kˌæt");
    EXPECT_EQ(apply_stress(U"kˌæt", 1), U"kˈæt");
    EXPECT_EQ(apply_stress(U"kˈæt", -1), U"kˌæt");
    EXPECT_EQ(apply_stress(U"kæt", -1), U"kæt");
    EXPECT_EQ(apply_stress(U"kæt", 0), U"kˌæt");
    EXPECT_EQ(apply_stress(U"pst", 2), U"pst");  // no vowel to put it on
    EXPECT_EQ(apply_stress(U"pst", 0.5), U"pst");
    EXPECT_EQ(stress_to_vowels(U"ˈkæt ˌstɑp"), U"kˈæt stˌɑp");
    EXPECT_EQ(stress_to_vowels(U"kætˈ"), U"kæt");
}

TEST(PhonesTest, SaysAmericanPhonesTheBritishWay) {
    const std::pair<const char32_t*, const char32_t*> cases[] = {
        {U"kˈɑɹ", U"kˈɑː"},   {U"ɡˈO", U"ɡˈQ"},        {U"kˈæt", U"kˈat"},     {U"ʃˈip", U"ʃˈiːp"},
        {U"hˈæpi", U"hˈapi"}, {U"fˈud", U"fˈuːd"},     {U"hˈɑt", U"hˈɒt"},     {U"lˈɔ", U"lˈɔː"},
        {U"bˈɜɹd", U"bˈɜːd"}, {U"wˈɔTəɹ", U"wˈɔːtə"},  {U"ɹˈOzᵻz", U"ɹˈQzɪz"}, {U"ðˈɛɹ", U"ðˈɛː"},
        {U"vˈɛɹi", U"vˈɛɹi"}, {U"stˈɑɹi", U"stˈɑːɹi"},
    };
    for (const auto& [american, british] : cases)
        EXPECT_EQ(to_utf8(americans_to_british(american)), to_utf8(british));
}

TEST(PhonesTest, KnowsItsVocabulary) {
    for (int token = 0; token < 256; ++token) {
        const char32_t phone = token_phone(static_cast<std::uint8_t>(token));
        if (phone) EXPECT_EQ(phone_token(phone), token);
    }
    EXPECT_EQ(phone_token(U'5'), 0);
    EXPECT_EQ(phone_tokens(U"k5æ"), (std::vector<std::int64_t>{53, 72}));
    EXPECT_TRUE(is_vowel(U'æ') && !is_vowel(U'k') && is_consonant(U'k') && !is_consonant(U'æ'));
}

}  // namespace
}  // namespace aimpact::voice
