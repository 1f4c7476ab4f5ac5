// Times of words, pitch and volume: measured on what the real models say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "voice/tts/kokoro_fixture.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/speech_measures.hpp"

namespace aimpact::voice {
namespace {

std::vector<std::string> texts(const std::vector<SpokenWord>& words) {
    std::vector<std::string> out;
    for (const SpokenWord& w : words) out.push_back(w.text);
    return out;
}

void expect_in_order(const SpokenChunk& chunk, const std::string& what) {
    const double length = static_cast<double>(chunk.samples.size()) / kSynthesisRate;
    double before = 0;
    for (const SpokenWord& w : chunk.words) {
        EXPECT_GE(w.start_seconds, before - 1e-9) << what << ": " << w.text;
        EXPECT_GT(w.end_seconds, w.start_seconds) << what << ": " << w.text;
        EXPECT_LE(w.end_seconds, length + 0.1) << what << ": " << w.text;
        before = w.end_seconds;
    }
}

TEST_F(KokoroTest, TellsWhenEachWrittenWordIsSaid) {
    const std::string text = "Dr. Lee's train leaves at 7:30, platform 21 \xE2\x80\x94 bring $4.50. ";
    for (const SpeechStyle& style : {SpeechStyle{}, SpeechStyle{.voice = "bm_george", .speed = 1.3},
                                     SpeechStyle{.emotion = "sad"}, SpeechStyle{.speed = 2.5}}) {
        const auto chunk = say(text, style);
        ASSERT_TRUE(chunk);
        EXPECT_EQ(texts(chunk->words),
                  (std::vector<std::string>{"Dr.", "Lee's", "train", "leaves", "at", "7:30,", "platform",
                                            "21", "bring", "$4.50."}));
        expect_in_order(*chunk, style.voice);
        const auto length = [&](std::size_t i) {
            return chunk->words[i].end_seconds - chunk->words[i].start_seconds;
        };
        EXPECT_GT(length(5), 2 * length(4)) << "two words as spoken";
        EXPECT_GT(length(9), 3 * length(4)) << "four dollars fifty";
    }
}

// Sound begins and ends where the words beside a pause do. At any speed, since the times come from the
// model's own durations: 25 ms steps, so half of that and the soft edges of sounds are what they can be off.
TEST_F(KokoroTest, TimesOfWordsAreWhereTheSoundIs) {
    for (const double speed : {0.8, 1.0, 1.3}) {
        std::vector<double> begins, ends;
        for (const char* voice : {"af_heart", "am_michael", "bf_emma", "bm_george"}) {
            const auto chunk = say("Yes, but later, Mary, dinner is done; my brother, Ben, will be in.",
                                   {.voice = voice, .speed = speed});
            ASSERT_TRUE(chunk);
            expect_in_order(*chunk, voice);
            const auto pauses = silences(chunk->samples, kSynthesisRate, -50, 0.04);
            for (std::size_t i = 0; i + 1 < chunk->words.size(); ++i) {
                const SpokenWord &word = chunk->words[i], &next = chunk->words[i + 1];
                if (!std::ispunct(static_cast<unsigned char>(word.text.back()))) continue;
                // The longest silence about there is the pause; before it is the release of the last sound.
                const Silence* pause = nullptr;
                for (const Silence& s : pauses) {
                    if (s.end < word.end_seconds - 0.15 || s.begin > next.start_seconds + 0.15) continue;
                    if (!pause || s.end - s.begin > pause->end - pause->begin) pause = &s;
                }
                if (!pause) continue;
                begins.push_back(std::abs(next.start_seconds - pause->end));
                ends.push_back(std::abs(word.end_seconds - pause->begin));
            }
        }
        ASSERT_GE(begins.size(), 8u) << speed;
        for (auto* off : {&begins, &ends}) std::sort(off->begin(), off->end());
        EXPECT_LT(begins[begins.size() / 2], 0.03) << speed;
        EXPECT_LT(begins[begins.size() * 9 / 10], 0.09) << speed;
        EXPECT_LT(ends[ends.size() / 2], 0.09) << speed;
        EXPECT_LT(ends[ends.size() * 9 / 10], 0.25) << speed;
    }
}

// Each chunk names the words that begin in it, before they are heard; from the cache they come all at once.
TEST_F(KokoroTest, WordsComeWithTheChunkTheyBeginIn) {
    const std::string text = "Could you tell me the number on the back of your card, and then your name?";
    std::vector<SpokenChunk> chunks;
    auto sink = [&](SpokenChunk chunk) { chunks.push_back(std::move(chunk)); };
    ASSERT_TRUE(base::run_sync(synthesizer().stream(text, {}, Priority::caller_waiting, sink)));
    ASSERT_GE(chunks.size(), 3u);
    double begin = 0;
    std::vector<SpokenWord> all;
    for (const SpokenChunk& chunk : chunks) {
        const double end = begin + seconds(chunk);
        for (const SpokenWord& w : chunk.words) {
            EXPECT_GE(w.start_seconds, begin) << w.text;
            EXPECT_LE(w.start_seconds, end) << w.text;
            all.push_back(w);
        }
        begin = end;
    }
    EXPECT_EQ(all.size(), 16u);
    const auto again = say(text);
    ASSERT_TRUE(again);
    EXPECT_EQ(texts(again->words), texts(all));
    EXPECT_EQ(again->words.back().end_seconds, all.back().end_seconds);
}

// A text longer than the model takes at once: its pieces' words are placed one after the other.
TEST_F(KokoroTest, TimesGoOnOverThePiecesOfALongClause) {
    std::string text;
    for (int i = 0; i < 9; ++i) text += "and the evening light slowly fades behind the mountains ";
    const auto chunk = say(text);
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->words.size(), 81u);
    expect_in_order(*chunk, "long");
    EXPECT_GT(chunk->words.back().end_seconds, seconds(*chunk) - 0.5);
}

TEST_F(KokoroTest, LoudnessIsTheSameAtAnyPitch) {
    for (const char* voice : {"af_heart", "am_michael", "bf_emma"}) {
        ASSERT_TRUE(say("I have found three restaurants near you.", {.voice = voice}));
        for (const double semitones : {0.0, -6.0, -3.0, 3.0, 6.0, 12.0}) {
            const auto chunk = say("You will receive a confirmation by email within five minutes.",
                                   {.voice = voice, .pitch_semitones = semitones});
            ASSERT_TRUE(chunk);
            EXPECT_NEAR(loudness_lufs(chunk->samples, kSynthesisRate), -23.0, 1.5)
                << voice << " " << semitones;
        }
    }
}

TEST_F(KokoroTest, PitchIsShiftedBySemitones) {
    const std::string text = "The meeting has been moved to Monday morning.";
    for (const char* voice : {"af_heart", "am_michael"}) {
        const auto plain = say(text, {.voice = voice});
        ASSERT_TRUE(plain);
        const double usual = median_pitch(pitch_track(plain->samples, kSynthesisRate));
        for (const double semitones : {-6.0, -3.0, 3.0, 6.0, 12.0}) {
            const auto shifted = say(text, {.voice = voice, .pitch_semitones = semitones});
            expect_sound(shifted, voice);
            const double pitch = median_pitch(pitch_track(shifted->samples, kSynthesisRate));
            EXPECT_NEAR(12 * std::log2(pitch / usual), semitones, 1.4) << voice;
            EXPECT_NEAR(seconds(*shifted), seconds(*plain), 0.06) << "the pace stays";
            EXPECT_NEAR(loudness_lufs(shifted->samples, kSynthesisRate), -23.0,
                        std::abs(semitones) > 6 ? 3.0 : 2.0)
                << voice << " " << semitones;
        }
    }
}

// How a word sounds, by its times.
struct WordSound {
    double seconds = 0, hz = 0, level_db = 0;
};
WordSound sound_of(const SpokenChunk& chunk, std::size_t word) {
    const SpokenWord& w = chunk.words[word];
    const auto at = [](double seconds) { return static_cast<std::size_t>(seconds * kSynthesisRate); };
    std::vector<float> part(chunk.samples.begin() + static_cast<std::ptrdiff_t>(at(w.start_seconds)),
                            chunk.samples.begin() + static_cast<std::ptrdiff_t>(
                                                        std::min(chunk.samples.size(), at(w.end_seconds))));
    const double hz = median_pitch(pitch_track(part, kSynthesisRate));
    double energy = 1e-12;
    for (const float s : part) energy += static_cast<double>(s) * s;
    return {w.end_seconds - w.start_seconds, hz, 10 * std::log10(energy / static_cast<double>(part.size()))};
}

// Longer, higher and louder than without, and beside the words around it.
TEST_F(KokoroTest, AnEmphasisedWordIsHeard) {
    const std::string text = "We will meet on Monday morning at the new office.";
    const std::size_t begin = text.find("Monday"), word = 4, other = 8;
    for (const char* voice : {"af_heart", "am_michael", "bf_emma"}) {
        const auto said = [&](const char* level) {
            SpeechStyle style{.voice = voice};
            if (*level)
                style.said_as = {
                    {.begin = begin, .end = begin + 6, .how = SaidAs::How::stress, .said = level}};
            const auto chunk = say(text, style);
            EXPECT_TRUE(chunk && chunk->words.size() == 10);
            return *chunk;
        };
        const auto plain = said(""), strong = said("+2"), moderate = said("+1"), reduced = said("-1");
        const WordSound usual = sound_of(plain, word);
        const auto against = [&](const SpokenChunk& chunk, const char* level) {
            const WordSound one = sound_of(chunk, word);
            const double rest = sound_of(chunk, other).level_db - sound_of(plain, other).level_db;
            const WordSound change{one.seconds / usual.seconds, 12 * std::log2(one.hz / usual.hz),
                                   one.level_db - usual.level_db - rest};
            printf("%s %s: %.2f times as long, %+.1f semitones, %+.1f dB\n", voice, level, change.seconds,
                   change.hz, change.level_db);
            return change;
        };
        const WordSound more = against(strong, "strong"), some = against(moderate, "moderate"),
                        less = against(reduced, "reduced");
        EXPECT_GT(more.seconds, 1.15) << voice;
        EXPECT_GT(more.hz, 1.5) << voice;
        EXPECT_GT(more.level_db, 1) << voice;
        EXPECT_GE(some.seconds, 1) << voice;
        EXPECT_GT(some.hz, 0.8) << voice;
        EXPECT_LT(less.seconds, 1) << voice;
        EXPECT_LT(less.level_db, -0.7) << voice;
    }
}

TEST_F(KokoroTest, VolumeIsOnTopOfTheUsualLoudnessAndNeverClips) {
    const std::string text = "The meeting has been moved to Monday morning.";
    for (const double volume : {-40.0, -12.0, 6.0, 12.0}) {
        const auto chunk = say(text, {.volume_db = volume});
        ASSERT_TRUE(chunk);
        // Loud peaks are rounded off, which takes some of a large gain.
        EXPECT_NEAR(loudness_lufs(chunk->samples, kSynthesisRate), -23.0 + volume, volume > 6 ? 3.0 : 1.5);
        for (const float s : chunk->samples) ASSERT_LE(std::abs(s), 0.892f);
    }
}

TEST_F(KokoroTest, RefusesPitchAndVolumeOutOfRange) {
    EXPECT_TRUE(synthesizer().check({.pitch_semitones = 12, .volume_db = -40}));
    EXPECT_TRUE(synthesizer().check({.pitch_semitones = -12, .volume_db = 12}));
    const auto high = say("Hi", {.pitch_semitones = 12.1}),
               low = say("Hi", {.pitch_semitones = std::nan("")});
    ASSERT_TRUE(high.has_error() && low.has_error());
    EXPECT_EQ(high.error().param, "pitch");
    EXPECT_NE(high.error().message.find("-12 to 12"), std::string::npos) << high.error().message;
    const auto loud = say("Hi", {.volume_db = 12.5}), faint = say("Hi", {.volume_db = -41});
    ASSERT_TRUE(loud.has_error() && faint.has_error());
    EXPECT_EQ(loud.error().param, "volume");
    EXPECT_TRUE(say("Hi", {.volume_db = std::nan("")}).has_error());
}

}  // namespace
}  // namespace aimpact::voice
