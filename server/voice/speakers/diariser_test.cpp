#include "voice/speakers/diariser.hpp"

#include <cstdio>
#include <random>

#include "voice/hearing_fixture.hpp"
#include "voice/speakers/composed_conversation.hpp"
#include "voice/speakers/diarisation_error.hpp"
#include "voice/speakers/diarised_transcription.hpp"

namespace aimpact::voice {
namespace {

// Voices in directions of their own, with scatter like that of windows of one speaker.
struct Voices {
    std::mt19937 random{5};
    std::vector<SpeakerEmbedding> directions;

    explicit Voices(int count) {
        for (int i = 0; i < count; ++i) directions.push_back(scattered({}, 1.0F));
    }
    SpeakerEmbedding scattered(SpeakerEmbedding from, float amount) {
        std::normal_distribution<float> normal;
        for (float& value : from) value += amount * std::abs(normal(random)) / 16;
        return mean_voice({&from, 1});
    }
    SpeakerEmbedding window(int speaker) {
        SpeakerEmbedding sharp{};  // only the speaker's own tenth of the places stands out
        const auto& direction = directions[static_cast<std::size_t>(speaker)];
        for (std::size_t i = 0; i < sharp.size(); ++i)
            sharp[i] = i % directions.size() == static_cast<std::size_t>(speaker) ? direction[i] : 0;
        return scattered(mean_voice({&sharp, 1}), 0.4F);
    }
};

TEST(SpeakerClustering, FindsHowManyThereAre) {
    for (const int count : {1, 2, 3, 6, 10}) {
        Voices voices(count);
        std::vector<SpeakerEmbedding> windows;
        std::vector<int> truth, regions;
        for (int turn = 0; turn < 6 * count; ++turn)
            for (int i = 0; i < 8; ++i) {
                windows.push_back(voices.window(turn % count));
                truth.push_back(turn % count);
                regions.push_back(turn);
            }
        const auto clusters = cluster_speakers(windows, regions);
        EXPECT_EQ(clusters.labels, truth) << count << " speakers";
        EXPECT_EQ(clusters.voices.size(), static_cast<std::size_t>(count));
    }
}

TEST(SpeakerClustering, IsBoundedInNumberAndSize) {
    Voices voices(14);
    std::vector<SpeakerEmbedding> windows;
    std::vector<int> regions;
    for (int i = 0; i < 9'001; ++i) {  // an hour
        windows.push_back(voices.window(i / 60 % 14));
        regions.push_back(i / 20);
    }
    const auto clusters = cluster_speakers(windows, regions);
    EXPECT_EQ(clusters.labels.size(), windows.size());
    EXPECT_EQ(clusters.voices.size(), 10u);
    for (std::size_t i = 0; i < regions.size(); ++i) regions[i] = static_cast<int>(i);  // nothing but scraps
    EXPECT_EQ(cluster_speakers(windows, regions).voices.size(), 10u);
}

TEST(SpeakerClustering, AGivenNumberGoesToThoseWhoSpeak) {
    Voices voices(4);
    std::vector<SpeakerEmbedding> windows;
    for (int i = 0; i < 60; ++i) windows.push_back(voices.window(i == 15 ? 2 : i == 45 ? 3 : i / 20 % 2));
    const auto clusters = cluster_speakers(windows, std::vector<int>(windows.size(), 0), {.speakers = 2});
    ASSERT_EQ(clusters.voices.size(), 2u);
    for (int i = 0; i < 60; ++i)
        if (i % 20 > 1 && i % 20 < 18)
            EXPECT_EQ(clusters.labels[static_cast<std::size_t>(i)], i / 20 % 2) << i;
}

TEST(SpeakerClustering, TakesTheGivenNumber) {
    Voices voices(3);
    std::vector<SpeakerEmbedding> windows;
    std::vector<int> regions;
    for (int i = 0; i < 60; ++i) windows.push_back(voices.window(i / 20)), regions.push_back(i / 20);
    const auto found = [&](std::size_t count, int speakers) {
        return cluster_speakers({windows.data(), count}, {regions.data(), count}, {.speakers = speakers})
            .voices.size();
    };
    for (const int count : {1, 2, 3}) EXPECT_EQ(found(60, count), static_cast<std::size_t>(count));
    // More than can be told apart: as many as there are.
    EXPECT_GE(found(60, 5), 3u);
    EXPECT_LE(found(60, 5), 5u);
    EXPECT_LE(found(2, 5), 2u);
    EXPECT_EQ(found(1, 5), 1u);
    EXPECT_TRUE(cluster_speakers({}, {}).labels.empty());
}

TEST(SpeakerClustering, AWindowBetweenTwoTurnsIsNobody) {
    Voices voices(2);
    std::vector<SpeakerEmbedding> windows;
    for (int i = 0; i < 10; ++i) windows.push_back(voices.window(0));
    const SpeakerEmbedding between[] = {voices.window(0), voices.window(1)};
    windows.push_back(mean_voice(between));
    for (int i = 0; i < 10; ++i) windows.push_back(voices.window(1));
    const auto clusters = cluster_speakers(windows, std::vector<int>(windows.size(), 0));
    EXPECT_EQ(clusters.voices.size(), 2u);
}

TEST(Diariser, LettersGoOnAfterZ) {
    EXPECT_EQ(speaker_letter(0), "A");
    EXPECT_EQ(speaker_letter(25), "Z");
    EXPECT_EQ(speaker_letter(26), "AA");
    EXPECT_EQ(speaker_letter(27), "AB");
}

TEST(Diariser, ANameGoesToTheClosestVoice) {
    Voices made(3);
    const std::vector<SpeakerEmbedding> voices{made.window(0), made.window(1)};
    const std::vector<KnownSpeaker> known{{"Ann", made.window(1)}, {"Bob", made.window(2)}};
    EXPECT_EQ(match_known(voices, known), (std::vector<int>{-1, 0}));
    // Two clusters that are clearly one person, and a stranger.
    const SpeakerEmbedding ann = made.window(1);
    EXPECT_EQ(match_known(std::vector{ann, ann, made.window(0)}, std::vector{KnownSpeaker{"Ann", ann}}),
              (std::vector<int>{0, 0, -1}));
    EXPECT_EQ(match_known(voices, {}), (std::vector<int>{-1, -1}));
}

TEST(Diariser, SpeechIsCutAtSilences) {
    std::vector<float> p(100, 0.0F);
    const auto say = [&](std::size_t from, std::size_t to) {
        std::fill(p.begin() + static_cast<std::ptrdiff_t>(from), p.begin() + static_cast<std::ptrdiff_t>(to),
                  0.95F);
    };
    say(10, 30);
    say(35, 50);  // after 0.16 s: the same stretch
    say(70, 90);  // after 0.64 s: another
    say(95, 96);  // too short
    const auto regions = speech_regions(p);
    ASSERT_EQ(regions.size(), 2u);
    EXPECT_NEAR(regions[0].start_seconds, 0.32, 1e-9);
    EXPECT_NEAR(regions[0].end_seconds, 1.6, 1e-9);
    EXPECT_NEAR(regions[1].start_seconds, 2.24, 1e-9);
    EXPECT_TRUE(speech_regions({}).empty());
}

TEST(DiarisationError, CountsWhatIsMissedInventedAndConfused) {
    const std::vector<SpeakerTurn> truth{{0, 10, 0}, {10, 20, 1}, {30, 40, 0}};
    EXPECT_NEAR(diarisation_error(truth, truth).rate(), 0, 1e-9);
    const std::vector<SpeakerTurn> renamed{{0, 10, 1}, {10, 20, 0}, {30, 40, 1}};
    EXPECT_NEAR(diarisation_error(truth, renamed).rate(), 0, 1e-9);
    const auto nothing = diarisation_error(truth, {});
    EXPECT_NEAR(nothing.missed, nothing.speech, 1e-9);
    EXPECT_NEAR(nothing.speech, 30 - 6 * 0.25, 0.05);
    const auto one = diarisation_error(truth, {{0, 40, 0}});
    EXPECT_NEAR(one.confused, 9.5, 0.05);
    EXPECT_NEAR(one.invented, 9.5, 0.05);
    // A turn split in two speakers: only one of them can be right.
    EXPECT_NEAR(diarisation_error({{0, 10, 0}}, {{0, 6, 0}, {6, 10, 1}}).confused, 3.75, 0.05);
}

TEST(DiarisedTranscription, JoinsASpeakersTurnsAndPadsThemApart) {
    Diarisation found;
    found.turns = {{1, 2, 0}, {2.5, 4, 0}, {4, 5, 1}, {5.1, 5.2, 0}, {9, 10, 1}};
    found.probabilities.assign(400, 0.9F);
    const auto utterances = speaker_utterances(found, 10.1);
    ASSERT_EQ(utterances.size(), 3u) << "0.1 s is no utterance";
    EXPECT_EQ(utterances[0].start_seconds, 1);
    EXPECT_EQ(utterances[0].end_seconds, 4);
    EXPECT_NEAR(utterances[0].from_seconds, 0.7, 1e-9);
    EXPECT_EQ(utterances[0].to_seconds, 4) << "not into the next speaker";
    EXPECT_EQ(utterances[1].speaker, 1);
    EXPECT_EQ(utterances[1].from_seconds, 4);
    EXPECT_NEAR(utterances[2].to_seconds, 10.1, 1e-9);
    EXPECT_NEAR(utterances[0].vad_probability, 0.9, 1e-6);
}

class DiariserOnAudio : public HearingFixture {
  protected:
    static constexpr const char* kFolder = "../shared/audio/librispeech-test-other";
    void SetUp() override {
        HearingFixture::SetUp();
        if (IsSkipped()) return;
        const char* set = std::getenv("AIMPACT_MODELS_DIR");
        static inference::OpenVinoRuntime runtime({});
        lazy_ = std::make_shared<LazySpeakerEncoder>(set && *set ? set : "var/models",
                                                     []() -> auto& { return runtime; });
        if (const auto got = lazy_->get(); got.has_error()) GTEST_SKIP() << got.error().message;
        diariser_ = std::make_unique<Diariser>(hearing().vad, lazy_, scheduler_);
        static const SpeakerBank bank = read_speakers(*hearing().vad, kFolder);
        bank_ = &bank;
    }
    Result<Diarisation> diarise(std::vector<float> samples, DiarisationOptions options = {},
                                std::stop_token stop = {}) {
        return base::run_sync(
            diariser_->diarise(std::make_shared<const std::vector<float>>(std::move(samples)),
                               std::move(options), inference::Priority::batch, stop));
    }
    // A sample of a speaker that isn't in `said`.
    KnownSpeaker known(const std::string& name, const std::string& id) {
        const auto made =
            base::run_sync(diariser_->voice_of(bank_->at(id).back().samples, inference::Priority::batch));
        EXPECT_TRUE(made) << made.error().message;
        return {name, made ? *made : SpeakerEmbedding{}};
    }

