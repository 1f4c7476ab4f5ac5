// The session's policy: turns, greeting, interruption at each stage, what the client may stop and cut.
#include "realtime/session_fixture.hpp"

namespace aimpact::realtime {
namespace {

using namespace std::chrono_literals;
using testing::FakeLoop;
using testing::FakeSynthesizer;
using testing::Gate;

class SessionTest : public testing::SessionTest {};

TEST_F(SessionTest, AnswersATurnByVoiceAndStampsItsTimeline) {
    loop->scripts.push_back(FakeLoop::says({"Good ", "day. ", "How can I help?"}));
    open();
    turn("hello there");
    const std::vector<std::string> expected{"speech_started",
                                            "speech_stopped",
                                            "committed",
                                            "transcript hello there",
                                            "response",
                                            "output message",
                                            "audio Good day.",
                                            "audio How can I help?",
                                            "message done: Good day. How can I help?",
                                            "done completed"};
    EXPECT_EQ(log.lines, expected);
    EXPECT_EQ(log.transcript, "Good day. How can I help?");
    ASSERT_EQ(loop->turns.size(), 1u);
    const agents::Turn& recorded = loop->turns[0];
    EXPECT_EQ(recorded.user_item_id, log.user_item);
    EXPECT_EQ(recorded.assistant_item_id, log.message_item);
    EXPECT_DOUBLE_EQ(recorded.timeline.speech_ms, 1000);
    EXPECT_DOUBLE_EQ(recorded.timeline.decided_ms, 200);
    EXPECT_DOUBLE_EQ(recorded.timeline.transcript_ms, 300);
    EXPECT_DOUBLE_EQ(recorded.timeline.first_audio_ms, 300);
    EXPECT_NEAR(recorded.timeline.reply_audio_ms, log.audio_ms, 0.1);
    EXPECT_EQ(recorded.usage.output_tokens, 5);
    const std::string text = registry.render();
    EXPECT_NE(text.find("aimpact_turn_stage_seconds_count{stage=\"response_latency\"} 1"), std::string::npos);
    EXPECT_NE(text.find("aimpact_audio_sent_level_dbfs_count 2"), std::string::npos);
    EXPECT_TRUE(answer()->spoken);
}

TEST_F(SessionTest, TextOnlyStreamsTextAndNoAudio) {
    loop->scripts.push_back(FakeLoop::says({"Hi ", "you."}));
    open();
    SessionConfig config = session->config();
    config.audio = false;
    ASSERT_TRUE(session->configure(config).has_value());
    turn("hello");
    EXPECT_TRUE(log.has("text Hi "));
    EXPECT_EQ(log.audio_ms, 0);
    EXPECT_TRUE(synthesizer.said.empty());
    EXPECT_TRUE(log.has("message done: Hi you."));
}

// Marks of how to say it are for the voice: whoever reads sees the words.
TEST_F(SessionTest, TagsAreNotInTheTextOfAnAnswer) {
    loop->scripts.push_back(FakeLoop::says({"[hap", "py] Hello ", "[/happy]there [pa", "use 1s] [1]."}));
    loop->scripts.push_back(FakeLoop::says({"[slow]Good ", "day.[/slow]"}));
    open();
    turn("hi");
    ASSERT_NE(answer(), nullptr);
    EXPECT_EQ(answer()->text, "Hello there [1].");
    EXPECT_TRUE(log.has("done completed"));
    for (const std::string& line : log.lines) EXPECT_EQ(line.find("[happy]"), std::string::npos) << line;

    SpeakOptions text_only;
    text_only.audio = false;
    ASSERT_TRUE(session->create_response(text_only).has_value());
    settle();
    EXPECT_EQ(loop->items.back().text, "Good day.");
    for (const std::string& line : log.lines) EXPECT_EQ(line.find("slow"), std::string::npos) << line;
}

// What a model does to tags must not be heard, shown or remembered, whatever it is.
TEST_F(SessionTest, TagsOfFeelingsChangeTheVoiceAlone) {
    loop->scripts.push_back(FakeLoop::says(
        {"[happy 0.", "5]Great![/happy] [calm]Now ", "[/sad]listen. [happy 9]Yes.", "[/happ"}));
    open();
    turn("hi");
    ASSERT_NE(answer(), nullptr);
    EXPECT_EQ(answer()->text, "Great! Now listen. Yes.[/happ");
    for (const std::string& line : log.lines) {
        EXPECT_EQ(line.find("[happy"), std::string::npos) << line;
        EXPECT_EQ(line.find("[calm"), std::string::npos) << line;
        EXPECT_EQ(line.find("[/sad"), std::string::npos) << line;
    }
}

TEST_F(SessionTest, RecordsAnAnswerBehindItsQuestionAlsoIfThatWasSentAtOnce) {
    agent.store_audio = true;
    loop->scripts.push_back(FakeLoop::says({"Good day."}));
    open();
    ears->events.speech_started({0});
    ears->events.speech_stopped({2000});
    voice::TurnEnded ended;
    ended.transcript.text = "hello there";
    ended.audio_16k.resize(2 * voice::kRecognitionRate);
    ended.audio_end_ms = 2000;
    ended.speech_end_at = ended.decided_at = ended.transcript_at = clock.steady();
    ears->events.turn_ended(std::move(ended));
    settle();
    ASSERT_EQ(loop->audio.size(), 2u);
    EXPECT_EQ(loop->audio[0].who, llm::ChatRole::user);
    EXPECT_EQ(loop->audio[0].at_ms, 0);
    EXPECT_EQ(loop->audio[0].length_ms, 2000);
    EXPECT_EQ(loop->audio[1].who, llm::ChatRole::assistant);
    EXPECT_EQ(loop->audio[1].at_ms, 2000);
}

TEST_F(SessionTest, NobodySpoke_NothingAnswersAndNothingStays) {
    open();
    turn("");
    EXPECT_EQ(log.lines, (std::vector<std::string>{"speech_started", "speech_stopped", "committed",
                                                   "transcript ", "removed " + log.user_item}));
    EXPECT_TRUE(loop->items.empty());
    EXPECT_TRUE(loop->asked.empty());
}

TEST_F(SessionTest, CreateResponseOff_WaitsToBeAsked) {
    agent.create_response = false;
    loop->scripts.push_back(FakeLoop::says({"Yes."}));
    open();
    turn("are you there");
    EXPECT_FALSE(log.has("response"));
    ASSERT_TRUE(session->create_response().has_value());
    settle();
    EXPECT_TRUE(log.has("done completed"));
}

TEST_F(SessionTest, ResponseAskedBeforeTheTranscriptWaitsForIt) {
    agent.create_response = false;
    loop->scripts.push_back(FakeLoop::says({"Yes."}));
    open();
    session->push_audio(std::vector<float>(16000, 0.1F));
    ASSERT_TRUE(session->commit().has_value());
    ASSERT_TRUE(session->create_response().has_value());
    settle();
    EXPECT_TRUE(loop->asked.empty());
    end_turn("are you there");
    ASSERT_EQ(loop->asked.size(), 1u);
    EXPECT_EQ(loop->items[0].text, "are you there");
    EXPECT_EQ(loop->turns.at(0).user_item_id, loop->items[0].id);
}

TEST_F(SessionTest, CommitOfNothingIsAnError) {
    open();
    EXPECT_EQ(session->commit().error().code, base::ErrorCode::failed_precondition);
    EXPECT_TRUE(log.lines.empty());
}

// ---------------------------------------------------------------- greeting

TEST_F(SessionTest, GreetsInANewConversationOnly) {
    agent.greeting = "This is Ann.";
    open();
    session->greet();
    settle();
    EXPECT_TRUE(log.has("audio This is Ann."));
    EXPECT_TRUE(loop->asked.empty());
    ASSERT_EQ(loop->items.size(), 1u);
    EXPECT_EQ(loop->items[0].text, agent.greeting);
    session->greet();
    settle();
    EXPECT_EQ(log.count("response"), 1);
}

TEST_F(SessionTest, AResponseAskedForDuringTheGreetingFollowsIt) {
    agent.greeting = "Hello.";
    Gate gate(io);
    synthesizer.script = [&](std::string text, std::stop_token stop) -> Task<Result<voice::SpokenChunk>> {
        co_await gate.pass(stop);
        co_return FakeSynthesizer::tone(std::move(text));
    };
    loop->scripts.push_back(FakeLoop::says({"Sure."}));
    open();
    session->greet();
    settle();
    ASSERT_TRUE(session->create_response().has_value());
    gate.open();
    settle();
    EXPECT_EQ(log.transcript, "Hello.Sure.");
    EXPECT_EQ(log.count("done completed"), 2);
}

// ---------------------------------------------------------------- barge-in at each stage

TEST_F(SessionTest, BargeInBeforeTheFirstWord) {
    Gate gate(io);
    loop->scripts.push_back([&](FakeLoop&, agents::ResponseOptions, llm::OnDelta,
                                std::stop_token stop) -> Task<Result<agents::ResponseResult>> {
        co_await gate.pass(stop);
        co_return Error{base::ErrorCode::cancelled, "stopped"};
    });
    open();
    turn("hello");
    EXPECT_TRUE(gate.waiting());
    ears->events.speech_started({2000});
    settle();
    EXPECT_FALSE(gate.waiting());
    EXPECT_TRUE(log.has("interrupted"));
    EXPECT_TRUE(log.has("done cancelled"));
    EXPECT_EQ(log.done[0].reason, ResponseReason::turn_detected);
    EXPECT_EQ(log.audio_ms, 0);
    EXPECT_FALSE(session->responding());
}

TEST_F(SessionTest, BargeInWhileTheModelWritesKeepsWhatWasHeard) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One two three four. Five ", "six seven eight."}, &gate));
    open();
    turn("count");
    ASSERT_TRUE(log.has("audio One two three four."));  // 19 characters: 1140 ms
    clock.advance(600ms);                               // 10 characters
    ears->events.speech_started({3000});
    settle();
    EXPECT_TRUE(log.has("truncated 600"));
    EXPECT_TRUE(log.has("message done: One two (incomplete)"));
    EXPECT_TRUE(log.has("done cancelled"));
    EXPECT_EQ(answer()->text, "One two");
    EXPECT_DOUBLE_EQ(loop->turns.at(0).timeline.heard_ms, 600);
    EXPECT_TRUE(loop->turns.at(0).timeline.interrupted);
}

TEST_F(SessionTest, BargeInDuringSynthesisCancelsIt) {
    Gate gate(io);
    bool stopped = false;
    synthesizer.script = [&](std::string text, std::stop_token stop) -> Task<Result<voice::SpokenChunk>> {
        co_await gate.pass(stop);
        stopped = stop.stop_requested();
        co_return FakeSynthesizer::tone(std::move(text));
    };
    loop->scripts.push_back(FakeLoop::says({"One two three."}));
    open();
    turn("count");
    ears->events.speech_started({3000});
    settle();
    EXPECT_TRUE(stopped);
    EXPECT_EQ(log.audio_ms, 0);  // what was made late is not given out
    EXPECT_EQ(answer()->text, "");
    EXPECT_TRUE(log.has("done cancelled"));
}

TEST_F(SessionTest, BargeInWhileTheFinishedReplyStillPlays) {
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));
    open();
    turn("count");
    ASSERT_TRUE(log.has("done completed"));
    clock.advance(500ms);
    EXPECT_NEAR(session->unplayed_seconds(), 0.64, 0.001);
    ears->events.speech_started({3000});
    settle();
    EXPECT_EQ(log.count("interrupted"), 1);
    EXPECT_TRUE(log.has("truncated 500"));
    EXPECT_EQ(answer()->text, "One two");
    ASSERT_EQ(loop->turns.size(), 2u);  // the same turn, amended
    EXPECT_EQ(loop->turns[1].index, loop->turns[0].index);
    EXPECT_TRUE(loop->turns[1].timeline.interrupted);
    EXPECT_DOUBLE_EQ(loop->turns[1].timeline.heard_ms, 500);
    EXPECT_EQ(session->unplayed_seconds(), 0);
}

