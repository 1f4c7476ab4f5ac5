// The adapter over a scripted session and a socket in memory: events in both vocabularies, their order, and
// errors.
#include "realtime/openai_adapter.hpp"

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "base/wire.hpp"
#include "realtime/memory_socket.hpp"
#include "realtime/session_fixture.hpp"

namespace aimpact::realtime::openai {
namespace {

using namespace std::chrono_literals;
using testing::FakeLoop;
using testing::Gate;
using testing::MemorySocket;

class FakeRecognizer final : public voice::Recognizer {
  public:
    std::string text = "what time is it";
    std::size_t samples = 0;
    Task<Result<voice::Transcript>> transcribe(std::vector<float> given, voice::RecognitionOptions,
                                               inference::Priority, std::stop_token,
                                               std::function<void(double, const voice::Segment*)>) override {
        samples = given.size();
        voice::Transcript transcript;
        transcript.text = text;
        co_return transcript;
    }
    Task<Result<voice::Transcript>> utterance(std::vector<float> given, double, voice::RecognitionOptions,
                                              inference::Priority, std::stop_token) override {
        return transcribe(std::move(given), {}, {}, {}, {});
    }
};

class OpenAiAdapter : public testing::SessionTest {
  protected:
    MemorySocket socket{io};
    FakeRecognizer recognizer;
    ConnectionOptions options;
    bool served = false;

    void connect() {
        SessionParts parts{clock,
                           random,
                           synthesizer,
                           metrics,
                           [this](base::asio::any_io_executor, voice::Listener::Events events) {
                               return std::make_unique<testing::FakeListener>(ears, std::move(events));
                           },
                           limits,
                           "Pardon me?",
                           nullptr};
        auto serve = [this](SessionParts of) -> Task<void> {
            auto connection = std::make_shared<Connection>(socket, std::move(of), recognizer, options);
            co_await connection->serve(std::make_unique<FakeLoop>(loop, agent));
            served = true;
        };
        serve_ = serve;
        base::asio::co_spawn(io, serve_(std::move(parts)), base::asio::detached);
        settle();
    }
    void TearDown() override {
        socket.hang_up();
        settle();
        EXPECT_TRUE(served) << "the handler has not ended";
        EXPECT_EQ(loop->finished, 1);
        EXPECT_FALSE(loop->alive);
    }
    void receive(std::string text) {
        socket.receive(std::move(text));
        settle();
    }
    std::vector<std::string> types() const {
        std::vector<std::string> out;
        for (const auto& event : socket.sent)
            if (const std::string type(event.at("type").as_string()); type != "rate_limits.updated")
                out.push_back(type);
        return out;
    }
    std::vector<std::string> types_after(std::size_t from) const {
        auto all = types();
        return {all.begin() + static_cast<std::ptrdiff_t>(from), all.end()};
    }
    const json::object* last(std::string_view type) const {
        for (auto it = socket.sent.rbegin(); it != socket.sent.rend(); ++it)
            if (it->at("type").as_string() == type) return &*it;
        return nullptr;
    }
    int count(std::string_view type) const {
        return static_cast<int>(std::count_if(socket.sent.begin(), socket.sent.end(), [&](const auto& e) {
            return e.at("type").as_string() == type;
        }));
    }
    static std::string text_item(const std::string& text, const std::string& id = "") {
        json::object item{{"type", "message"},
                          {"role", "user"},
                          {"content", json::array{json::object{{"type", "input_text"}, {"text", text}}}}};
        if (!id.empty()) item["id"] = id;
        return json::serialize(json::object{{"type", "conversation.item.create"}, {"item", item}});
    }

