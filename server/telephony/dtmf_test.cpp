#include "telephony/dtmf.hpp"

#include <gtest/gtest.h>

#include "telephony/playback_marks.hpp"

namespace aimpact::telephony {
namespace {

using namespace std::chrono_literals;
const base::SteadyTime t0{std::chrono::seconds{100}};

TEST(Dtmf, ATerminatorCompletes) {
    DtmfCollector keys({});
    EXPECT_FALSE(keys.press('1', t0));
    EXPECT_FALSE(keys.press('2', t0 + 1s));
    EXPECT_EQ(keys.press('#', t0 + 2s), "12#");
    EXPECT_TRUE(keys.empty());
    EXPECT_FALSE(keys.deadline());
    EXPECT_EQ(DtmfCollector::text_of("12#"), "[pressed 1 2 #]");
}

TEST(Dtmf, APauseCompletes) {
    DtmfCollector keys({.pause = 500ms});
    EXPECT_FALSE(keys.expire(t0));
    EXPECT_FALSE(keys.press('4', t0));
    EXPECT_FALSE(keys.press('2', t0 + 400ms));
    EXPECT_EQ(keys.deadline(), t0 + 900ms);
    EXPECT_FALSE(keys.expire(t0 + 899ms));
    EXPECT_EQ(keys.expire(t0 + 900ms), "42");
    EXPECT_FALSE(keys.expire(t0 + 2s));
}

TEST(Dtmf, WithoutATerminatorAllKeysAreWords) {
    DtmfCollector keys({.terminator = '\0', .keys_max = 3});
    EXPECT_FALSE(keys.press('#', t0));
    EXPECT_FALSE(keys.press('*', t0));
    EXPECT_EQ(keys.press('A', t0), "#*A");  // as many as fit
}

TEST(PlaybackMarks, TellWhatWasPlayed) {
    PlaybackMarks marks;
    const std::string first = marks.add("a", 20), second = marks.add("a", 1020), third = marks.add("b", 20);
    EXPECT_NE(first, second);
    EXPECT_EQ(marks.echoed(second)->ms, 1020);
    EXPECT_EQ(marks.echoed(first), std::nullopt);  // done with already
    EXPECT_EQ(marks.echoed("nobody's"), std::nullopt);
    EXPECT_EQ(marks.echoed(third)->item_id, "b");
    EXPECT_EQ(marks.echoed(third), std::nullopt);
}

TEST(PlaybackMarks, WhatAClearBringsBackWasNotHeard) {
    PlaybackMarks marks;
    const std::string void_one = marks.add("a", 1020);
    marks.cleared();
    EXPECT_EQ(marks.echoed(void_one), std::nullopt);
    EXPECT_EQ(marks.echoed(marks.add("b", 20))->item_id, "b");
}

TEST(PlaybackMarks, ForgetTheOldestOfAProviderThatEchoesNone) {
    PlaybackMarks marks;
    const std::string first = marks.add("a", 20);
    for (std::size_t i = 0; i < PlaybackMarks::kWaitingMax; ++i) marks.add("a", 40);
    EXPECT_EQ(marks.waiting(), PlaybackMarks::kWaitingMax);
    EXPECT_EQ(marks.echoed(first), std::nullopt);
}

}  // namespace
}  // namespace aimpact::telephony
