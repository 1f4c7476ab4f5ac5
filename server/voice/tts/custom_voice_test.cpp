#include "voice/custom_voice.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/wire.hpp"
#include "voice/audio.hpp"
#include "voice/tts/equalizer.hpp"
#include "voice/tts/voice_blend.hpp"

namespace aimpact::voice {
namespace {

MatchedVoice example() {
    MatchedVoice voice;
    voice.shares = {{"af_heart", 0.7, 1.2}, {"am_puck", 0.3, -0.2}};
    voice.log_f0 = std::log(180);
    voice.neutral_log_f0 = std::log(200);
    voice.rate = 1.1;
    voice.level_lufs = -40;
    voice.equalizer[3] = -4.5;
    return voice;
}

TEST(MatchedVoice, IsWrittenAndReadBack) {
    const MatchedVoice voice = example();
    const std::string text = to_json_text(voice);
    const auto read = parse_matched_voice(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(to_json_text(*read), text);
    EXPECT_EQ(read->shares[1].voice, "am_puck");
    EXPECT_DOUBLE_EQ(read->shares[1].prosodic, -0.2);
    EXPECT_NEAR(*read->neutral_log_f0, std::log(200), 1e-5);
    EXPECT_DOUBLE_EQ(read->equalizer[3], -4.5);
    EXPECT_EQ(read->engine(), "matched");
    MatchedVoice most = example();
    most.shares.clear();
    for (int i = 0; i < 64; ++i)
        most.shares.push_back({fmt::format("af_a_voice_with_a_long_name_{}", i),
                               1.0 / 64 + (i % 2 ? 3.12345 : -3.12345),
                               1.0 / 64 + (i % 2 ? 3.12345 : -3.12345)});
    EXPECT_LE(to_json_text(most).size(), kMatchedVoiceBytesMax);
    EXPECT_TRUE(parse_matched_voice(to_json_text(most)));
}

TEST(MatchedVoice, AVersionTellsVoicesApart) {
    const MatchedVoice voice = example();
    EXPECT_EQ(voice.version(), example().version());
    for (auto change : std::initializer_list<void (*)(MatchedVoice&)>{
             [](MatchedVoice& v) { v.shares[0].acoustic += 0.001; },
             [](MatchedVoice& v) { v.log_f0 += 0.001; }, [](MatchedVoice& v) { v.rate += 0.01; },
             [](MatchedVoice& v) { v.equalizer[0] = 1; },
             [](MatchedVoice& v) { v.pronounced_as = "bf_emma"; },
             [](MatchedVoice& v) { v.neutral_log_f0 = {}; }}) {
        MatchedVoice other = voice;
        change(other);
        EXPECT_NE(other.version(), voice.version());
    }
}

struct Broken {
    const char* name;
    void (*change)(boost::json::object&);
};
void PrintTo(const Broken& broken, std::ostream* out) {
    *out << broken.name;
}

class BrokenVoice : public testing::TestWithParam<Broken> {};

TEST_P(BrokenVoice, IsRefusedAndSaysWhatToDo) {
    auto value = base::parse_json(to_json_text(example()));
    ASSERT_TRUE(value);
    GetParam().change(value->as_object());
    const auto read = parse_matched_voice(base::to_text(*value));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, base::ErrorCode::invalid_argument);
    EXPECT_FALSE(read.error().message.empty());
}

boost::json::object& first_share(boost::json::object& o) {
    return o["voices"].as_array()[0].as_object();
}

INSTANTIATE_TEST_SUITE_P(
    Limits, BrokenVoice,
    testing::Values(
        Broken{"Engine", [](boost::json::object& o) { o["engine"] = "cloning"; }},
        Broken{"Format", [](boost::json::object& o) { o["format"] = 2; }},
        Broken{"NoVoices", [](boost::json::object& o) { o["voices"] = boost::json::array{}; }},
        Broken{"TooManyVoices",
               [](boost::json::object& o) {
                   boost::json::array voices;
                   for (int i = 0; i < 65; ++i)
                       voices.push_back({{"voice", fmt::format("v{}", i)},
                                         {"acoustic", 1.0 / 65},
                                         {"prosodic", 1.0 / 65}});
                   o["voices"] = voices;
               }},
        Broken{"TwiceTheSame",
               [](boost::json::object& o) { o["voices"].as_array()[1].as_object()["voice"] = "af_heart"; }},
        Broken{"APath", [](boost::json::object& o) { first_share(o)["voice"] = "../../etc/passwd"; }},
        Broken{"ALongName", [](boost::json::object& o) { first_share(o)["voice"] = std::string(33, 'a'); }},
        Broken{"ShareTooLarge", [](boost::json::object& o) { first_share(o)["acoustic"] = 4.1; }},
        Broken{"SumNotOne", [](boost::json::object& o) { first_share(o)["prosodic"] = 1.1; }},
        Broken{"PitchTooLow", [](boost::json::object& o) { o["log_f0"] = std::log(49); }},
        Broken{"PitchTooHigh", [](boost::json::object& o) { o["neutral_log_f0"] = std::log(501); }},
        Broken{"TooSlow", [](boost::json::object& o) { o["rate"] = 0.49; }},
        Broken{"TooFast", [](boost::json::object& o) { o["rate"] = 2.01; }},
        Broken{"TooLoud", [](boost::json::object& o) { o["level_lufs"] = -9; }},
        Broken{"NobodysAccent", [](boost::json::object& o) { o["pronounced_as"] = ""; }},
        Broken{"GainTooHigh", [](boost::json::object& o) { o["equalizer_db"].as_array()[0] = 12.1; }},
        Broken{"TooFewGains", [](boost::json::object& o) { o["equalizer_db"].as_array().pop_back(); }},
        Broken{"Missing", [](boost::json::object& o) { o.erase("log_f0"); }},
        Broken{"Unknown", [](boost::json::object& o) { o["sample"] = "x"; }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(MatchedVoice, TextBeyondItsLimitIsNotRead) {
    std::string text = to_json_text(example());
    text.insert(1, std::string(kMatchedVoiceBytesMax, ' '));
    EXPECT_FALSE(parse_matched_voice(text));
    EXPECT_FALSE(parse_matched_voice("{"));
}

// The gain of `taps` at `hz`, in dB.
double response_db(const std::vector<float>& taps, double hz, int rate) {
    double re = 0, im = 0;
    for (std::size_t n = 0; n < taps.size(); ++n) {
        const double angle = 2 * M_PI * hz * static_cast<double>(n) / rate;
        re += static_cast<double>(taps[n]) * std::cos(angle);
        im += static_cast<double>(taps[n]) * std::sin(angle);
    }
    return 10 * std::log10(re * re + im * im);
}

TEST(Equalizer, HasTheGainsThatWereAskedFor) {
    EqualizerGains gains{};
    for (std::size_t b = 0; b < gains.size(); ++b) gains[b] = 9 * std::sin(0.7 * static_cast<double>(b));
    const auto taps = equalizer_taps(gains, kSynthesisRate);
    for (std::size_t b = 2; b < gains.size(); ++b)
        EXPECT_NEAR(response_db(taps, equalizer_band_hz(b), kSynthesisRate), gains[b], 1.0) << b;
    EXPECT_NEAR(response_db(taps, 10'000, kSynthesisRate), gains.back(), 1.0);
    // Without delay: most of what it does is done at once.
    double early = 0, all = 0;
    for (std::size_t n = 0; n < taps.size(); ++n) {
        all += static_cast<double>(taps[n] * taps[n]);
        if (n < 24) early += static_cast<double>(taps[n] * taps[n]);
    }
    EXPECT_GT(early / all, 0.9);
}

TEST(Equalizer, FlatIsNoFilter) {
    EXPECT_TRUE(equalizer_taps({}, kSynthesisRate).empty());
    std::vector<float> samples{0.1F, 0.2F, 0.3F};
    FirFilter().process(samples);
    EXPECT_FLOAT_EQ(samples[2], 0.3F);
}

TEST(Equalizer, AStreamInPiecesIsTheSameAsTheWhole) {
    EqualizerGains gains{};
    gains.fill(-3);
    gains[5] = 8;
    const auto taps = std::make_shared<const std::vector<float>>(equalizer_taps(gains, kSynthesisRate));
    std::vector<float> whole(4000);
    for (std::size_t i = 0; i < whole.size(); ++i)
        whole[i] = std::sin(0.05F * static_cast<float>(i)) * static_cast<float>(i % 97) / 97;
    std::vector<float> pieces = whole;
    FirFilter(taps).process(whole);
    FirFilter filter(taps);
    for (std::size_t at = 0, step = 1; at < pieces.size(); at += step, step = step * 3 % 1000 + 1)
        filter.process(std::span(pieces).subspan(at, std::min(step, pieces.size() - at)));
    for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_NEAR(whole[i], pieces[i], 1e-5) << i;
}

TEST(MatchedVoice, PitchIsSetOnVoicedFrames) {
    MatchedVoice voice = example();
    std::vector<float> f0{0, 100, 200, 0, 150};
    set_pitch(f0, voice);  // by 180 / 200
    EXPECT_FLOAT_EQ(f0[0], 0);
    EXPECT_NEAR(f0[1], 90, 0.01);
    EXPECT_NEAR(f0[4], 135, 0.01);
    voice.neutral_log_f0.reset();
    set_pitch(f0, voice);
    EXPECT_NEAR(std::cbrt(f0[1] * f0[2] * f0[4]), 180, 0.1);
    EXPECT_FALSE(mean_log_f0(std::vector<float>{0, 0}));
    EXPECT_NEAR(*mean_log_f0(std::vector<float>{100, 100, 100, 0, 400}), std::log(100), 1e-6);
}

}  // namespace
}  // namespace aimpact::voice
