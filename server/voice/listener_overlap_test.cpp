// Sound over ours, as the listener tells it.
#include <optional>

#include "voice/hearing_fixture.hpp"
#include "voice/listener.hpp"

namespace aimpact::voice {
namespace {

// Hears the same words whatever is said.
class FixedRecognizer final : public Recognizer {
  public:
    base::Task<Result<Transcript>> transcribe(std::vector<float>, RecognitionOptions, inference::Priority,
                                              std::stop_token,
                                              std::function<void(double, const Segment*)>) override {
        co_return Transcript{};
    }
    base::Task<Result<Transcript>> utterance(std::vector<float>, double, RecognitionOptions,
                                             inference::Priority, std::stop_token) override {
        Transcript transcript;
        transcript.text = text;
        co_return transcript;
    }
    std::string text;
};

class ListenerOverOurs : public HearingFixture {
  protected:
    // Plays `caller` to a listener while something of ours is played, of which so much is still to come at
    // the end.
    void hear(const std::vector<float>& caller, double remaining_ms,
              ListenerOptions options = {.interruptions = Interruptions::adaptive}) {
        base::Metrics metrics;
        inference::Scheduler scheduler({.threads = 1}, metrics);
        base::asio::io_context io;
        double heard_ms = 0;
        Listener::Events on;
        on.speech_started = [&](SpeechStarted e) {
            started.push_back(e.tentative);
            if (started_ms < 0) started_ms = heard_ms;
        };
        on.speech_confirmed = [&](SpeechConfirmed) { ++confirmed; };
        on.sound_ignored = [&](SoundIgnored e) { ignored.push_back(e.kind); };
        on.likely_end = [&](LikelyEnd) { ++likely; };
        on.turn_ended = [&](TurnEnded e) { turns.push_back(std::move(e)); };
        const auto listener =
            make_listener(io.get_executor(), hearing(), recognizer, scheduler, std::move(on));
        options.partials = false;
        listener->configure(options);
        const auto ours = resample(speech("2033/2033-164914-0009"), kRecognitionRate, 24'000);
        for (std::size_t at = 0; at + 320 <= caller.size(); at += 320) {
            heard_ms = static_cast<double>(at + 320) * 1000 / kRecognitionRate;
            const std::size_t from = at * 3 / 2 % (ours.size() - 480);
            const double rest_ms = static_cast<double>(caller.size() - at) * 1000 / kRecognitionRate;
            listener->playing(std::span(ours).subspan(from, 480), remaining_ms + rest_ms);
            listener->push(std::span(caller).subspan(at, 320));
            io.restart();
            io.run();
        }
    }
    // Two seconds of quiet, so much of a sentence, and silence.
    static std::vector<float> words(double seconds) {
        auto said = speech("1998/1998-15444-0009");
        said.erase(said.begin(), said.begin() + kRecognitionRate / 2);
        said.resize(static_cast<std::size_t>(seconds * kRecognitionRate));
        return join({hiss(2, 0.0005F), said, hiss(1.5, 0.0005F)});
    }

    FixedRecognizer recognizer;
    std::vector<bool> started;
    double started_ms = -1;
    int confirmed = 0, likely = 0;
    std::vector<SoundKind> ignored;
    std::vector<TurnEnded> turns;
};

TEST_F(ListenerOverOurs, ABackchannelIsTentativeAndNoTurn) {
    recognizer.text = "Right.";
    hear(words(0.6), 5000);
    ASSERT_EQ(started, std::vector<bool>{true});
    EXPECT_LT(started_ms, 2400);
    EXPECT_EQ(confirmed, 0);
    EXPECT_EQ(likely, 0) << "nothing is prepared for it";
    ASSERT_EQ(turns.size(), 1u);
    EXPECT_EQ(turns[0].kind, SoundKind::backchannel);
    EXPECT_EQ(turns[0].transcript.text, "Right.");
}

TEST_F(ListenerOverOurs, WordsConfirmIt) {
    recognizer.text = "No.";
    hear(words(0.6), 5000);
    ASSERT_EQ(started, std::vector<bool>{true});
    EXPECT_EQ(confirmed, 1);
    ASSERT_EQ(turns.size(), 1u);
    EXPECT_EQ(turns[0].kind, SoundKind::speech);
}

TEST_F(ListenerOverOurs, SoDoesItsLength) {
    recognizer.text = "Right.";
    hear(words(2.5), 5000);
    EXPECT_EQ(confirmed, 1);
    ASSERT_EQ(turns.size(), 1u);
    EXPECT_EQ(turns[0].kind, SoundKind::speech);
}

TEST_F(ListenerOverOurs, WhatIsSaidWhenWeAreNearlyDoneIsAnAnswer) {
    recognizer.text = "Right.";
    auto caller = words(0.6);
    hear({caller.begin(), caller.end()}, -2000);  // 0.1 s left when it begins
    ASSERT_EQ(turns.size(), 1u);
    EXPECT_EQ(turns[0].kind, SoundKind::speech);
}

TEST_F(ListenerOverOurs, HissStopsNothing) {
    recognizer.text = "Thank you.";
    hear(join({hiss(2, 0.0005F), hiss(0.5, 0.2F), hiss(1, 0.0005F)}), 5000);
    EXPECT_TRUE(started.empty());
    EXPECT_TRUE(turns.empty());
}

TEST_F(ListenerOverOurs, ByVadTheFirstSpeechIsSure) {
    recognizer.text = "Right.";
    hear(words(0.6), 5000, {.interruptions = Interruptions::vad});
    ASSERT_EQ(started, std::vector<bool>{false});
    ASSERT_EQ(turns.size(), 1u);
    EXPECT_EQ(turns[0].kind, SoundKind::speech);
}

}  // namespace
}  // namespace aimpact::voice
