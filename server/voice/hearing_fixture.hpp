// For tests: the models and the recorded speech, found once; a test without them is skipped and says why.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <numbers>
#include <random>

#include "inference/openvino_runtime.hpp"
#include "voice/hearing.hpp"

namespace aimpact::voice {

class HearingFixture : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (hearing_) return;
        const char* set = std::getenv("AIMPACT_MODELS_DIR");
        const std::filesystem::path folder = set && *set ? set : "var/models";
        const auto store = inference::ModelStore::open(folder);
        if (!store) return;
        static inference::OpenVinoRuntime runtime({});
        auto loaded = load_hearing(*store, runtime, {});
        ASSERT_TRUE(loaded) << loaded.error().message << " " << loaded.error().detail;
        hearing_ = std::make_unique<Hearing>(*loaded);
    }
    void SetUp() override {
        if (!hearing_) GTEST_SKIP() << "no models: run scripts/fetch-models or set AIMPACT_MODELS_DIR";
        if (!std::filesystem::exists(kAudio)) GTEST_SKIP() << "no recorded speech in " << kAudio;
    }
    static const Hearing& hearing() { return *hearing_; }

    // "1998/1998-15444-0002" of the LibriSpeech folder, at 16 kHz.
    static std::vector<float> speech(const std::string& name) {
        return read("librispeech-test-other/" + name + ".flac");
    }
    static std::vector<float> read(const std::string& path) {
        auto clip = read_audio_file(std::string(kAudio) + "/" + path, {}, kRecognitionRate);
        EXPECT_TRUE(clip) << clip.error().message;
        return clip ? std::move(clip->samples) : std::vector<float>();
    }
    static std::vector<float> silence(double seconds) {
        return std::vector<float>(static_cast<std::size_t>(seconds * kRecognitionRate), 0.0F);
    }
    static std::vector<float> hiss(double seconds, float level = 0.05F) {
        std::mt19937 random(7);
        std::normal_distribution<float> normal(0.0F, level);
        auto out = silence(seconds);
        for (float& s : out) s = normal(random);
        return out;
    }
    // Chords with harmonics and decay, changing twice a second.
    static std::vector<float> music(double seconds) {
        auto out = silence(seconds);
        constexpr double kRoots[] = {220.0, 261.6, 329.6, 293.7, 196.0};
        for (std::size_t i = 0; i < out.size(); ++i) {
            const double t = static_cast<double>(i) / kRecognitionRate, beat = std::fmod(t, 0.5);
            const double root = kRoots[static_cast<std::size_t>(t / 0.5) % std::size(kRoots)];
            double value = 0;
            for (const double interval : {1.0, 1.25, 1.5})
                for (int h = 1; h <= 4; ++h)
                    value += std::sin(2 * std::numbers::pi * root * interval * h * t) / (h * h);
            out[i] = static_cast<float>(0.12 * value * std::exp(-3 * beat));
        }
        return out;
    }
    static std::vector<float> join(std::initializer_list<std::vector<float>> parts) {
        std::vector<float> out;
        for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
        return out;
    }

  private:
    static constexpr const char* kAudio = "../shared/audio";
    static inline std::unique_ptr<Hearing> hearing_;
};

}  // namespace aimpact::voice
