#include "voice/turn_detector.hpp"

#include <thread>

#include "voice/hearing_fixture.hpp"
#include "voice/turn_features.hpp"

namespace aimpact::voice {
namespace {

// The signal of tests/voice/turn_features_reference.py.
std::vector<float> reference_signal(std::size_t count) {
    std::vector<float> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double t = static_cast<double>(i) / kRecognitionRate, turn = 2 * std::numbers::pi;
        out[i] = static_cast<float>((0.1 + 0.05 * t) * std::sin(turn * (150 * t + 300 * t * t)) +
                                    0.03 * std::sin(turn * 3100 * t) + 0.01);
    }
    return out;
}

TEST(TurnFeatures, EqualTheReference) {
    struct Row {
        std::size_t samples, mel, frame;
        float value;
    };
    constexpr Row kRows[] = {
#include "voice/turn_features_reference.inc"
    };
    TurnFeatures features;
    std::vector<float> table(kTurnMels * kTurnFrames);
    std::size_t computed = 0;
    for (const Row& row : kRows) {
        if (std::exchange(computed, row.samples) != row.samples)
            features.compute(reference_signal(row.samples),
                             std::span<float, kTurnMels * kTurnFrames>(table.data(), table.size()));
        EXPECT_NEAR(table[row.mel * kTurnFrames + row.frame], row.value, 2e-3)
            << row.samples << " samples, mel " << row.mel << ", frame " << row.frame;
    }
}

TEST(TurnFeatures, SilenceAndNothingAreFinite) {
    TurnFeatures features;
    std::vector<float> table(kTurnMels * kTurnFrames);
    const std::span<float, kTurnMels * kTurnFrames> out(table.data(), table.size());
    for (const std::size_t count : {0u, 1u, 16000u, 200000u}) {
        features.compute(std::vector<float>(count, 0.0F), out);
        for (const float value : table) ASSERT_TRUE(std::isfinite(value)) << count;
    }
}

class TurnDetectorOnAudio : public HearingFixture {};

TEST_F(TurnDetectorOnAudio, TellsAFinishedSentenceFromABrokenOne) {
    // Probabilities of the same file in ONNX Runtime with the reference features.
    struct Case {
        const char* name;
        float whole, half;
    };
    for (const Case& c :
         {Case{"1688/1688-142285-0006", 0.952F, 0.014F}, Case{"1998/1998-15444-0002", 0.989F, 0.067F},
          Case{"1998/1998-15444-0008", 0.989F, 0.021F}, Case{"2414/2414-128291-0006", 0.975F, 0.032F},
          Case{"3005/3005-163389-0004", 0.976F, 0.099F}}) {
        const auto audio = speech(c.name);
        const auto half = std::span(audio).first(audio.size() / 2);
        EXPECT_NEAR(hearing().turn->complete_probability(audio).value(), c.whole, 0.1) << c.name;
        EXPECT_NEAR(hearing().turn->complete_probability(half).value(), c.half, 0.15) << c.name;
    }
}

TEST_F(TurnDetectorOnAudio, ServesManyThreads) {
    const auto audio = speech("1998/1998-15444-0002");
    const float alone = hearing().turn->complete_probability(audio).value();
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int k = 0; k < 3; ++k)
                EXPECT_NEAR(hearing().turn->complete_probability(audio).value(), alone, 1e-4);
        });
}

}  // namespace
}  // namespace aimpact::voice
