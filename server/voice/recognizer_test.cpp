#include "voice/recognizer.hpp"

#include <latch>

#include "voice/hearing_fixture.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;
using inference::Priority;

std::size_t words(const std::string& text) {
    return text.empty() ? 0 : static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
}

class RecognizerOnAudio : public HearingFixture {
  protected:
    Transcript transcribe(std::vector<float> audio) {
        auto result = base::run_sync(recognizer_->transcribe(std::move(audio), {}, Priority::batch));
        EXPECT_TRUE(result) << result.error().message << result.error().detail;
        return result ? *result : Transcript{};
    }
    void SetUp() override {
        HearingFixture::SetUp();
        if (IsSkipped()) return;
        scheduler_ =
            std::make_unique<inference::Scheduler>(inference::Scheduler::Options{.threads = 2}, metrics_);
        recognizer_ = make_recognizer(hearing().recognizer, hearing().vad, *scheduler_);
    }
    // About ten seconds: margaret ... downstairs, ... confession.
    static std::vector<float> ten_seconds() { return speech("1688/1688-142285-0001"); }

    base::Metrics metrics_;
    std::unique_ptr<inference::Scheduler> scheduler_;
    std::unique_ptr<Recognizer> recognizer_;
};

TEST_F(RecognizerOnAudio, TenSecondsAreOneUtterance) {
    const auto t = transcribe(ten_seconds());
    EXPECT_EQ(t.segments.size(), 1u);
    EXPECT_NE(t.text.find("confession"), std::string::npos) << t.text;
    EXPECT_GT(t.speech_seconds, 5.0);
    EXPECT_GT(t.decode_ms, 0.0);
    EXPECT_TRUE(t.rejected.empty());
}

TEST_F(RecognizerOnAudio, LongSpeechIsCutAndComesBackWhole) {
    // Four utterances without long pauses: over 28 s.
    std::vector<float> audio;
    std::size_t expected = 0;
    for (const auto* name : {"1688/1688-142285-0001", "1998/1998-15444-0002", "3005/3005-163389-0004",
                             "1688/1688-142285-0006", "1998/1998-15444-0008"}) {
        const auto part = speech(name);
        expected += words(transcribe(part).text);
        audio.insert(audio.end(), part.begin(), part.end());
    }
    ASSERT_GT(audio.size(), 28u * kRecognitionRate);
    const auto t = transcribe(audio);
    EXPECT_GE(t.segments.size(), 2u);
    EXPECT_GT(words(t.text), expected * 8 / 10) << t.text;
    EXPECT_LT(words(t.text), expected * 12 / 10) << t.text;
    double last = 0;
    for (const Segment& segment : t.segments) {
        EXPECT_GE(segment.start_seconds, last);
        EXPECT_LE(segment.end_seconds - segment.start_seconds, 20.0);
        last = segment.end_seconds;
    }
    // The same as one utterance, as a live turn gives it.
    const auto live = base::run_sync(recognizer_->utterance(audio, 0.9, {}, Priority::live)).value();
    EXPECT_GT(words(live.text), expected * 8 / 10) << live.text;
}

TEST_F(RecognizerOnAudio, WhatIsNoSpeechGivesNoText) {
    EXPECT_EQ(transcribe(silence(5)).text, "");
    EXPECT_EQ(transcribe(hiss(10)).text, "");
    EXPECT_EQ(transcribe(hiss(10, 0.3F)).text, "");
    EXPECT_EQ(transcribe(read("noise/white.flac")).text, "");
    EXPECT_EQ(transcribe(music(10)).text, "");
    EXPECT_EQ(transcribe({}).text, "");
    EXPECT_EQ(transcribe(silence(0.01)).text, "");
}

TEST_F(RecognizerOnAudio, SilenceAroundSpeechInventsNothing) {
    const auto plain = transcribe(ten_seconds());
    const auto padded = transcribe(join({silence(5), ten_seconds(), silence(5)}));
    EXPECT_NEAR(static_cast<double>(words(padded.text)), static_cast<double>(words(plain.text)), 4);
    ASSERT_EQ(padded.segments.size(), 1u);
    EXPECT_NEAR(padded.segments[0].start_seconds, 5.0 + plain.segments[0].start_seconds, 0.2);
}

TEST_F(RecognizerOnAudio, NoiseHandedInAsAnUtteranceIsGuarded) {
    const auto t = base::run_sync(recognizer_->utterance(hiss(10), 0.5, {}, Priority::live)).value();
    EXPECT_LT(words(t.text), 30u) << t.text;
    EXPECT_EQ(t.text.empty(), !t.rejected.empty() && t.segments.empty());
}

TEST_F(RecognizerOnAudio, ProgressRisesAndSegmentsComeInOrder) {
    const auto audio = join({ten_seconds(), silence(3), speech("1998/1998-15444-0002"), silence(3),
                             speech("3005/3005-163389-0004"), silence(3), ten_seconds()});
    double last = 0;
    std::vector<Segment> seen;
    auto result = base::run_sync(
        recognizer_->transcribe(audio, {}, Priority::batch, {}, [&](double part, const Segment* s) {
            EXPECT_GE(part, last);
            last = part;
            if (s) seen.push_back(*s);
        }));
    ASSERT_TRUE(result);
    EXPECT_DOUBLE_EQ(last, 1.0);
    ASSERT_EQ(seen.size(), 4u);
    ASSERT_EQ(result->segments.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(seen[i].text, result->segments[i].text);
}

TEST_F(RecognizerOnAudio, StopsWhenAskedTo) {
    std::vector<float> audio;
    for (int i = 0; i < 12; ++i) audio = join({audio, ten_seconds(), silence(2)});
    std::stop_source stop;
    const auto result = base::run_sync(
        recognizer_->transcribe(audio, {}, Priority::batch, stop.get_token(), [&](double, const Segment* s) {
            if (s) stop.request_stop();
        }));
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, ErrorCode::cancelled);
}

TEST_F(RecognizerOnAudio, AFullQueueIsOverloaded) {
    std::latch started(1), open(1);  // outlive the workers that wait for them
    inference::Scheduler tight({.threads = 1, .queue_max = 1}, metrics_);
    ASSERT_TRUE(tight.try_post(Priority::batch, [&] {
        started.count_down();
        open.wait();
    }));
    started.wait();
    ASSERT_TRUE(tight.try_post(Priority::batch, [] {}));
    auto recognizer = make_recognizer(hearing().recognizer, hearing().vad, tight);
    const auto result = base::run_sync(recognizer->transcribe(silence(1), {}, Priority::batch));
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, ErrorCode::overloaded);
    open.count_down();
}

}  // namespace
}  // namespace aimpact::voice
