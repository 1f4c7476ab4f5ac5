// Kokoro speaking by a matched voice, on the real models.
#include <gtest/gtest.h>

#include <cmath>
#include <span>

#include "voice/custom_voice.hpp"
#include "voice/tts/kokoro_fixture.hpp"
#include "voice/tts/lexicon.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/speech_measures.hpp"
#include "voice/tts/voice_blend.hpp"

namespace aimpact::voice {
namespace {

constexpr const char* kText = "Let me check the status of your order.";

MatchedVoice only(const std::string& voice) {
    MatchedVoice out;
    out.shares = {{voice, 1, 1}};
    out.pronounced_as = voice;
    return out;
}

class KokoroMatchedTest : public KokoroTest {
  protected:
    Result<SpokenChunk> say_by(const MatchedVoice& voice, SpeechStyle style = {},
                               const std::string& text = kText) {
        style.custom_voice = std::make_shared<const MatchedVoice>(voice);
        return say(text, std::move(style));
    }
    static double pitch(const SpokenChunk& chunk) {
        return std::exp(mean_log_f0(pitch_track(chunk.samples, kSynthesisRate)).value_or(0));
    }
};

double aligned_difference_db(std::span<const float> a, std::span<const float> b) {
    double sum = 0, signal = 1e-12;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        sum += std::pow(static_cast<double>(a[i] - b[i]), 2);
        signal += std::pow(static_cast<double>(a[i]), 2);
    }
    return 10 * std::log10(sum / signal + 1e-12);
}

// Where `b` begins within 2 ms of `a`, best.
double difference_db(std::span<const float> a, std::span<const float> b) {
    constexpr std::size_t kReach = 48;
    double least = 1e9;
    for (std::size_t shift = 0; shift < kReach && shift < a.size() && shift < b.size(); ++shift)
        least = std::min(
            {least, aligned_difference_db(a.subspan(shift), b), aligned_difference_db(a, b.subspan(shift))});
    return least;
}

TEST_F(KokoroMatchedTest, AVoiceMadeOfOneIsThatVoice) {
    MatchedVoice voice = only("am_michael");
    voice.log_f0 = 5;
    voice.neutral_log_f0 = 5;  // its own pitch
    const auto stock = say(kText, {.voice = "am_michael"});
    auto matched = say_by(voice);
    expect_sound(matched, "matched");
    ASSERT_TRUE(stock);
    ASSERT_NEAR(static_cast<double>(stock->samples.size()), static_cast<double>(matched->samples.size()), 48);
    // Only the level may differ: the stock voice's is learnt as it speaks.
    const double gain = std::pow(10.0, (loudness_lufs(stock->samples, kSynthesisRate) -
                                        loudness_lufs(matched->samples, kSynthesisRate)) /
                                           20);
    for (float& s : matched->samples) s = static_cast<float>(s * gain);
    EXPECT_LT(difference_db(stock->samples, matched->samples), -30);
    EXPECT_EQ(stock->words.size(), matched->words.size());
}

TEST_F(KokoroMatchedTest, HasItsPitchPaceAndSpectrum) {
    MatchedVoice voice = only("af_heart");
    voice.log_f0 = std::log(150);
    const auto low = say_by(voice);
    voice.log_f0 = std::log(240);
    voice.rate = 1.4;
    const auto high = say_by(voice);
    ASSERT_TRUE(low && high);
    EXPECT_NEAR(pitch(*low), 150, 22);
    EXPECT_NEAR(pitch(*high), 240, 36);
    EXPECT_NEAR(seconds(*low) / seconds(*high), 1.4, 0.15);
    EXPECT_NEAR(loudness_lufs(low->samples, kSynthesisRate), -23, 3.0);
    for (std::size_t b = 12; b < kEqualizerBands; ++b) voice.equalizer[b] = -12;
    const auto dull = say_by(voice);
    ASSERT_TRUE(dull);
    const auto bends = [](const SpokenChunk& chunk) {  // power of high frequencies against all
        double high_power = 0, power = 1e-9;
        for (std::size_t i = 1; i < chunk.samples.size(); ++i) {
            high_power += std::pow(static_cast<double>(chunk.samples[i] - chunk.samples[i - 1]), 2);
            power += std::pow(static_cast<double>(chunk.samples[i]), 2);
        }
        return high_power / power;
    };
    EXPECT_LT(bends(*dull), 0.6 * bends(*high));
}

TEST_F(KokoroMatchedTest, MixesVoicesAndKeepsEverythingElse) {
    MatchedVoice voice;
    voice.shares = {{"af_heart", 0.8, 0.6}, {"bm_george", 0.5, 0.6}, {"am_puck", -0.3, -0.2}};
    voice.log_f0 = std::log(140);
    auto lexicon = std::make_shared<Lexicon>();
    ASSERT_TRUE(lexicon->add("order", "banana"));
    const auto plain = say_by(voice);
    const auto slow = say_by(voice, {.speed = 0.8});
    const auto sad = say_by(voice, {.emotion = "sad"});
    const auto said = say_by(voice, {.lexicon = lexicon});
    expect_sound(plain, "mixture");
    ASSERT_TRUE(slow && sad && said);
    EXPECT_NEAR(seconds(*slow) / seconds(*plain), 1.25, 0.12);
    EXPECT_GT(seconds(*sad), 1.1 * seconds(*plain));
    EXPECT_GT(pitch(*sad), 1.15 * pitch(*plain)) << "raised, as people's is";
    EXPECT_GT(difference_db(plain->samples, said->samples), -10);
    EXPECT_NEAR(loudness_lufs(plain->samples, kSynthesisRate), -23, 4.0);
}

TEST_F(KokoroMatchedTest, StreamsTheSameInWindows) {
    MatchedVoice voice = only("af_bella");
    voice.equalizer.fill(3);
    voice.equalizer[4] = -9;
    const std::string text =
        "I would be happy to help you with your order today, and with the one before it as well.";
    SpeechStyle style;
    style.custom_voice = std::make_shared<const MatchedVoice>(voice);
    std::vector<std::size_t> sizes;
    std::vector<float> all;
    auto sink = [&](SpokenChunk chunk) {
        sizes.push_back(chunk.samples.size());
        all.insert(all.end(), chunk.samples.begin(), chunk.samples.end());
    };
    ASSERT_TRUE(base::run_sync(synthesizer().stream(text, style, Priority::caller_waiting, sink)));
    EXPECT_GT(sizes.size(), 2u);
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
        at += sizes[i];
        EXPECT_LT(corner(all, kSynthesisRate, at), 12) << "a click where windows join, at " << at;
    }
}

TEST_F(KokoroMatchedTest, ChecksWhatItIsMadeOf) {
    SpeechStyle style{.voice = "voice_123"};  // not looked at
    style.custom_voice = std::make_shared<const MatchedVoice>(only("af_heart"));
    EXPECT_TRUE(synthesizer().check(style));
    MatchedVoice strange = only("af_heart");
    strange.shares.push_back({"af_nobody", 0, 0});
    style.custom_voice = std::make_shared<const MatchedVoice>(strange);
    const auto missing = synthesizer().check(style);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::unavailable);
    EXPECT_NE(missing.error().message.find("match it again"), std::string::npos);
    strange = only("af_heart");
    strange.pronounced_as = "af_nobody";
    style.custom_voice = std::make_shared<const MatchedVoice>(strange);
    EXPECT_FALSE(synthesizer().check(style));

    struct Elsewhere final : CustomVoice {
        std::string_view engine() const override { return "elsewhere"; }
        std::uint64_t version() const override { return 1; }
    };
    style.custom_voice = std::make_shared<const Elsewhere>();
    const auto other = synthesizer().check(style);
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().message.find("elsewhere"), std::string::npos);
}

}  // namespace
}  // namespace aimpact::voice
