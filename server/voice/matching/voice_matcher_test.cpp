// Matching on the real models and a real recording.
#include "voice/matching/voice_matcher.hpp"

#include <cmath>

#include "voice/matching/equalizer_search.hpp"
#include "voice/matching/hearing_probe.hpp"
#include "voice/matching/voice_search.hpp"
#include "voice/speakers/diariser.hpp"
#include "voice/tts/equalizer.hpp"
#include "voice/tts/kokoro_fixture.hpp"

namespace aimpact::voice {
namespace {

constexpr const char* kSpeakers = "../shared/audio/librispeech-speakers";

class VoiceMatcherTest : public KokoroTest {
  protected:
    void SetUp() override {
        KokoroTest::SetUp();
        if (IsSkipped()) return;
        auto encoder = SpeakerEncoder::load(engine_->runtime, models_folder() / "ge2e" / "encoder.xml");
        auto vad =
            VadModel::load(engine_->runtime, models_folder() / "silero-vad" / "silero_vad_op18_ifless.onnx");
        if (!encoder || !vad) GTEST_SKIP() << "no speaker encoder or VAD: run scripts/fetch-models";
        encoder_ = *encoder;
        lazy_ = std::make_shared<const LazySpeakerEncoder>([encoder] { return encoder; });
        matcher_ =
            std::make_unique<VoiceMatcher>(synthesizer(), *vad, lazy_, engine_->scheduler, models_folder());
    }
    static std::shared_ptr<std::vector<float>> recording(const std::string& name) {
        auto clip = read_audio_file(std::string(kSpeakers) + "/" + name, {}, kRecognitionRate);
        return clip ? std::make_shared<std::vector<float>>(std::move(clip->samples)) : nullptr;
    }
    Result<VoiceMatch> match(std::shared_ptr<const std::vector<float>> samples, std::stop_token stop = {}) {
        return base::run_sync(matcher_->match(std::move(samples), {}, Priority::live, {}, std::move(stop)));
    }
    Result<Heard> say_and_hear(const MatchedVoice& voice, std::string_view text) {
        auto spoken = base::run_sync(say_by(synthesizer(), engine_->scheduler, std::string(text),
                                            std::make_shared<const MatchedVoice>(voice), Priority::live, {}));
        if (!spoken) return spoken.error();
        return hear(*encoder_, spoken->samples_16k);
    }

