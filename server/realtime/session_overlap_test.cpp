// Sound over ours: what is held goes on after a backchannel, and is given up for an interruption.
#include "agents/conversation_wire.hpp"
#include "realtime/session_fixture.hpp"

namespace aimpact::realtime {
namespace {

using namespace testing;

class SessionOverlap : public SessionTest {
  protected:
    SessionOverlap() { agent.turn_detection.interruptions = voice::Interruptions::adaptive; }
    void voice_over_ours() {
        ears->events.speech_started({3000, true});
        settle();
    }
    void ends_as(voice::SoundKind kind, const std::string& text) {
        ears->events.speech_stopped({3300});
        voice::TurnEnded ended;
        ended.kind = kind;
        ended.transcript.text = text;
        ended.speech_end_at = ended.decided_at = ended.transcript_at = clock.steady();
        ears->events.turn_ended(std::move(ended));
        settle();
    }
};

TEST_F(SessionOverlap, ABackchannelPausesTheAnswerAndItGoesOnWhole) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One two three four. Five ", "six seven eight."}, &gate));
    open();
    turn("count");
    ASSERT_TRUE(log.has("audio One two three four."));  // 19 characters: 1140 ms
    clock.advance(600ms);
    voice_over_ours();
    EXPECT_EQ(log.count("interrupted"), 1);
    EXPECT_EQ(session->unplayed_seconds(), 0);
    EXPECT_TRUE(session->responding());
    const double before = log.audio_ms;
    gate.open();  // the model and the voice go on meanwhile, unheard
    settle();
    EXPECT_EQ(log.audio_ms, before) << "nothing is sent while the caller may mean it";
    EXPECT_FALSE(log.has("done completed"));
    clock.advance(500ms);
    ends_as(voice::SoundKind::backchannel, "Right.");
    EXPECT_TRUE(log.has("over ours backchannel resumed: Right."));
    EXPECT_TRUE(log.has("done completed"));
    EXPECT_EQ(log.count("interrupted"), 1);
    EXPECT_EQ(answer()->text, "One two three four. Five six seven eight.");
    EXPECT_EQ(answer()->status, agents::ItemStatus::completed);
    EXPECT_EQ(log.transcript, answer()->text) << "no word is told twice";
    ASSERT_EQ(loop->items.size(), 2u) << "the backchannel is no turn";
    EXPECT_EQ(loop->asked.size(), 1u);
    ASSERT_EQ(loop->turns.size(), 1u);
    EXPECT_FALSE(loop->turns[0].timeline.interrupted);
    // What had been played, up to 0.3 s of it once more, and the rest.
    const double whole = static_cast<double>(answer()->text.size()) * FakeSynthesizer::kMsPerChar;
    EXPECT_NEAR(log.audio_ms, before + (whole - 600), 320 + 600);
    EXPECT_GE(log.audio_ms, whole + (before - 600));
}

TEST_F(SessionOverlap, ItGoesOnFromWhereItStopped) {
    loop->scripts.push_back(FakeLoop::says({"One two three four. And five six seven eight."}));
    open();
    turn("count");
    ASSERT_TRUE(log.has("done completed"));
    const double sent = log.audio_ms;
    clock.advance(1000ms);
    voice_over_ours();
    clock.advance(700ms);
    ends_as(voice::SoundKind::noise, "");
    // The answer was done: the rest is a response of its own, outside the conversation.
    EXPECT_EQ(log.count("response"), 2);
    EXPECT_EQ(log.count("done completed"), 2);
    const double again = log.audio_ms - sent;
    EXPECT_GE(again, sent - 1000);
    EXPECT_LE(again, sent - 1000 + 320);
    EXPECT_NEAR(session->unplayed_seconds() * 1000, again, 1);
    EXPECT_EQ(loop->items.size(), 2u);
    EXPECT_FALSE(log.has("truncated 1000"));
}

TEST_F(SessionOverlap, AnInterruptionOfTheRestCutsTheItemWhereItWasHeard) {
    loop->scripts.push_back(FakeLoop::says({"One two three four. And five six seven eight."}));
    loop->scripts.push_back(FakeLoop::says({"Fine."}));
    open();
    turn("count");
    const double whole = log.audio_ms;
    clock.advance(1000ms);
    voice_over_ours();
    ends_as(voice::SoundKind::noise, "");
    clock.advance(session->unplayed_seconds() > 1 ? 600ms : 0ms);
    const double left = session->unplayed_seconds() * 1000;
    ears->events.speech_started({6000});
    settle();
    EXPECT_EQ(log.count("interrupted"), 2);
    EXPECT_EQ(answer()->status, agents::ItemStatus::incomplete);
    const auto cut = std::find_if(log.lines.begin(), log.lines.end(),
                                  [](const std::string& line) { return line.starts_with("truncated "); });
    ASSERT_NE(cut, log.lines.end());
    EXPECT_NEAR(std::stod(cut->substr(10)), whole - left, 1);
}

TEST_F(SessionOverlap, AnInterruptionIsHeardFromWhenItBegan) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One two three four. Five ", "six seven eight."}, &gate));
    loop->scripts.push_back(FakeLoop::says({"Sorry."}));
    open();
    turn("count");
    clock.advance(600ms);
    voice_over_ours();
    clock.advance(300ms);
    ears->events.speech_confirmed({});
    settle();
    EXPECT_EQ(log.count("interrupted"), 1) << "the client was told once";
    EXPECT_TRUE(log.has("truncated 600")) << "not when it was sure";
    EXPECT_TRUE(log.has("done cancelled"));
    EXPECT_EQ(answer()->text, "One two");
    ends_as(voice::SoundKind::speech, "no stop");
    EXPECT_TRUE(log.has("audio Sorry."));
    EXPECT_EQ(loop->asked.size(), 2u);
}

