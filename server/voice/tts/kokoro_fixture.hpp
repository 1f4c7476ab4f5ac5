// The real synthesiser for tests, one a process: loading it per test would be most of the time.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "inference/openvino_runtime.hpp"
#include "voice/tts/kokoro.hpp"
#include "voice/tts/test_models.hpp"

namespace aimpact::voice {

using base::ErrorCode;
using base::Task;
using inference::Priority;

struct KokoroEngine {
    base::Metrics metrics;
    inference::OpenVinoRuntime runtime{std::filesystem::temp_directory_path() /
                                       ("aimpact-tts-test-" + std::to_string(::getuid()))};
    inference::Scheduler scheduler{{.threads = 2}, metrics};
    std::unique_ptr<Synthesizer> synthesizer;
};

class KokoroTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (!std::filesystem::exists(kokoro_folder() / "stage_g.xml")) return;
        engine_ = new KokoroEngine;
        auto made = make_kokoro({.models_dir = models_folder()}, engine_->runtime, engine_->scheduler,
                                engine_->metrics);
        ASSERT_TRUE(made) << made.error().message << " " << made.error().detail;
        engine_->synthesizer = *std::move(made);
    }
    static void TearDownTestSuite() {
        delete engine_;
        engine_ = nullptr;
    }
    void SetUp() override {
        if (!engine_) GTEST_SKIP() << "no speech model: run scripts/fetch-models";
    }
    Synthesizer& synthesizer() { return *engine_->synthesizer; }
    Result<SpokenChunk> say(std::string text, SpeechStyle style = {}, std::stop_token stop = {}) {
        return base::run_sync(
            synthesizer().clause(std::move(text), std::move(style), Priority::caller_waiting, stop));
    }
    static double seconds(const SpokenChunk& c) {
        return static_cast<double>(c.samples.size()) / kSynthesisRate;
    }
    static void expect_sound(const Result<SpokenChunk>& chunk, const std::string& what) {
        ASSERT_TRUE(chunk) << what << ": " << chunk.error().message;
        float peak = 0;
        for (float s : chunk->samples) {
            ASSERT_TRUE(std::isfinite(s)) << what;
            peak = std::max(peak, std::abs(s));
        }
        EXPECT_GT(peak, 0.05f) << what;
        EXPECT_LE(peak, 0.9f) << what;
    }

    static inline KokoroEngine* engine_ = nullptr;
};

}  // namespace aimpact::voice
