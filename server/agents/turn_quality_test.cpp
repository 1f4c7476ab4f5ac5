// How a turn sounded, through the store: on both databases, and amended.
#include "agents/conversation_wire.hpp"
#include "agents/testing.hpp"

namespace aimpact::agents {
namespace {

class TurnQualityTest : public test::AgentsTest {};
AIMPACT_ON_BOTH_DATABASES(TurnQualityTest);

TurnQuality full() {
    TurnQuality quality;
    quality.caller = SpeechQuality{-25.5, -23.1, -3.2, 0.0125, 7, -0.0031, 2, 340, 420, 152, {}};
    quality.reply = SpeechQuality{-21, -20.4, -4, 0, 0, 0, 0, 12, 0, {}, {}};
    quality.overlap_ms = 310;
    quality.dead_air_ms = 640;
    quality.longest_silence_ms = 600;
    return quality;
}

TEST_P(TurnQualityTest, IsKeptAndAmended) {
    const Agent agent = make_agent();
    auto loop = open(agent);
    ASSERT_TRUE(loop);
    const std::string id = loop->conversation_id();
    Turn turn;
    turn.timeline.started_at = clock.now();
    turn.quality = full();
    run(loop->record_turn(turn));
    Turn silent;
    silent.index = 1;
    silent.timeline.started_at = clock.now();
    run(loop->record_turn(silent));
    turn.quality.reply->dnsmos = SpeechScores{3.1, 3.4, 3.9, 3.7};  // it comes later
    run(loop->record_turn(turn));

    const auto record = run(module->conversations().get("org_a", id));
    ASSERT_TRUE(record) << record.error().message;
    ASSERT_EQ(record->turns.size(), 2u);
    const TurnQuality& kept = record->turns[0].quality;
    ASSERT_TRUE(kept.caller && kept.reply && kept.reply->dnsmos);
    EXPECT_EQ(kept.caller->clipped_share, 0.0125);
    EXPECT_EQ(kept.caller->clipped_runs, 7);
    EXPECT_EQ(kept.caller->dc_offset, -0.0031);
    EXPECT_EQ(kept.caller->gaps, 2);
    EXPECT_EQ(kept.caller->words_per_minute, 152);
    EXPECT_FALSE(kept.reply->words_per_minute);
    EXPECT_EQ(kept.reply->dnsmos->signal, 3.4);
    EXPECT_EQ(kept.overlap_ms, 310);
    EXPECT_EQ(kept.longest_silence_ms, 600);
    EXPECT_TRUE(record->turns[1].quality.empty());

    const auto wire = turn_json(record->turns[0]).at("quality").as_object();
    EXPECT_EQ(wire.at("caller").at("level_dbfs").to_number<double>(), -25.5);
    EXPECT_FALSE(wire.at("caller").as_object().contains("dnsmos"));
    EXPECT_EQ(wire.at("reply").at("dnsmos").at("p808").to_number<double>(), 3.7);
    EXPECT_FALSE(turn_json(record->turns[1]).contains("quality"));
}

}  // namespace
}  // namespace aimpact::agents