    std::shared_ptr<SpeakerEncoder> encoder_;
    std::shared_ptr<const LazySpeakerEncoder> lazy_;
    std::unique_ptr<VoiceMatcher> matcher_;
};

TEST_F(VoiceMatcherTest, ThePoolIsWhatTheModelsSay) {
    for (const std::size_t index : {std::size_t{1}, std::size_t{100}}) {
        const auto heard = say_and_hear(pool_voice(index), pool_sentence(index));
        ASSERT_TRUE(heard) << heard.error().message;
        const Heard& kept = voice_pool().voices[index];
        EXPECT_GT(similarity(heard->embedding, kept.embedding), 0.97F) << "run make_voice_pool again";
        EXPECT_NEAR(heard->log_f0, kept.log_f0, 0.05);
    }
}

TEST_F(VoiceMatcherTest, TheModelForetellsWhatAMixtureSoundsLike) {
    auto space = StyleSpace::load(kokoro_folder());
    ASSERT_TRUE(space);
    SoundModel model(*space, {});
    model.learn();
    // A voice that isn't in the pool; the mean voice is what one would guess knowing nothing.
    const MatchedVoice voice = pool_voice(kPoolVoices + 5);
    const auto heard = say_and_hear(voice, pool_sentence(0));
    ASSERT_TRUE(heard);
    SpeakerEmbedding mean = voice_pool().synthetic_mean;
    const float length = std::sqrt(similarity(mean, mean));
    for (float& value : mean) value /= length;
    const auto foretold = model.foretell(space->point_of(voice.shares), heard->log_f0);
    EXPECT_GT(similarity(foretold, heard->embedding), similarity(mean, heard->embedding) + 0.02F);
}

TEST_F(VoiceMatcherTest, MatchesASpeakerAndRefines) {
    auto samples = recording("103-1240-0000.flac");
    if (!samples) GTEST_SKIP() << kSpeakers << " is not there: the matcher isn't tried on a recording";
    std::vector<double> shares;
    const auto match = base::run_sync(matcher_->match(samples, {.seed = 3}, Priority::live,
                                                      [&](double share) { shares.push_back(share); }));
    ASSERT_TRUE(match) << match.error().message;
    EXPECT_GT(match->similarity, match->nearest_stock_similarity - 0.05);
    EXPECT_GT(match->similarity, kDifferentSpeakers);
    EXPECT_NEAR(match->relative, relative_similarity(match->similarity), 1e-9);
    EXPECT_FALSE(match->nearest_stock_voice.empty());
    EXPECT_FALSE(match->refined);
    EXPECT_GT(match->quality.speech_seconds, 5);
    EXPECT_GT(match->quality.snr_db, 10);
    EXPECT_TRUE(std::ranges::is_sorted(shares));
    EXPECT_EQ(shares.back(), 1);
    const std::string text = to_json_text(*match->voice);
    EXPECT_TRUE(parse_matched_voice(text)) << text;
    // Sounds as it was measured, at the usual level, at the sample's pitch.
    const auto heard =
        say_and_hear(*match->voice, "Every morning the fishermen bring their catch to the harbour.");
    const auto own = hear(*encoder_, *samples);
    ASSERT_TRUE(heard && own);
    EXPECT_GT(similarity(heard->embedding, own->embedding), 0.6F);
    EXPECT_NEAR(heard->log_f0, own->log_f0, 0.17);  // 3 semitones

    const auto refined =
        base::run_sync(matcher_->refine(samples, *match, {.seed = 3, .evaluations = 10}, Priority::batch));
    ASSERT_TRUE(refined) << refined.error().message;
    EXPECT_TRUE(refined->refined);
    EXPECT_GT(refined->evaluations, match->evaluations);
    EXPECT_GT(refined->similarity, match->similarity - 0.05);
    EXPECT_TRUE(refined->voice->neutral_log_f0 ||
                refined->voice->shares[0].acoustic == match->voice->shares[0].acoustic);
}

TEST_F(VoiceMatcherTest, TheSameSampleGivesTheSameVoice) {
    auto samples = recording("1040-133433-0000.flac");
    if (!samples) GTEST_SKIP() << kSpeakers << " is not there";
    const auto first = match(samples), second = match(samples);
    ASSERT_TRUE(first && second);
    ASSERT_EQ(first->voice->shares.size(), second->voice->shares.size());
    for (std::size_t i = 0; i < first->voice->shares.size(); ++i)
        EXPECT_NEAR(first->voice->shares[i].acoustic, second->voice->shares[i].acoustic, 1e-6);
}

TEST_F(VoiceMatcherTest, TunedGainsAreNeverWorseAndWithinBounds) {
    auto samples = recording("1069-133699-0000.flac");
    if (!samples) GTEST_SKIP() << kSpeakers << " is not there";
    const auto target = encoder_->utterance(*samples);
    auto spoken =
        base::run_sync(say_by(synthesizer(), engine_->scheduler, std::string(pool_sentence(0)),
                              std::make_shared<const MatchedVoice>(pool_voice(2)), Priority::live, {}));
    ASSERT_TRUE(target && spoken);
    EqualizerGains from{};
    from[0] = kEqualizerDbMax;
    const std::vector<std::vector<float>> said{spoken->samples_16k};
    const auto gains = tuned_gains(*encoder_, said, *target, from, {.tries = 40});
    ASSERT_TRUE(gains);
    for (const double gain : *gains) EXPECT_LE(std::abs(gain), kEqualizerDbMax);
    const auto through = [&](const EqualizerGains& some) {
        auto copy = spoken->samples_16k;
        FirFilter(std::make_shared<const std::vector<float>>(equalizer_taps(some, kRecognitionRate)))
            .process(copy);
        return closeness(*encoder_->utterance(copy), *target);
    };
    EXPECT_GT(through(*gains), through(from))
        << "what is expected of the mel bands holds for the filtered sound";
}

TEST_F(VoiceMatcherTest, RefusesWhatIsNoVoice) {
    const auto nothing = match(std::make_shared<std::vector<float>>(16'000 * 5));
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code, ErrorCode::invalid_argument);
    const auto endless = match(std::make_shared<std::vector<float>>(
        static_cast<std::size_t>((kSampleSecondsMax + 1) * kRecognitionRate)));
    ASSERT_FALSE(endless);
    EXPECT_EQ(endless.error().param, "sample");
    EXPECT_FALSE(base::run_sync(
        matcher_->refine(std::make_shared<std::vector<float>>(16'000), {}, {}, Priority::batch)));
}

TEST_F(VoiceMatcherTest, TwoVoicesInOneSampleAreRefused) {
    auto one = recording("103-1240-0000.flac"), other = recording("1040-133433-0000.flac");
    if (!one || !other) GTEST_SKIP() << kSpeakers << " is not there";
    one->insert(one->end(), other->begin(), other->end());
    const auto both = match(one);
    ASSERT_FALSE(both);
    EXPECT_NE(both.error().message.find("More than one person"), std::string::npos) << both.error().message;
}

TEST_F(VoiceMatcherTest, StopsWhenAsked) {
    auto samples = recording("103-1240-0000.flac");
    if (!samples) GTEST_SKIP() << kSpeakers << " is not there";
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = match(samples, stop.get_token());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace aimpact::voice