  private:
    std::function<Task<void>(SessionParts)> serve_;
};

TEST_F(OpenAiAdapter, ASpokenTurnInGaEvents) {
    loop->scripts.push_back(FakeLoop::says({"Good day."}));
    options.additions = false;
    connect();
    EXPECT_EQ(types(), std::vector<std::string>{"session.created"});
    turn("hello");
    const std::vector<std::string> expected{"input_audio_buffer.speech_started",
                                            "input_audio_buffer.speech_stopped",
                                            "input_audio_buffer.committed",
                                            "conversation.item.added",
                                            "conversation.item.input_audio_transcription.delta",
                                            "conversation.item.input_audio_transcription.completed",
                                            "conversation.item.done",
                                            "response.created",
                                            "response.output_item.added",
                                            "conversation.item.added",
                                            "response.content_part.added",
                                            "response.output_audio_transcript.delta",
                                            "response.output_audio.delta",
                                            "response.output_audio.delta",
                                            "response.output_audio.delta",
                                            "response.output_audio.done",
                                            "response.output_audio_transcript.done",
                                            "response.content_part.done",
                                            "conversation.item.done",
                                            "response.output_item.done",
                                            "response.done"};
    EXPECT_EQ(types_after(1), expected);
    const json::object& done = *last("response.done");
    const json::value& response = done.at("response");
    EXPECT_EQ(response.at("status"), "completed");
    EXPECT_EQ(response.at("output").at(0).at("content").at(0).at("type"), "output_audio");
    EXPECT_EQ(response.at("output").at(0).at("content").at(0).at("transcript"), "Good day.");
    EXPECT_EQ(response.at("usage").at("total_tokens"), 15);
    EXPECT_EQ(response.at("conversation_id"), "conv_test");
    EXPECT_EQ(last("conversation.item.input_audio_transcription.completed")->at("transcript"), "hello");
}

TEST_F(OpenAiAdapter, TheSameInBetaEvents) {
    loop->scripts.push_back(FakeLoop::says({"Good day."}));
    options.beta = true;
    options.additions = false;
    connect();
    EXPECT_EQ(types(), (std::vector<std::string>{"session.created", "conversation.created"}));
    turn("hello");
    const auto all = types();
    for (const char* name :
         {"conversation.item.created", "response.audio.delta", "response.audio.done",
          "response.audio_transcript.delta", "response.audio_transcript.done", "response.done"})
        EXPECT_TRUE(std::count(all.begin(), all.end(), name)) << name;
    for (const std::string& name : all) {
        EXPECT_EQ(name.find("output_audio"), std::string::npos) << name;
        EXPECT_NE(name, "conversation.item.done");
        EXPECT_NE(name, "conversation.item.added");
    }
    EXPECT_EQ(last("response.done")->at("response").at("output").at(0).at("content").at(0).at("type"),
              "audio");
    EXPECT_EQ(last("response.done")->at("response").at("modalities").as_array().size(), 2u);
}

TEST_F(OpenAiAdapter, ATypedTurnInText) {
    loop->scripts.push_back(FakeLoop::says({"Yes, ", "I am."}));
    connect();
    receive(R"({"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}})");
    ASSERT_TRUE(last("session.updated"));
    EXPECT_EQ(last("session.updated")->at("session").at("output_modalities").at(0), "text");
    receive(text_item("are you there", "item_mine"));
    EXPECT_EQ(last("conversation.item.done")->at("item").at("id"), "item_mine");
    receive(R"({"type":"response.create","response":{"metadata":{"topic":"presence"}}})");
    EXPECT_EQ(count("response.output_text.delta"), 2);
    EXPECT_EQ(last("response.output_text.done")->at("text"), "Yes, I am.");
    EXPECT_EQ(last("response.done")->at("response").at("metadata").at("topic"), "presence");
    EXPECT_EQ(count("response.output_audio.delta"), 0);
}

TEST_F(OpenAiAdapter, FunctionCalls) {
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "weather"}}));
    loop->scripts.push_back(FakeLoop::says({"Sunny."}));
    connect();
    receive(R"({"type":"response.create"})");
    EXPECT_EQ(last("response.output_item.added")->at("item").at("type"), "function_call");
    EXPECT_EQ(count("response.function_call_arguments.delta"), 2);
    const json::object& done = *last("response.function_call_arguments.done");
    EXPECT_EQ(done.at("name"), "weather");
    EXPECT_EQ(done.at("call_id"), "call_1");
    EXPECT_EQ(done.at("arguments"), "{\"a\":1}");
    receive(
        R"({"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"call_1","output":"sun"}})");
    receive(R"({"type":"response.create"})");
    EXPECT_EQ(last("response.output_audio_transcript.done")->at("transcript"), "Sunny.");
}

