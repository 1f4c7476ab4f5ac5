#include "voice/guard.hpp"

#include <gtest/gtest.h>

namespace aimpact::voice {
namespace {

Verdict of(std::string_view text, std::size_t tokens = 5, double seconds = 3, double probability = 0.95) {
    return judge({text, tokens, seconds, probability});
}

TEST(Guard, PassesOrdinarySpeech) {
    EXPECT_EQ(of("I would like to book a table for two at seven.", 12), Verdict::good);
    EXPECT_EQ(of(""), Verdict::good);
    EXPECT_EQ(of("No, no, no, no, that is not what I said.", 14), Verdict::good);
    EXPECT_EQ(of("It is what it is, and it is what it was.", 13), Verdict::good);
    EXPECT_EQ(of("My number is five five five five.", 9), Verdict::good);
    EXPECT_EQ(of("Yes.", 2, 0.5), Verdict::good);
}

TEST(Guard, RejectsMoreTokensThanTheTimeAllows) {
    EXPECT_EQ(of("many words", 149, 10), Verdict::too_many_tokens);
    EXPECT_EQ(of("some words", 69, 10), Verdict::good);
    EXPECT_EQ(of("some words", 70, 10), Verdict::too_many_tokens) << "6.5 a second and 4 free ones";
}

TEST(Guard, RejectsLoops) {
    EXPECT_EQ(of("the the the the the the the", 7), Verdict::repeats);
    EXPECT_EQ(of("I'm going to do it. I'm going to do it. I'm going to do it! I'm going to do it.", 20),
              Verdict::repeats);
    EXPECT_EQ(of("a b a b a b a b a b", 10), Verdict::repeats);
    EXPECT_EQ(of("a b a b a b a b", 10), Verdict::good);
    EXPECT_EQ(of("and then the long road and then the long road and then the long road", 15), Verdict::good);
}

TEST(Guard, DoubtsALoneStockPhraseOnly) {
    for (const auto text : {"You", "Thank you.", "Thanks for watching!", "Mm-hmm."}) {
        EXPECT_EQ(of(text, 3, 1, 0.6), Verdict::doubtful) << text;
        EXPECT_EQ(of(text, 3, 1, 0.9), Verdict::good) << text;
    }
    EXPECT_EQ(of("Thank you for the table.", 6, 2, 0.6), Verdict::good);
    EXPECT_FALSE(to_string(Verdict::doubtful).empty());
}

TEST(Guard, NoticesAStockPhraseBehindASentence) {
    EXPECT_TRUE(ends_in_stock_phrase("It costs $42.50 today. Thank you."));
    EXPECT_TRUE(ends_in_stock_phrase("Is it open? Bye"));
    EXPECT_FALSE(ends_in_stock_phrase("Thank you."));
    EXPECT_FALSE(ends_in_stock_phrase("We thank you."));
    EXPECT_FALSE(ends_in_stock_phrase("It costs 42.50 today."));
    EXPECT_FALSE(ends_in_stock_phrase(""));
}

}  // namespace
}  // namespace aimpact::voice
