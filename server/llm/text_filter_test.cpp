#include "llm/text_filter.hpp"

#include <gtest/gtest.h>

namespace aimpact::llm {
namespace {

TEST(TextFilter, PassesWholeTextThrough) {
    TextFilter filter;
    EXPECT_EQ(filter.push("Hello"), "Hello");
    EXPECT_EQ(filter.push(" world"), " world");
    EXPECT_EQ(filter.finish(), "");
}

TEST(TextFilter, HoldsBackAnUnfinishedCharacter) {
    TextFilter filter;
    EXPECT_EQ(filter.push("caf\xC3"), "caf");
    EXPECT_EQ(filter.push("\xA9!"), "\xC3\xA9!");
    EXPECT_EQ(filter.push("\xF0\x9F"), "");
    EXPECT_EQ(filter.push("\x98\x80"), "\xF0\x9F\x98\x80");
}

TEST(TextFilter, ReplacesBrokenBytes) {
    TextFilter filter;
    EXPECT_EQ(filter.push("a\xFFz"), "a\xEF\xBF\xBDz");
    EXPECT_EQ(filter.push("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
    EXPECT_EQ(filter.push("x\xE2\x82"), "x");
    EXPECT_EQ(filter.finish(), "\xEF\xBF\xBD");
}

TEST(TextFilter, StopsAtAStopStringThatSpansPieces) {
    TextFilter filter({"\nUser:", "END"});
    EXPECT_EQ(filter.push("Yes.\nUs"), "Yes.");
    EXPECT_FALSE(filter.stopped());
    EXPECT_EQ(filter.push("er: no"), "");
    EXPECT_TRUE(filter.stopped());
    EXPECT_EQ(filter.push("more"), "");
    EXPECT_EQ(filter.finish(), "");
}

TEST(TextFilter, GivesBackWhatOnlyLookedLikeAStopString) {
    TextFilter filter({"END"});
    EXPECT_EQ(filter.push("the EN"), "the ");
    EXPECT_EQ(filter.push("TRY"), "ENTRY");
    EXPECT_EQ(filter.push("E"), "");
    EXPECT_EQ(filter.finish(), "E");
}

TEST(TextFilter, TakesTheEarliestStopString) {
    TextFilter filter({"bbb", "a"});
    EXPECT_EQ(filter.push("xxabbb"), "xx");
}

}  // namespace
}  // namespace aimpact::llm