TEST_F(OpenAiAdapter, ErrorsNameTheEventAndTheSessionGoesOn) {
    connect();
    struct {
        std::string text;
        const char *code, *param;
    } const cases[] = {
        {"{nonsense", "invalid_argument", nullptr},
        {R"({"type":"no.such","event_id":"e1"})", "invalid_argument", "type"},
        {R"({"type":"input_audio_buffer.commit","event_id":"e1"})", "input_audio_buffer_commit_empty",
         nullptr},
        {R"({"type":"response.cancel","event_id":"e1"})", "response_cancel_not_active", nullptr},
        {R"({"type":"conversation.item.retrieve","event_id":"e1","item_id":"none"})", "not_found", "item_id"},
        {R"({"type":"conversation.item.delete","event_id":"e1","item_id":"none"})", "not_found", nullptr},
        {R"({"type":"session.update","event_id":"e1","session":{"audio":{"output":{"voice":"nobody"}}}})",
         "invalid_argument", "session.audio.output.voice"},
    };
    for (const auto& one : cases) {
        receive(one.text);
        const json::object* error = last("error");
        ASSERT_TRUE(error) << one.text;
        const json::value& inner = error->at("error");
        EXPECT_EQ(inner.at("code"), one.code) << one.text;
        EXPECT_EQ(inner.at("type"), "invalid_request_error");
        if (one.param) EXPECT_EQ(inner.at("param"), one.param) << one.text;
        if (one.text.find("e1") != std::string::npos) EXPECT_EQ(inner.at("event_id"), "e1") << one.text;
    }
    socket.receive("\x01\x02", true);
    settle();
    EXPECT_EQ(count("error"), 8);
    receive(text_item("still here"));
    EXPECT_EQ(count("conversation.item.added"), 1);
}

TEST_F(OpenAiAdapter, ASecondResponseIsRefusedWithOpenAisCode) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One. ", "Two."}, &gate));
    connect();
    receive(R"({"type":"response.create"})");
    receive(R"({"type":"response.create","event_id":"second"})");
    EXPECT_EQ(last("error")->at("error").at("code"), "conversation_already_has_active_response");
    EXPECT_EQ(last("error")->at("error").at("event_id"), "second");
    receive(R"({"type":"response.cancel"})");
    EXPECT_EQ(last("response.done")->at("response").at("status"), "cancelled");
    EXPECT_EQ(last("response.done")->at("response").at("status_details").at("reason"), "client_cancelled");
}

TEST_F(OpenAiAdapter, BargeInTruncatesAndTheClientMayCorrect) {
    loop->scripts.push_back(FakeLoop::says({"One two three four."}));
    connect();
    turn("count");
    clock.advance(500ms);
    ears->events.speech_started({3000});
    settle();
    EXPECT_EQ(last("conversation.item.truncated")->at("audio_end_ms"), 500);
    const std::string id(last("conversation.item.truncated")->at("item_id").as_string());
    receive(R"({"type":"conversation.item.truncate","item_id":")" + id +
            R"(","content_index":0,"audio_end_ms":200})");
    EXPECT_EQ(last("conversation.item.truncated")->at("audio_end_ms"), 200);
    receive(R"({"type":"conversation.item.retrieve","item_id":")" + id + R"("})");
    EXPECT_EQ(last("conversation.item.retrieved")->at("item").at("content").at(0).at("transcript"), "One");
    receive(R"({"type":"conversation.item.delete","item_id":")" + id + R"("})");
    EXPECT_EQ(last("conversation.item.deleted")->at("item_id"), json::value(id));
}

TEST_F(OpenAiAdapter, AudioInEachFormat) {
    connect();
    const std::string second_of_pcm(48'000, '\0');
    receive(json::serialize(
        json::object{{"type", "input_audio_buffer.append"}, {"audio", base::base64_encode(second_of_pcm)}}));
    EXPECT_NEAR(ears->buffered_ms, 1000, 60);
    receive(R"({"type":"input_audio_buffer.clear"})");
    EXPECT_TRUE(last("input_audio_buffer.cleared"));
    EXPECT_EQ(ears->buffered_ms, 0);
    for (const char* format : {"audio/pcmu", "audio/pcma"}) {
        receive(std::string(R"({"type":"session.update","session":{"audio":{"input":{"format":{"type":")") +
                format + R"("}}}}})");
        const std::string second_of_g711(8'000, '\xD5');
        receive(json::serialize(json::object{{"type", "input_audio_buffer.append"},
                                             {"audio", base::base64_encode(second_of_g711)}}));
        EXPECT_NEAR(ears->buffered_ms, 1000, 60) << format;
        receive(R"({"type":"input_audio_buffer.clear"})");
    }
    EXPECT_EQ(count("error"), 0);
}

