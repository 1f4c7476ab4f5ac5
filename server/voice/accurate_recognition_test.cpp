// Moonshine opened up, on real speech: beam search, scores, and the times of words.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "inference/moonshine.hpp"
#include "voice/beam_search.hpp"
#include "voice/hearing_fixture.hpp"
#include "voice/recognizer.hpp"
#include "voice/vocabulary.hpp"
#include "voice/word_alignment.hpp"

namespace aimpact::voice {
namespace {

using inference::Moonshine;
using inference::Priority;

class AccurateRecognition : public HearingFixture {
  protected:
    void SetUp() override {
        HearingFixture::SetUp();
        if (IsSkipped()) return;
        const char* set = std::getenv("AIMPACT_MODELS_DIR");
        const std::filesystem::path folder = set && *set ? set : "var/models";
        auto model = Moonshine::open(folder / "moonshine-tiny-en", runtime_);
        ASSERT_TRUE(model) << model.error().message;
        model_ = *model;
        RecognizerOptions options;
        options.open_model = model_;
        recognizer_ = make_recognizer(hearing().recognizer, hearing().vad, scheduler_, options);
    }
    std::vector<float> sentence() { return speech("1998/1998-15444-0002"); }

    base::Metrics metrics_;
    inference::OpenVinoRuntime runtime_{{}};
    inference::Scheduler scheduler_{{.threads = 2}, metrics_};
    std::shared_ptr<const Moonshine> model_;
    std::unique_ptr<Recognizer> recognizer_;
};

TEST(MonotonePeaks, NeverGoBack) {
    // Each token's own peak would be 2, 0, 3.
    const std::vector<float> attention = {0.1F, 0.1F, 0.7F, 0.1F,  //
                                          0.5F, 0.1F, 0.4F, 0.0F,  //
                                          0.0F, 0.0F, 0.2F, 0.8F};
    EXPECT_EQ(monotone_peaks(attention, 3, 4), (std::vector<std::size_t>{2, 2, 3}));
    EXPECT_TRUE(monotone_peaks({}, 0, 4).empty());
    EXPECT_TRUE(monotone_peaks(attention, 4, 4).empty());  // more than is there
}

TEST_F(AccurateRecognition, TokensSpellTheTextTheyCameFrom) {
    for (const char* text : {"Hello there.", "It's 7:30, isn't it?", "Nguyen-Thompson & Co"})
        EXPECT_EQ(model_->text(model_->tokenise(text)), text);
    EXPECT_TRUE(model_->tokenise("").empty());
    EXPECT_EQ(model_->text(std::vector<std::int64_t>{-1, 99'999'999}), "");
}

TEST_F(AccurateRecognition, TheLikeliestTranscriptScoresBest) {
    auto session = model_->session();
    ASSERT_TRUE(session) << session.error().detail;
    const auto found = beam_search(*session, sentence());
    ASSERT_TRUE(found) << found.error().detail;
    ASSERT_GE(found->size(), 2U);
    for (std::size_t i = 1; i < found->size(); ++i) EXPECT_LE((*found)[i].score, (*found)[i - 1].score);
    const auto& best = found->front();
    EXPECT_EQ(best.log_probabilities.size(), best.tokens.size() + 1);
    // Scored at once it has the probability that the search added up token by token.
    const auto scored = session->score(best.tokens);
    ASSERT_TRUE(scored) << scored.error().detail;
    const auto sum = [](const std::vector<float>& v) { return std::accumulate(v.begin(), v.end(), 0.0); };
    EXPECT_NEAR(sum(scored->log_probabilities), sum(best.log_probabilities), 0.05);
    const auto wrong = session->score(model_->tokenise("Something else entirely was said here."));
    ASSERT_TRUE(wrong);
    EXPECT_LT(sum(wrong->log_probabilities), sum(best.log_probabilities) - 20);
}

TEST_F(AccurateRecognition, WordsHaveTimesInOrderWithinTheAudio) {
    for (const bool accurate : {false, true}) {
        const auto t = base::run_sync(
            recognizer_->transcribe(sentence(), {.accurate = accurate, .words = true}, Priority::batch));
        ASSERT_TRUE(t) << t.error().message;
        std::string joined;
        double before = 0;
        for (const Segment& segment : t->segments) {
            EXPECT_GT(segment.confidence, 0.3);
            EXPECT_LE(segment.confidence, 1);
            for (const Word& word : segment.words) {
                EXPECT_GE(word.start_seconds, before);
                EXPECT_GE(word.end_seconds, word.start_seconds);
                EXPECT_LE(word.end_seconds, t->audio_seconds);
                EXPECT_GT(word.confidence, 0);
                EXPECT_LE(word.confidence, 1);
                before = word.start_seconds;
                joined += (joined.empty() ? "" : " ") + word.text;
            }
        }
        EXPECT_EQ(joined, t->text);
        // The words fill the speech, not one corner of it.
        EXPECT_LT(t->segments.front().words.front().start_seconds, 2.0);
        EXPECT_GT(before, t->audio_seconds * 0.6);
    }
}

// The times follow the speech: with silence put before it all of them move by as much.
TEST_F(AccurateRecognition, TimesMoveWithTheSpeech) {
    const auto words = [&](std::vector<float> audio) {
        const auto t =
            base::run_sync(recognizer_->transcribe(std::move(audio), {.words = true}, Priority::batch));
        std::vector<Word> out;
        for (const Segment& s : t.value().segments) out.insert(out.end(), s.words.begin(), s.words.end());
        return out;
    };
    const auto early = words(sentence()), late = words(join({silence(3), sentence()}));
    ASSERT_EQ(early.size(), late.size());
    std::vector<double> moved;
    for (std::size_t i = 0; i < early.size(); ++i)
        moved.push_back(std::abs(late[i].start_seconds - early[i].start_seconds - 3));
    std::sort(moved.begin(), moved.end());
    EXPECT_LT(moved[moved.size() / 2], 0.06);
}

TEST_F(AccurateRecognition, RefusesWhatItCannotEncode) {
    auto session = model_->session();
    ASSERT_TRUE(session);
    EXPECT_FALSE(session->encode({}));
    const std::vector<std::vector<float>> nothing(1), many(4, std::vector<float>(16'000));
    EXPECT_FALSE(session->encode(nothing));
    EXPECT_FALSE(session->encode(many));
}

TEST_F(AccurateRecognition, NamesTheMissingFile) {
    const auto missing = Moonshine::open("/nonexistent", runtime_);
    ASSERT_TRUE(missing.has_error());
    EXPECT_NE(missing.error().message.find("tokens.txt"), std::string::npos);
    EXPECT_NE(missing.error().message.find("fetch-models"), std::string::npos);
}

}  // namespace
}  // namespace aimpact::voice
