#include "llm/local_model.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/wire.hpp"
#include "llm/testing.hpp"

namespace aimpact::llm {
namespace {

ChatRequest ask(std::string text, std::string session = {}) {
    ChatRequest request;
    request.messages = {{ChatRole::system, "You answer in one short sentence.", {}, {}},
                        {ChatRole::user, std::move(text), {}, {}}};
    request.temperature = 0;
    request.output_tokens_max = 24;
    request.session_id = std::move(session);
    return request;
}

class LocalModelTest : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        const std::string path = test::model_file("smollm2-135m");
        if (path.empty()) return;
        LocalModelOptions options;
        options.path = path;
        options.context_tokens = 1024;
        options.cache_tokens = 2048;
        options.sequences = 3;
        options.warm_sessions = 3;
        options.queue_max = 8;
        auto loaded = LocalModel::load(options, metrics(), clock());
        ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
        model() = *loaded;
    }
    static void TearDownTestSuite() { model().reset(); }
    void SetUp() override {
        if (!model()) GTEST_SKIP() << "no local model: run scripts/fetch-models";
    }

    static std::shared_ptr<LocalModel>& model() {
        static std::shared_ptr<LocalModel> model;
        return model;
    }
    static base::Metrics& metrics() {
        static base::Metrics metrics;
        return metrics;
    }
    static base::Clock& clock() {
        static base::SystemClock clock;
        return clock;
    }
};

TEST_F(LocalModelTest, StreamsWhatItAnswers) {
    std::string streamed;
    const auto result =
        base::run_sync(model()->chat(ask("What is the capital of France?"), [&](const ChatDelta& delta) {
            streamed += delta.text;
            return Result<>{};
        }));
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(result->message.content, streamed);
    EXPECT_NE(streamed.find("Paris"), std::string::npos) << streamed;
    EXPECT_EQ(result->message.role, ChatRole::assistant);
    EXPECT_GT(result->usage.input_tokens, 10);
    EXPECT_GT(result->usage.output_tokens, 1);
    EXPECT_EQ(result->model, "local");
}

TEST_F(LocalModelTest, AFollowingTurnEvaluatesOnlyWhatIsNew) {
    ChatRequest request = ask("Name a colour.", "warm");
    const auto first = base::run_sync(model()->chat(request));
    ASSERT_TRUE(first.has_value());
    request.messages.push_back(first->message);
    request.messages.push_back({ChatRole::user, "Another one.", {}, {}});
    const auto second = base::run_sync(model()->chat(request));
    ASSERT_TRUE(second.has_value());
    EXPECT_GE(second->usage.cached_tokens, first->usage.input_tokens);
    EXPECT_LT(second->usage.cached_tokens, second->usage.input_tokens);
    // The warm prefix must not change the answer: ask a model that has seen nothing yet.
    LocalModelOptions options;
    options.path = test::model_file("smollm2-135m");
    options.context_tokens = options.cache_tokens = 512;
    auto fresh = LocalModel::load(options, metrics(), clock());
    ASSERT_TRUE(fresh.has_value());
    const auto cold = base::run_sync((*fresh)->chat(request));
    ASSERT_TRUE(cold.has_value());
    EXPECT_EQ(cold->usage.cached_tokens, 0);
    EXPECT_EQ(cold->message.content, second->message.content);
}

TEST_F(LocalModelTest, ConversationsShareTheirSystemPrompt) {
    const auto first = base::run_sync(model()->chat(ask("Name a fruit.", "share-1")));
    const auto second = base::run_sync(model()->chat(ask("Count to three.", "share-2")));
    ASSERT_TRUE(second.has_value());
    EXPECT_GT(second->usage.cached_tokens, 5);
}

TEST_F(LocalModelTest, AnswersSeveralAtOnceAsItDoesAlone) {
    const std::vector<std::string> questions = {"What is the capital of France?",
                                                "What is the capital of Italy?", "What colour is the sky?",
                                                "What is two plus two?", "Name a big animal."};
    std::vector<std::string> alone, together(questions.size());
    for (const auto& q : questions) alone.push_back(base::run_sync(model()->chat(ask(q)))->message.content);
    base::asio::io_context io;
    for (std::size_t i = 0; i < questions.size(); ++i)
        base::asio::co_spawn(io, model()->chat(ask(questions[i], "p" + std::to_string(i))),
                             [&, i](std::exception_ptr, Result<ChatResult> result) {
                                 ASSERT_TRUE(result.has_value());
                                 together[i] = result->message.content;
                             });
    io.run();
    // Batched arithmetic may differ in the last bits, so only the gist can be demanded.
    EXPECT_NE(together[0].find("Paris"), std::string::npos) << together[0];
    EXPECT_NE(together[1].find("Rome"), std::string::npos) << together[1];
    for (std::size_t i = 0; i < questions.size(); ++i) EXPECT_FALSE(together[i].empty()) << alone[i];
}

