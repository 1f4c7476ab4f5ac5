// Silence and tools, by the clock.
#include "realtime/session_fixture.hpp"

namespace aimpact::realtime {
namespace {

using namespace testing;

class SessionIdle : public SessionTest {
  protected:
    // In the steps of the session's own timer.
    void pass(std::chrono::milliseconds time) {
        for (; time > 0ms; time -= 200ms) {
            clock.advance(200ms);
            session->tick();
            settle();
        }
    }
};

TEST_F(SessionIdle, ASilentCallerIsAskedTwiceAndThenLeft) {
    agent.idle.after = 5s;
    agent.idle.prompts = {"Hello?", "Are you there?"};
    open();
    pass(4800ms);
    EXPECT_EQ(log.count("response"), 0);
    pass(400ms);
    EXPECT_TRUE(log.has("audio Hello?"));
    EXPECT_EQ(loop->items.size(), 1u) << "the model knows that it asked";
    pass(5800ms);  // the prompt takes 0.36 s, and the silence counts from its end
    EXPECT_TRUE(log.has("audio Are you there?"));
    EXPECT_FALSE(log.has("ended silence"));
    pass(7s);
    EXPECT_EQ(log.count("ended silence"), 1);
    pass(30s);
    EXPECT_EQ(log.count("ended silence"), 1) << "told once";
    EXPECT_EQ(log.count("response"), 2);
}

TEST_F(SessionIdle, WordsStartTheCountAnew) {
    agent.idle.after = 5s;
    open();
    pass(6s);
    ASSERT_EQ(log.count("response"), 1);
    loop->scripts.push_back(FakeLoop::says({"Good."}));
    turn("yes I am");
    pass(6s);
    EXPECT_EQ(log.count("audio Are you still there?"), 2) << "the first of the prompts again";
    EXPECT_FALSE(log.has("ended silence"));
}

TEST_F(SessionIdle, NobodyIsAskedWhileSomebodySpeaksOrAToolRuns) {
    agent.idle.after = 5s;
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "weather"}}));
    open();
    ears->events.speech_started({0});
    pass(20s);
    EXPECT_EQ(log.count("response"), 0);
    ears->events.speech_stopped({20000});
    end_turn("weather");
    pass(20s);
    EXPECT_EQ(log.count("response"), 1);
}

TEST_F(SessionIdle, OffUnlessAskedFor) {
    open();
    pass(120s);
    EXPECT_TRUE(log.lines.empty());
}

TEST_F(SessionIdle, WithoutTextsTheModelAsks) {
    agent.idle.after = 3s;
    agent.idle.prompts.clear();
    loop->scripts.push_back(FakeLoop::says({"Still with me?"}));
    open();
    pass(4s);
    EXPECT_TRUE(log.has("audio Still with me?"));
    ASSERT_EQ(loop->asked.size(), 1u);
    EXPECT_TRUE(loop->asked[0].instructions.has_value());
}

TEST_F(SessionIdle, AFillerIsSaidWhileAToolTakesItsTime) {
    agent.fillers.texts = {"One moment please.", "Still looking."};
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "weather"}}));
    open();
    turn("weather");
    const std::size_t items = loop->items.size();
    pass(800ms);
    EXPECT_FALSE(log.has("audio One moment please."));
    pass(400ms);
    EXPECT_TRUE(log.has("audio One moment please."));
    EXPECT_EQ(loop->items.size(), items) << "the model never sees it";
    EXPECT_EQ(loop->turns.size(), 1u) << "nor is it a turn of the record";
    pass(6s);
    EXPECT_FALSE(log.has("audio Still looking."));
    pass(2s);  // 6 s after the first one's end
    EXPECT_TRUE(log.has("audio Still looking."));
    agents::Item output;
    output.type = agents::ItemType::function_call_output;
    output.call_id = "call_1";
    output.text = "rain";
    loop->scripts.push_back(FakeLoop::says({"It rains."}));
    ASSERT_TRUE(session->add_item(output).has_value());
    ASSERT_TRUE(session->create_response().has_value());
    settle();
    EXPECT_TRUE(log.has("audio It rains."));
    pass(20s);
    EXPECT_EQ(log.count("audio One moment please."), 1) << "no more once the result is there";
}

TEST_F(SessionIdle, AFillerThatIsNotHeardYetIsDroppedForTheResult) {
    agent.fillers.texts = {"One moment please."};
    Gate gate(io);
    bool stopped = false;
    synthesizer.script = [&](std::string text, std::stop_token stop) -> Task<Result<voice::SpokenChunk>> {
        if (text.starts_with("One")) {
            co_await gate.pass(stop);
            stopped = stop.stop_requested();
        }
        co_return FakeSynthesizer::tone(std::move(text));
    };
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "weather"}}));
    open();
    turn("weather");
    pass(1200ms);
    agents::Item output;
    output.type = agents::ItemType::function_call_output;
    output.call_id = "call_1";
    loop->scripts.push_back(FakeLoop::says({"It rains."}));
    ASSERT_TRUE(session->add_item(output).has_value());
    ASSERT_TRUE(session->create_response().has_value()) << "a filler is no answer in progress";
    settle();
    EXPECT_TRUE(stopped);
    EXPECT_EQ(log.transcript, "It rains.");
}

TEST_F(SessionIdle, NoFillersUnlessAskedFor) {
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "weather"}}));
    open();
    turn("weather");
    pass(30s);
    EXPECT_EQ(log.count("response"), 1);
}

TEST_F(SessionIdle, TheListenerKnowsWhatWasAskedFor) {
    loop->scripts.push_back(FakeLoop::says({"Sure. What's your phone number?"}));
    loop->scripts.push_back(FakeLoop::says({"Thank you."}));
    open();
    turn("call me back");
    EXPECT_EQ(ears->expected, voice::Expected::number);
    turn("five five five");
    EXPECT_EQ(ears->expected, voice::Expected::anything);
}

}  // namespace
}  // namespace aimpact::realtime
