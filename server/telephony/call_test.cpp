// One call over a scripted session and a socket in memory: audio both ways, marks and clears, keys, and every
// way in which a stream can be wrong.
#include "telephony/call.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/id.hpp"
#include "base/wire.hpp"
#include "realtime/memory_socket.hpp"
#include "realtime/session_fixture.hpp"
#include "telephony/g711.hpp"

namespace aimpact::telephony {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using realtime::testing::FakeListener;
using realtime::testing::FakeLoop;

constexpr const char* kStart =
    R"({"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"streamSid":"MZ1","callSid":"CA1",
        "mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}}})";

class CallTest : public realtime::testing::SessionTest {
  protected:
    realtime::testing::MemorySocket socket{io};
    CallOptions options;
    std::optional<Error> refusal;
    Start opened;
    bool served = false;

    void connect() {
        serve_ = [this]() -> Task<void> {
            OpenCall open = [this](const Start& start) { return let_in(start); };
            auto call = std::make_shared<Call>(socket, clock, open, options);
            co_await call->serve();
            served = true;
        };
        base::asio::co_spawn(io, serve_(), base::asio::detached);
        settle();
    }
    void start(const std::string& greeting = "") {
        agent.greeting = greeting;
        connect();
        receive(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
        receive(kStart);
    }
    Task<Result<OpenedCall>> let_in(Start start) {
        opened = start;
        if (refusal) co_return *refusal;
        realtime::SessionParts parts{clock,
                                     random,
                                     audible,
                                     metrics,
                                     [this](base::asio::any_io_executor, voice::Listener::Events events) {
                                         return std::make_unique<FakeListener>(ears, std::move(events));
                                     },
                                     limits,
                                     "Pardon me?",
                                     nullptr};
        co_return OpenedCall{std::move(parts), std::make_unique<FakeLoop>(loop, agent)};
    }
    void TearDown() override {
        socket.hang_up();
        settle();
        EXPECT_TRUE(served) << "the handler has not ended";
        EXPECT_FALSE(loop->alive);
    }
    void receive(std::string text) {
        socket.receive(std::move(text));
        settle();
    }
    // What waits for real timers gets its time.
    void wait(std::chrono::milliseconds time) {
        io.restart();
        io.run_for(time);
    }
    static std::string media(int chunk, int time_ms, std::string audio = std::string(160, '\xff')) {
        return R"({"event":"media","streamSid":"MZ1","media":{"track":"inbound","chunk":")" +
               std::to_string(chunk) + R"(","timestamp":")" + std::to_string(time_ms) + R"(","payload":")" +
               base::base64_encode(audio) + R"("}})";
    }
    static std::string dtmf(char key) {
        return std::string(R"({"event":"dtmf","streamSid":"MZ1","dtmf":{"digit":")") + key + R"("}})";
    }
    static std::string echo(const std::string& name) {
        return R"({"event":"mark","streamSid":"MZ1","mark":{"name":")" + name + R"("}})";
    }
    std::vector<std::string> events() const {  // media that follow each other count once
        std::vector<std::string> out;
        for (const auto& message : socket.sent)
            if (const std::string event(message.at("event").as_string());
                out.empty() || out.back() != event || event != "media")
                out.push_back(event);
        return out;
    }
    std::vector<std::string> marks() const {
        std::vector<std::string> out;
        for (const auto& message : socket.sent)
            if (message.at("event") == "mark") out.emplace_back(message.at("mark").at("name").as_string());
        return out;
    }
    std::string audio() const {
        std::string out;
        for (const auto& message : socket.sent) {
            if (message.at("event") != "media") continue;
            std::string bytes;
            EXPECT_TRUE(base::base64_decode(message.at("media").at("payload").as_string(), bytes));
            EXPECT_EQ(bytes.size(), 160u) << "a frame is 20 ms";
            EXPECT_EQ(message.at("streamSid"), "MZ1");
            out += bytes;
        }
        return out;
    }

  private:
    std::function<Task<void>()> serve_;
};

TEST_F(CallTest, TheGreetingIsSaidAtOnceInFramesWithMarks) {
    start("Welcome to the clinic.");  // 22 characters of 60 ms
    EXPECT_EQ(opened.call_id, "CA1");
    const std::string sent = audio();
    EXPECT_NEAR(static_cast<double>(sent.size()) / kBytesPerMs, 22 * 60, 20);
    const std::vector<float> heard = decode(Codec::ulaw, std::string_view(sent).substr(800, 8000));
    EXPECT_NEAR(*std::max_element(heard.begin(), heard.end()), 0.1, 0.01);
    // Behind the first frame, behind a second, at the end.
    EXPECT_EQ(marks().size(), 3u);
    EXPECT_EQ(events(), (std::vector<std::string>{"media", "mark", "media", "mark", "media", "mark"}));
}