TEST_F(OpenAiAdapter, AudioOutAtEightKilohertz) {
    loop->scripts.push_back(FakeLoop::says({"Good day."}));  // 540 ms
    connect();
    receive(R"({"type":"session.update","session":{"audio":{"output":{"format":{"type":"audio/pcmu"}}}}})");
    receive(R"({"type":"response.create"})");
    std::size_t bytes = 0;
    for (const auto& event : socket.sent) {
        if (event.at("type") != "response.output_audio.delta") continue;
        std::string audio;
        ASSERT_TRUE(base::base64_decode(std::string_view(event.at("delta").as_string()), audio));
        bytes += audio.size();
    }
    EXPECT_NEAR(static_cast<double>(bytes), 0.54 * 8000, 80);
}

TEST_F(OpenAiAdapter, AMessageOfAudioIsRecognisedFirst) {
    connect();
    const std::string audio = base::base64_encode(std::string(48'000, '\0'));
    receive(
        R"({"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_audio","audio":")" +
        audio + R"("}]}})");
    EXPECT_NEAR(static_cast<double>(recognizer.samples), 16'000, 100);
    EXPECT_EQ(last("conversation.item.done")->at("item").at("content").at(0).at("transcript"),
              "what time is it");
    recognizer.text.clear();
    receive(
        R"({"type":"conversation.item.create","event_id":"e","item":{"type":"message","role":"user","content":[{"type":"input_audio","audio":")" +
        audio + R"("}]}})");
    EXPECT_EQ(last("error")->at("error").at("event_id"), "e");
}

TEST_F(OpenAiAdapter, PartialsBecomeDeltasOnceTwoAgree) {
    connect();
    ears->events.speech_started({0});
    for (const char* text : {"when do", "when do you", "when do they open", "when do they open today"})
        ears->events.partial({text});
    settle();
    std::string joined;
    for (const auto& event : socket.sent)
        if (event.at("type") == "conversation.item.input_audio_transcription.delta")
            joined += std::string(event.at("delta").as_string());
    EXPECT_EQ(joined, "when do they open");
    EXPECT_EQ(count("aimpact.input_audio_transcription.partial"), 0);
}

TEST_F(OpenAiAdapter, AdditionsAreSentToThoseWhoWantThem) {
    options.additions = true;
    loop->scripts.push_back(FakeLoop::says({"Good day."}));
    connect();
    EXPECT_EQ(last("aimpact.conversation")->at("conversation_id"), "conv_test");
    ears->events.speech_started({0});
    ears->events.partial({"hel"});
    end_turn("hello");
    EXPECT_EQ(last("aimpact.input_audio_transcription.partial")->at("transcript"), "hel");
    const json::value& recorded = last("aimpact.turn")->at("turn");
    EXPECT_EQ(recorded.at("speech_stopped_ms").to_number<double>(), 1000);
    EXPECT_EQ(recorded.at("stages").at("endpointing_ms").to_number<double>(), 200);
    EXPECT_EQ(recorded.at("response_latency_ms").to_number<double>(), 300);
}

// Words are told to who asks, before their audio, by their place in the whole item.
TEST_F(OpenAiAdapter, TellsWhenWordsAreSaid) {
    options.additions = true;
    loop->scripts.push_back(FakeLoop::says({"Good day."}));
    loop->scripts.push_back(FakeLoop::says({"Good day. See you soon."}));
    connect();
    end_turn("hello");
    EXPECT_EQ(count("aimpact.output_audio.words"), 0) << "not asked for";
    receive(R"({"type":"session.update","session":{"aimpact":{"word_times":true}}})");
    end_turn("and again");
    ASSERT_EQ(count("aimpact.output_audio.words"), 2);
    std::vector<std::string> words;
    std::int64_t before = 0;
    bool told = false;
    for (const auto& event : socket.sent) {
        if (event.at("type") == "response.output_audio.delta" && told) break;
        if (event.at("type") != "aimpact.output_audio.words") continue;
        told = true;
        EXPECT_TRUE(event.contains("item_id"));
    }
    EXPECT_TRUE(told);
    for (const auto& event : socket.sent) {
        if (event.at("type") != "aimpact.output_audio.words") continue;
        for (const auto& word : event.at("words").as_array()) {
            words.emplace_back(word.at("word").as_string());
            EXPECT_GE(word.at("start_ms").to_number<std::int64_t>(), before);
            EXPECT_GT(word.at("end_ms").to_number<std::int64_t>(),
                      word.at("start_ms").to_number<std::int64_t>());
            before = word.at("end_ms").to_number<std::int64_t>();
        }
    }
    EXPECT_EQ(words, (std::vector<std::string>{"Good", "day.", "See", "you", "soon."}));
    EXPECT_EQ(before, (9 + 13) * 60) << "the second clause's after the first's";
}

