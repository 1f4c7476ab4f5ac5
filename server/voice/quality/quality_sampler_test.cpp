#include "voice/quality/quality_sampler.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <latch>

#include "inference/openvino_runtime.hpp"

namespace aimpact::voice {
namespace {

std::filesystem::path models() {
    const char* set = std::getenv("AIMPACT_MODELS_DIR");
    return std::filesystem::path(set && *set ? set : "var/models") / "dnsmos";
}

class QualitySamplerTest : public testing::Test {
  protected:
    base::Metrics metrics;
    base::SeededRandom random{11};
    inference::OpenVinoRuntime runtime{{}};
    std::atomic<int> loads = 0;
    inference::Scheduler scheduler{{.threads = 1, .queue_max = 4}, metrics};

    QualitySampler make(QualitySamplerOptions options) {
        return {options,
                [this] {
                    ++loads;
                    return Dnsmos::load(runtime, models());
                },
                scheduler, metrics};
    }
    QualitySampler broken(QualitySamplerOptions options) {
        return {options,
                [this] {
                    ++loads;
                    return Result<std::unique_ptr<Dnsmos>>(base::not_found("no such model"));
                },
                scheduler, metrics};
    }
    double outcome(const char* name) {
        return metrics.counter("aimpact_quality_samples_total", "", {{"outcome", name}}).Value();
    }
    static std::vector<float> noise(double seconds, int rate = kRecognitionRate) {
        std::vector<float> out(static_cast<std::size_t>(seconds * rate));
        std::uint32_t state = 1;
        for (float& s : out) {
            state = state * 1664525U + 1013904223U;
            s = (static_cast<float>(state >> 8) / (1 << 24) - 0.5F) * 0.2F;
        }
        return out;
    }
    // Keeps the only worker busy until the returned promise is set.
    std::promise<void> hold_worker() {
        std::promise<void> release;
        auto started = std::make_shared<std::latch>(1);
        EXPECT_TRUE(
            scheduler.try_post(inference::Priority::live,
                               [started, wait = std::make_shared<std::future<void>>(release.get_future())] {
                                   started->count_down();
                                   wait->wait();
                               }));
        started->wait();
        return release;
    }
};

TEST_F(QualitySamplerTest, ChoosesTheShareThatWasAskedFor) {
    QualitySampler none = make({.share = 0}), tenth = make({.share = 0.1}), all = make({.share = 1});
    int chosen = 0;
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_FALSE(none.choose(random));
        EXPECT_TRUE(all.choose(random));
        chosen += tenth.choose(random);
    }
    EXPECT_NEAR(chosen, 1000, 150);
    EXPECT_EQ(loads, 0);
}

TEST_F(QualitySamplerTest, ScoresInTheBackgroundAndLoadsOnlyForAsLongAsThereIsWork) {
    if (!std::filesystem::exists(models() / "model_v8.onnx")) GTEST_SKIP() << "no DNSMOS models";
    QualitySampler sampler = make({.share = 1});
    EXPECT_EQ(loads, 0);
    std::promise<void> release = hold_worker();
    std::vector<std::future<Result<DnsmosScore>>> results;
    for (const int rate : {16'000, 24'000, 8'000}) {
        auto promise = std::make_shared<std::promise<Result<DnsmosScore>>>();
        results.push_back(promise->get_future());
        ASSERT_TRUE(sampler.submit(rate == 16'000 ? SpeechDirection::caller : SpeechDirection::reply,
                                   noise(2, rate), rate,
                                   [promise](Result<DnsmosScore> score) { promise->set_value(score); }));
    }
    release.set_value();
    for (auto& result : results) {
        const auto score = result.get();
        ASSERT_TRUE(score) << score.error().message;
        EXPECT_GT(score->overall, 0.5);
        EXPECT_LT(score->overall, 3);  // it is noise
    }
    EXPECT_EQ(loads, 1);
    EXPECT_EQ(outcome("scored"), 3);
    const std::string text = metrics.render();
    EXPECT_NE(text.find("aimpact_dnsmos_count{direction=\"caller\",scale=\"overall\"} 1"), std::string::npos);
    EXPECT_NE(text.find("aimpact_dnsmos_count{direction=\"reply\",scale=\"p808\"} 2"), std::string::npos);
}

TEST_F(QualitySamplerTest, PastTheLimitClipsAreDroppedAndCounted) {
    QualitySampler sampler = broken({.share = 1, .clips_max = 2});
    std::promise<void> release = hold_worker();
    std::atomic<int> done = 0;
    const auto count = [&done](const Result<DnsmosScore>&) { ++done; };
    EXPECT_TRUE(sampler.submit(SpeechDirection::caller, noise(1), 16'000, count));
    EXPECT_TRUE(sampler.submit(SpeechDirection::reply, noise(1), 16'000, count));
    EXPECT_FALSE(sampler.submit(SpeechDirection::reply, noise(1), 16'000, count));
    EXPECT_FALSE(sampler.submit(SpeechDirection::reply, {}, 16'000, count));
    EXPECT_EQ(outcome("dropped"), 1);
    release.set_value();
    while (outcome("failed") < 2) std::this_thread::yield();
}

TEST_F(QualitySamplerTest, WhatTheCallerWaitsForGoesFirst) {
    QualitySampler sampler = broken({.share = 1});
    std::promise<void> release = hold_worker();
    std::promise<void> scored;
    std::atomic<bool> urgent_first = false, urgent = false;
    ASSERT_TRUE(sampler.submit(SpeechDirection::caller, noise(1), 16'000, [&](const Result<DnsmosScore>&) {
        urgent_first = urgent.load();
        scored.set_value();
    }));
    ASSERT_TRUE(scheduler.try_post(inference::Priority::caller_waiting, [&] { urgent = true; }));
    release.set_value();
    scored.get_future().wait();
    EXPECT_TRUE(urgent_first);
}

TEST_F(QualitySamplerTest, WithoutModelsItFailsOnceAndChoosesNoMore) {
    QualitySampler sampler = broken({.share = 1});
    std::promise<Result<DnsmosScore>> result;
    ASSERT_TRUE(sampler.submit(SpeechDirection::caller, noise(1), 16'000,
                               [&](Result<DnsmosScore> score) { result.set_value(std::move(score)); }));
    EXPECT_FALSE(result.get_future().get().has_value());
    EXPECT_FALSE(sampler.choose(random));
    EXPECT_EQ(outcome("failed"), 1);
}

TEST_F(QualitySamplerTest, AFullBatchQueueDropsTheClip) {
    QualitySampler sampler = broken({.share = 1});
    std::promise<void> release = hold_worker();
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(scheduler.try_post(inference::Priority::batch, [] {}));
    EXPECT_FALSE(
        sampler.submit(SpeechDirection::caller, noise(1), 16'000, [](const Result<DnsmosScore>&) {}));
    EXPECT_EQ(outcome("dropped"), 1);
    release.set_value();
}

TEST_F(QualitySamplerTest, ClipsAreCutToTheirLimitAndMayOutliveTheSampler) {
    std::promise<Result<DnsmosScore>> result;
    {
        QualitySampler sampler = broken({.share = 1, .clip_seconds_max = 0.5});
        EXPECT_EQ(sampler.samples_max(24'000), 12'000u);
        ASSERT_TRUE(sampler.submit(SpeechDirection::caller, noise(30), 16'000,
                                   [&](Result<DnsmosScore> score) { result.set_value(std::move(score)); }));
    }
    EXPECT_FALSE(result.get_future().get().has_value());
}

}  // namespace
}  // namespace aimpact::voice