TEST_F(CallTest, HangingUpEndsTheConversation) {
    start("Hello.");
    receive(R"({"event":"stop","streamSid":"MZ1","stop":{"callSid":"CA1"}})");
    EXPECT_TRUE(served);
    EXPECT_EQ(loop->finished, 1);
}

TEST_F(CallTest, ASocketThatClosesEndsTheConversation) {
    start("Hello.");
    socket.hang_up();
    settle();
    EXPECT_TRUE(served);
    EXPECT_EQ(loop->finished, 1);
}

TEST_F(CallTest, TheCallerIsHeardInOrderAndGapsAreTime) {
    start();
    receive(media(1, 0));
    receive(media(3, 40));
    receive(media(2, 20));
    EXPECT_NEAR(ears->buffered_ms, 60, 15);  // the resampler holds some back
    receive(media(4, 1060));
    EXPECT_NEAR(ears->buffered_ms, 1080, 15);
    receive(R"({"event":"media","streamSid":"MZ1","media":{"track":"outbound","payload":"//8="}})");
    EXPECT_NEAR(ears->buffered_ms, 1080, 15);
}

TEST_F(CallTest, AnInterruptionClearsAndCutsWhereTheMarksSay) {
    start("One two three four five six seven eight nine ten.");  // 49 characters: 2940 ms
    ASSERT_GE(marks().size(), 3u);
    // The provider began late: after 1.5 s of our clock it has played 1020 ms.
    clock.advance(1500ms);
    receive(echo(marks()[1]));
    clock.advance(180ms);
    ears->events.speech_started({0});
    settle();
    EXPECT_EQ(events().back(), "clear");
    const agents::Item* said = answer();
    ASSERT_NE(said, nullptr);
    // 1200 ms are 20 characters: "One two three four f".
    EXPECT_EQ(said->text, "One two three four");
}

TEST_F(CallTest, MarksThatAClearBringsBackAreNotHeard) {
    start("One two three four five six seven eight nine ten.");
    const auto waiting = marks();
    clock.advance(600ms);
    ears->events.speech_started({0});
    settle();
    EXPECT_EQ(answer()->text, "One two");  // 10 characters
    for (const auto& name : waiting) receive(echo(name));
    EXPECT_EQ(answer()->text, "One two");
}

TEST_F(CallTest, AnAnswerIsSpokenAndCutFramesAreForgotten) {
    loop->scripts.push_back(FakeLoop::says({"It is noon."}));
    start();
    turn("what time is it");
    EXPECT_EQ(answer()->text, "It is noon.");
    const std::size_t before = audio().size();
    EXPECT_NEAR(static_cast<double>(before) / kBytesPerMs, 11 * 60, 20);
    ears->events.speech_started({0});
    settle();
    EXPECT_EQ(audio().size(), before);
}

TEST_F(CallTest, KeysAreAMessageOfTheCallerAndInterrupt) {
    loop->scripts.push_back(FakeLoop::says({"Thank you."}));
    start("Please enter your customer number now.");
    receive(dtmf('1'));
    EXPECT_EQ(events().back(), "clear");
    receive(dtmf('2'));
    EXPECT_TRUE(loop->asked.empty());
    receive(dtmf('#'));
    ASSERT_EQ(loop->asked.size(), 1u);
    const auto said = std::find_if(loop->items.begin(), loop->items.end(),
                                   [](const auto& item) { return item.role == llm::ChatRole::user; });
    ASSERT_NE(said, loop->items.end());
    EXPECT_EQ(said->text, "[pressed 1 2 #]");
    EXPECT_FALSE(said->spoken);
    EXPECT_EQ(events().back(), "mark");  // it was answered
}

TEST_F(CallTest, KeysEndWithAPauseAndNeedNotInterrupt) {
    options.dtmf.pause = 60ms;
    options.dtmf.interrupts = false;
    loop->scripts.push_back(FakeLoop::says({"Thank you."}));
    start("Please enter your number.");
    receive(dtmf('7'));
    EXPECT_NE(events().back(), "clear");
    clock.advance(60ms);
    wait(150ms);
    ASSERT_EQ(loop->asked.size(), 1u);
    EXPECT_EQ(std::count(socket.sent.begin(), socket.sent.end(),
                         json::object{{"event", "clear"}, {"streamSid", "MZ1"}}),
              0);
}

TEST_F(CallTest, ManualTurnsBecomeHeardOnes) {
    agent.turn_detection.mode = voice::ListenerOptions::Mode::manual;
    start();
    EXPECT_EQ(ears->options.mode, voice::ListenerOptions::Mode::semantic_vad);
}

TEST_F(CallTest, SpeaksALawToo) {
    agent.greeting = "Hello there.";
    connect();
    receive(
        R"({"event":"start","stream_id":"32DE","start":{"media_format":{"encoding":"PCMA","sample_rate":8000}}})");
    std::string bytes;
    ASSERT_FALSE(socket.sent.empty());
    EXPECT_EQ(socket.sent[0].at("stream_id"), "32DE");
    ASSERT_TRUE(base::base64_decode(socket.sent[20].at("media").at("payload").as_string(), bytes));
    EXPECT_NEAR(decode(Codec::alaw, bytes)[80], 0.1, 0.01);
}

TEST_F(CallTest, RefusalsCloseTheStreamAndSayWhy) {
    refusal = Error{base::ErrorCode::unauthenticated, "No."};
    connect();
    receive(kStart);
    EXPECT_EQ(socket.code, 1008);
    EXPECT_EQ(loop->finished, 0);
}

TEST_F(CallTest, AFullServerSaysTryLater) {
    refusal = Error{base::ErrorCode::overloaded, "Full."};
    connect();
    receive(kStart);
    EXPECT_EQ(socket.code, 1013);
}

TEST_F(CallTest, MediaBeforeTheStartIsNoStream) {
    connect();
    receive(media(1, 0));
    EXPECT_EQ(socket.code, 1002);
}

TEST_F(CallTest, AStreamThatBeginsWithNonsenseEnds) {
    connect();
    receive("hello");
    EXPECT_EQ(socket.code, 1002);
}

TEST_F(CallTest, AStreamStartsOnce) {
    start();
    receive(kStart);
    EXPECT_EQ(socket.code, 1002);
}

TEST_F(CallTest, ToleratesSomeMessagesThatItCannotRead) {
    options.malformed_max = 3;
    start();
    socket.receive("binary", true);
    receive("{");
    receive(R"({"event":"dtmf","streamSid":"MZ2","dtmf":{"digit":"1"}})");
    EXPECT_EQ(socket.code, 0);
    receive(media(1, 0));
    EXPECT_GT(ears->buffered_ms, 0);
    receive(R"({"event":"dtmf","dtmf":{"digit":"nine"}})");
    EXPECT_EQ(socket.code, 1002);
}

TEST_F(CallTest, AudioComesNoFasterThanItIsSpoken) {
    options.early_max = 100ms;
    start();
    for (int i = 0; i < 5; ++i) receive(media(i + 1, 20 * i));
    EXPECT_EQ(socket.code, 0);
    clock.advance(20ms);
    receive(media(6, 100));
    EXPECT_EQ(socket.code, 0);
    receive(media(7, 120));
    EXPECT_EQ(socket.code, 1008);
}

TEST_F(CallTest, WaitsForTheStartOnlySoLong) {
    options.start_wait = 1s;
    connect();
    clock.advance(999ms);
    wait(300ms);
    EXPECT_EQ(socket.code, 0);
    clock.advance(1ms);
    wait(300ms);
    EXPECT_EQ(socket.code, 1008);
}

TEST_F(CallTest, LastsOnlySoLong) {
    options.call_max = 60s;
    start();
    clock.advance(60s);
    wait(300ms);
    EXPECT_EQ(socket.code, 1000);
    EXPECT_EQ(loop->finished, 1);
}

TEST_F(CallTest, AnAnswerIsHeardBeforeADrainingServerHangsUp) {
    start("Welcome.");  // 480 ms
    socket.drain();
    wait(300ms);
    EXPECT_EQ(socket.code, 0);
    clock.advance(500ms);
    wait(300ms);
    EXPECT_EQ(socket.code, 1001);
}

TEST_F(CallTest, AProviderThatStopsReadingIsLeft) {
    socket.full = true;
    start("Hello.");
    EXPECT_EQ(socket.code, 1008);
}

}  // namespace
}  // namespace aimpact::telephony
