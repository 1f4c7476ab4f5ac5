#include "realtime/recording_timeline.hpp"

#include <gtest/gtest.h>

namespace aimpact::realtime {
namespace {

TEST(RecordingTimeline, SpeechSentAsItIsSpokenLiesWhereItWasSpoken) {
    RecordingTimeline line;
    EXPECT_EQ(line.caller_start(3'000, 2'000), 1'000);
    EXPECT_EQ(line.agent_start(3'500), 3'500);
    EXPECT_EQ(line.caller_start(9'000, 1'500), 7'500) << "it may begin while the agent speaks";
    EXPECT_EQ(line.agent_start(9'200), 9'200);
}

TEST(RecordingTimeline, SilenceThatWasNotSentPasses) {
    RecordingTimeline line;
    EXPECT_EQ(line.caller_start(2'000, 2'000), 0);
    EXPECT_EQ(line.caller_start(60'000, 2'000), 58'000);
}

TEST(RecordingTimeline, AnAnswerFollowsAQuestionThatWasSentAtOnce) {
    RecordingTimeline line;
    EXPECT_EQ(line.caller_start(100, 5'000), 0);
    EXPECT_EQ(line.agent_start(600), 5'500);
    EXPECT_EQ(line.caller_start(1'000, 4'000), 5'000) << "never before the end of the caller's last words";
    EXPECT_EQ(line.agent_start(1'400), 9'400);
}

}  // namespace
}  // namespace aimpact::realtime
