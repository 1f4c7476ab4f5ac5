#include "llm/local_embedder.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "llm/testing.hpp"

namespace aimpact::llm {
namespace {

double dot(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

class LocalEmbedderTest : public ::testing::Test {
  protected:
    void SetUp() override {
        LocalEmbedderOptions options;
        options.path = test::model_file("minilm-l6-v2");
        if (options.path.empty()) GTEST_SKIP() << "no embedding model: run scripts/fetch-models";
        options.queue_max = 4;
        auto loaded = LocalEmbedder::load(options, metrics_, clock_);
        ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
        embedder_ = *loaded;
    }
    base::Metrics metrics_;
    base::SystemClock clock_;
    std::shared_ptr<LocalEmbedder> embedder_;
};

TEST_F(LocalEmbedderTest, VectorsAreUnitLengthAndNearForLikeMeanings) {
    const auto answer = base::run_sync(
        embedder_->embed({"When do you open on Saturday?", "What are your weekend opening hours?",
                          "The cat chased a red ball."}));
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    ASSERT_EQ(answer->vectors.size(), 3u);
    EXPECT_EQ(embedder_->dimensions(), 384);
    EXPECT_GT(answer->tokens, 15);
    for (const auto& v : answer->vectors) {
        ASSERT_EQ(v.size(), 384u);
        EXPECT_NEAR(dot(v, v), 1.0, 1e-4);
    }
    EXPECT_GT(dot(answer->vectors[0], answer->vectors[1]), 0.5);
    EXPECT_LT(dot(answer->vectors[0], answer->vectors[2]), 0.3);
}

TEST_F(LocalEmbedderTest, BatchingChangesNothing) {
    std::vector<std::string> texts;
    for (int i = 0; i < 40; ++i) {
        std::string text = "Sentence number " + std::to_string(i);
        for (int k = 0; k < i * 3; ++k) text += " and some more words";
        texts.push_back(text);
    }
    const auto together = base::run_sync(embedder_->embed(texts));
    ASSERT_TRUE(together.has_value());
    for (std::size_t i : {0u, 7u, 15u, 16u, 39u}) {
        const auto alone = base::run_sync(embedder_->embed({texts[i]}));
        EXPECT_GT(dot(alone->vectors[0], together->vectors[i]), 0.999) << i;
    }
}

TEST_F(LocalEmbedderTest, CutsAtTheModelsWindow) {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "word ";
    const auto answer = base::run_sync(embedder_->embed({text}));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->tokens, embedder_->window_tokens());
    EXPECT_EQ(embedder_->window_tokens(), 512);
    const auto longer = base::run_sync(embedder_->embed({text + "ending"}));
    EXPECT_GT(dot(answer->vectors[0], longer->vectors[0]), 0.9999);
}

TEST_F(LocalEmbedderTest, RefusesPastItsLimits) {
    const auto code = [&](std::vector<std::string> texts) {
        return base::run_sync(embedder_->embed(std::move(texts))).error().code;
    };
    EXPECT_EQ(code({}), base::ErrorCode::invalid_argument);
    EXPECT_EQ(code({""}), base::ErrorCode::invalid_argument);
    EXPECT_EQ(code(std::vector<std::string>(2049, "x")), base::ErrorCode::invalid_argument);
    EXPECT_EQ(code({std::string((64 << 10) + 1, 'x')}), base::ErrorCode::invalid_argument);

    base::asio::io_context io;
    int overloaded = 0;
    for (int i = 0; i < 20; ++i)
        base::asio::co_spawn(io, embedder_->embed(std::vector<std::string>(20, "some words to embed")),
                             [&](std::exception_ptr, Result<Embedder::Answer> result) {
                                 if (result.has_error() && result.error().code == base::ErrorCode::overloaded)
                                     ++overloaded;
                             });
    io.run();
    EXPECT_GT(overloaded, 0);
}

TEST_F(LocalEmbedderTest, ALanguageModelIsNotAnEmbedder) {
    LocalEmbedderOptions options;
    options.path = test::model_file("smollm2-135m");
    if (options.path.empty()) GTEST_SKIP() << "no local model: run scripts/fetch-models";
    const auto loaded = LocalEmbedder::load(options, metrics_, clock_);
    ASSERT_TRUE(loaded.has_error());
    EXPECT_EQ(loaded.error().code, base::ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace aimpact::llm
