#include "voice/tts/spoken_form.hpp"

#include <gtest/gtest.h>

#include "voice/tts/test_models.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

using How = SaidAs::How;

class SpokenFormTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(kokoro_folder() / "dict" / "us_gold.json"))
            GTEST_SKIP() << "no dictionaries: run scripts/fetch-models";
        static const auto us = Pronouncer::load(kokoro_folder() / "dict", Accent::american);
        ASSERT_TRUE(us) << us.error().message;
        speller_ = *us;
    }
    std::string say(std::string_view text, std::vector<SaidAs> parts = {}) const {
        return to_utf8(spoken_form(*speller_, text, {.said_as = std::move(parts)}, false));
    }
    std::shared_ptr<const Pronouncer> speller_;
};

TEST_F(SpokenFormTest, SaysWordsInPlaceOfWords) {
    EXPECT_EQ(say("the WWW is", {{4, 7, How::words, "world wide web"}}), say("the world wide web is"));
    EXPECT_EQ(say("the WWW is"), to_utf8(speller_->pronounce("the WWW is")));
}

TEST_F(SpokenFormTest, SaysGivenPhones) {
    EXPECT_EQ(say("a tomato, please.", {{2, 8, How::phones, "təmˈɑTO"}}), "ɐ təmˈɑTO, plˈiz.");
    // What follows counts for the words before it.
    EXPECT_EQ(say("the word", {{4, 8, How::phones, "ˈæpᵊl"}}), "ði ˈæpᵊl");
}

TEST_F(SpokenFormTest, SpellsOut) {
    EXPECT_EQ(say("ab1-c", {{0, 5, How::letters, ""}}), "ˈA bˈi wˈʌn dˈæʃ sˈi");
    EXPECT_EQ(say("x y", {{0, 3, How::letters, ""}}), "ˈɛks, wˈI");
    EXPECT_NE(say("NASA", {{0, 4, How::letters, ""}}), say("NASA"));
}

TEST_F(SpokenFormTest, MovesStress) {
    EXPECT_EQ(say("to go now", {{0, 2, How::stress, "+2"}}), "tˈə ɡˌO nˈW");
    EXPECT_EQ(say("a word", {{2, 6, How::stress, "-1"}}), "ɐ wˌɜɹd");
    EXPECT_EQ(say("a (word).", {{3, 7, How::stress, "-1"}}), "ɐ (wˌɜɹd).");
}

// The text can't name phones by itself, and parts that don't fit it change nothing.
TEST_F(SpokenFormTest, IgnoresPlaceholdersOfTheTextAndPartsThatDoNotFit) {
    EXPECT_EQ(say("a \xEE\x80\x80 b\xEE\xA0\x80", {{0, 1, How::words, "one"}}), say("one b"));
    const std::string plain = say("one two");
    EXPECT_EQ(say("one two", {{4, 99, How::words, "x"}}), plain);
    EXPECT_EQ(say("one two", {{4, 4, How::words, "x"}}), plain);
    EXPECT_EQ(say("one two", {{4, 7, How::words, "two"}, {0, 3, How::words, "x"}}), plain);
    EXPECT_EQ(to_utf8(speller_->pronounce("a \xEE\x80\x81 b")), to_utf8(speller_->pronounce("a b")));
}

TEST(WordsToSay, IsTheTextForOtherEngines) {
    const std::vector<SaidAs> parts = {
        {0, 3, How::words, "World Wide Web"}, {4, 6, How::letters, ""}, {7, 9, How::phones, "ˈA"}};
    EXPECT_EQ(words_to_say("WWW AB xy.", parts), "World Wide Web A B xy.");
}

}  // namespace
}  // namespace aimpact::voice