TEST_F(SessionTest, SpeechAfterPlaybackInterruptsNothing) {
    loop->scripts.push_back(FakeLoop::says({"One two."}));
    open();
    turn("count");
    clock.advance(5s);
    ears->events.speech_started({9000});
    settle();
    EXPECT_FALSE(log.has("interrupted"));
    EXPECT_EQ(answer()->text, "One two.");
}

TEST_F(SessionTest, BargeInWhileAToolCallIsWritten) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "weather"}}, &gate));
    open();
    turn("weather");
    ears->events.speech_started({3000});
    settle();
    EXPECT_TRUE(log.has("call done: {\"a\" (incomplete)"));
    EXPECT_TRUE(log.has("done cancelled"));
    EXPECT_TRUE(loop->items.size() == 1);  // the caller's words only
    loop->scripts.push_back(FakeLoop::says({"Fine."}));
    end_turn("never mind");
    EXPECT_TRUE(log.has("audio Fine."));  // nothing waits for the result of a call that never was
}

TEST_F(SessionTest, InterruptResponseOff_TheNextTurnIsAnsweredAfter) {
    agent.interrupt_response = false;
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"First. ", "Still first."}, &gate));
    loop->scripts.push_back(FakeLoop::says({"Second."}));
    open();
    turn("one");
    turn("two");
    EXPECT_FALSE(log.has("interrupted"));
    EXPECT_EQ(loop->asked.size(), 1u);
    gate.open();
    settle();
    EXPECT_EQ(log.transcript, "First. Still first.Second.");
    EXPECT_EQ(log.count("done completed"), 2);
}

