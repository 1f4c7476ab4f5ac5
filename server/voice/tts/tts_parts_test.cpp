// The parts of synthesis that need no model.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "voice/tts/clause_cache.hpp"
#include "voice/tts/emotion.hpp"
#include "voice/tts/lane.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/speech_window.hpp"
#include "voice/tts/time_scale.hpp"
#include "voice/tts/voice_catalog.hpp"

namespace aimpact::voice {
namespace {

std::vector<float> tone(double hz, double seconds, double amplitude, int rate = 24'000) {
    std::vector<float> out(static_cast<std::size_t>(seconds * rate));
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<float>(amplitude *
                                    std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate));
    return out;
}

// EBU Tech 3341: a 1 kHz tone at -23 dBFS peak reads -23 LUFS in stereo, so 3.01 less in mono.
TEST(Loudness, ReadsAReferenceTone) {
    EXPECT_NEAR(loudness_lufs(tone(1000, 3, std::pow(10, -23.0 / 20)), 24'000), -26.0, 0.15);
    EXPECT_NEAR(loudness_lufs(tone(1000, 0.2, std::pow(10, -23.0 / 20)), 24'000), -26.0, 0.5);
    EXPECT_EQ(loudness_lufs(std::vector<float>(4800, 0.0f), 24'000), -120);
    EXPECT_EQ(loudness_lufs({}, 24'000), -120);
}

TEST(Loudness, NormalisesWithoutClipping) {
    auto quiet = tone(400, 1, 0.02);
    normalize_loudness(quiet, 24'000, -23);
    EXPECT_NEAR(loudness_lufs(quiet, 24'000), -23, 0.3);
    auto loud = tone(30, 1, 0.5);  // hardly heard, so the gain would clip it
    normalize_loudness(loud, 24'000, -3);
    for (float s : loud) ASSERT_LE(std::abs(s), 0.9f);
}

TEST(Loudness, TrimsAndFades) {
    std::vector<float> samples(24'000, 0.0f);
    const auto sound = tone(200, 0.5, 0.3);
    std::copy(sound.begin(), sound.end(), samples.begin() + 6000);
    trim_silence(samples, 24'000);
    EXPECT_NEAR(static_cast<double>(samples.size()) / 24'000, 0.575, 0.01);
    EXPECT_LT(std::abs(samples.front()), 1e-3f);
    EXPECT_LT(std::abs(samples.back()), 1e-3f);
    std::vector<float> nothing(100, 0.0f);
    trim_silence(nothing, 24'000);
    EXPECT_TRUE(nothing.empty());
}

TEST(Loudness, PausesByPunctuation) {
    EXPECT_GT(pause_after("Done. "), pause_after("well, "));
    EXPECT_GT(pause_after("Heading\n"), pause_after("Done."));
    EXPECT_LT(pause_after("no mark "), 0.05);
    EXPECT_EQ(pause_after("\"Really?\" "), pause_after("Really?"));
}

std::vector<float> energy(int frames, int from, int to, int dip = -1) {
    std::vector<float> out(static_cast<std::size_t>(2 * frames), -9.0f);
    for (int f = from; f < to; ++f)
        out[static_cast<std::size_t>(2 * f)] = out[static_cast<std::size_t>(2 * f) + 1] =
            f == dip ? -2.0f : 6.0f;
    return out;
}

TEST(SpeechWindows, LeaveSilenceOut) {
    const auto windows = speech_windows(energy(90, 13, 55));
    ASSERT_EQ(windows.size(), 1u);
    EXPECT_EQ(windows[0].count, 48);
    EXPECT_LE(windows[0].begin, 10);
    EXPECT_GE(windows[0].begin + windows[0].count, 58);
}

TEST(SpeechWindows, CutLongSpeechWhereItIsQuietest) {
    const auto windows = speech_windows(energy(300, 10, 280, 140));
    ASSERT_GE(windows.size(), 2u);
    int at = -1;
    bool at_dip = false;
    for (const auto& w : windows) {
        EXPECT_LE(w.count, kWindowFramesMax);
        EXPECT_LT(w.keep_from, w.keep_to);
        EXPECT_LE(w.keep_to, w.count);
        if (at >= 0) EXPECT_EQ(w.begin + w.keep_from, at) << "no frame twice, none lost";
        at = w.begin + w.keep_to;
        at_dip = at_dip || at == 140;
    }
    EXPECT_TRUE(at_dip);
    EXPECT_GE(at, 280);
}

TEST(SpeechWindows, HaveAFewSizes) {
    for (int frames = 1; frames <= kWindowFramesMax; ++frames) {
        const int size = window_size(frames);
        EXPECT_GE(size, frames);
        EXPECT_NE(std::find(window_sizes().begin(), window_sizes().end(), size), window_sizes().end());
    }
    EXPECT_FALSE(speech_windows(energy(5, 0, 0)).empty());
    EXPECT_LE(speech_windows(energy(1000, 0, 0))[0].count, kWindowFramesMax);
}

TEST(ClauseCacheTest, DropsTheLeastRecentlyUsed) {
    ClauseCache cache(10'000);
    const auto samples = [](std::size_t n) { return std::make_shared<const std::vector<float>>(n, 0.5f); };
    for (int i = 0; i < 6; ++i) {
        cache.insert("clause " + std::to_string(i), samples(500));
        EXPECT_TRUE(cache.find("clause 0")) << "kept by use";
    }
    EXPECT_LE(cache.bytes(), 10'000u);
    EXPECT_FALSE(cache.find("clause 1"));
    EXPECT_TRUE(cache.find("clause 5"));
    cache.insert("huge", samples(2000));
    EXPECT_FALSE(cache.find("huge"));
}

TEST(Emotion, EditsVoicedPitchOnly) {
    std::vector<float> f0 = {5, 180, 200, 220, 5};
    edit_pitch(f0, emotion_edit("happy", 1));
    EXPECT_EQ(f0[0], 5);
    EXPECT_GT(f0[2], 200 * 1.1f);
    EXPECT_GT(f0[3] / f0[1], 220.0f / 180 * 1.05f);
    std::vector<float> same = {5, 180, 200, 220, 5}, copy = same;
    edit_pitch(same, emotion_edit("happy", 0));
    EXPECT_EQ(same, copy);
    EXPECT_EQ(emotion_names().size(), 9u);
}

TEST(TimeScale, KeepsPitchAndChangesLength) {
    const auto fast = scale_time(tone(220, 1, 0.5), 24'000, 2.0);
    EXPECT_NEAR(static_cast<double>(fast.size()), 12'000, 10);
    int crossings = 0;
    for (std::size_t i = 2001; i < 10'000; ++i) crossings += fast[i - 1] < 0 && fast[i] >= 0;
    EXPECT_NEAR(crossings, 220.0 * 8000 / 24'000, 4);
    EXPECT_EQ(scale_time(tone(220, 0.01, 0.5), 24'000, 2.0).size(), 240u);
}

TEST(VoiceCatalog, FindsTheNearestName) {
    const std::vector<std::string> names = {"af_heart", "am_michael", "bf_emma"};
    EXPECT_EQ(nearest_name("Emma", names), "bf_emma");
    EXPECT_EQ(nearest_name("am_micheal", names), "am_michael");
    EXPECT_EQ(nearest_name("", names).empty(), false);
}

TEST(LaneTest, LetsTheMostUrgentInFirst) {
    base::asio::io_context io;
    Lane lane;
    std::vector<int> order;
    const auto visitor = [&](inference::Priority p, int id) -> base::Task<> {
        const auto permit = co_await lane.enter(p);
        order.push_back(id);
        co_await base::sleep_for(std::chrono::milliseconds(2));
    };
    base::asio::co_spawn(io, visitor(inference::Priority::batch, 0), base::asio::detached);
    base::asio::co_spawn(io, visitor(inference::Priority::batch, 1), base::asio::detached);
    base::asio::co_spawn(io, visitor(inference::Priority::live, 2), base::asio::detached);
    base::asio::co_spawn(io, visitor(inference::Priority::caller_waiting, 3), base::asio::detached);
    io.run();
    EXPECT_EQ(order, (std::vector<int>{0, 3, 2, 1}));
}

}  // namespace
}  // namespace aimpact::voice
