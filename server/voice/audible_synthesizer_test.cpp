#include "voice/audible_synthesizer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <limits>

#include "base/async.hpp"

namespace aimpact::voice {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Gives prepared samples, one after another; the last one for ever.
class Scripted final : public Synthesizer {
  public:
    std::deque<std::vector<float>> gives;
    int calls = 0;

    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override { return emotions_; }
    Result<> check(const SpeechStyle&) const override { return {}; }
    base::Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle, inference::Priority,
                                           std::stop_token) override {
        ++calls;
        SpokenChunk chunk{gives.front(), std::move(text), true};
        if (gives.size() > 1) gives.pop_front();
        co_return chunk;
    }
    base::Task<Result<>> speak(std::string text, SpeechStyle style, inference::Priority priority,
                               std::function<base::Task<Result<>>(SpokenChunk)> sink,
                               std::stop_token stop) override {
        for (int i = 0; i < 2; ++i) {
            auto chunk = co_await clause(text, style, priority, stop);
            AIMPACT_CO_CHECK(co_await sink(*std::move(chunk)));
        }
        co_return Result<>{};
    }

  private:
    std::vector<Voice> voices_;
    std::vector<std::string> emotions_;
};

class AudibleTest : public ::testing::Test {
  protected:
    std::vector<float> sound(float level = 0.1F) { return std::vector<float>(2400, level); }
    std::vector<float> broken(float value) {
        auto samples = sound();
        samples[1200] = value;
        return samples;
    }
    Result<SpokenChunk> clause() {
        return base::run_sync(synthesizer.clause("Good morning.", {}, inference::Priority::live, {}));
    }
    bool counted(const std::string& line) { return registry.render().find(line) != std::string::npos; }

    base::Metrics registry;
    Scripted inner;
    AudibleSynthesizer synthesizer{inner, registry};
};

TEST_F(AudibleTest, TellsSoundFromSilenceAndFromNoNumbers) {
    EXPECT_EQ(audible(sound()), Audible::yes);
    EXPECT_EQ(audible(sound(0.002F)), Audible::yes);  // -54 dBFS
    EXPECT_EQ(audible(sound(0.0005F)), Audible::silent);
    EXPECT_EQ(audible(sound(0.0F)), Audible::silent);
    EXPECT_EQ(audible(broken(kNaN)), Audible::not_finite);
    EXPECT_EQ(audible(broken(-kInfinity)), Audible::not_finite);
    EXPECT_EQ(audible({}), Audible::yes);
}

TEST_F(AudibleTest, SoundIsHandedOnAsItIs) {
    inner.gives = {sound()};
    EXPECT_EQ(clause()->samples, sound());
    EXPECT_EQ(inner.calls, 1);
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"silent\"} 0"));
}

TEST_F(AudibleTest, ATextWithoutAnythingToSayIsNoSilence) {
    inner.gives = {{}};
    EXPECT_TRUE(clause()->samples.empty());
    EXPECT_EQ(inner.calls, 1);
}

TEST_F(AudibleTest, SilenceIsMadeAgainOnce) {
    inner.gives = {sound(0.0F), sound()};
    EXPECT_EQ(clause()->samples, sound());
    EXPECT_EQ(inner.calls, 2);
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"silent\"} 1"));
}

TEST_F(AudibleTest, SilenceThatStaysIsAnError) {
    inner.gives = {sound(0.0F)};
    const auto said = clause();
    ASSERT_TRUE(said.has_error());
    EXPECT_TRUE(is_silent_audio(said.error()));
    EXPECT_EQ(inner.calls, 2);
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"silent\"} 2"));
}

TEST_F(AudibleTest, SamplesThatAreNoNumbersNeverGetOut) {
    for (const float value : {kNaN, kInfinity}) {
        inner.gives = {broken(value)};
        EXPECT_TRUE(is_silent_audio(clause().error()));
    }
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"not_finite\"} 4"));
    inner.gives = {broken(kNaN), sound()};
    EXPECT_EQ(clause()->samples, sound());
}

TEST_F(AudibleTest, AWholeTextEndsAtItsFirstSilentChunk) {
    inner.gives = {sound(), sound(0.0F)};
    int taken = 0;
    std::function<base::Task<Result<>>(SpokenChunk)> sink = [&](SpokenChunk) -> base::Task<Result<>> {
        ++taken;
        co_return Result<>{};
    };
    const auto said = base::run_sync(synthesizer.speak("a", {}, inference::Priority::batch, sink, {}));
    EXPECT_TRUE(is_silent_audio(said.error()));
    EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace aimpact::voice
