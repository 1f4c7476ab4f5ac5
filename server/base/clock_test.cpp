#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace aimpact::base {
namespace {

TEST(Clock, FormatsAndParsesTheSameInstant) {
    const WallTime time = from_unix_millis(1'795'507'200'123);
    EXPECT_EQ(format_time(time), "2026-11-24T08:00:00.123Z");
    WallTime back;
    ASSERT_TRUE(parse_time("2026-11-24T08:00:00.123Z", back));
    EXPECT_EQ(back, time);
    ASSERT_TRUE(parse_time("2026-11-24T08:00:00Z", back));
    EXPECT_EQ(unix_millis(back), 1'795'507'200'000);
}

TEST(Clock, RefusesWhatIsNoTime) {
    WallTime out;
    for (const char* bad : {"", "2026-11-24", "2026-13-24T08:00:00Z", "2026-11-31T08:00:00Z",
                            "2026-11-24T25:00:00Z", "2026-11-24T08:00:00+01:00", "2026-11-24T08:00:00.1Zx"})
        EXPECT_FALSE(parse_time(bad, out)) << bad;
}

TEST(Clock, ManualClockMovesOnlyWhenTold) {
    ManualClock clock;
    const WallTime before = clock.now();
    const SteadyTime steady = clock.steady();
    EXPECT_EQ(clock.now(), before);
    clock.advance(std::chrono::seconds{5});
    EXPECT_EQ(clock.now() - before, std::chrono::seconds{5});
    EXPECT_EQ(clock.steady() - steady, std::chrono::seconds{5});
}

}  // namespace
}  // namespace aimpact::base
