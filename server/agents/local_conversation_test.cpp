// Ten turns with the real local model: what was said in the first is in the context of the last, also after
// the database was closed and opened, and each turn evaluates only what is new.
#include "agents/testing.hpp"
#include "llm/local_model.hpp"
#include "llm/testing.hpp"

namespace aimpact::agents {
namespace {

// Passes everything on and keeps the last request.
class Listening final : public llm::ChatModel {
  public:
    explicit Listening(std::shared_ptr<llm::ChatModel> inner) : inner_(std::move(inner)) {}
    Task<Result<llm::ChatResult>> chat(llm::ChatRequest request, llm::OnDelta on_delta,
                                       std::stop_token stop) override {
        last = request;
        auto result = co_await inner_->chat(std::move(request), std::move(on_delta), stop);
        if (result.has_value()) usage = result->usage;
        co_return result;
    }
    int context_tokens() const override { return inner_->context_tokens(); }
    int count_tokens(std::string_view text) const override { return inner_->count_tokens(text); }

    llm::ChatRequest last;
    llm::Usage usage;

  private:
    std::shared_ptr<llm::ChatModel> inner_;
};

class LocalConversationTest : public test::AgentsTest {
  protected:
    void SetUp() override {
        AgentsTest::SetUp();
        if (IsSkipped()) return;
        llm::LocalModelOptions options;
        options.path = llm::test::model_file("smollm2-135m");
        if (options.path.empty()) GTEST_SKIP() << "no local model: run scripts/fetch-models";
        options.context_tokens = options.cache_tokens = 2048;
        auto loaded = llm::LocalModel::load(options, metrics_, system_clock_);
        ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
        listening_ = std::make_shared<Listening>(*loaded);
        models.model = listening_;
    }
    void turn(TurnLoop& loop, const std::string& words) {
        ASSERT_TRUE(loop.add(says(words)).has_value());
        ResponseOptions options;
        options.output_tokens_max = 20;
        options.temperature = 0;
        const auto result = respond(loop, options);
        ASSERT_TRUE(result.has_value()) << result.error().message;
        ASSERT_FALSE(result->items.empty());
        EXPECT_FALSE(result->items[0].text.empty());
        Turn record;
        record.usage = result->usage;
        record.index = turns_++;
        run(loop.record_turn(record));
    }
    bool knows(const std::string& fact) {
        for (const auto& message : listening_->last.messages)
            if (message.content.find(fact) != std::string::npos) return true;
        return false;
    }

    base::Metrics metrics_;
    base::SystemClock system_clock_;
    std::shared_ptr<Listening> listening_;
    int turns_ = 0;
};
INSTANTIATE_TEST_SUITE_P(OnSqlite, LocalConversationTest, ::testing::Values(storage::Dialect::sqlite),
                         storage::dialect_name);

TEST_P(LocalConversationTest, KeepsContextOverTenTurnsAndARestart) {
    const Agent agent = make_agent("Desk", "You are a friendly receptionist. Answer in one short sentence.");
    auto loop = open(agent);
    const std::string id = loop->conversation_id();
    turn(*loop, "Hello, my name is Alexandra.");
    for (int i = 2; i <= 9; ++i) {
        turn(*loop, "Please tell me about room number " + std::to_string(i) + ".");
        // Only the new words are evaluated: everything up to the last answer is warm.
        EXPECT_GT(listening_->usage.cached_tokens * 10, listening_->usage.input_tokens * 6) << "turn " << i;
    }
    turn(*loop, "What is my name?");
    EXPECT_TRUE(knows("Alexandra"));
    EXPECT_EQ(loop->items().size(), 20u);

    loop.reset();
    restart();
    turns_ = 0;
    loop = open(agent, id);
    ASSERT_EQ(loop->items().size(), 20u);
    turn(*loop, "And which rooms did I ask about?");
    EXPECT_TRUE(knows("Alexandra"));
    EXPECT_TRUE(knows("room number 2"));
}

TEST_P(LocalConversationTest, ALongConversationStaysWithinTheModelsContext) {
    auto loop = open(make_agent("Desk", "Answer in one short sentence."));
    std::string long_words;
    for (int i = 0; i < 60; ++i) long_words += "and then we went to the market ";
    for (int i = 0; i < 8; ++i)
        turn(*loop, std::to_string(i) + " " + long_words);  // about 3500 tokens in 2048
    EXPECT_LT(listening_->usage.input_tokens, 2048);
    EXPECT_EQ(loop->items().size(), 16u) << "the record keeps everything";
}

}  // namespace
}  // namespace aimpact::agents
