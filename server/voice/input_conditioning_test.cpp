#include "voice/input_conditioning.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "voice/hearing_fixture.hpp"
#include "voice/recognizer.hpp"

namespace aimpact::voice {
namespace {

std::vector<float> tone(double amplitude, double offset = 0) {
    std::vector<float> out(kRecognitionRate * 2);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<float>(offset + amplitude * std::sin(0.3 * static_cast<double>(i)));
    return out;
}

TEST(InputConditioning, LeavesGoodAudioAlone) {
    auto audio = tone(0.1);
    const auto before = audio;
    const Conditioning done = condition(audio);
    EXPECT_EQ(done.gain_db, 0);
    EXPECT_EQ(done.dc_offset, 0);
    EXPECT_EQ(audio, before);
    EXPECT_EQ(condition({}).gain_db, 0);
}

TEST(InputConditioning, RaisesWhatIsQuiet) {
    auto audio = tone(0.001);
    EXPECT_NEAR(condition(audio).gain_db, 37, 1);  // -63 dBFS to -26
    EXPECT_NEAR(*std::max_element(audio.begin(), audio.end()), 0.071, 0.01);
}

TEST(InputConditioning, NeverClipsAndNeverRaisesSilence) {
    auto audio = tone(0.0005);
    audio[100] = 0.5F;  // a click leaves 6 dB of room
    condition(audio);
    EXPECT_LE(*std::max_element(audio.begin(), audio.end()), 0.981F);
    std::vector<float> silence(16'000, 0.0F);
    EXPECT_EQ(condition(silence).gain_db, 0);
    EXPECT_EQ(silence, std::vector<float>(16'000, 0.0F));
    auto faint = tone(0.000001);
    EXPECT_LE(condition(faint).gain_db, 50);
}

TEST(InputConditioning, TakesAnOffsetAway) {
    auto audio = tone(0.1, 0.2);
    EXPECT_NEAR(condition(audio).dc_offset, 0.2, 0.01);
    double sum = 0;
    for (const float sample : audio) sum += sample;
    EXPECT_NEAR(sum / static_cast<double>(audio.size()), 0, 0.005);
}

class QuietSpeech : public HearingFixture {};

TEST_F(QuietSpeech, IsUnderstoodAsWhenItIsLoud) {
    base::Metrics metrics;
    inference::Scheduler scheduler({.threads = 1}, metrics);
    const auto recognizer = make_recognizer(hearing().recognizer, hearing().vad, scheduler);
    const auto text = [&](std::vector<float> audio) {
        return base::run_sync(recognizer->transcribe(std::move(audio), {}, inference::Priority::batch))
            .value()
            .text;
    };
    auto audio = speech("1688/1688-142285-0001");
    const std::string loud = text(audio);
    for (float& sample : audio) sample = sample * 0.003F + 0.05F;  // 50 dB down, beside an offset
    const std::string quiet = text(audio);
    std::istringstream words(loud);
    int same = 0, all = 0;
    for (std::string word; words >> word; ++all) same += quiet.find(word) != std::string::npos;
    EXPECT_GE(same, all * 8 / 10) << quiet;
}

}  // namespace
}  // namespace aimpact::voice
