#include "voice/remote/fallback.hpp"

#include <numbers>

#include "voice/custom_voice.hpp"
#include "voice/remote/remote_fixture.hpp"
#include "voice/remote/remote_recognizer.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;
using inference::Priority;

TEST(CircuitBreaker, OpensAfterFailuresInARowAndTriesAgainLater) {
    base::ManualClock clock;
    CircuitBreaker breaker(
        clock, {.failures_max = 3, .pause = std::chrono::seconds{10}, .pause_max = std::chrono::seconds{30}});
    EXPECT_FALSE(breaker.failed());
    EXPECT_FALSE(breaker.failed());
    breaker.succeeded();
    EXPECT_FALSE(breaker.failed());
    EXPECT_FALSE(breaker.failed());
    EXPECT_TRUE(breaker.allows());
    EXPECT_TRUE(breaker.failed()) << "the third in a row";
    EXPECT_FALSE(breaker.failed()) << "one that was under way";
    EXPECT_FALSE(breaker.allows());
    clock.advance(std::chrono::seconds{10});
    EXPECT_TRUE(breaker.allows()) << "one trial";
    EXPECT_FALSE(breaker.allows()) << "and no more";
    EXPECT_FALSE(breaker.failed());
    clock.advance(std::chrono::seconds{19});
    EXPECT_FALSE(breaker.allows()) << "twice as long";
    clock.advance(std::chrono::seconds{1});
    EXPECT_TRUE(breaker.allows());
    breaker.failed();
    clock.advance(std::chrono::seconds{30});
    EXPECT_TRUE(breaker.allows()) << "no longer than pause_max";
    breaker.succeeded();
    EXPECT_TRUE(breaker.allows());
    EXPECT_FALSE(breaker.open());
}

class LocalRecognizer final : public Recognizer {
  public:
    Task<Result<Transcript>> transcribe(std::vector<float>, RecognitionOptions, Priority, std::stop_token,
                                        std::function<void(double, const Segment*)>) override {
        co_return answer();
    }
    Task<Result<Transcript>> utterance(std::vector<float>, double, RecognitionOptions, Priority,
                                       std::stop_token) override {
        co_return answer();
    }
    int calls = 0;

  private:
    Transcript answer() {
        ++calls;
        Transcript out;
        out.text = "locally";
        return out;
    }
};

class LocalSynthesizer final : public Synthesizer {
  public:
    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override { return emotions_; }
    Result<> check(const SpeechStyle& style) const override {
        if (style.voice != "af_heart" && style.voice != "af_nova")
            return base::invalid_argument("There is no such voice here.", "voice");
        return {};
    }
    Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, Priority,
                                     std::stop_token) override {
        voices_asked.push_back(style.voice);
        SpokenChunk chunk;
        chunk.samples.assign(100, 0.5F);
        chunk.text = std::move(text);
        co_return chunk;
    }
    Task<Result<>> speak(std::string, SpeechStyle, Priority, std::function<Task<Result<>>(SpokenChunk)>,
                         std::stop_token) override {
        co_return Result<>{};
    }
    std::vector<std::string> voices_asked;

  private:
    std::vector<Voice> voices_{{"af_heart", "Heart", "en-US", "female", "", ""},
                               {"af_nova", "Nova", "en-US", "female", "", ""}};
    std::vector<std::string> emotions_{"neutral"};
};

class FallbackTest : public RemoteEngineTest {
  protected:
    static constexpr const char* kHeard = R"({"text":"remotely"})";

