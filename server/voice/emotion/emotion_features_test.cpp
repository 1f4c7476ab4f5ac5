#include "voice/emotion/emotion_features.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aimpact::voice {
namespace {

struct EmotionReference {
    std::size_t samples, window, feature;
    float value;
};
#include "voice/emotion/emotion_reference.inc"

// As tests/voice/emotion_reference.py makes it.
std::vector<float> signal(std::size_t count) {
    constexpr double kTurn = 2 * std::numbers::pi;
    std::vector<float> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double t = static_cast<double>(i) / 16'000;
        const double phase = kTurn * (170 * t + 6 * std::sin(3 * t));
        double sum = 0;
        for (int h = 1; h <= 30; ++h) sum += std::sin(h * phase) / h * (1 + 0.8 * std::sin(5 * t + 0.7 * h));
        const double burst = std::clamp(std::sin(kTurn * 1.7 * t) + 0.6, 0.0, 1.0);
        out[i] = static_cast<float>(0.05 * burst * sum +
                                    0.002 * std::sin(kTurn * 5100 * t + 40 * std::sin(900 * t)));
    }
    return out;
}

TEST(EmotionFeatures, AreThoseThatTheRecogniserIsTrainedOn) {
    EmotionFeatures features;
    std::size_t length = 0;
    std::vector<float> found;
    for (const EmotionReference& row : kReference) {
        if (row.samples != length) found = features.compute(signal(length = row.samples));
        const std::size_t place = row.window * kEmotionFeatures + row.feature;
        ASSERT_LT(place, found.size());
        EXPECT_NEAR(found[place], row.value, 0.01 + 0.01 * std::abs(row.value))
            << row.samples << " samples, window " << row.window << ", feature " << row.feature;
    }
}

TEST(EmotionFeatures, SayNothingOfTheLevel) {
    EmotionFeatures features;
    std::vector<float> quiet = signal(40'000);
    const std::vector<float> before = features.compute(quiet);
    for (float& s : quiet) s *= 0.25F;
    const std::vector<float> after = features.compute(quiet);
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 0.1) << i;
}

TEST(EmotionFeatures, NeedSixTenthsOfASecondOfSpeech) {
    EmotionFeatures features;
    std::size_t frames = 1;
    EXPECT_TRUE(features.compute({}, &frames).empty());
    EXPECT_EQ(frames, 0U);
    EXPECT_TRUE(features.compute(signal(9'000), &frames).empty());
    // A short word in long silence is no more speech than without it.
    std::vector<float> word = signal(4'000);
    word.resize(32'000);
    EXPECT_TRUE(features.compute(word).empty());
    EXPECT_FALSE(features.compute(signal(12'000), &frames).empty());
    EXPECT_GE(frames, kEmotionFramesMin);
}

TEST(EmotionFeatures, OfLongSpeechTakeTheEnd) {
    EmotionFeatures features;
    const std::vector<float> all = signal(kEmotionSamplesMax + 80'000);
    const std::vector<float> whole = features.compute(all);
    const std::vector<float> end = features.compute(std::span(all).last(kEmotionSamplesMax));
    EXPECT_EQ(whole, end);
    EXPECT_LE(whole.size() / kEmotionFeatures, 10U);
}

TEST(EmotionFeatures, SilenceAndNoiseAreFinite) {
    EmotionFeatures features;
    std::vector<float> noise(48'000);
    std::uint32_t state = 1;
    for (float& s : noise)
        s = static_cast<float>((state = state * 1664525U + 1013904223U) >> 8U) / 16777216.0F - 0.5F;
    for (const auto& samples : {std::vector<float>(48'000, 0.0F), std::vector<float>(48'000, 1.0F), noise})
        for (const float value : features.compute(samples)) ASSERT_TRUE(std::isfinite(value));
}

}  // namespace
}  // namespace aimpact::voice
