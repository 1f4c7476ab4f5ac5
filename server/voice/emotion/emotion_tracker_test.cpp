#include "voice/emotion/emotion_tracker.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include "voice/emotion/tone_policy.hpp"

namespace aimpact::voice {
namespace {

enum : std::size_t { neutral, calm, happy, sad, angry, fearful, disgust, surprised };

EmotionEstimate heard(std::size_t emotion, float probability, float seconds = 2) {
    std::array<float, kEmotions> p{};
    p.fill((1 - probability) / (kEmotions - 1));
    p[emotion] = probability;
    return make_estimate(p, seconds);
}

TEST(EmotionEstimate, PlacesEmotionsByArousalAndValence) {
    EXPECT_GT(heard(angry, 0.9F).arousal, 0.5F);
    EXPECT_LT(heard(angry, 0.9F).valence, -0.4F);
    EXPECT_LT(heard(sad, 0.9F).arousal, -0.4F);
    EXPECT_GT(heard(happy, 0.9F).valence, 0.6F);
    EXPECT_EQ(heard(surprised, 0.9F).label(), "surprised");
}

TEST(EmotionTracker, TheFirstTurnIsTheCall) {
    EmotionTracker tracker;
    EXPECT_FALSE(tracker.current());
    const EmotionEstimate first = heard(sad, 0.7F);
    const EmotionEstimate& now = tracker.add(first);
    for (std::size_t i = 0; i < kEmotions; ++i)
        EXPECT_NEAR(now.probabilities[i], first.probabilities[i], 1e-6);
}

TEST(EmotionTracker, OneUnsureTurnDoesNotTurnTheCall) {
    EmotionTracker tracker;
    for (int i = 0; i < 3; ++i) tracker.add(heard(angry, 0.8F));
    EXPECT_EQ(tracker.add(heard(happy, 0.3F)).label(), "angry");
}

TEST(EmotionTracker, FollowsACallerWhoChanges) {
    EmotionTracker tracker;
    for (int i = 0; i < 3; ++i) tracker.add(heard(angry, 0.8F));
    for (int i = 0; i < 2; ++i) tracker.add(heard(calm, 0.8F));
    EXPECT_EQ(tracker.current()->label(), "calm");
    const auto& p = tracker.current()->probabilities;
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0F), 1.0F, 1e-5);
}

TEST(EmotionTracker, LongSpeechCountsMoreUpToALimit) {
    EmotionTracker brief, lengthy, endless;
    for (auto* tracker : {&brief, &lengthy, &endless}) tracker->add(heard(neutral, 0.6F));
    const float a = brief.add(heard(happy, 0.6F, 0.7F)).probabilities[happy];
    const float b = lengthy.add(heard(happy, 0.6F, 5)).probabilities[happy];
    const float c = endless.add(heard(happy, 0.6F, 500)).probabilities[happy];
    EXPECT_GT(b, a);
    EXPECT_FLOAT_EQ(b, c);
}

TEST(TonePolicy, IsTheTable) {
    const std::vector<std::string> all{"neutral", "happy",     "sad",  "angry",
                                       "fearful", "surprised", "calm", "empathetic"};
    const auto emotion = [&](TonePolicy policy, std::size_t heard_as) {
        return tone_for(policy, heard(heard_as, 0.9F), all).emotion;
    };
    const std::array<const char*, kEmotions> mirror{"neutral", "calm",       "happy",   "sad",
                                                    "calm",    "empathetic", "neutral", "surprised"};
    const std::array<const char*, kEmotions> soothe{"neutral", "neutral",    "neutral", "empathetic",
                                                    "calm",    "empathetic", "calm",    "neutral"};
    for (std::size_t i = 0; i < kEmotions; ++i) {
        EXPECT_EQ(emotion(TonePolicy::mirror, i), mirror[i]) << kEmotionNames[i];
        EXPECT_EQ(emotion(TonePolicy::soothe, i), soothe[i]) << kEmotionNames[i];
        EXPECT_EQ(emotion(TonePolicy::neutral, i), "neutral");
        EXPECT_EQ(emotion(TonePolicy::off, i), "neutral");
    }
}

TEST(TonePolicy, GoesByConfidenceAndByWhatCanBeSpoken) {
    const std::vector<std::string> few{"neutral", "calm", "happy"};
    EXPECT_EQ(tone_for(TonePolicy::mirror, heard(happy, 0.29F), few), Tone{});
    EXPECT_NEAR(tone_for(TonePolicy::mirror, heard(happy, 0.3F), few).intensity, 0.4, 1e-6);
    EXPECT_NEAR(tone_for(TonePolicy::mirror, heard(happy, 0.55F), few).intensity, 0.7, 1e-6);
    EXPECT_EQ(tone_for(TonePolicy::mirror, heard(happy, 0.95F), few).intensity, 1);
    EXPECT_EQ(tone_for(TonePolicy::soothe, heard(sad, 0.9F), few).emotion, "calm");  // no "empathetic"
    EXPECT_EQ(tone_for(TonePolicy::mirror, heard(surprised, 0.9F), few), Tone{});    // no "surprised"
}

}  // namespace
}  // namespace aimpact::voice
