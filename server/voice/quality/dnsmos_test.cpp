#include "voice/quality/dnsmos.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "inference/openvino_runtime.hpp"

namespace aimpact::voice {
namespace {

std::vector<float> read(const std::string& path) {
    auto clip = read_audio_file("../shared/audio/" + path, {}, kRecognitionRate);
    EXPECT_TRUE(clip) << clip.error().message;
    return clip ? std::move(clip->samples) : std::vector<float>();
}

class DnsmosTest : public testing::Test {
  protected:
    static std::filesystem::path folder() {
        const char* set = std::getenv("AIMPACT_MODELS_DIR");
        return std::filesystem::path(set && *set ? set : "var/models") / "dnsmos";
    }
    void SetUp() override {
        if (!std::filesystem::exists(folder() / "model_v8.onnx"))
            GTEST_SKIP() << "no DNSMOS models: run scripts/fetch-models or set AIMPACT_MODELS_DIR";
        auto loaded = Dnsmos::load(runtime, folder());
        ASSERT_TRUE(loaded) << loaded.error().message << " " << loaded.error().detail;
        dnsmos = *std::move(loaded);
    }
    inference::OpenVinoRuntime runtime{{}};
    std::unique_ptr<Dnsmos> dnsmos;
};

struct Reference {
    const char* recording;
    const char* noise;
    float gain;
    std::size_t samples;
    double overall, signal, background, p808;
};
constexpr Reference kReference[] = {
#include "voice/quality/dnsmos_reference.inc"
};

// Within a thousandth of a point: speechmos runs on another runtime, and in one go.
TEST_F(DnsmosTest, ScoresAsSpeechmosDoes) {
    if (!std::filesystem::exists("../shared/audio")) GTEST_SKIP() << "no recorded speech in ../shared/audio";
    constexpr double kTolerance = 0.001;
    for (const Reference& one : kReference) {
        std::vector<float> samples = read(one.recording);
        if (one.samples > 0) samples.resize(one.samples);
        if (*one.noise) {
            const std::vector<float> noise = read(one.noise);
            for (std::size_t i = 0; i < samples.size(); ++i)
                samples[i] = std::clamp(samples[i] + one.gain * noise[i], -1.0F, 1.0F);
        }
        const auto score = dnsmos->score(DnsmosClip(std::move(samples)));
        ASSERT_TRUE(score) << score.error().message;
        EXPECT_NEAR(score->overall, one.overall, kTolerance) << one.recording << " " << one.noise;
        EXPECT_NEAR(score->signal, one.signal, kTolerance) << one.recording << " " << one.noise;
        EXPECT_NEAR(score->background, one.background, kTolerance) << one.recording << " " << one.noise;
        EXPECT_NEAR(score->p808, one.p808, kTolerance) << one.recording << " " << one.noise;
    }
}

TEST_F(DnsmosTest, SilenceHasAScoreAndNothingHasNone) {
    const auto silent = dnsmos->score(DnsmosClip(std::vector<float>(16'000, 0.0F)));
    ASSERT_TRUE(silent);
    EXPECT_TRUE(std::isfinite(silent->overall));
    EXPECT_TRUE(std::isfinite(silent->p808));
    EXPECT_EQ(dnsmos->score(DnsmosClip({})).error().code, base::ErrorCode::invalid_argument);
}

TEST(DnsmosClip, ShortClipsAreRepeatedAndLongOnesSampled) {
    EXPECT_EQ(DnsmosClip({}).segments(), 0u);
    EXPECT_EQ(DnsmosClip(std::vector<float>(144'160)).segments(), 1u);
    EXPECT_EQ(DnsmosClip(std::vector<float>(12 * 16'000 + 5)).segments(), 3u);
    std::vector<float> ramp(50'000);
    for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<float>(i);
    const DnsmosClip repeated(ramp);
    ASSERT_GE(repeated.segments(), 1u);
    EXPECT_EQ(repeated.segment(0)[50'000], 0);
    EXPECT_EQ(repeated.segment(0)[144'159], 144'159 % 50'000);

    std::vector<float> long_ramp(120 * 16'000);
    for (std::size_t i = 0; i < long_ramp.size(); ++i) long_ramp[i] = static_cast<float>(i);
    const DnsmosClip sampled(std::move(long_ramp), 3);
    ASSERT_EQ(sampled.segments(), 3u);
    EXPECT_EQ(sampled.segment(0)[0], 0);
    EXPECT_EQ(sampled.segment(2)[0], 110 * 16'000);  // the last whole one
    EXPECT_EQ(DnsmosClip(std::vector<float>(400'000), 1).segments(), 1u);
}

TEST(Dnsmos, MissingModelsSayWhatToDo) {
    inference::OpenVinoRuntime runtime{{}};
    const auto loaded = Dnsmos::load(runtime, "/nowhere");
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find("fetch-models"), std::string::npos);
}

}  // namespace
}  // namespace aimpact::voice
