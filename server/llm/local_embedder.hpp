// Sentence embeddings in this process (llama.cpp; all-MiniLM-L6-v2 or another GGUF that pools by mean).
//
// Texts are cut to the model's window (512 tokens for MiniLM): what lies beyond has no part in the vector.
// Long texts belong in chunks. Several texts share one evaluation. One thread owns the context.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "llm/chat.hpp"
#include "llm/llama_runtime.hpp"
#include "llm/stream.hpp"

namespace aimpact::llm {

struct LocalEmbedderOptions {
    std::string path;  // a GGUF file
    std::string name = "all-MiniLM-L6-v2";
    int threads = 1;
    int batch_tokens = 512;                 // evaluated at once; at least the model's window
    int batch_texts = 16;                   // evaluated at once
    std::size_t queue_max = 64;             // requests waiting; past it `overloaded`
    std::size_t texts_max = 2048;           // in one request
    std::size_t text_bytes_max = 64 << 10;  // of one text
};

class LocalEmbedder final : public Embedder {
  public:
    // Blocks while it loads. Errors: not_found, invalid_argument (not an embedding model).
    static Result<std::shared_ptr<LocalEmbedder>> load(LocalEmbedderOptions options, base::Metrics& metrics,
                                                       const base::Clock& clock);
    ~LocalEmbedder() override;

    // Errors: invalid_argument (no text, an empty one, too many, too long), overloaded, cancelled.
    Task<Result<Answer>> embed(std::vector<std::string> texts, std::stop_token stop = {}) override;
    int dimensions() const override { return dimensions_; }
    const std::string& name() const override { return options_.name; }
    int window_tokens() const { return window_; }

  private:
    struct Job {
        std::vector<std::string> texts;
        std::shared_ptr<Stream<Answer>> stream = std::make_shared<Stream<Answer>>();
    };

    LocalEmbedder(LocalEmbedderOptions options, LlamaModelPtr model, base::Metrics& metrics,
                  const base::Clock& clock);
    void run();
    Result<Answer> answer(const Job& job);

    const LocalEmbedderOptions options_;
    const LlamaModelPtr model_;
    const llama_vocab* const vocab_;
    const int dimensions_, window_;
    const base::Clock& clock_;
    LlamaContextPtr context_;
    Batch batch_;
    prometheus::Histogram& seconds_;
    prometheus::Counter& tokens_;

    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::unique_ptr<Job>> queue_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace aimpact::llm
