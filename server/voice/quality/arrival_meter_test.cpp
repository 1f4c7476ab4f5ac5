#include "voice/quality/arrival_meter.hpp"

#include <gtest/gtest.h>

namespace aimpact::voice {
namespace {

using namespace std::chrono_literals;

class ArrivalMeterTest : public testing::Test {
  protected:
    ArrivalMeter meter;
    ArrivalMeter::Time now{};

    void packets(int count, std::chrono::milliseconds apart = 20ms) {
        for (int i = 0; i < count; ++i) {
            meter.arrived(now, 20);
            now += apart;
        }
    }
};

TEST_F(ArrivalMeterTest, AudioInTimeHasNoGaps) {
    packets(100);
    const ArrivalReport report = meter.report(0, 2000);
    EXPECT_EQ(report.gaps, 0);
    EXPECT_EQ(report.longest_ms, 0);
    EXPECT_EQ(meter.received_ms(), 2000);
}

TEST_F(ArrivalMeterTest, LostPacketsAreGapsByCountAndLength) {
    packets(50);
    now += 200ms;
    packets(50);
    now += 80ms;
    packets(50);
    const ArrivalReport report = meter.report(0, 3000);
    EXPECT_EQ(report.gaps, 2);
    EXPECT_NEAR(report.longest_ms, 200, 1e-6);
    EXPECT_NEAR(report.gaps_ms, 280, 1e-6);
}

TEST_F(ArrivalMeterTest, JitterIsLateAndNoGap) {
    packets(10);
    now += 30ms;
    packets(10);
    const ArrivalReport report = meter.report(0, 400);
    EXPECT_EQ(report.gaps, 0);
    EXPECT_NEAR(report.longest_ms, 30, 1e-6);
}

TEST_F(ArrivalMeterTest, WhatPiledUpInAStallHidesTheNextDelay) {
    packets(10);
    now += 300ms;
    packets(15, 0ms);  // all that was held up
    now += 250ms;      // within what they hold
    packets(10);
    const ArrivalReport report = meter.report(0, 700);
    EXPECT_EQ(report.gaps, 1);
    EXPECT_NEAR(report.gaps_ms, 300, 1e-6);
}

TEST_F(ArrivalMeterTest, AFileSentAtOnceHidesNoMoreThanASecond) {
    packets(500, 0ms);  // ten seconds
    now += 3s;
    packets(10);
    const ArrivalReport report = meter.report(0, 11'000);
    EXPECT_EQ(report.gaps, 1);
    EXPECT_NEAR(report.longest_ms, 2000, 1e-6);
}

TEST_F(ArrivalMeterTest, LongPiecesInTheirOwnPaceAreNoGaps) {
    for (int i = 0; i < 5; ++i) {
        meter.arrived(now, 2000);
        now += 2000ms;
    }
    EXPECT_EQ(meter.report(0, 10'000).gaps, 0);
}

TEST_F(ArrivalMeterTest, OnlyGapsInsideTheStretchCount) {
    packets(50);
    now += 500ms;  // between two turns of a client that sends nothing in between
    packets(50);
    EXPECT_EQ(meter.report(1000, 2000).gaps, 0);
    EXPECT_EQ(meter.report(500, 2000).gaps, 1);
    EXPECT_EQ(meter.report(0, 1000).gaps, 0);
    meter.forget_before(1500);
    EXPECT_EQ(meter.report(500, 2000).gaps, 0);
}

TEST_F(ArrivalMeterTest, MemoryHasALimit) {
    packets(static_cast<int>(ArrivalMeter::kKept) + 100, 100ms);
    EXPECT_EQ(meter.report(0, 1e9).gaps, static_cast<int>(ArrivalMeter::kKept));
}

}  // namespace
}  // namespace aimpact::voice