TEST_F(SessionOverlap, WordsAreAnInterruptionWithoutFurtherNotice) {
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));
    loop->scripts.push_back(FakeLoop::says({"Sorry."}));
    open();
    turn("count");
    clock.advance(600ms);
    voice_over_ours();
    ends_as(voice::SoundKind::speech, "what about five");
    EXPECT_TRUE(log.has("truncated 600"));
    EXPECT_TRUE(log.has("audio Sorry."));
}

TEST_F(SessionOverlap, TheClientsOwnCountMovesThePlace) {
    loop->scripts.push_back(FakeLoop::says({"One two three four. And five six seven eight."}));
    open();
    turn("count");
    const double sent = log.audio_ms;
    clock.advance(1000ms);
    voice_over_ours();
    ASSERT_TRUE(session->truncate_item(log.message_item, 1500).has_value());
    ends_as(voice::SoundKind::backchannel, "uh-huh");
    EXPECT_NEAR(log.audio_ms - sent, sent - 1500, 1);
    EXPECT_EQ(answer()->status, agents::ItemStatus::completed);
}

TEST_F(SessionOverlap, TheClientMayStillCancel) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One two three four. Five ", "six seven eight."}, &gate));
    open();
    turn("count");
    clock.advance(600ms);
    voice_over_ours();
    ASSERT_TRUE(session->cancel_response().has_value());
    gate.open();
    settle();
    EXPECT_TRUE(log.has("done cancelled"));
    ends_as(voice::SoundKind::backchannel, "yeah");
    EXPECT_EQ(log.count("response"), 1);
}

TEST_F(SessionOverlap, NothingIsHeldForEver) {
    loop->scripts.push_back(FakeLoop::says({"One two three four. And five six seven eight."}));
    open();
    turn("count");
    clock.advance(1000ms);
    voice_over_ours();
    clock.advance(4s);
    session->tick();
    EXPECT_EQ(session->unplayed_seconds(), 0);
    clock.advance(2s);
    session->tick();
    settle();
    EXPECT_GT(session->unplayed_seconds(), 1);
}

TEST_F(SessionOverlap, TheRecordTellsWhatWasHeardOverAnAnswer) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One two three four. Five ", "six seven eight."}, &gate));
    open();
    turn("count");
    clock.advance(300ms);
    ears->events.sound_ignored({voice::SoundKind::noise, 0, 0});
    clock.advance(300ms);
    voice_over_ours();
    gate.open();
    clock.advance(700ms);
    ends_as(voice::SoundKind::backchannel, "Right.");
    ASSERT_EQ(loop->turns.size(), 1U);
    clock.advance(500ms);  // the answer is made, and still being played
    voice_over_ours();
    clock.advance(200ms);
    ends_as(voice::SoundKind::noise, "");
    ASSERT_EQ(loop->turns.size(), 2U) << "the same turn, written again";
    EXPECT_EQ(loop->turns[1].index, loop->turns[0].index);
    ASSERT_TRUE(loop->turns[1].quality.sounds_over);
    const auto& sounds = *loop->turns[1].quality.sounds_over;
    ASSERT_EQ(sounds.size(), 3U);
    EXPECT_EQ(sounds[0].kind, "noise");
    EXPECT_FALSE(sounds[0].resumed);
    EXPECT_NEAR(sounds[0].at_ms, 300, 1);
    EXPECT_FALSE(sounds[0].paused_ms);
    EXPECT_EQ(sounds[1].kind, "backchannel");
    EXPECT_TRUE(sounds[1].resumed);
    EXPECT_NEAR(sounds[1].at_ms, 600, 1);
    EXPECT_NEAR(sounds[1].paused_ms.value_or(0), 700, 1);
    EXPECT_EQ(sounds[1].transcript, "Right.");
    EXPECT_NEAR(sounds[2].at_ms, 1100, 320) << "it went on from up to 0.3 s earlier";
    EXPECT_FALSE(sounds[2].transcript);
    const auto wire = agents::turn_json(loop->turns[1]);
    EXPECT_EQ(wire.at("quality").at("sounds_over").as_array().size(), 3U);
    EXPECT_EQ(wire.at("quality").at("sounds_over").at(1).at("kind"), "backchannel");
}

