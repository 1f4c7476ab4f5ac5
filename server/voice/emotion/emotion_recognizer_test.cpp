#include "voice/emotion/emotion_recognizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <thread>

#include "base/metrics.hpp"
#include "inference/openvino_runtime.hpp"
#include "voice/audio.hpp"
#include "voice/emotion/emotion_hearing.hpp"

namespace aimpact::voice {
namespace {

std::filesystem::path model_folder() {
    const char* set = std::getenv("AIMPACT_MODELS_DIR");
    return std::filesystem::path(set ? set : "var/models") / "emotion";
}

class EmotionRecognizerTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(model_folder() / "emotion.xml"))
            GTEST_SKIP() << "no emotion model: run scripts/train-emotion or set AIMPACT_MODELS_DIR";
        auto loaded = EmotionRecognizer::load(runtime_, model_folder());
        ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
        recognizer_ = *std::move(loaded);
    }

    static std::vector<float> hum(std::size_t count) {
        std::vector<float> out(count);
        for (std::size_t i = 0; i < count; ++i) {
            const double t = static_cast<double>(i) / kRecognitionRate;
            for (int h = 1; h < 8; ++h)
                out[i] += static_cast<float>(0.1 / h *
                                             std::sin(2 * 3.14159265 * h * (150 * t + 4 * std::sin(4 * t))));
        }
        return out;
    }

    inference::OpenVinoRuntime runtime_{std::filesystem::path{}};
    std::shared_ptr<const EmotionRecognizer> recognizer_;
};

TEST_F(EmotionRecognizerTest, GivesProbabilitiesOfSpeechAndNothingOfTooLittle) {
    const auto found = recognizer_->estimate(hum(48'000));
    ASSERT_TRUE(found.has_value() && found->has_value());
    const auto& p = (*found)->probabilities;
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0F), 1.0F, 1e-4);
    EXPECT_NEAR((*found)->speech_seconds, 3.0F, 0.2F);
    for (const std::size_t count : {0, 100, 9'000}) {
        const auto none = recognizer_->estimate(hum(count));
        ASSERT_TRUE(none.has_value());
        EXPECT_FALSE(none->has_value()) << count;
    }
}

TEST_F(EmotionRecognizerTest, ThreadsShareIt) {
    const std::vector<float> samples = hum(64'000);
    const auto alone = recognizer_->estimate(samples);
    ASSERT_TRUE(alone.has_value() && alone->has_value());
    std::array<float, 4> found{};
    std::vector<std::thread> threads;
    for (float& out : found)
        threads.emplace_back([&] {
            const auto one = recognizer_->estimate(samples);
            out = one && *one ? (*one)->probabilities[0] : -1;
        });
    for (std::thread& thread : threads) thread.join();
    for (const float p : found) EXPECT_FLOAT_EQ(p, (*alone)->probabilities[0]);
}

TEST_F(EmotionRecognizerTest, AnotherModelIsRefused) {
    const std::filesystem::path folder = std::filesystem::temp_directory_path() / "aimpact-no-emotion";
    EXPECT_TRUE(EmotionRecognizer::load(runtime_, folder).has_error());
    const auto other = EmotionRecognizer::load(runtime_, model_folder().parent_path() / "ge2e");
    EXPECT_TRUE(other.has_error());
}

TEST(EmotionHearing, WithoutTheModelSaysHowToGetIt) {
    base::Metrics metrics;
    inference::Scheduler scheduler({.threads = 1}, metrics);
    EmotionHearing hearing(scheduler);
    EXPECT_FALSE(hearing.available());
    auto asked = hearing.estimate(std::vector<float>(48'000));
    const auto found = base::run_sync(std::move(asked));
    ASSERT_TRUE(found.has_error());
    EXPECT_EQ(found.error().code, base::ErrorCode::unavailable);
    EXPECT_NE(found.error().message.find("train-emotion"), std::string::npos);
}

}  // namespace
}  // namespace aimpact::voice
