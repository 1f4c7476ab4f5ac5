#include "voice/quality/speaking_rate.hpp"

#include <gtest/gtest.h>

namespace aimpact::voice {
namespace {

TEST(SpeakingRate, CountsWordsAndNotPunctuation) {
    EXPECT_EQ(count_words(""), 0);
    EXPECT_EQ(count_words("  - ... !"), 0);
    EXPECT_EQ(count_words("It's 5 o'clock, isn't it?"), 5);
    EXPECT_EQ(count_words("Well -\tyes.\nOui, ça\u00A0va"), 4);
}

TEST(SpeakingRate, WordsByTime) {
    EXPECT_NEAR(words_per_minute(30, 10'000).value(), 180, 1e-9);
    EXPECT_FALSE(words_per_minute(2, 10'000));
    EXPECT_FALSE(words_per_minute(30, 999));
}

}  // namespace
}  // namespace aimpact::voice
