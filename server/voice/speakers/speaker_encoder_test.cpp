#include "voice/speakers/speaker_encoder.hpp"

#include <cstdio>
#include <map>
#include <thread>

#include "voice/hearing_fixture.hpp"
#include "voice/speakers/composed_conversation.hpp"
#include "voice/speakers/speaker_features.hpp"

namespace aimpact::voice {
namespace {

struct MelRow {
    std::size_t samples, frame, mel;
    float value;
};
struct VoiceRow {
    std::size_t samples, place;
    float value;
};
#include "voice/speakers/speaker_reference.inc"

// The signal of tests/voice/speaker_reference.py.
std::vector<float> reference_signal(std::size_t count) {
    std::vector<float> out(count);
    const double turn = 2 * std::numbers::pi;
    for (std::size_t i = 0; i < count; ++i) {
        const double t = static_cast<double>(i) / kRecognitionRate;
        const double phase = turn * (120 * t + 4 * std::sin(3 * t));
        double sum = 0;
        for (int h = 1; h <= 20; ++h) sum += std::sin(h * phase) / h * (1 + 0.8 * std::sin(5 * t + 0.7 * h));
        out[i] = static_cast<float>(0.02 * (0.6 + 0.4 * std::sin(9 * t)) * sum +
                                    0.002 * std::sin(turn * 5100 * t));
    }
    return out;
}

TEST(SpeakerFeatures, EqualTheReference) {
    SpeakerFeatures features;
    std::map<std::size_t, std::vector<float>> tables;
    for (const MelRow& row : kMelRows) {
        std::vector<float>& table = tables[row.samples];
        if (table.empty()) {
            const auto signal = reference_signal(row.samples);
            EXPECT_GT(speaker_gain(signal), 1.1) << "the reference should need raising";
            table.resize((row.samples / kSpeakerHop + 1) * kSpeakerMels);
            features.compute(signal, speaker_gain(signal), 0, table);
        }
        EXPECT_NEAR(table[row.frame * kSpeakerMels + row.mel], row.value, 1e-6 + 2e-3 * row.value)
            << row.samples << " samples, frame " << row.frame << ", mel " << row.mel;
    }
}

TEST(SpeakerFeatures, APartIsThePartOfTheWhole) {
    const auto signal = reference_signal(40'000);
    SpeakerFeatures features;
    std::vector<float> whole(251 * kSpeakerMels), part(60 * kSpeakerMels);
    features.compute(signal, 1, 0, whole);
    features.compute(signal, 1, 191, part);
    for (std::size_t i = 0; i < part.size(); ++i) ASSERT_EQ(part[i], whole[191 * kSpeakerMels + i]) << i;
    features.compute(signal, 1, 1000, part);
    EXPECT_EQ(part, std::vector<float>(part.size(), 0.0F)) << "past the end";
}

TEST(SpeakerFeatures, OnlyWhatIsQuietIsRaised) {
    EXPECT_EQ(speaker_gain({}), 1);
    EXPECT_EQ(speaker_gain(std::vector<float>(16'000, 0.0F)), 1);
    EXPECT_EQ(speaker_gain(std::vector<float>(16'000, 0.5F)), 1);
    EXPECT_NEAR(speaker_gain(std::vector<float>(16'000, 0.001F)), 31.62, 0.01);
}

TEST(LazySpeakerEncoder, SaysHowToGetTheModelAndTriesAgain) {
    int tries = 0;
    const LazySpeakerEncoder lazy([&]() -> Result<std::shared_ptr<SpeakerEncoder>> {
        ++tries;
        return Error{base::ErrorCode::not_found, "Run scripts/fetch-models."};
    });
    EXPECT_EQ(tries, 0) << "loaded before anyone asked";
    for (int i = 0; i < 2; ++i) {
        const auto got = lazy.get();
        ASSERT_TRUE(got.has_error());
        EXPECT_EQ(got.error().code, base::ErrorCode::unavailable);
        EXPECT_NE(got.error().message.find("scripts/fetch-models"), std::string::npos);
    }
    EXPECT_EQ(tries, 2);
    EXPECT_FALSE(lazy.loaded());

    inference::OpenVinoRuntime runtime({});
    const LazySpeakerEncoder nowhere("/nonexistent", [&]() -> auto& { return runtime; });
    const auto got = nowhere.get();
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().code, base::ErrorCode::unavailable);
    EXPECT_NE(got.error().message.find("scripts/fetch-models"), std::string::npos) << got.error().message;
}

// Equal error rate of scores of pairs that are and aren't of one speaker.
double equal_error_rate(std::vector<float> same, std::vector<float> different) {
    std::ranges::sort(same);
    std::ranges::sort(different);
    double best = 1, rate = 1;
    for (const float threshold : same) {
        const auto rejected = static_cast<double>(std::ranges::lower_bound(same, threshold) - same.begin());
        const auto accepted =
            static_cast<double>(different.end() - std::ranges::lower_bound(different, threshold));
        const double miss = rejected / static_cast<double>(same.size());
        const double alarm = accepted / static_cast<double>(different.size());
        if (std::abs(miss - alarm) >= best) continue;
        best = std::abs(miss - alarm);
        rate = (miss + alarm) / 2;
    }
    return rate;
}

class SpeakerEncoderOnAudio : public HearingFixture {
  protected:
    void SetUp() override {
        HearingFixture::SetUp();
        if (IsSkipped()) return;
        const char* set = std::getenv("AIMPACT_MODELS_DIR");
        static inference::OpenVinoRuntime runtime({});
        static const LazySpeakerEncoder lazy(set && *set ? set : "var/models",
                                             []() -> auto& { return runtime; });
        auto got = lazy.get();
        if (got.has_error()) GTEST_SKIP() << got.error().message;
        encoder_ = *got;
    }
    SpeakerEmbedding voice(std::span<const float> samples) {
        auto made = encoder_->utterance(samples);
        EXPECT_TRUE(made) << made.error().message;
        return made ? *made : SpeakerEmbedding{};
    }
    std::shared_ptr<const SpeakerEncoder> encoder_;
};

TEST_F(SpeakerEncoderOnAudio, EqualsTheReference) {
    std::map<std::size_t, SpeakerEmbedding> voices;
    for (const VoiceRow& row : kVoiceRows) {
        if (!voices.contains(row.samples)) {
            const auto signal = reference_signal(row.samples);
            voices[row.samples] = voice(signal);
            EXPECT_NEAR(similarity(voices[row.samples], voices[row.samples]), 1, 1e-4);
        }
        EXPECT_NEAR(voices[row.samples][row.place], row.value, 2e-4)
            << row.samples << " samples, " << row.place;
    }
}

TEST_F(SpeakerEncoderOnAudio, SilenceAndScrapsAreErrors) {
    for (const std::size_t count : {0u, 1u, 7'999u}) {
        const auto got = encoder_->utterance(std::vector<float>(count, 0.1F));
        ASSERT_TRUE(got.has_error()) << count;
        EXPECT_EQ(got.error().code, base::ErrorCode::invalid_argument);
    }
    const auto got = encoder_->utterance(std::vector<float>(48'000, 0.0F));
    ASSERT_TRUE(got.has_error());
    EXPECT_EQ(got.error().code, base::ErrorCode::invalid_argument);
    const auto silent = encoder_->windows(std::vector<float>(2 * kSpeakerWindowFloats, 0.0F));
    ASSERT_TRUE(silent);
    EXPECT_EQ((*silent)[1], SpeakerEmbedding{});
}

TEST_F(SpeakerEncoderOnAudio, ThreadsAndBatchesMakeNoDifference) {
    const auto samples = speech("1998/1998-15444-0002");
    SpeakerFeatures features;
    std::vector<float> mels(20 * kSpeakerWindowFloats);
    for (std::size_t w = 0; w < 20; ++w)
        features.compute(samples, 1, w * 10,
                         std::span(mels).subspan(w * kSpeakerWindowFloats, kSpeakerWindowFloats));
    const auto together = encoder_->windows(mels);
    ASSERT_TRUE(together);
    ASSERT_EQ(together->size(), 20u);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (std::size_t w = t; w < 20; w += 4) {
                const auto one = encoder_->windows(
                    std::span(mels).subspan(w * kSpeakerWindowFloats, kSpeakerWindowFloats));
                ASSERT_TRUE(one);
                EXPECT_NEAR(similarity(one->front(), (*together)[w]), 1, 1e-4) << w;
            }
        });
    for (auto& thread : threads) thread.join();
}

// Two halves of one utterance each of 100 speakers, and ten utterances each of six others.
TEST_F(SpeakerEncoderOnAudio, TellsSpeakersApart) {
    for (const char* folder : {"librispeech-speakers", "librispeech-test-other"}) {
        std::vector<std::pair<std::string, SpeakerEmbedding>> voices;
        for (const auto& [id, turns] :
             read_speakers(*hearing().vad, std::string("../shared/audio/") + folder))
            for (const TurnAudio& turn : turns)
                if (turn.samples.size() > 2 * kRecognitionRate) voices.emplace_back(id, voice(turn.samples));
        std::vector<float> same, different;
        for (std::size_t i = 0; i < voices.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                (voices[i].first == voices[j].first ? same : different)
                    .push_back(similarity(voices[i].second, voices[j].second));
        ASSERT_GT(same.size(), 50u) << folder;
        const double rate = equal_error_rate(same, different);
        std::printf("%s: %zu turns, equal error rate %.2f %% (%zu pairs of one speaker, %zu of two)\n",
                    folder, voices.size(), 100 * rate, same.size(), different.size());
        EXPECT_LT(rate, 0.06) << folder;
    }
}

}  // namespace
}  // namespace aimpact::voice