    base::Metrics metrics_;
    inference::Scheduler scheduler_{{.threads = 2}, metrics_};
    std::shared_ptr<LazySpeakerEncoder> lazy_;
    std::unique_ptr<Diariser> diariser_;
    const SpeakerBank* bank_ = nullptr;
};

TEST_F(DiariserOnAudio, TellsWhoSpokeWhen) {
    DiarisationError all;
    int counted = 0;
    for (const int speakers : {1, 2, 3, 4}) {
        const auto conversation = compose(
            *bank_, {.speakers = speakers, .seed = 40U + static_cast<unsigned>(speakers), .turns_each = 5});
        const auto found = diarise(conversation.samples);
        ASSERT_TRUE(found) << found.error().message;
        const auto error = diarisation_error(conversation.reference, found->turns);
        std::printf("%d speakers: found %zu, error rate %.1f %%\n", speakers, found->speakers.size(),
                    100 * error.rate());
        counted += static_cast<int>(found->speakers.size()) == speakers;
        all.add(error);
        EXPECT_EQ(found->speakers.front(), "A");
        EXPECT_EQ(found->turns.front().speaker, 0);
        for (std::size_t i = 1; i < found->turns.size(); ++i)
            EXPECT_GE(found->turns[i].start_seconds, found->turns[i - 1].end_seconds - 1e-9);
    }
    EXPECT_LT(all.rate(), 0.10);
    EXPECT_GE(counted, 3);
}

TEST_F(DiariserOnAudio, SilenceAndHissHaveNoSpeaker) {
    for (const auto& samples : {silence(0), silence(3), hiss(10)}) {
        const auto found = diarise(samples);
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_TRUE(found->turns.empty());
        EXPECT_TRUE(found->speakers.empty());
    }
}

TEST_F(DiariserOnAudio, KnownSpeakersKeepTheirNames) {
    const auto conversation = compose(*bank_, {.speakers = 3, .seed = 43, .turns_each = 4});
    const auto found =
        diarise(conversation.samples,
                {.known = {known("Ann", conversation.speakers[0]), known("A", conversation.speakers[1])}});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_LT(diarisation_error(conversation.reference, found->turns).rate(), 0.1);
    auto names = found->speakers;
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"A", "Ann", "B"}))
        << "a letter that is a name is nobody else's";
    // The one who spoke most under a name is the one whose sample it was.
    for (const auto& [name, number] : {std::pair{"Ann", 0}, std::pair{"A", 1}}) {
        const auto index = std::ranges::find(found->speakers, name) - found->speakers.begin();
        double right = 0, wrong = 0;
        for (const auto& turn : found->turns)
            for (const auto& truth : conversation.reference) {
                if (turn.speaker != index) continue;
                const double both = std::min(turn.end_seconds, truth.end_seconds) -
                                    std::max(turn.start_seconds, truth.start_seconds);
                if (both > 0) (truth.speaker == number ? right : wrong) += both;
            }
        EXPECT_GT(right, 10 * wrong) << name;
    }
}