TEST_F(SessionTest, ANewTurnIsAnsweredAsSoonAsTheOldAnswerHasStopped) {
    Gate gate(io);  // a model that takes its time to stop
    loop->scripts.push_back([&](FakeLoop&, agents::ResponseOptions, llm::OnDelta,
                                std::stop_token) -> Task<Result<agents::ResponseResult>> {
        co_await gate.pass();
        co_return Error{base::ErrorCode::cancelled, "stopped"};
    });
    loop->scripts.push_back(FakeLoop::says({"Second."}));
    open();
    turn("one");
    turn("two");
    EXPECT_EQ(loop->asked.size(), 1u);
    gate.open();
    settle();
    EXPECT_TRUE(log.has("done cancelled"));
    EXPECT_TRUE(log.has("audio Second."));
}

// ---------------------------------------------------------------- truncation and cancelling by the client

TEST_F(SessionTest, TheClientKnowsBetterWhatWasHeard) {
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));
    open();
    turn("count");
    clock.advance(500ms);
    ears->events.speech_started({3000});
    settle();
    ASSERT_EQ(answer()->text, "One two");
    ASSERT_TRUE(session->truncate_item(log.message_item, 900).has_value());  // 15 characters
    EXPECT_EQ(answer()->text, "One two three");
    ASSERT_TRUE(session->truncate_item(log.message_item, 0).has_value());
    EXPECT_EQ(answer()->text, "");
    EXPECT_EQ(session->truncate_item(log.message_item, 60'000).error().param, "audio_end_ms");
    EXPECT_EQ(session->truncate_item("item_none", 10).error().code, base::ErrorCode::not_found);
    EXPECT_EQ(session->truncate_item(log.user_item, 10).error().code, base::ErrorCode::not_found);
}

TEST_F(SessionTest, CancelStopsTheAnswerInProgress) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One. ", "Two."}, &gate));
    open();
    EXPECT_EQ(session->cancel_response().error().code, base::ErrorCode::failed_precondition);
    ASSERT_TRUE(session->create_response().has_value());
    settle();
    EXPECT_EQ(session->cancel_response("resp_other").error().code, base::ErrorCode::failed_precondition);
    ASSERT_TRUE(session->cancel_response(log.response).has_value());
    settle();
    EXPECT_EQ(log.done.at(0).reason, ResponseReason::client_cancelled);
    EXPECT_EQ(session->cancel_response().error().code, base::ErrorCode::failed_precondition);
}

TEST_F(SessionTest, ASecondResponseIsRefusedUnlessSomethingIsNew) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One. ", "Two."}, &gate));
    loop->scripts.push_back(FakeLoop::says({"Three."}));
    open();
    ASSERT_TRUE(session->create_response().has_value());
    settle();
    EXPECT_EQ(session->create_response().error().code, base::ErrorCode::conflict);
    agents::Item item;
    item.text = "and then";
    ASSERT_TRUE(session->add_item(item).has_value());
    EXPECT_TRUE(session->create_response().has_value());
    gate.open();
    settle();
    EXPECT_EQ(log.count("done completed"), 2);
    EXPECT_EQ(log.transcript, "One. Two.Three.");
}

TEST_F(SessionTest, OutOfBandAnswersStayOutOfTheConversation) {
    loop->scripts.push_back(FakeLoop::says({"A summary."}));
    open();
    SpeakOptions options;
    options.audio = false;
    options.response.out_of_band = true;
    ASSERT_TRUE(session->create_response(options).has_value());
    settle();
    EXPECT_TRUE(log.has("message done: A summary."));
    EXPECT_TRUE(loop->items.empty());
}

}  // namespace
}  // namespace aimpact::realtime
