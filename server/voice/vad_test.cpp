#include "voice/vad.hpp"

#include "voice/guarded_decoder.hpp"
#include "voice/hearing_fixture.hpp"

namespace aimpact::voice {
namespace {

std::vector<float> frames(std::initializer_list<std::pair<int, float>> runs) {
    std::vector<float> out;
    for (const auto& [count, value] : runs) out.insert(out.end(), static_cast<std::size_t>(count), value);
    return out;
}

TEST(SpeechTracker, NeedsThreeFramesAndForgivesOne) {
    SpeechTracker tracker;
    for (const float p : {0.8F, 0.8F, 0.1F, 0.1F, 0.8F}) EXPECT_FALSE(tracker.push(p));
    EXPECT_FALSE(tracker.push(0.2F));
    EXPECT_FALSE(tracker.push(0.8F));
    EXPECT_TRUE(tracker.push(0.8F));
    EXPECT_EQ(tracker.first_frame(), 4);
    EXPECT_EQ(tracker.speech_frames(), 3);
}

TEST(SpeechTracker, TwoFramesWillDoIfTheModelIsSure) {
    SpeechTracker tracker;
    EXPECT_FALSE(tracker.push(0.95F)) << "one may be a click";
    for (const float p : {0.1F, 0.1F, 0.95F}) EXPECT_FALSE(tracker.push(p));
    EXPECT_TRUE(tracker.push(0.95F));
    EXPECT_EQ(tracker.first_frame(), 3);
    tracker.end();
    EXPECT_FALSE(tracker.push(0.95F)) << "what ended leaves nothing behind";
    EXPECT_FALSE(tracker.push(0.6F));
    EXPECT_TRUE(tracker.push(0.6F));
}

TEST(SpeechTracker, HysteresisKeepsSpeechUntilRelease) {
    SpeechTracker tracker;
    for (int i = 0; i < 3; ++i) tracker.push(0.9F);
    tracker.push(0.4F);  // below the threshold, above the release
    EXPECT_EQ(tracker.silent_frames(), 0);
    tracker.push(0.3F);
    tracker.push(0.3F);
    EXPECT_EQ(tracker.silent_frames(), 2);
    EXPECT_EQ(tracker.end_frame(), 4);
    EXPECT_NEAR(tracker.mean_probability(), 3.1 / 4, 1e-6);
    tracker.end();
    EXPECT_FALSE(tracker.speaking());
    EXPECT_EQ(tracker.frames(), 6);
}

TEST(SpeechSpans, SplitsAtLongSilenceAndDropsClicks) {
    const auto p = frames({{20, 0.F}, {40, 0.9F}, {30, 0.F}, {40, 0.9F}, {60, 0.F}, {5, 0.9F}, {60, 0.F}});
    const auto spans = speech_spans(p, {});
    ASSERT_EQ(spans.size(), 1u) << "a second's pause joins, 5 frames are no utterance";
    EXPECT_EQ(spans[0].begin, 20);
    EXPECT_EQ(spans[0].end, 130);
    EXPECT_EQ(spans[0].speech_frames, 80);
    EXPECT_EQ(speech_spans(p, {.gap_seconds = 0.5}).size(), 2u);
    EXPECT_TRUE(speech_spans({}, {}).empty());
    EXPECT_TRUE(speech_spans(frames({{1000, 0.F}}), {}).empty());
}

TEST(SpeechSpans, CutsLongUtterancesAtTheLongestPause) {
    const auto p = frames({{300, 0.9F}, {8, 0.1F}, {200, 0.9F}, {20, 0.1F}, {400, 0.9F}});
    const auto spans = speech_spans(p, {});
    ASSERT_EQ(spans.size(), 2u);
    EXPECT_EQ(spans[0].end, 508);
    EXPECT_EQ(spans[1].begin, 528);
    // Without any pause, speech is cut where it is least likely.
    auto flat = frames({{1000, 0.9F}});
    flat[420] = 0.7F;
    const auto halves = speech_spans(flat, {});
    ASSERT_EQ(halves.size(), 2u);
    EXPECT_EQ(halves[1].begin, 420);
    for (const auto& span : speech_spans(frames({{20'000, 0.9F}}), {})) EXPECT_LE(span.seconds(), 20.0);
}

TEST(BestCut, StaysInsideAndAwayFromTheEnds) {
    EXPECT_EQ(best_cut(frames({{2, 0.9F}}), 0.5F), 1);
    // A longer pause half a second in loses against a shorter one in the middle.
    const auto p = frames({{15, 0.9F}, {14, 0.F}, {300, 0.9F}, {10, 0.F}, {300, 0.9F}});
    const auto cut = best_cut(p, 0.5F);
    EXPECT_GE(cut, 329);
    EXPECT_LE(cut, 339);
}

class VadOnAudio : public HearingFixture {
  protected:
    static std::vector<float> run(const std::vector<float>& audio) {
        auto vad = hearing().vad->stream().value();
        std::vector<float> out;
        append_probabilities(*vad, audio, 0, audio.size() / kVadFrame, out);
        return out;
    }
    static double share_of_speech(const std::vector<float>& audio) {
        const auto p = run(audio);
        return static_cast<double>(std::count_if(p.begin(), p.end(), [](float v) { return v >= 0.5F; })) /
               static_cast<double>(p.size());
    }
};

TEST_F(VadOnAudio, TellsSpeechFromSilenceHissAndMusic) {
    EXPECT_GT(share_of_speech(speech("1998/1998-15444-0002")), 0.6);
    EXPECT_LT(share_of_speech(silence(5)), 0.01);
    EXPECT_LT(share_of_speech(hiss(10)), 0.02);
    EXPECT_LT(share_of_speech(read("noise/white.flac")), 0.02);
    EXPECT_LT(share_of_speech(music(8)), 0.05);
}

TEST_F(VadOnAudio, StreamsAreIndependentAndResettable) {
    const auto audio = speech("1998/1998-15444-0002");
    const auto expected = run(audio);
    auto vad = hearing().vad->stream().value();
    auto other = hearing().vad->stream().value();
    const auto noise = hiss(1);
    std::vector<float> first, second, unused;
    for (std::size_t i = 0; i < 50; ++i) {
        append_probabilities(*vad, audio, i, i + 1, first);
        append_probabilities(*other, noise, i % 30, i % 30 + 1, unused);
    }
    vad->reset();
    append_probabilities(*vad, audio, 0, 50, second);
    for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_FLOAT_EQ(first[i], expected[i]) << i;
        EXPECT_FLOAT_EQ(second[i], expected[i]) << i;
    }
}

}  // namespace
}  // namespace aimpact::voice
