// That emotions do what their targets say: by the edits alone, and in sound.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "voice/tts/emotion.hpp"
#include "voice/tts/kokoro_fixture.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/spectral_tilt.hpp"
#include "voice/tts/speech_measures.hpp"
#include "voice/tts/voice_catalog.hpp"

namespace aimpact::voice {
namespace {

// Two phrases of voice with accents, falling, with silence around and between.
std::vector<float> spoken_pitch(double hz) {
    std::vector<float> out(20, 3.0F);
    for (int i = 0; i < 120; ++i) {
        const double semitones = 2.5 * std::sin(i * 0.25) - i * 0.03;
        out.push_back(i % 40 < 6 ? 4.0F : static_cast<float>(hz * std::exp2(semitones / 12)));
    }
    out.resize(out.size() + 20, 3.0F);
    return out;
}

struct Measured {
    double mean = 0, range = 0;  // semitones
};
Measured measure(const std::vector<float>& f0) {
    std::vector<double> st;
    for (const float hz : f0)
        if (hz > kVoicedHz) st.push_back(12 * std::log2(static_cast<double>(hz)));
    std::sort(st.begin(), st.end());
    double sum = 0;
    for (const double x : st) sum += x;
    const auto at = [&](double share) {
        return st[static_cast<std::size_t>(std::lround(share * static_cast<double>(st.size() - 1)))];
    };
    return {sum / static_cast<double>(st.size()), at(0.9) - at(0.1)};
}

TEST(EmotionTargets, PitchHasTheMeanAndRangeAskedForInEveryVoice) {
    for (const double hz : {90.0, 130.0, 190.0}) {
        const Measured plain = measure(spoken_pitch(hz));
        for (const ProsodyEdit& edit :
             {ProsodyEdit{.pitch = 3, .range = 1.4}, ProsodyEdit{.pitch = -1, .range = 0.6},
              ProsodyEdit{.pitch = 2, .range = 1.5, .slope = 2, .tremor = 0.3, .roughness = 0.2}}) {
            auto f0 = spoken_pitch(hz);
            edit_pitch(f0, edit);
            const Measured found = measure(f0);
            EXPECT_NEAR(found.mean - plain.mean, edit.pitch, 0.05) << hz;
            EXPECT_NEAR(found.range / plain.range, edit.range, 0.03) << hz;
        }
    }
}

TEST(EmotionTargets, PitchRisesAtTheEndAndStaysWithinBounds) {
    const auto plain = spoken_pitch(200);
    auto rising = plain;
    edit_pitch(rising, {.ending = 5});
    // The voiced part ends at 140; its middle is about 80.
    EXPECT_GT(rising[138] / rising[80], 1.25F * plain[138] / plain[80]);
    auto high = plain;
    edit_pitch(high, {.pitch = 14, .range = 2});
    for (const float hz : high) EXPECT_LE(hz, kHighestHz);
    auto moved = plain;
    edit_pitch(moved, {.transpose = 12});
    EXPECT_FLOAT_EQ(moved[30], 2 * plain[30]);
    EXPECT_EQ(moved[0], plain[0]) << "unvoiced";
    std::vector<float> silent(10, 5.0F);
    edit_pitch(silent, {.pitch = 3});
    EXPECT_EQ(silent, std::vector<float>(10, 5.0F));
}

TEST(EmotionTargets, LengthsAddUpToTheRateAskedFor) {
    using enum PhoneClass;
    std::vector<double> lengths;
    std::vector<PhoneClass> classes;
    for (int i = 0; i < 40; ++i) {
        lengths.push_back(1.3 + i % 5);
        classes.push_back(i % 2 ? vowel : consonant_or_space);
    }
    lengths.insert(lengths.begin() + 20, 6.0);
    classes.insert(classes.begin() + 20, pause);
    const auto sum = [&](const std::vector<int>& frames, PhoneClass of) {
        double out = 0;
        for (std::size_t i = 0; i < frames.size(); ++i)
            if (classes[i] == of) out += frames[i];
        return out;
    };
    const auto plain = edit_lengths(lengths, classes, {}, 1);
    EXPECT_EQ(plain[0], 1) << "each rounded by itself";
    EXPECT_EQ(plain[20], 6);
    double exact = 0;
    for (const double length : lengths) exact += length;
    exact -= 6;
    for (const double rate : {0.8, 1.15}) {
        for (const double vowels : {0.8, 1.3}) {
            const auto frames =
                edit_lengths(lengths, classes, {.rate = rate, .vowels = vowels, .pauses = 2}, 1);
            EXPECT_NEAR(sum(frames, vowel) + sum(frames, consonant_or_space), exact / rate, 1.5);
            EXPECT_EQ(frames[20], 12);
            const double balance = sum(frames, vowel) / sum(frames, consonant_or_space);
            EXPECT_NEAR(balance / (sum(plain, vowel) / sum(plain, consonant_or_space)), vowels, 0.12);
        }
    }
    for (const int frames : edit_lengths(std::vector<double>(5, 0.2), std::vector(5, vowel), {.rate = 2}, 1))
        EXPECT_GE(frames, 1);
}

TEST(EmotionTargets, EveryTargetGrowsWithIntensity) {
    for (const std::string& name : emotion_names()) {
        EXPECT_EQ(emotion_edit(name, 0), ProsodyEdit{}) << name;
        const ProsodyEdit half = emotion_edit(name, 0.5), full = emotion_edit(name, 1);
        EXPECT_NEAR(half.pitch, full.pitch / 2, 1e-9) << name;
        EXPECT_NEAR(half.rate * half.rate, full.rate, 1e-9) << name;
        EXPECT_NEAR(half.range * half.range, full.range, 1e-9) << name;
        EXPECT_NEAR(half.gain_db, full.gain_db / 2, 1e-9) << name;
        EXPECT_NEAR(half.high_db, full.high_db / 2, 1e-9) << name;
        EXPECT_EQ(full == ProsodyEdit{}, name == "neutral") << name;
    }
    EXPECT_EQ(emotion_edit("hungry", 1), ProsodyEdit{});
}

// Of a tone's level in dB.
double gain_of(double hz, double low_db, double high_db) {
    std::vector<float> tone(24'000);
    for (std::size_t i = 0; i < tone.size(); ++i)
        tone[i] = static_cast<float>(
            0.1 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kSynthesisRate));
    SpectralTilt tilt(low_db, high_db, kSynthesisRate);
    const auto half = std::span(tone).first(12'000);
    tilt.filter(half);  // as it comes
    tilt.filter(std::span(tone).subspan(12'000));
    double sum = 0;
    for (std::size_t i = 6'000; i < tone.size(); ++i)
        sum += static_cast<double>(tone[i]) * static_cast<double>(tone[i]);
    return 10 * std::log10(sum / 18'000 / 0.005);
}

TEST(SpectralTilt, RaisesOneEndAgainstTheOther) {
    const double middle = gain_of(1000, -4, 5);
    EXPECT_NEAR(gain_of(150, -4, 5) - middle, -4, 1.2);
    EXPECT_NEAR(gain_of(6000, -4, 5) - middle, 5, 1.2);
    EXPECT_NEAR(gain_of(300, 0, 0), 0, 1e-3);
    EXPECT_NEAR(gain_of(3000, 0, 0), 0, 1e-3);
}

// ---- in sound

class SpokenEmotionTest : public KokoroTest {
  protected:
    struct Heard {
        double semitones = 0, seconds = 0, lufs = 0;
    };
    Heard hear(const SpeechStyle& style,
               const std::string& text = "They moved the meeting to Monday morning") {
        const auto chunk = say(text, style);
        EXPECT_TRUE(chunk) << chunk.error().message;
        std::vector<double> voiced;
        for (const float hz : pitch_track(chunk->samples, kSynthesisRate))
            if (hz > 0) voiced.push_back(12 * std::log2(static_cast<double>(hz)));
        std::sort(voiced.begin(), voiced.end());
        // Without its errors of an octave, which lie at both ends.
        const auto inner = std::span(voiced).subspan(voiced.size() / 20, voiced.size() - voiced.size() / 10);
        const double mean =
            std::accumulate(inner.begin(), inner.end(), 0.0) / static_cast<double>(inner.size());
        return {mean, seconds(*chunk), loudness_lufs(chunk->samples, kSynthesisRate)};
    }
};

TEST_F(SpokenEmotionTest, PitchPaceAndLevelAreThoseOfTheTargets) {
    for (const char* voice : {"af_heart", "am_michael"}) {
        hear({.voice = voice});  // its level is known afterwards
        const Heard plain = hear({.voice = voice}, "They moved the meeting to Monday morning");
        for (const std::string& name : synthesizer().emotions()) {
            hear({.voice = voice, .emotion = name}, "Nobody told them about it");
            const Heard found = hear({.voice = voice, .emotion = name});
            const ProsodyEdit target = emotion_edit(name, 1, is_man(voice));
            const std::string what = std::string(voice) + " " + name;
            // Of what the tracker finds voiced, which is more of the end than was planned: where pitch rises
            // there by much (surprise), the mean that it finds is higher.
            EXPECT_NEAR(found.semitones - plain.semitones, target.pitch,
                        2.2 + 0.2 * std::max(0.0, std::abs(target.ending) - 4))
                << what;
            EXPECT_NEAR(plain.seconds / found.seconds, target.rate, 0.07) << what;
            EXPECT_NEAR(found.lufs - plain.lufs, target.gain_db, 2) << what;
        }
    }
}

TEST_F(SpokenEmotionTest, MoreIntensityIsFurtherFromNeutral) {
    for (const std::string& name : synthesizer().emotions()) {
        if (name == "neutral") continue;
        const ProsodyEdit target = emotion_edit(name, 1);
        Heard before = hear({});
        for (const double intensity : {0.5, 1.0}) {
            // How loud the voice gets is known once it was heard.
            hear({.emotion = name, .intensity = intensity}, "Nobody told them about it");
            const Heard found = hear({.emotion = name, .intensity = intensity});
            const std::string what = name + " " + std::to_string(intensity);
            if (std::abs(target.pitch) > 2)
                EXPECT_GT((found.semitones - before.semitones) * (target.pitch > 0 ? 1 : -1), 0) << what;
            if (std::abs(std::log(target.rate)) > 0.07)
                EXPECT_GT((before.seconds - found.seconds) * (target.rate > 1 ? 1 : -1), 0) << what;
            if (std::abs(target.gain_db) > 2)
                EXPECT_GT((found.lufs - before.lufs) * (target.gain_db > 0 ? 1 : -1), 0) << what;
            before = found;
        }
    }
}

TEST_F(SpokenEmotionTest, IntensityOutOfRangeIsRefused) {
    for (const double intensity : {-0.01, 1.01, std::nan("")}) {
        const auto refused = say("Hi", {.emotion = "sad", .intensity = intensity});
        ASSERT_TRUE(refused.has_error());
        EXPECT_EQ(refused.error().param, "intensity");
        EXPECT_NE(refused.error().message.find("0 to 1"), std::string::npos);
    }
}

}  // namespace
}  // namespace aimpact::voice
