#include "realtime/sent_sound.hpp"

#include <gtest/gtest.h>

#include "voice/audio.hpp"

namespace aimpact::realtime {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t kSecond = voice::kSynthesisRate;

TEST(SentSound, GivesWhatIsPlayedAtATime) {
    const base::SteadyTime start{100s};
    SentSound sound;
    sound.sent("r", "i", 0, std::vector<float>(kSecond, 0.1F), start);
    sound.sent("r", "i", 1000, std::vector<float>(kSecond, 0.2F), start + 1s);
    std::vector<float> out(kSecond);
    sound.played(start - 500ms, out);
    EXPECT_FLOAT_EQ(out[kSecond / 4], 0);
    EXPECT_FLOAT_EQ(out[kSecond * 3 / 4], 0.1F);
    sound.played(start + 500ms, out);
    EXPECT_FLOAT_EQ(out[kSecond / 4], 0.1F);
    EXPECT_FLOAT_EQ(out[kSecond * 3 / 4], 0.2F);
    sound.played(start + 10s, out);
    EXPECT_FLOAT_EQ(out[0], 0);
    EXPECT_TRUE(sound.empty()) << "what is long past is forgotten";
}

TEST(SentSound, CutsAtAQuietPlaceShortlyBefore) {
    const base::SteadyTime start{100s};
    SentSound sound;
    std::vector<float> samples(kSecond * 2, 0.1F);
    std::fill_n(samples.begin() + kSecond * 8 / 10, kSecond / 20, 0.0F);  // a gap between words at 0.8 s
    sound.sent("r", "i", 500, samples, start);
    const auto rests = sound.cut(start + 1s);
    ASSERT_EQ(rests.size(), 1u);
    EXPECT_EQ(rests[0].item_id, "i");
    EXPECT_GE(rests[0].from_ms, 500 + 800);
    EXPECT_LE(rests[0].from_ms, 500 + 850);
    EXPECT_NEAR(static_cast<double>(rests[0].samples.size()), (2500 - rests[0].from_ms) * kSecond / 1000, 2);
    std::vector<float> out(kSecond);
    sound.played(start + 500ms, out);
    EXPECT_FLOAT_EQ(out[kSecond / 4], 0.1F);
    EXPECT_FLOAT_EQ(out[kSecond * 3 / 4], 0) << "nothing is played after the cut";
    EXPECT_TRUE(sound.cut(start + 1s).empty());
}

TEST(SentSound, CutsEachItemAndTheUnplayedOneWhole) {
    const base::SteadyTime start{100s};
    SentSound sound;
    sound.sent("r", "done", 0, std::vector<float>(kSecond, 0.1F), start - 2s);
    sound.sent("r", "first", 0, std::vector<float>(kSecond, 0.1F), start);
    sound.sent("s", "second", 0, std::vector<float>(kSecond, 0.1F), start + 1s);
    const auto rests = sound.cut(start + 500ms);
    ASSERT_EQ(rests.size(), 2u);
    EXPECT_EQ(rests[0].item_id, "first");
    EXPECT_EQ(rests[1].item_id, "second");
    EXPECT_EQ(rests[1].response_id, "s");
    EXPECT_EQ(rests[1].from_ms, 0);
    EXPECT_EQ(rests[1].samples.size(), kSecond);
}

}  // namespace
}  // namespace aimpact::realtime
