#include "voice/quality/level_meter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <numbers>

#include "voice/audio.hpp"

namespace aimpact::voice {
namespace {

std::vector<float> tone(double seconds, float amplitude, double hz = 440, int rate = 16'000) {
    std::vector<float> out(static_cast<std::size_t>(seconds * rate));
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = amplitude *
                 static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate));
    return out;
}

LevelReport measure(std::span<const float> samples, int rate = 16'000, float full_scale = 1) {
    LevelMeter meter(rate, full_scale);
    meter.push(samples);
    return report_of(meter.take());
}

struct Reference {
    const char* recording;
    const char* noise;
    float gain;
    std::size_t samples;
    double level, active;
};
constexpr Reference kReference[] = {
#include "voice/quality/level_reference.inc"
};

TEST(LevelMeter, NothingAndSilenceAreAtTheFloor) {
    EXPECT_EQ(report_of({}).level_dbfs, -120);
    const LevelReport silent = measure(std::vector<float>(16'000, 0.0F));
    EXPECT_EQ(silent.level_dbfs, -120);
    EXPECT_EQ(silent.active_level_dbfs, -120);
    EXPECT_EQ(silent.peak_dbfs, -120);
    EXPECT_EQ(silent.clipped_share, 0);
}

TEST(LevelMeter, ASineIsThreeDecibelBelowItsPeak) {
    const LevelReport report = measure(tone(3, 0.5F));
    EXPECT_NEAR(report.level_dbfs, -9.03, 0.05);
    EXPECT_NEAR(report.peak_dbfs, -6.02, 0.01);
    EXPECT_NEAR(report.active_level_dbfs, -9.03, 0.1);
    EXPECT_EQ(report.clipped_runs, 0);
}

TEST(LevelMeter, PausesLowerTheLevelAndNotTheActiveLevel) {
    std::vector<float> sound = tone(3, 0.25F);
    const LevelReport alone = measure(sound);
    sound.insert(sound.end(), 9 * 16'000, 0.0F);
    const LevelReport padded = measure(sound);
    EXPECT_NEAR(padded.level_dbfs, alone.level_dbfs - 6.02, 0.05);
    // The hangover of 0.2 s is all that the pause adds.
    EXPECT_NEAR(padded.active_level_dbfs, alone.active_level_dbfs, 0.5);
}

TEST(LevelMeter, ActiveLevelOfSpeechIsThatOfTheRecommendation) {
    if (!std::filesystem::exists("../shared/audio")) GTEST_SKIP() << "no recorded speech in ../shared/audio";
    for (const Reference& one : kReference) {
        auto clip = read_audio_file(std::string("../shared/audio/") + one.recording, {}, 16'000);
        ASSERT_TRUE(clip) << clip.error().message;
        std::vector<float> samples = std::move(clip->samples);
        if (one.samples > 0) samples.resize(one.samples);
        if (*one.noise) {
            const auto noise = read_audio_file(std::string("../shared/audio/") + one.noise, {}, 16'000);
            ASSERT_TRUE(noise) << noise.error().message;
            for (std::size_t i = 0; i < samples.size(); ++i)
                samples[i] = std::clamp(samples[i] + one.gain * noise->samples[i], -1.0F, 1.0F);
        }
        const LevelReport report = measure(samples);
        EXPECT_NEAR(report.level_dbfs, one.level, 0.01) << one.recording;
        EXPECT_NEAR(report.active_level_dbfs, one.active, 0.05) << one.recording;
    }
}

TEST(LevelMeter, ClippingIsCountedAsAShareAndInRuns) {
    std::vector<float> sound = tone(1, 2.0F, 100);  // two thirds of each period are beyond full scale
    for (float& s : sound) s = std::clamp(s, -1.0F, 1.0F);
    const LevelReport report = measure(sound);
    EXPECT_NEAR(report.clipped_share, 2.0 / 3, 0.01);
    EXPECT_EQ(report.clipped_runs, 200);  // one each half period
    EXPECT_NEAR(report.longest_run, 16'000 / 100.0 / 3, 2);
    EXPECT_NEAR(report.peak_dbfs, 0, 0.001);
}

TEST(LevelMeter, APeakThatOnlyTouchesFullScaleIsNoRun) {
    std::vector<float> sound = tone(1, 0.3F);
    sound[500] = sound[501] = 1;
    sound[502] = -1;
    sound[900] = 1;
    const LevelReport report = measure(sound);
    EXPECT_EQ(report.clipped_runs, 0);
    EXPECT_EQ(report.longest_run, 2);
    EXPECT_NEAR(report.clipped_share, 4.0 / 16'000, 1e-9);
}

TEST(LevelMeter, FullScaleOfG711IsBelowOne) {
    std::vector<float> loud = tone(1, 2.0F, 100, 8000);
    for (float& s : loud) s = std::clamp(s, -1.0F, 1.0F);
    const std::vector<float> heard = ulaw_to_float(float_to_ulaw(loud));
    EXPECT_EQ(measure(heard, 8000).clipped_share, 0);
    EXPECT_GT(measure(heard, 8000, 32'124.0F / 32'768).clipped_share, 0.6);
}

TEST(LevelMeter, AnOffsetIsReportedAndLeavesTheLevelAlone) {
    std::vector<float> sound = tone(4, 0.1F);
    const LevelReport plain = measure(sound);
    for (float& s : sound) s += 0.05F;
    const LevelReport report = measure(sound);
    EXPECT_NEAR(report.dc_offset, 0.05, 1e-4);
    EXPECT_NEAR(report.level_dbfs, plain.level_dbfs, 0.2);
    EXPECT_NEAR(plain.dc_offset, 0, 1e-4);
}

TEST(LevelMeter, PiecesAddUpToTheWhole) {
    std::vector<float> sound = tone(2, 1.5F, 170);
    for (float& s : sound) s = std::clamp(s, -1.0F, 1.0F);
    const LevelReport whole = measure(sound);
    LevelMeter meter(16'000);
    LevelSums sums;
    for (std::size_t at = 0; at < sound.size(); at += 317) {
        meter.push(std::span(sound).subspan(at, std::min<std::size_t>(317, sound.size() - at)));
        sums += meter.take();
    }
    const LevelReport added = report_of(sums);
    EXPECT_NEAR(added.level_dbfs, whole.level_dbfs, 1e-9);
    EXPECT_NEAR(added.active_level_dbfs, whole.active_level_dbfs, 1e-9);
    EXPECT_EQ(added.clipped_runs, whole.clipped_runs);
    EXPECT_EQ(added.longest_run, whole.longest_run);
    EXPECT_EQ(added.clipped_share, whole.clipped_share);
}

}  // namespace
}  // namespace aimpact::voice