TEST_F(OpenAiAdapter, TheGreetingWaitsForTheFirstEvent) {
    agent.greeting = "Hello.";
    connect();
    EXPECT_EQ(count("response.created"), 0);
    receive(R"({"type":"session.update","session":{"audio":{"output":{"voice":"am_adam"}}}})");
    EXPECT_EQ(count("response.created"), 1);
    EXPECT_EQ(last("response.done")->at("response").at("audio").at("output").at("voice"), "am_adam");
}

TEST_F(OpenAiAdapter, ATranscriptionSessionListensOnly) {
    options.transcription_only = true;
    agent.greeting = "Hello.";
    connect();
    EXPECT_EQ(last("session.created")->at("session").at("type"), "transcription");
    turn("hello");
    EXPECT_EQ(last("conversation.item.input_audio_transcription.completed")->at("transcript"), "hello");
    receive(R"({"type":"response.create"})");
    EXPECT_EQ(count("response.created"), 0);
    EXPECT_EQ(count("error"), 1);
}

TEST_F(OpenAiAdapter, TheSettingsOfAClientSecretHoldFromTheStart) {
    options.session_update = {{"instructions", "Be brief."}, {"output_modalities", json::array{"text"}}};
    connect();
    EXPECT_EQ(last("session.created")->at("session").at("instructions"), "Be brief.");
    EXPECT_EQ(loop->instructions, "Be brief.");
}

TEST_F(OpenAiAdapter, TheInputBufferHasALimit) {
    options.limits.input_buffer_seconds_max = 1.5;
    connect();
    const std::string append = json::serialize(json::object{
        {"type", "input_audio_buffer.append"}, {"audio", base::base64_encode(std::string(48'000, '\0'))}});
    receive(append);
    EXPECT_EQ(count("error"), 0);
    receive(append);
    EXPECT_EQ(last("error")->at("error").at("code"), "payload_too_large");
}

TEST_F(OpenAiAdapter, ASessionHasALongestTime) {
    options.limits.session_max = 60s;
    connect();
    clock.advance(61s);
    io.restart();
    io.run_for(2s);  // the watch looks every 250 ms
    EXPECT_EQ(last("error")->at("error").at("code"), "session_expired");
    EXPECT_EQ(socket.code, 1001);
    EXPECT_TRUE(served);
}

TEST_F(OpenAiAdapter, ADrainingServerFinishesTheTurnFirst) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One. ", "Two."}, &gate));
    connect();
    receive(R"({"type":"response.create"})");
    socket.drain();
    io.restart();
    io.run_for(600ms);
    EXPECT_EQ(socket.code, 0);
    gate.open();
    settle();
    clock.advance(10s);  // it is heard to the end
    io.restart();
    io.run_for(2s);
    EXPECT_EQ(last("response.done")->at("response").at("status"), "completed");
    EXPECT_EQ(socket.code, 1001);
}

TEST_F(OpenAiAdapter, AClientThatStopsReadingIsClosed) {
    connect();
    socket.full = true;
    receive(text_item("hello"));
    EXPECT_EQ(socket.code, 1008);
    EXPECT_TRUE(served);
}

TEST(EventBucket, SlowsDownPastTheBurst) {
    EventBucket bucket(10, 3);
    const base::SteadyTime now{std::chrono::seconds{5}};
    for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(now).count(), 0);
    EXPECT_EQ(bucket.take(now), 100ms);
    EXPECT_EQ(bucket.take(now), 200ms);
    EXPECT_EQ(bucket.take(now + 1s).count(), 0);
}

}  // namespace
}  // namespace aimpact::realtime::openai