TEST_F(SessionOverlap, ARecordHoldsTheFirstSoundsOnly) {
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));
    open();
    turn("count");
    clock.advance(300ms);
    for (std::size_t n = 0; n < agents::kSoundsOverAnswerMax + 5; ++n)
        ears->events.sound_ignored({voice::SoundKind::noise, 0, 0});
    settle();
    EXPECT_EQ(loop->turns.back().quality.sounds_over->size(), agents::kSoundsOverAnswerMax);
    EXPECT_EQ(loop->turns.size(), 1 + agents::kSoundsOverAnswerMax)
        << "what adds nothing isn't written again";
}

TEST_F(SessionOverlap, ASoundOverNothingBelongsToNoAnswer) {
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));
    open();
    turn("count");
    clock.advance(10s);
    ears->events.sound_ignored({voice::SoundKind::noise, 0, 0});
    settle();
    EXPECT_EQ(loop->turns.size(), 1U);
    EXPECT_FALSE(loop->turns.back().quality.sounds_over);
}

// What isn't judged isn't kept: an answer from before overlaps were judged can't go on.
TEST_F(SessionOverlap, JudgedFromTheMomentItIsAskedForOnly) {
    agent.turn_detection.interruptions = voice::Interruptions::vad;
    loop->scripts.push_back(FakeLoop::says({"One two three four. And five six seven eight."}));
    loop->scripts.push_back(FakeLoop::says({"One two three four. And five six seven eight."}));
    open();
    turn("count");
    clock.advance(300ms);
    session->push_audio(std::vector<float>(1600));
    EXPECT_EQ(ears->played.size(), 0U) << "nothing is compared with our own sound";
    SessionConfig config = session->config();
    config.listener.interruptions = voice::Interruptions::adaptive;
    ASSERT_TRUE(session->configure(config).has_value());
    voice_over_ours();
    EXPECT_TRUE(log.has("truncated 300")) << "an interruption at once";
    ends_as(voice::SoundKind::speech, "count again");
    clock.advance(300ms);
    session->push_audio(std::vector<float>(1600));
    EXPECT_EQ(ears->played.size(), 2400U) << "24 kHz";
    voice_over_ours();
    EXPECT_FALSE(log.has("done cancelled"));
    ends_as(voice::SoundKind::backchannel, "right");
    EXPECT_TRUE(log.has("over ours backchannel resumed: right"));
}

TEST_F(SessionOverlap, ABackchannelThatStoppedNothingIsCounted) {
    open();
    ears->events.sound_ignored({voice::SoundKind::echo, 10, 200});
    ears->events.sound_ignored({voice::SoundKind::noise, 10, 200});
    EXPECT_TRUE(log.has("over ours echo: "));
    const std::string text = registry.render();
    EXPECT_NE(text.find("aimpact_sounds_ignored_total{kind=\"echo\"} 1"), std::string::npos);
    EXPECT_NE(text.find("aimpact_sounds_ignored_total{kind=\"noise\"} 1"), std::string::npos);
}

TEST_F(SessionOverlap, TheCallerLeavesWhileItIsHeld) {
    loop->scripts.push_back(FakeLoop::says({"One two three four. And five six seven eight."}));
    open();
    turn("count");
    clock.advance(600ms);
    voice_over_ours();
    close();
    EXPECT_EQ(loop->finished, 1);
    EXPECT_EQ(answer()->text, "One two") << "what was not heard is not in the record";
}

TEST_F(SessionOverlap, NothingIsHeldForLong) {
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));
    open();
    const auto held_for_long = [this](bool speaking) {
        turn("count");
        clock.advance(600ms);
        voice_over_ours();
        ears->speaking = speaking;
        clock.advance(4900ms);
        session->tick();
        settle();
        EXPECT_FALSE(log.has("truncated 600"));
        clock.advance(200ms);
        session->tick();
        settle();
    };
    held_for_long(false);
    EXPECT_EQ(log.count("over ours noise resumed: "), 1) << "nobody speaks: it goes on";
    EXPECT_FALSE(log.has("truncated 600"));
    clock.advance(10s);
    held_for_long(true);
    EXPECT_TRUE(log.has("truncated 600")) << "a client that stopped sending in the middle of a voice";
}

TEST_F(SessionOverlap, TheListenerHearsWhatWePlay) {
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));  // a tone of 0.1
    open();
    turn("count");
    const std::vector<float> silence(320, 0.0F);
    clock.advance(100ms);
    session->push_audio(silence);
    ASSERT_EQ(ears->played.size(), 480u);
    EXPECT_FLOAT_EQ(ears->played[100], 0.1F);
    EXPECT_NEAR(ears->remaining_ms, 1040, 1);
    clock.advance(5s);
    session->push_audio(silence);
    EXPECT_FLOAT_EQ(ears->played[100], 0.0F);
}

}  // namespace
}  // namespace aimpact::realtime
