#include "realtime/playback.hpp"

#include <gtest/gtest.h>

namespace aimpact::realtime {
namespace {

using namespace std::chrono_literals;
const base::SteadyTime t0{std::chrono::seconds{100}};

TEST(HeardText, CutsAtWholeWordsInProportion) {
    const std::vector<SpokenPiece> pieces{{"Hello there.", 1200}, {" How are you today?", 1900}};
    EXPECT_EQ(heard_text(pieces, 0), "");
    EXPECT_EQ(heard_text(pieces, 300), "");  // within the first word
    EXPECT_EQ(heard_text(pieces, 500), "Hello");
    EXPECT_EQ(heard_text(pieces, 1199), "Hello");
    EXPECT_EQ(heard_text(pieces, 1200), "Hello there.");
    EXPECT_EQ(heard_text(pieces, 1200 + 800), "Hello there. How are");
    EXPECT_EQ(heard_text(pieces, 99'999), "Hello there. How are you today?");
    EXPECT_EQ(heard_text({}, 100), "");
}

TEST(HeardText, KeepsUtf8Whole) {
    const std::vector<SpokenPiece> pieces{{"Žluťoučký kůň", 1000}};
    EXPECT_EQ(heard_text(pieces, 900), "Žluťoučký");
}

TEST(Playback, QueuesBehindWhatIsStillPlaying) {
    Playback playback;
    playback.sent("r1", "a", {"One.", 1000}, t0);
    playback.sent("r1", "a", {" Two.", 1000}, t0 + 100ms);
    EXPECT_DOUBLE_EQ(playback.unplayed_ms(t0 + 500ms), 1500);
    playback.sent("r2", "b", {"Three.", 500}, t0 + 500ms);
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("a"), t0 + 1500ms), 1500);
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("b"), t0 + 1500ms), 0);
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("b"), t0 + 2300ms), 300);
    const auto cut = playback.cut(t0 + 1500ms);
    ASSERT_EQ(cut.size(), 2u);
    EXPECT_DOUBLE_EQ(cut[0]->cut_ms, 1500);
    EXPECT_DOUBLE_EQ(cut[1]->cut_ms, 0);
    EXPECT_EQ(playback.unplayed_ms(t0 + 1500ms), 0);
    EXPECT_TRUE(playback.cut(t0 + 1600ms).empty());
}

TEST(Playback, AGapInTheSupplyIsNotHeard) {
    Playback playback;
    playback.sent("r", "a", {"One.", 1000}, t0);
    playback.sent("r", "a", {" Two.", 1000}, t0 + 3s);
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("a"), t0 + 3s), 1000);
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("a"), t0 + 3500ms), 1500);
}

TEST(Playback, AnEchoOfTheClientCorrectsTheEstimate) {
    Playback playback;
    playback.sent("r1", "a", {"One.", 1000}, t0);
    playback.sent("r1", "a", {" Two.", 1000}, t0);
    playback.sent("r2", "b", {"Three.", 500}, t0);
    playback.played("a", 400, t0 + 700ms);  // 300 ms later than we thought
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("a"), t0 + 800ms), 500);
    EXPECT_DOUBLE_EQ(playback.unplayed_ms(t0 + 800ms), 2000);
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("b"), t0 + 2400ms), 100);
    playback.played("b", 300, t0 + 2400ms);  // and sooner
    EXPECT_DOUBLE_EQ(playback.unplayed_ms(t0 + 2400ms), 200);
    playback.played("b", 9000, t0 + 2400ms);  // never more than was sent
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("b"), t0 + 2400ms), 500);
    playback.played("nobody's", 100, t0 + 2400ms);
}

TEST(Playback, WhatWasCutIsNotPlayedAnyMore) {
    Playback playback;
    playback.sent("r", "a", {"One.", 1000}, t0);
    playback.cut(t0 + 300ms);
    playback.played("a", 1000, t0 + 400ms);
    EXPECT_DOUBLE_EQ(playback.heard_ms(*playback.find("a"), t0 + 1s), 300);
    EXPECT_EQ(playback.unplayed_ms(t0 + 400ms), 0);
}

TEST(Playback, ForgetsTheOldest) {
    Playback playback;
    for (int i = 0; i < 100; ++i) playback.sent("r", std::to_string(i), {"x", 10}, t0);
    EXPECT_EQ(playback.find("0"), nullptr);
    EXPECT_NE(playback.find("99"), nullptr);
}

}  // namespace
}  // namespace aimpact::realtime
