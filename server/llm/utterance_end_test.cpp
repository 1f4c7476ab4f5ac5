#include "llm/utterance_end.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "llm/local_model.hpp"
#include "llm/testing.hpp"

namespace aimpact::llm {
namespace {

std::shared_ptr<llama_model> load(const char* name) {
    const std::string path = test::model_file(name);
    if (path.empty()) return nullptr;
    auto model = load_llama_model(path);
    EXPECT_TRUE(model.has_value());
    return model ? std::shared_ptr<llama_model>(*std::move(model)) : nullptr;
}

class UtteranceEndTest : public ::testing::Test {
  protected:
    void SetUp() override {
        auto model = load("smollm2-135m");
        if (!model) GTEST_SKIP() << "no local model: run scripts/fetch-models";
        auto made = UtteranceEnd::make(std::move(model));
        ASSERT_TRUE(made.has_value()) << made.error().message;
        end_ = *made;
    }
    float of(std::string_view text) {
        const auto p = end_->probability(text);
        EXPECT_TRUE(p.has_value()) << text;
        return p ? *p : -1.0F;
    }
    std::shared_ptr<UtteranceEnd> end_;
};

TEST_F(UtteranceEndTest, WholeSentencesEndAndBrokenOnesGoOn) {
    for (const char* whole :
         {"I would like to book a table for four people tonight.", "What time do you open on Saturday?",
          "You don't mean that you thought me so silly.", "I want to talk to a human being."})
        EXPECT_GT(of(whole), 0.05F) << whole;
    for (const char* broken : {"I would like to book a.", "What time do you.", "You don't mean.",
                               "I want to talk to the.", "Margaret said Mr. Hale as he returned from."})
        EXPECT_LT(of(broken), 0.01F) << broken;
}

TEST_F(UtteranceEndTest, TheMarksOfTheRecogniserSayNothing) {
    const float plain = of("I would like to book a table");
    for (const char* marked : {"I would like to book a table.", "I would like to book a table?!",
                               "I would like to book a table, ", "I would like to book a table...\""})
        EXPECT_FLOAT_EQ(of(marked), plain) << marked;
}

TEST_F(UtteranceEndTest, WhatIsKeptOfTheLastTextChangesNothing) {
    const float alone = of("Can I speak to somebody about my bill");
    of("Can I speak to");
    EXPECT_NEAR(of("Can I speak to somebody about my bill"), alone, 0.02);
    of("Something else entirely, and much longer than the other one was.");
    EXPECT_NEAR(of("Can I speak to somebody about my bill"), alone, 0.02);
    EXPECT_NEAR(of("Can I speak to somebody about my bill"), alone, 0.02) << "the same text again";
}

TEST_F(UtteranceEndTest, OnlyTheLastWordsOfALongTextAreRead) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += "and then we went home ";
    ASSERT_GT(text.size(), UtteranceEnd::kBytesMax);
    const float of_long = of(text + "because of the");
    EXPECT_LT(of_long, 0.01F);
    EXPECT_NEAR(of(text + text + "because of the"), of_long, 0.001);
    EXPECT_TRUE(end_->probability(std::string(100'000, 'x')).has_value()) << "a word without end";
}

TEST_F(UtteranceEndTest, ATextWithoutWordsIsRefused) {
    for (const char* text : {"", " ", "...", "\"?!\" "}) {
        const auto p = end_->probability(text);
        ASSERT_TRUE(p.has_error()) << text;
        EXPECT_EQ(p.error().code, base::ErrorCode::invalid_argument);
    }
}

TEST_F(UtteranceEndTest, MayBeAskedFromManyThreads) {
    const float whole = of("Can I speak to somebody about my bill"), broken = of("I would like to book a");
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            for (int k = 0; k < 3; ++k)
                EXPECT_NEAR(of(i % 2 ? "Can I speak to somebody about my bill" : "I would like to book a"),
                            i % 2 ? whole : broken, 0.02);
        });
}

TEST(UtteranceEndLoad, RefusesModelsThatCannotTell) {
    if (auto model = load("minilm-l6-v2")) {
        const auto made = UtteranceEnd::make(std::move(model));
        ASSERT_TRUE(made.has_error());
        EXPECT_EQ(made.error().code, base::ErrorCode::invalid_argument);
    }
    auto model = load("smollm2-135m");
    if (!model) GTEST_SKIP() << "no local model: run scripts/fetch-models";
    const auto made = UtteranceEnd::make(std::move(model), 100'000'000);
    ASSERT_TRUE(made.has_error()) << "135 million parameters";
    EXPECT_NE(made.error().message.find("100 million"), std::string::npos);
}

TEST(UtteranceEndLoad, SharesTheWeightsOfALoadedModelAndOutlivesIt) {
    base::Metrics metrics;
    base::SystemClock clock;
    LocalModelOptions options;
    options.path = test::model_file("smollm2-135m");
    if (options.path.empty()) GTEST_SKIP() << "no local model: run scripts/fetch-models";
    auto loaded = LocalModel::load(options, metrics, clock);
    ASSERT_TRUE(loaded.has_value());
    auto made = UtteranceEnd::make((*loaded)->weights());
    ASSERT_TRUE(made.has_value());
    (*loaded).reset();
    const auto p = (*made)->probability("I would like to book a");
    ASSERT_TRUE(p.has_value());
    EXPECT_LT(*p, 0.01F);
}

}  // namespace
}  // namespace aimpact::llm
