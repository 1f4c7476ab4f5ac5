// Answers that are prepared while the caller's turn is only likely over: nobody hears of one before it is.
#include "realtime/session_fixture.hpp"

namespace aimpact::realtime {
namespace {

using namespace std::chrono_literals;
using testing::FakeLoop;
using testing::FakeSynthesizer;
using testing::Gate;
using Lines = std::vector<std::string>;

class SessionDrafts : public testing::SessionTest {
  protected:
    void TearDown() override {
        session.reset();
        settle();  // what a draft had running ends
    }
    void speech() { ears->events.speech_started({0}); }
    void likely_end(const std::string& text, std::uint64_t id = 1) {
        ears->events.likely_end({id, text, 0, 1000, clock.steady() - 300ms});
        settle();
    }
    void goes_on(std::uint64_t id = 1) {
        ears->events.likely_end_dropped({id});
        settle();
    }
    void end(const std::string& text, std::uint64_t id = 1) {
        ears->events.speech_stopped({1000});
        voice::TurnEnded ended;
        ended.likely_id = id;
        ended.transcript.text = text;
        ended.audio_end_ms = 1000;
        ended.speech_end_at = clock.steady() - 500ms;
        ended.decided_at = ended.transcript_at = clock.steady();
        ears->events.turn_ended(std::move(ended));
        settle();
    }
    double counted(const std::string& outcome) {
        const std::string text = registry.render(),
                          line = "aimpact_early_answers_total{outcome=\"" + outcome + "\"} ";
        const auto at = text.find(line);
        return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size()));
    }
};

TEST_F(SessionDrafts, IsAskedEarlyAndHeardOnlyWhenTheTurnIsOver) {
    loop->scripts.push_back(FakeLoop::says({"Good ", "day. ", "How can I help? ", "I am here."}));
    open();
    speech();
    likely_end("hello there");
    ASSERT_EQ(loop->asked.size(), 1u);
    EXPECT_EQ(loop->asked[0].draft->turn.text, "hello there");
    EXPECT_EQ(log.lines, Lines{"speech_started"}) << "nobody hears of it";
    EXPECT_FALSE(session->responding());
    EXPECT_TRUE(loop->items.empty());
    EXPECT_EQ(synthesizer.said, Lines{"Good day. "}) << "the first clause is made, and no more";
    end("hello there");
    EXPECT_EQ(log.lines,
              (Lines{"speech_started", "speech_stopped", "committed", "transcript hello there", "response",
                     "output message", "audio Good day.", "audio How can I help?", "audio I am here.",
                     "message done: Good day. How can I help? I am here.", "done completed"}));
    EXPECT_EQ(loop->asked.size(), 1u);
    ASSERT_EQ(loop->items.size(), 2u);
    EXPECT_EQ(loop->items[0].id, log.user_item);
    EXPECT_EQ(loop->items[0].id, loop->asked[0].draft->turn.id);
    ASSERT_EQ(loop->turns.size(), 1u);
    const agents::TurnTimeline& timeline = loop->turns[0].timeline;
    EXPECT_EQ(loop->turns[0].user_item_id, log.user_item);
    EXPECT_DOUBLE_EQ(timeline.speech_ms, 1000);
    EXPECT_DOUBLE_EQ(timeline.decided_ms, 500);
    EXPECT_LT(timeline.first_token_ms, timeline.decided_ms);
    EXPECT_GE(timeline.first_token_ms, 0);
    EXPECT_EQ(counted("used"), 1);
    EXPECT_EQ(counted("dropped"), 0);
}

TEST_F(SessionDrafts, ModelThatStillWritesGoesOnAfterTheAdoption) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One. ", "Two. ", "Three."}, &gate));
    open();
    speech();
    likely_end("count");
    end("count");
    EXPECT_TRUE(log.has("response"));
    EXPECT_TRUE(log.has("output message"));
    EXPECT_FALSE(log.has("done completed"));
    gate.open();
    settle();
    EXPECT_EQ(log.transcript, "One. Two. Three.");
    EXPECT_TRUE(log.has("done completed"));
}

TEST_F(SessionDrafts, LeavesNothingWhenTheCallerGoesOn) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"Wrong. ", "Very wrong."}, &gate));
    loop->scripts.push_back(FakeLoop::says({"Right."}));
    open();
    speech();
    likely_end("I would like");
    EXPECT_EQ(loop->asked.size(), 1u);
    goes_on();
    EXPECT_EQ(log.lines, Lines{"speech_started"});
    EXPECT_FALSE(gate.waiting()) << "the model was stopped";
    EXPECT_EQ(counted("dropped"), 1);
    likely_end("I would like some tea", 2);
    end("I would like some tea", 2);
    EXPECT_EQ(log.transcript, "Right.");
    ASSERT_EQ(loop->items.size(), 2u);
    EXPECT_EQ(loop->items[0].text, "I would like some tea");
    EXPECT_EQ(loop->items[1].text, "Right.");
    EXPECT_EQ(loop->turns.size(), 1u);
    EXPECT_EQ(counted("used"), 1);
}