TEST_F(DiariserOnAudio, ASampleNeedsSpeech) {
    for (const auto& samples : {silence(0), silence(4), hiss(4)}) {
        const auto made = base::run_sync(diariser_->voice_of(samples, inference::Priority::batch));
        ASSERT_TRUE(made.has_error());
        EXPECT_EQ(made.error().code, base::ErrorCode::invalid_argument);
    }
}

TEST_F(DiariserOnAudio, StopsWhenAsked) {
    std::stop_source stop;
    stop.request_stop();
    const auto found = diarise(speech("1998/1998-15444-0002"), {}, stop.get_token());
    ASSERT_TRUE(found.has_error());
    EXPECT_EQ(found.error().code, base::ErrorCode::cancelled);
}

TEST_F(DiariserOnAudio, TranscriptsNameTheirSpeakers) {
    const auto conversation = compose(*bank_, {.speakers = 2, .seed = 42, .turns_each = 3});
    const auto recognizer = make_recognizer(hearing().recognizer, hearing().vad, scheduler_);
    std::vector<Segment> told;
    const auto transcript = base::run_sync(
        transcribe_speakers(*recognizer, *diariser_, conversation.samples, {}, {}, inference::Priority::batch,
                            {}, [&](const Segment& segment) { told.push_back(segment); }));
    ASSERT_TRUE(transcript) << transcript.error().message;
    ASSERT_GE(transcript->segments.size(), 4u);
    EXPECT_EQ(told.size(), transcript->segments.size());
    EXPECT_EQ(transcript->segments.front().speaker, "A");
    std::string text;
    for (std::size_t i = 0; i < told.size(); ++i) {
        EXPECT_EQ(told[i].text, transcript->segments[i].text);
        EXPECT_FALSE(told[i].speaker.empty());
        EXPECT_LT(told[i].start_seconds, told[i].end_seconds);
        EXPECT_LE(told[i].end_seconds, transcript->audio_seconds + 1e-9);
        if (i > 0) EXPECT_GE(told[i].start_seconds, told[i - 1].end_seconds - 0.01);
        text += (i ? " " : "") + told[i].text;
    }
    EXPECT_EQ(text, transcript->text);
    EXPECT_GT(text.size(), 100u);
}

}  // namespace
}  // namespace aimpact::voice
