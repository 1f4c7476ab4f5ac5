// The parts of synthesis that need no model.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "voice/tts/clause_cache.hpp"
#include "voice/tts/emotion.hpp"
#include "voice/tts/kokoro_files.hpp"
#include "voice/tts/lane.hpp"
#include "voice/tts/lexicon.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/speech_joiner.hpp"
#include "voice/tts/speech_window.hpp"
#include "voice/tts/time_scale.hpp"
#include "voice/tts/voice_catalog.hpp"
#include "voice/tts/voice_levels.hpp"

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

TEST(SpeechJoiner, TrimsAndFades) {
    std::vector<float> samples(24'000, 0.0f);
    const auto sound = tone(200, 0.5, 0.3);
    std::copy(sound.begin(), sound.end(), samples.begin() + 6000);
    SpeechJoiner joiner(24'000);
    const auto heard = joiner.push(samples, 0, samples.size(), true);
    EXPECT_NEAR(static_cast<double>(heard.size()) / 24'000, 0.575, 0.01);
    EXPECT_LT(std::abs(heard.front()), 1e-3f);
    EXPECT_LT(std::abs(heard.back()), 1e-3f);
    SpeechJoiner silent(24'000);
    EXPECT_TRUE(silent.push(std::vector<float>(100, 0.0f), 0, 100, true).empty());
    EXPECT_FALSE(silent.started());
}

// Cut anywhere, in windows that overlap: the same samples as in one piece.
TEST(SpeechJoiner, WindowsGiveWhatTheWholeGives) {
    std::vector<float> whole(30'000, 0.0f);
    const auto first = tone(210, 0.4, 0.3), second = tone(330, 0.5, 0.2);
    std::copy(first.begin(), first.end(), whole.begin() + 2000);
    std::copy(second.begin(), second.end(), whole.begin() + 16'000);  // a pause of 0.18 s before it
    SpeechJoiner at_once(24'000);
    const auto expected = at_once.push(whole, 0, whole.size(), true);
    for (const std::size_t step : {3000u, 7000u, 12'345u}) {
        SpeechJoiner joiner(24'000);
        std::vector<float> heard;
        std::size_t chunks = 0;
        for (std::size_t from = 0; from < whole.size(); from += step) {
            const std::size_t begin = from - std::min<std::size_t>(from, 1000),
                              end = std::min(whole.size(), from + step);
            const std::span<const float> window(whole.data() + begin, end - begin);
            const auto more = joiner.push(window, from - begin, end - begin, end == whole.size());
            chunks += !more.empty();
            heard.insert(heard.end(), more.begin(), more.end());
        }
        EXPECT_GT(chunks, 1u);
        ASSERT_EQ(heard.size(), expected.size()) << step;
        for (std::size_t i = 0; i < heard.size(); ++i)
            ASSERT_NEAR(heard[i], expected[i], 1e-5f) << step << " " << i;
    }
}

TEST(SpeechJoiner, AmplifiesWithoutClipping) {
    auto quiet = tone(400, 0.1, 0.1), loud = tone(400, 0.1, 0.5);
    const auto before = quiet;
    amplify(quiet, 2);
    for (std::size_t i = 0; i < quiet.size(); ++i) ASSERT_FLOAT_EQ(quiet[i], before[i] * 2);
    amplify(loud, 10);
    for (float s : loud) ASSERT_LE(std::abs(s), 0.892f);
}

TEST(VoiceLevels, BringSpeechToItsLevelBeforeItIsHeard) {
    VoiceLevels levels;
    const std::vector<float> loud(100, 6.0f), soft(100, 4.0f);
    for (int i = 0; i < 5; ++i) levels.heard("af_heart", loud, 0, -26);  // 18 dB planned: 44 below it
    EXPECT_NEAR(20 * std::log10(levels.gain("af_heart", loud, 0, -23)), 3, 0.01);
    EXPECT_NEAR(20 * std::log10(levels.gain("af_heart", soft, 0, -23)), 9, 0.01);
    levels.heard("am_adam", loud, 0, -20);
    EXPECT_NEAR(20 * std::log10(levels.gain("am_adam", loud, 0, -23)), -3, 0.01)
        << "each voice has its own level";
    EXPECT_NEAR(20 * std::log10(levels.gain("af_bella", loud, 0, -23)), 2, 0.01)
        << "the mean of those known of its language";
    EXPECT_GT(levels.gain("af_heart", loud, -6, -23), levels.gain("af_heart", loud, 0, -23) * 1.3)
        << "a lowered voice is fainter by itself";
    EXPECT_LE(levels.gain("af_heart", std::vector<float>(10, -9.0f), 0, -23), 10.01);
}

TEST(VoiceLevels, KnowAnEmotionApartFromTheVoice) {
    VoiceLevels levels;
    const std::vector<float> energy(100, 6.0f);
    levels.heard("am_adam", energy, 0, -26);
    const auto db = [&](const std::string& manner, double lift) {
        return 20 * std::log10(levels.gain("am_adam", energy, 0, -23, manner, lift));
    };
    EXPECT_NEAR(db("sad 1.0", 2), 1, 0.01) << "as guessed";
    levels.heard("am_adam", energy, 0, -20, "sad 1.0");
    EXPECT_NEAR(db("sad 1.0", 2), -3, 0.01) << "as heard";
    EXPECT_NEAR(db("", 0), 3, 0.01) << "the voice's own is as it was";
    EXPECT_NEAR(db("happy 1.0", 0), 3, 0.01);
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

TEST(SpeechWindows, LeaveTheSilenceAtTheEndsOut) {
    const SpeechSpan span = speech_span(energy(90, 13, 55));
    EXPECT_EQ(span.count, 48);
    EXPECT_LE(span.begin, 10);
    EXPECT_GE(span.begin + span.count, 56);
    EXPECT_EQ(speech_span(energy(5, 0, 0)).begin, 0);
    EXPECT_EQ(speech_span(energy(5, 0, 0)).count, 32) << "past the end where there is too little";
}

TEST(SpeechWindows, BeginShortAndJoinWithoutAGap) {
    for (int frames = 32; frames <= 640; frames += 8) {
        const auto windows = speech_windows(frames);
        int at = 0;
        for (std::size_t i = 0; i < windows.size(); ++i) {
            const SpeechWindow& w = windows[i];
            EXPECT_NE(std::find(window_sizes().begin(), window_sizes().end(), w.count), window_sizes().end());
            EXPECT_EQ(w.begin + w.keep_from, at) << "no frame twice, none lost";
            EXPECT_LT(w.keep_from, w.keep_to);
            EXPECT_LE(w.keep_to, w.count);
            EXPECT_GE(w.begin, 0);
            EXPECT_LE(w.begin + w.count, frames);
            if (i > 0) EXPECT_GE(w.keep_from, kContextFrames);
            at = w.begin + w.keep_to;
            if (at < frames) EXPECT_GE(w.count - w.keep_to, kContextFrames);
        }
        EXPECT_EQ(at, frames);
        EXPECT_LE(windows[0].count, frames <= 40 ? frames : 24) << "heard soon";
    }
}

TEST(ClauseCacheTest, DropsTheLeastRecentlyUsed) {
    ClauseCache cache(10'000);
    const auto samples = [](std::size_t n) {
        return std::make_shared<const ClauseCache::Clause>(
            ClauseCache::Clause{std::vector<float>(n, 0.5f), {}});
    };
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
    edit_pitch(f0, {.pitch = 4, .range = 1.3});
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

// First windows of a new reply go before later windows of a reply that has audio left to play.
TEST(LaneTest, LetsTheEarliestDeadlineInFirst) {
    base::asio::io_context io;
    Lane lane;
    std::vector<int> order;
    const Lane::Time now = std::chrono::steady_clock::now();
    const auto visitor = [&](inference::Priority p, int due_ms, int id) -> base::Task<> {
        const auto permit = co_await lane.enter(p, now + std::chrono::milliseconds(due_ms));
        order.push_back(id);
        co_await base::sleep_for(std::chrono::milliseconds(2));
    };
    using inference::Priority;
    const auto come = [&](Priority p, int due_ms, int id) {
        base::asio::co_spawn(io, visitor(p, due_ms, id), base::asio::detached);
    };
    come(Priority::batch, 0, 0);
    come(Priority::batch, 0, 1);
    come(Priority::live, 1200, 2);
    come(Priority::live, 700, 3);
    come(Priority::caller_waiting, 0, 4);
    come(Priority::live, 700, 5);
    io.run();
    EXPECT_EQ(order, (std::vector<int>{0, 4, 3, 5, 2, 1}));
}

TEST(SpokenLength, CountsWholeWordsByTheirShare) {
    const std::string text = "one two three ";
    EXPECT_EQ(spoken_length(text, 0), 0u);
    EXPECT_EQ(spoken_length(text, 0.3), 4u);
    EXPECT_EQ(spoken_length(text, 0.49), 4u);
    EXPECT_EQ(spoken_length(text, 0.5), 8u);
    EXPECT_EQ(spoken_length(text, 1), text.size());
    EXPECT_EQ(spoken_length("", 0.5), 0u);
}

// What is kept under a key must sound like what is asked for.
TEST(ClauseKey, TellsApartWhateverSoundsDifferent) {
    auto one = std::make_shared<Lexicon>(), two = std::make_shared<Lexicon>();
    ASSERT_TRUE(one->add("gif", "jif"));
    ASSERT_TRUE(two->add("gif", "ghif"));
    SaidAs part{0, 3, SaidAs::How::words, "and so"};
    const std::vector<SpeechStyle> styles = {{},
                                             {.voice = "am_michael"},
                                             {.emotion = "sad"},
                                             {.emotion = "sad", .intensity = 0.5},
                                             {.speed = 1.1},
                                             {.pitch_semitones = 1},
                                             {.volume_db = -3},
                                             {.lexicon = one},
                                             {.lexicon = two},
                                             {.said_as = {part}}};
    for (std::size_t i = 0; i < styles.size(); ++i) {
        for (std::size_t k = 0; k < styles.size(); ++k)
            EXPECT_EQ(clause_key("a gif", styles[i]) == clause_key("a gif", styles[k]), i == k)
                << i << " " << k;
    }
    EXPECT_NE(clause_key("a", {}), clause_key("b", {}));
}

TEST(LexiconVersion, IsOfTheEntriesNotOfTheirOrder) {
    Lexicon a, b;
    EXPECT_EQ(a.version(), 0u);
    ASSERT_TRUE(a.add("SQL", "sequel"));
    ASSERT_TRUE(a.add("gif", "jif"));
    ASSERT_TRUE(b.add("gif", "/ɡˈɪf/"));
    ASSERT_TRUE(b.add("gif", "jif"));
    EXPECT_NE(a.version(), b.version());
    ASSERT_TRUE(b.add("sql", "sequel"));
    EXPECT_EQ(a.version(), b.version());
}

}  // namespace
}  // namespace aimpact::voice