TEST_F(SessionDrafts, AnswersOnlyTheTurnItWasMadeFor) {
    for (const bool other_words : {true, false}) {
        loop->scripts.push_back(FakeLoop::says({"Wrong."}));
        loop->scripts.push_back(FakeLoop::says({"Right."}));
        open();
        speech();
        likely_end("some tea");
        if (other_words)
            end("some tea please");
        else
            end("some tea", 0);
        EXPECT_EQ(log.transcript, "Right.");
        log.transcript.clear();
        EXPECT_EQ(loop->items.back().text, "Right.");
        loop->items.clear();
    }
}

TEST_F(SessionDrafts, ToolsAreCalledOnlyWhenTheTurnIsOver) {
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "book"}}));
    open();
    speech();
    likely_end("book a table");
    EXPECT_EQ(log.lines, Lines{"speech_started"});
    EXPECT_TRUE(loop->items.empty());
    goes_on();
    EXPECT_EQ(log.lines, Lines{"speech_started"});
    EXPECT_TRUE(loop->items.empty()) << "never called";

    loop->scripts.push_back(FakeLoop::calls({{"call_2", "book"}}));
    likely_end("book a table for two", 2);
    end("book a table for two", 2);
    EXPECT_TRUE(log.has("output call call_2"));
    EXPECT_TRUE(log.has("call done: {\"a\":1}"));
    EXPECT_FALSE(log.has("output call call_1"));
}

TEST_F(SessionDrafts, AFailureIsSpokenAboutOnlyWhenTheTurnIsOver) {
    loop->scripts.push_back(FakeLoop::fails(Error{base::ErrorCode::upstream_failed, "no model"}));
    open();
    speech();
    likely_end("hello");
    EXPECT_EQ(log.lines, Lines{"speech_started"});
    end("hello");
    EXPECT_TRUE(log.has("audio Pardon me?"));
    EXPECT_TRUE(log.has("done failed"));
}

TEST_F(SessionDrafts, SynthesisThatFailsEarlyIsSpokenAboutToo) {
    synthesizer.script = [](std::string text, std::stop_token) -> Task<Result<voice::SpokenChunk>> {
        if (text.starts_with("Pardon")) co_return FakeSynthesizer::tone(std::move(text));
        co_return base::internal_error("no voice");
    };
    loop->scripts.push_back(FakeLoop::says({"Good day."}));
    open();
    speech();
    likely_end("hello");
    EXPECT_EQ(log.lines, Lines{"speech_started"});
    end("hello");
    EXPECT_TRUE(log.has("audio Pardon me?"));
    EXPECT_TRUE(log.has("done failed"));
}

TEST_F(SessionDrafts, IsDroppedWhenTheConversationChanges) {
    const std::vector<std::function<void()>> changes{
        [this] { ASSERT_TRUE(session->configure(session->config()).has_value()); },
        [this] { ASSERT_TRUE(session->set_instructions("Be brief.").has_value()); },
        [this] { session->set_tools({}); },
        [this] {
            agents::Item note;
            note.text = "By the way";
            ASSERT_TRUE(session->add_item(note).has_value());
        },
        [this] { session->clear(); },
        [this] { ASSERT_TRUE(session->remove_item("item_before").has_value()); },
    };
    double dropped = 0;
    for (const auto& change : changes) {
        loop->scripts = {FakeLoop::says({"Old."}), FakeLoop::says({"New."})};
        open();
        agents::Item first;
        first.text = "Before";
        first.id = "item_before";
        loop->items = {first};
        speech();
        likely_end("hello");
        change();
        settle();
        EXPECT_EQ(counted("dropped"), ++dropped);
        log.transcript.clear();
        end("hello");
        EXPECT_EQ(log.transcript, "New.");
    }
}

TEST_F(SessionDrafts, NoneWhileWeAnswerOrAreAskedToWait) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One. ", "Two."}, &gate));
    agent.interrupt_response = false;
    open();
    turn("first");
    ASSERT_TRUE(session->responding());
    speech();
    likely_end("second");
    EXPECT_EQ(loop->asked.size(), 1u);
    gate.open();
    settle();

    agent.create_response = false;
    loop->asked.clear();
    open();
    speech();
    likely_end("third");
    end("third");
    EXPECT_TRUE(loop->asked.empty());
}

