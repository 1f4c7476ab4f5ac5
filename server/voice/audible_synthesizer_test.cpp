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

using Chunks = std::vector<std::vector<float>>;

// Gives prepared samples, one after another; the last one for ever. As a stream: prepared takes, each of
// which is a clause in chunks and how it ends.
class Scripted final : public Synthesizer {
  public:
    struct Take {
        Chunks chunks;
        Result<> end = {};
    };
    std::deque<std::vector<float>> gives;
    std::deque<Take> takes;
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
    base::Task<Result<>> stream(std::string text, SpeechStyle, inference::Priority,
                                std::function<void(SpokenChunk)> sink, std::stop_token,
                                std::optional<std::chrono::steady_clock::time_point>) override {
        ++calls;
        const Take take = takes.front();
        if (takes.size() > 1) takes.pop_front();
        for (std::size_t i = 0; i < take.chunks.size(); ++i)
            sink({take.chunks[i], text, i + 1 == take.chunks.size()});
        co_return take.end;
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
    // What of the clause reached the caller is in `heard`.
    Result<> stream() {
        heard.clear();
        return base::run_sync(synthesizer.stream(
            "Good morning.", {}, inference::Priority::live,
            [this](SpokenChunk chunk) { heard.push_back(std::move(chunk.samples)); }, {}, {}));
    }
    bool counted(const std::string& line) { return registry.render().find(line) != std::string::npos; }

    base::Metrics registry;
    Scripted inner;
    Chunks heard;
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

TEST_F(AudibleTest, AStreamIsHandedOnAsItComes) {
    const Chunks chunks = {sound(), sound(0.2F), sound(0.3F)};
    inner.takes = {{chunks}};
    EXPECT_TRUE(stream().has_value());
    EXPECT_EQ(heard, chunks);
    EXPECT_EQ(inner.calls, 1);
}

TEST_F(AudibleTest, AStreamThatBeginsWithoutSoundIsMadeAgain) {
    for (const auto& beginning : {sound(0.0F), broken(kNaN), broken(-kInfinity)}) {
        inner.calls = 0;
        inner.takes = {{{beginning, sound(0.2F)}}, {{sound(), sound(0.3F)}}};
        EXPECT_TRUE(stream().has_value());
        EXPECT_EQ(heard, (Chunks{sound(), sound(0.3F)})) << "nothing of the first take";
        EXPECT_EQ(inner.calls, 2);
    }
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"silent\"} 1"));
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"not_finite\"} 2"));
}

TEST_F(AudibleTest, AStreamThatStaysSilentIsAnError) {
    inner.takes = {{{sound(0.0F), sound(0.0F)}}};
    EXPECT_TRUE(is_silent_audio(stream().error()));
    EXPECT_TRUE(heard.empty());
    EXPECT_EQ(inner.calls, 2);
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"silent\"} 2"));
}

TEST_F(AudibleTest, APauseInTheMiddleOfAStreamIsNoFailure) {
    const Chunks chunks = {sound(), sound(0.0F), sound(0.2F), sound(0.0F)};
    inner.takes = {{chunks}};
    EXPECT_TRUE(stream().has_value());
    EXPECT_EQ(heard, chunks);
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"silent\"} 0"));
}

TEST_F(AudibleTest, NoNumbersInALaterChunkEndTheStreamThere) {
    inner.takes = {{{sound(), broken(kNaN), sound(0.2F)}}};
    EXPECT_TRUE(is_silent_audio(stream().error()));
    EXPECT_EQ(heard, (Chunks{sound()})) << "neither the broken chunk nor what follows it";
    EXPECT_EQ(inner.calls, 1) << "its beginning was heard: it can't be said again";
    EXPECT_TRUE(counted("aimpact_tts_silent_total{what=\"not_finite\"} 1"));
}

TEST_F(AudibleTest, AnErrorInTheMiddleOfAStreamIsTheStreams) {
    const Error error{base::ErrorCode::unavailable, "The voice is gone."};
    inner.takes = {{{sound()}, error}};
    EXPECT_EQ(stream().error().code, base::ErrorCode::unavailable);
    EXPECT_EQ(heard, (Chunks{sound()}));
    EXPECT_EQ(inner.calls, 1);
    // Also when the second try is the one that fails.
    inner.calls = 0;
    inner.takes = {{{sound(0.0F)}}, {{}, error}};
    EXPECT_EQ(stream().error().code, base::ErrorCode::unavailable);
    EXPECT_TRUE(heard.empty());
    EXPECT_EQ(inner.calls, 2);
}

TEST_F(AudibleTest, AStreamWithoutAnythingToSayIsNoSilence) {
    inner.takes = {{{{}}}};
    EXPECT_TRUE(stream().has_value());
    EXPECT_EQ(heard.size(), 1u);
    EXPECT_EQ(inner.calls, 1);
}

}  // namespace
}  // namespace aimpact::voice