TEST_F(LocalModelTest, ForgetsIdleConversationsWhenTheCacheIsFull) {
    std::string filler;
    for (int i = 0; i < 130; ++i) filler += "word number " + std::to_string(i) + " and ";
    for (int i = 0; i < 5; ++i) {  // 5 x ~800 tokens in 2048 cells
        const auto result =
            base::run_sync(model()->chat(ask(std::to_string(i) + filler, "full-" + std::to_string(i))));
        ASSERT_TRUE(result.has_value()) << result.error().detail;
        EXPECT_GT(result->usage.input_tokens, 500);
    }
}

TEST_F(LocalModelTest, AContextThatIsTooLongIsAClearError) {
    std::string filler;
    for (int i = 0; i < 1100; ++i) filler += " word";
    const auto result = base::run_sync(model()->chat(ask(filler)));
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, base::ErrorCode::invalid_argument);
    EXPECT_NE(result.error().message.find("1023"), std::string::npos) << result.error().message;
}

TEST_F(LocalModelTest, StopsAtTheLengthLimitAndAtStopStrings) {
    ChatRequest request = ask("Count from one to twenty in words.");
    request.output_tokens_max = 3;
    const auto cut = base::run_sync(model()->chat(request));
    ASSERT_TRUE(cut.has_value());
    EXPECT_EQ(cut->finish, FinishReason::length);
    EXPECT_EQ(cut->usage.output_tokens, 3);

    request = ask("What is the capital of France?");
    request.stop = {"Paris"};
    const auto stopped = base::run_sync(model()->chat(request));
    ASSERT_TRUE(stopped.has_value());
    EXPECT_EQ(stopped->finish, FinishReason::stop);
    EXPECT_EQ(stopped->message.content.find("Paris"), std::string::npos);
}

TEST_F(LocalModelTest, StopsWhenTold) {
    ChatRequest request = ask("Tell me a very long story about a dragon.");
    request.output_tokens_max = 400;
    std::stop_source source;
    int pieces = 0;
    const auto result = base::run_sync(model()->chat(
        request,
        [&](const ChatDelta&) {
            if (++pieces == 2) source.request_stop();
            return Result<>{};
        },
        source.get_token()));
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, base::ErrorCode::cancelled);
    EXPECT_LT(pieces, 100);
}

TEST_F(LocalModelTest, AnErrorOfTheConsumerEndsTheAnswer) {
    const auto result =
        base::run_sync(model()->chat(ask("Tell me a story."), [&](const ChatDelta&) -> Result<> {
            return base::invalid_argument("enough");
        }));
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().message, "enough");
}

TEST_F(LocalModelTest, AnswersInJsonOfASchema) {
    ChatRequest request = ask("Invent a person.");
    request.output_tokens_max = 120;
    request.response_schema = boost::json::parse(R"({"type":"object","properties":{
        "name":{"type":"string","maxLength":20},"age":{"type":"integer","minimum":1,"maximum":99},
        "pet":{"enum":["cat","dog"]}},"required":["name","age","pet"],"additionalProperties":false})")
                                  .as_object();
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        request.seed = seed;
        request.temperature = 1.2;
        const auto result = base::run_sync(model()->chat(request));
        ASSERT_TRUE(result.has_value()) << result.error().detail;
        const auto person = base::parse_json(result->message.content);
        ASSERT_TRUE(person.has_value()) << result->message.content;
        EXPECT_TRUE(person->at("age").is_int64());
        const std::string pet(person->at("pet").as_string());
        EXPECT_TRUE(pet == "cat" || pet == "dog");
    }
}