TEST_F(SessionDrafts, OnlyWithModelsThatCostNothingUnlessAskedFor) {
    agent.model.provider = "openai_compatible";
    agent.model.base_url = "https://api.example.com/v1";
    const auto asks = [&] {
        loop->asked.clear();
        loop->scripts = {FakeLoop::says({"Yes."})};
        open();
        speech();
        if (ears->events.likely_end) likely_end("hello");
        return !loop->asked.empty();
    };
    EXPECT_FALSE(asks());
    early_answers = EarlyAnswers::all;
    EXPECT_TRUE(asks());
    early_answers = EarlyAnswers::off;
    EXPECT_FALSE(asks());
    agent.model.provider = "local";
    EXPECT_FALSE(asks());
    early_answers = EarlyAnswers::own;
    EXPECT_TRUE(asks());
}

TEST_F(SessionDrafts, TextAnswersAreHeldToo) {
    loop->scripts.push_back(FakeLoop::says({"Hi ", "you."}));
    open();
    SessionConfig config = session->config();
    config.audio = false;
    ASSERT_TRUE(session->configure(config).has_value());
    speech();
    likely_end("hello");
    EXPECT_EQ(log.lines, Lines{"speech_started"});
    end("hello");
    EXPECT_TRUE(log.has("text Hi "));
    EXPECT_TRUE(log.has("message done: Hi you."));
    EXPECT_TRUE(synthesizer.said.empty());
}

TEST_F(SessionDrafts, AnInterruptionRightAfterTheAdoptionStopsIt) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One. ", "Two."}, &gate));
    open();
    speech();
    likely_end("hello");
    ears->events.speech_stopped({1000});
    voice::TurnEnded ended;
    ended.likely_id = 1;
    ended.transcript.text = "hello";
    ears->events.turn_ended(std::move(ended));
    ears->events.speech_started({1200});  // before anything else ran
    settle();
    EXPECT_EQ(log.audio_ms, 0);
    EXPECT_TRUE(log.has("done cancelled"));
    EXPECT_FALSE(session->responding());
    EXPECT_FALSE(gate.waiting());
}

TEST_F(SessionDrafts, ASoundThatStopsAnAnswerBeforeItIsHeardIsNotTheLastWord) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"", "Never heard."}, &gate));
    loop->scripts.push_back(FakeLoop::says({"Good day."}));
    open();
    turn("hello");
    EXPECT_EQ(log.audio_ms, 0);
    turn("");  // a cough
    EXPECT_TRUE(log.has("done cancelled"));
    EXPECT_EQ(log.transcript, "Good day.");
    EXPECT_TRUE(log.has("done completed"));
    ASSERT_EQ(loop->asked.size(), 2u);
    EXPECT_EQ(loop->turns.back().user_item_id, loop->items.front().id);

    turn("");  // and another: nothing is open now
    EXPECT_EQ(loop->asked.size(), 2u);
}

TEST_F(SessionDrafts, WordsThatStopAnAnswerAreAnsweredInstead) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"", "Never heard."}, &gate));
    loop->scripts.push_back(FakeLoop::says({"Right."}));
    open();
    turn("hello");
    turn("I mean goodbye");
    turn("");
    EXPECT_EQ(log.transcript, "Right.");
    EXPECT_EQ(loop->asked.size(), 2u);
}

TEST_F(SessionDrafts, ASessionThatClosesWaitsForIt) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One. ", "Two."}, &gate));
    open();
    speech();
    likely_end("hello");
    EXPECT_TRUE(gate.waiting());
    close();
    EXPECT_EQ(loop->finished, 1);
    EXPECT_FALSE(gate.waiting());
    EXPECT_TRUE(loop->items.empty());
    session.reset();
    EXPECT_FALSE(loop->alive);
}

TEST(IsOwnModel, KnowsThisMachineAndPrivateNetworks) {
    const auto own = [](const std::string& url) {
        agents::AgentModel model;
        model.provider = "openai_compatible";
        model.base_url = url;
        return is_own_model(model);
    };
    EXPECT_TRUE(is_own_model(agents::AgentModel{}));
    for (const char* url : {"http://127.0.0.1:8000/v1", "http://localhost:11434/v1", "http://[::1]:8000/v1",
                            "http://10.1.2.3/v1", "http://172.16.0.1/v1", "http://172.31.9.9/v1",
                            "http://192.168.1.5:1234/v1", "http://169.254.1.1/v1", "http://[fd12::1]/v1",
                            "http://[::ffff:10.0.0.1]/v1", "http://vllm:8000/v1"})
        EXPECT_TRUE(own(url)) << url;
    for (const char* url : {"https://api.openai.com/v1", "http://8.8.8.8/v1", "http://172.32.0.1/v1",
                            "http://172.15.0.1/v1", "http://192.169.1.1/v1", "http://[2001:db8::1]/v1", "",
                            "no url", "http://localhost.example.com/v1"})
        EXPECT_FALSE(own(url)) << url;
}

}  // namespace
}  // namespace aimpact::realtime
