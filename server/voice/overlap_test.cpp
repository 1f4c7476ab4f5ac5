#include "voice/overlap.hpp"

#include <cmath>
#include <numbers>
#include <random>

#include "voice/caller_pace.hpp"
#include "voice/echo_detector.hpp"
#include "voice/hearing_fixture.hpp"

namespace aimpact::voice {
namespace {

TEST(IsBackchannel, TakesWordsOfListenersAlone) {
    for (const char* text : {"Uh-huh.", "Mm-hmm", "Right, right.", "Yeah.", "Okay, I see.", "Oh, really?",
                             "Got it!", "That makes sense."})
        EXPECT_TRUE(is_backchannel(text)) << text;
    for (const char* text : {"", "No.", "Wait.", "Right, but I wanted something else.", "Yeah, stop.",
                             "What?", "I think so", "okay okay okay okay okay"})
        EXPECT_FALSE(is_backchannel(text)) << text;
}

TEST(IsBackchannel, OfAShortSoundOnlyABidCounts) {
    EXPECT_TRUE(is_backchannel("Saw.", 0.3)) << "what the recogniser made of \"sure\"";
    EXPECT_FALSE(is_backchannel("Saw.", 0.8));
    EXPECT_FALSE(is_backchannel("You will never", 0.3)) << "so many words aren't short";
    EXPECT_FALSE(is_backchannel("Waiter.", 0.3));
    EXPECT_FALSE(is_backchannel("No.", 0.3));
    EXPECT_FALSE(is_backchannel("Wait.", 0.3));
    EXPECT_FALSE(is_backchannel("What?", 0.3));
    EXPECT_FALSE(is_backchannel("", 0.3));
}

TEST(Background, StandsForWhatIsHeardAllTheTime) {
    Background background;
    for (int i = 0; i < 100; ++i) background.hear(i % 2 ? -42.0F : -38.0F, i % 3 == 0);
    EXPECT_FALSE(background.loud(-38));
    EXPECT_TRUE(background.loud(-30));
}

TEST(CallerPace, WaitsLongerForWhoPausesLongAndShorterForWhoDoesNot) {
    CallerPace halting, fluent;
    for (int turn = 0; turn < 20; ++turn) {
        halting.paused(40);
        halting.turn_ended();
        fluent.paused(8);
        fluent.turn_ended();
    }
    EXPECT_NEAR(halting.scale(), CallerPace::kMost, 0.01);
    EXPECT_NEAR(fluent.scale(), CallerPace::kLeast, 0.03);
    CallerPace one;
    one.paused(8);
    one.turn_ended();
    EXPECT_GT(one.scale(), 0.95) << "one turn says little";
    one.cut();
    EXPECT_GT(one.scale(), 1.15) << "a turn that was cut says much";
    for (int i = 0; i < 9; ++i) one.cut();
    EXPECT_LE(one.scale(), CallerPace::kMost);
}

class OverlapOnAudio : public HearingFixture {
  protected:
    // Verdicts of a sound, frame by frame, as if the VAD were sure of all of it.
    static bool is_voice(const std::vector<float>& sound, float probability = 0.95F) {
        OverlapJudge judge;
        std::vector<float> audio(1024, 0.0F);
        audio.insert(audio.end(), sound.begin(), sound.end());
        for (std::size_t at = 1024 + kVadFrame; at <= audio.size(); at += kVadFrame)
            if (judge.hear(std::span(audio).first(at).last(1024), probability, true) ==
                OverlapJudge::Verdict::voice)
                return true;
        return false;
    }
};

TEST_F(OverlapOnAudio, SpeechIsAVoiceAndHissAndClicksAreNone) {
    EXPECT_TRUE(is_voice(speech("1998/1998-15444-0009")));
    EXPECT_FALSE(is_voice(hiss(0.6)));
    std::vector<float> clicks(8000, 0.0F);
    for (std::size_t at = 100; at < clicks.size(); at += 1700)
        for (std::size_t n = 0; n < 60; ++n) clicks[at + n] = n % 2 ? -0.5F : 0.5F;
    EXPECT_FALSE(is_voice(clicks));
}

// Our speech and what a microphone makes of it: 0.12 s late, 16 dB down, with a second path.
struct Played {
    std::vector<float> ours_24k, echo;
};
Played play_of(const std::vector<float>& speech_16k) {
    Played out;
    out.ours_24k = resample(speech_16k, kRecognitionRate, 24'000);
    out.echo.assign(speech_16k.size(), 0.0F);
    for (std::size_t n = 2700; n < out.echo.size(); ++n)
        out.echo[n] = 0.16F * speech_16k[n - 1920] + 0.05F * speech_16k[n - 2700];
    return out;
}

class EchoOnAudio : public HearingFixture {
  protected:
    struct Heard {
        int speech = 0, callers = 0;
    };
    // Frames with speech, and those held to be the caller's.
    static Heard hear(EchoDetector& detector, const std::vector<float>& heard,
                      const std::vector<float>& ours) {
        const auto vad = hearing().vad->stream().value().release();
        const std::unique_ptr<Vad> owned(vad);
        Heard out;
        for (std::size_t at = 0; at + kVadFrame <= heard.size(); at += kVadFrame) {
            const auto frame = std::span(heard).subspan(at).first<kVadFrame>();
            const bool speech = owned->probability(frame) >= 0.35F;
            const std::size_t from = std::min(ours.size(), at * 3 / 2),
                              to = std::min(ours.size(), from + kPlayedFrame);
            const auto source = detector.hear(frame, std::span(ours).subspan(from, to - from), speech);
            out.speech += speech;
            out.callers += speech && source == EchoDetector::Source::caller;
        }
        return out;
    }
};

TEST_F(EchoOnAudio, OurOwnVoiceIsFoundAndItsDelay) {
    EchoDetector detector;
    const Played played = play_of(speech("1998/1998-15444-0009"));
    const Heard heard = hear(detector, played.echo, played.ours_24k);
    ASSERT_GT(heard.speech, 60);
    EXPECT_LT(heard.callers, heard.speech / 20);
    EXPECT_TRUE(detector.matched());
    EXPECT_NEAR(detector.delay_ms(), 120, 17);
}

TEST_F(EchoOnAudio, AnotherVoiceIsTheCallers) {
    EchoDetector detector;
    const Played played = play_of(speech("1998/1998-15444-0009"));
    const Heard heard = hear(detector, speech("2033/2033-164914-0009"), played.ours_24k);
    ASSERT_GT(heard.speech, 40);
    EXPECT_GT(heard.callers, heard.speech - 30) << "the first third of a second may be undecided";
}

TEST_F(EchoOnAudio, WhoSpeaksOverTheEchoIsHeard) {
    EchoDetector detector;
    const Played played = play_of(speech("1998/1998-15444-0009"));
    std::vector<float> both = played.echo;
    const auto caller = speech("2033/2033-164914-0009");
    const std::size_t begin = both.size() / 2 / kVadFrame * kVadFrame;
    for (std::size_t n = begin; n < both.size() && n - begin < caller.size(); ++n)
        both[n] += caller[n - begin];
    const std::vector<float> first(both.begin(), both.begin() + static_cast<std::ptrdiff_t>(begin));
    const std::vector<float> second(both.begin() + static_cast<std::ptrdiff_t>(begin), both.end());
    const std::vector<float> ours_second(played.ours_24k.begin() + static_cast<std::ptrdiff_t>(begin * 3 / 2),
                                         played.ours_24k.end());
    EXPECT_LT(hear(detector, first, played.ours_24k).callers, 5);
    const Heard heard = hear(detector, second, ours_second);
    EXPECT_GT(heard.callers, heard.speech / 2);
}

}  // namespace
}  // namespace aimpact::voice