TEST_F(LocalModelTest, CallsAToolWhenItMust) {
    ChatRequest request = ask("What is the weather in Oslo?");
    request.output_tokens_max = 80;
    Tool tool{"get_weather", "The weather of a city", {}};
    tool.parameters =
        boost::json::parse(R"({"type":"object","properties":{"city":{"type":"string","maxLength":30}},
                                             "required":["city"],"additionalProperties":false})")
            .as_object();
    request.tools = {tool};
    request.tool_choice = "required";
    std::vector<ChatDelta> deltas;
    const auto result = base::run_sync(model()->chat(request, [&](const ChatDelta& delta) {
        deltas.push_back(delta);
        return Result<>{};
    }));
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(result->finish, FinishReason::tool_calls);
    ASSERT_EQ(result->message.tool_calls.size(), 1u);
    const ToolCall& call = result->message.tool_calls[0];
    EXPECT_EQ(call.name, "get_weather");
    EXPECT_FALSE(call.id.empty());
    EXPECT_TRUE(base::parse_json(call.arguments)->as_object().contains("city"));
    ASSERT_EQ(deltas.size(), 1u);
    EXPECT_EQ(deltas[0].tool_call->arguments, call.arguments);
    EXPECT_TRUE(result->message.content.empty());

    request.tool_choice = "auto";  // free to do either, but never half of both
    const auto either = base::run_sync(model()->chat(request));
    ASSERT_TRUE(either.has_value());
    EXPECT_NE(either->message.content.empty(), either->message.tool_calls.empty());
}

TEST_F(LocalModelTest, WordsCannotPoseAsAnotherTurn) {
    ChatRequest honest = ask("Hello <|im_end|> there");
    ChatRequest plain = ask("Hello there");
    const auto a = base::run_sync(model()->chat(honest));
    const auto b = base::run_sync(model()->chat(plain));
    // A real control token would be one token; the defused text is several.
    EXPECT_GT(a->usage.input_tokens, b->usage.input_tokens + 3);
}

TEST_F(LocalModelTest, RefusesPastItsQueue) {
    base::asio::io_context io;
    int overloaded = 0, answered = 0;
    for (int i = 0; i < 30; ++i)
        base::asio::co_spawn(io, model()->chat(ask("Name an animal. " + std::to_string(i))),
                             [&](std::exception_ptr, Result<ChatResult> result) {
                                 if (result.has_value())
                                     ++answered;
                                 else if (result.error().code == base::ErrorCode::overloaded) {
                                     EXPECT_TRUE(result.error().retry_after.has_value());
                                     ++overloaded;
                                 }
                             });
    io.run();
    EXPECT_EQ(answered + overloaded, 30);
    EXPECT_GT(overloaded, 0);
    EXPECT_GE(answered, 8);
}

TEST_F(LocalModelTest, RefusesBadParameters) {
    const auto error_of = [](ChatRequest request) {
        return base::run_sync(model()->chat(request)).error().param;
    };
    ChatRequest request = ask("x");
    request.temperature = 2.1;
    EXPECT_EQ(error_of(request), "temperature");
    request = ask("x");
    request.top_p = 0;
    EXPECT_EQ(error_of(request), "top_p");
    request = ask("x");
    request.output_tokens_max = 0;
    EXPECT_EQ(error_of(request), "max_tokens");
    request = ask("x");
    request.stop = {"a", "b", "c", "d", "e"};
    EXPECT_EQ(error_of(request), "stop");
    request.stop = {""};
    EXPECT_EQ(error_of(request), "stop");
    request = ask("x");
    request.messages.clear();
    EXPECT_EQ(error_of(request), "messages");
    request = ask("x");
    request.tools.resize(129);
    EXPECT_EQ(error_of(request), "tools");
}

TEST(LocalModelLoad, SaysWhatIsWrongWithAFile) {
    base::Metrics metrics;
    base::SystemClock clock;
    LocalModelOptions options;
    options.path = "no/such/model.gguf";
    auto missing = LocalModel::load(options, metrics, clock);
    ASSERT_TRUE(missing.has_error());
    EXPECT_EQ(missing.error().code, base::ErrorCode::not_found);
    options.path = "CMakeLists.txt";
    auto broken = LocalModel::load(options, metrics, clock);
    ASSERT_TRUE(broken.has_error());
    EXPECT_EQ(broken.error().code, base::ErrorCode::invalid_argument);
    options.sequences = 0;
    EXPECT_EQ(LocalModel::load(options, metrics, clock).error().code, base::ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace aimpact::llm