    FallbackRecognizer recognizer(bool with_local = true, bool fall_back = true) {
        return FallbackRecognizer(std::make_shared<RemoteRecognizer>(quick(), *http_, files_),
                                  with_local ? local_ : nullptr, fall_back, metrics_, clock_,
                                  {.failures_max = 2, .pause = std::chrono::seconds{10}});
    }
    FallbackSynthesizer synthesizer(bool fall_back = true, bool with_local = true) {
        return FallbackSynthesizer(std::make_shared<RemoteSynthesizer>(
                                       quick(), std::vector<std::string>{"shimmer", "af_nova"}, *http_),
                                   with_local ? voice_ : nullptr, fall_back, metrics_, clock_,
                                   {.failures_max = 2, .pause = std::chrono::seconds{10}});
    }
    RemoteEndpoint quick() {
        RemoteEndpoint out = where();
        out.attempts = 1;
        return out;
    }
    static Result<Transcript> hear(FallbackRecognizer& with, Priority priority = Priority::caller_waiting) {
        return base::run_sync(with.utterance(std::vector<float>(1'600, 0.1F), 0.9, {}, priority));
    }
    static Result<SpokenChunk> say(FallbackSynthesizer& with, const std::string& voice) {
        SpeechStyle style;
        style.voice = voice;
        return base::run_sync(with.clause("Hello", style, Priority::live));
    }
    static std::string pcm() {
        std::vector<float> out(2'400);
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = 0.25F * static_cast<float>(
                                 std::sin(2 * std::numbers::pi * 200 * static_cast<double>(i) / 24'000));
        return float_to_pcm16(out);
    }
    double count(const char* engine, const char* by) {
        return metrics_.counter("aimpact_speech_engine_served_total", "", {{"engine", engine}, {"by", by}})
            .Value();
    }

    base::ThreadPool files_{{"files", 1, 16}};
    base::Metrics metrics_;
    base::ManualClock clock_;
    std::shared_ptr<LocalRecognizer> local_ = std::make_shared<LocalRecognizer>();
    std::shared_ptr<LocalSynthesizer> voice_ = std::make_shared<LocalSynthesizer>();
};

TEST_F(FallbackTest, TheLocalRecogniserHearsWhileTheRemoteOneFails) {
    serve("/v1/audio/transcriptions");
    FallbackRecognizer both = recognizer();
    replies({{.body = kHeard}, {.status = 500}});
    EXPECT_EQ(hear(both)->text, "remotely");
    EXPECT_EQ(hear(both)->text, "locally");
    EXPECT_EQ(hear(both)->text, "locally");
    EXPECT_EQ(seen().size(), 3u);
    EXPECT_EQ(hear(both)->text, "locally");
    EXPECT_EQ(seen().size(), 3u) << "left alone after two failures";
    replies({{.body = kHeard}});
    clock_.advance(std::chrono::seconds{10});
    EXPECT_EQ(hear(both)->text, "remotely");
    EXPECT_EQ(hear(both)->text, "remotely");
    EXPECT_EQ(count("recogniser", "remote"), 3);
    EXPECT_EQ(count("recogniser", "local"), 3);
    EXPECT_EQ(metrics_
                  .counter("aimpact_remote_speech_failures_total", "",
                           {{"engine", "recogniser"}, {"code", "upstream_failed"}})
                  .Value(),
              2);
}

TEST_F(FallbackTest, PartialTranscriptsAreLocal) {
    serve("/v1/audio/transcriptions");
    FallbackRecognizer both = recognizer();
    replies({{.body = kHeard}});
    EXPECT_EQ(hear(both, Priority::live)->text, "locally");
    EXPECT_TRUE(seen().empty());
    FallbackRecognizer alone = recognizer(false);
    EXPECT_EQ(hear(alone, Priority::live)->text, "remotely");
    FallbackRecognizer strict = recognizer(true, false);
    EXPECT_EQ(hear(strict, Priority::live)->text, "locally");
    replies({{.status = 500}});
    EXPECT_EQ(hear(strict).error().code, ErrorCode::upstream_failed)
        << "but the final one is the remote one's";
}

TEST_F(FallbackTest, WithoutALocalOneErrorsArePassedOn) {
    serve("/v1/audio/transcriptions");
    FallbackRecognizer alone = recognizer(false);
    replies({{.status = 500}});
    EXPECT_EQ(hear(alone).error().code, ErrorCode::upstream_failed);
    EXPECT_EQ(hear(alone).error().code, ErrorCode::upstream_failed);
    EXPECT_EQ(hear(alone).error().code, ErrorCode::unavailable) << "left alone";
    EXPECT_EQ(seen().size(), 2u);
}

TEST_F(FallbackTest, ARequestThatIsRefusedClosesNothing) {
    serve("/v1/audio/transcriptions");
    FallbackRecognizer both = recognizer();
    replies({{.status = 400}});
    for (int i = 0; i < 4; ++i) EXPECT_EQ(hear(both)->text, "locally");
    EXPECT_EQ(seen().size(), 4u) << "each was tried";
}

TEST_F(FallbackTest, AStopIsNoFailure) {
    serve("/v1/audio/transcriptions");
    FallbackRecognizer both = recognizer();
    std::stop_source stop;
    stop.request_stop();
    for (int i = 0; i < 3; ++i) {
        const auto stopped = base::run_sync(both.utterance(std::vector<float>(1'600, 0.1F), 0.9, {},
                                                           Priority::caller_waiting, stop.get_token()));
        EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
    }
    EXPECT_EQ(local_->calls, 0);
    replies({{.body = kHeard}});
    EXPECT_EQ(hear(both)->text, "remotely");
}

TEST_F(FallbackTest, VoicesOfBothAreThereOnce) {
    serve("/v1/audio/speech");
    FallbackSynthesizer both = synthesizer();
    std::vector<std::string> ids;
    for (const Voice& voice : both.voices()) ids.push_back(voice.id);
    EXPECT_EQ(ids, (std::vector<std::string>{"shimmer", "af_heart", "af_nova"}));
    SpeechStyle style;
    style.voice = "shimmer";
    EXPECT_TRUE(both.check(style).has_value());
    style.voice = "af_heart";
    EXPECT_TRUE(both.check(style).has_value());
    style.voice = "nobody";
    EXPECT_EQ(both.check(style).error().param, "voice");
}

TEST_F(FallbackTest, TheVoiceSaysWhoSpeaks) {
    serve("/v1/audio/speech");
    FallbackSynthesizer both = synthesizer();
    replies({{.body = pcm()}});
    EXPECT_EQ(say(both, "af_heart")->samples.size(), 100u) << "a voice of the local engine only";
    EXPECT_TRUE(seen().empty());
    EXPECT_EQ(say(both, "shimmer")->samples.size(), 2'400u);
    EXPECT_EQ(say(both, "af_nova")->samples.size(), 2'400u) << "both have it: the remote one speaks";
    replies({{.status = 500}});
    EXPECT_EQ(say(both, "shimmer")->samples.size(), 100u);
    EXPECT_EQ(say(both, "af_nova")->samples.size(), 100u);
    EXPECT_EQ(voice_->voices_asked, (std::vector<std::string>{"af_heart", "af_heart", "af_nova"}));
    EXPECT_EQ(count("synthesiser", "remote"), 2);
    EXPECT_EQ(count("synthesiser", "local"), 2);
    EXPECT_EQ(say(both, "shimmer")->samples.size(), 100u);
    EXPECT_EQ(seen().size(), 4u) << "left alone";
}

TEST_F(FallbackTest, AnOwnVoiceStaysHere) {
    serve("/v1/audio/speech");
    FallbackSynthesizer both = synthesizer();
    SpeechStyle style;
    style.voice = "af_nova";  // which both have
    style.custom_voice = std::make_shared<MatchedVoice>();
    const auto said = base::run_sync(both.clause("Hello", style, Priority::live));
    EXPECT_EQ(said->samples.size(), 100u);
    EXPECT_TRUE(seen().empty()) << "nothing of it is told to others";
}

TEST_F(FallbackTest, WhatWasHeardIsNotSaidAgain) {
    serve("/v1/audio/speech");
    FallbackSynthesizer both = synthesizer();
    const auto stream = [&] {
        SpeechStyle style;
        style.voice = "shimmer";
        std::size_t samples = 0;
        auto done =
            base::run_sync(both.stream("Hello", style, Priority::live,
                                       [&](SpokenChunk chunk) { samples += chunk.samples.size(); }, {}, {}));
        return std::pair(done.has_value(), samples);
    };
    replies({{.body = pcm(), .pieces = 3, .breaks_off = true}});
    const auto [whole, heard] = stream();
    EXPECT_FALSE(whole);
    EXPECT_GT(heard, 0u);
    EXPECT_TRUE(voice_->voices_asked.empty());
    replies({{.body = "<html>" + std::string(500, 'x')}});
    EXPECT_EQ(stream(), std::pair(true, std::size_t{100}))
        << "nothing of it was heard: the local voice says it";
}

TEST_F(FallbackTest, WithoutFallbackTheErrorIsPassedOn) {
    serve("/v1/audio/speech");
    FallbackSynthesizer strict = synthesizer(false);
    replies({{.status = 500}});
    EXPECT_EQ(say(strict, "shimmer").error().code, ErrorCode::upstream_failed);
    EXPECT_EQ(say(strict, "af_heart")->samples.size(), 100u) << "its own voices it still has";
    FallbackSynthesizer alone = synthesizer(true, false);
    EXPECT_EQ(say(alone, "shimmer").error().code, ErrorCode::upstream_failed);
    EXPECT_EQ(alone.voices().size(), 2u);
}

}  // namespace
}  // namespace aimpact::voice
