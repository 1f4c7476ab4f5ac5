// The thread that owns a local model's context. Requests come through a bounded queue; those that run share
// every evaluation (one batch, a sequence each), and a sequence's KV cache outlives its request, so that the
// next turn of the same conversation evaluates only what is new.
//
// One KV pool of `cache_tokens` cells is shared by all sequences. A request runs when its prompt and its
// longest answer fit beside what runs already; idle sequences are forgotten, the longest unused first, when
// cells run short. A prompt starts from the longest prefix found in any sequence (agents share their system
// prompts). Internal to llm.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "llm/chat_prompt.hpp"
#include "llm/local_model.hpp"
#include "llm/output_rule.hpp"
#include "llm/sampler.hpp"
#include "llm/stream.hpp"
#include "llm/text_filter.hpp"

namespace aimpact::llm {

struct Generated {
    std::string text;
    FinishReason finish = FinishReason::stop;
    Usage usage;
};

// One request on its way through the engine.
struct Generation {
    ChatRequest request;
    std::shared_ptr<Stream<Generated>> stream = std::make_shared<Stream<Generated>>();
    base::SteadyTime queued_at;

    // Filled by the engine before it first considers the request.
    bool prepared = false;
    std::vector<llama_token> prompt;
    int output_max = 0;
    std::optional<Sampler> sampler;
    TextFilter filter;
    Generated out;
    std::optional<llama_token> next;  // sampled, not evaluated yet
    int logits_at = -1;               // in the batch being evaluated
};

class LocalEngine {
  public:
    static base::Result<std::unique_ptr<LocalEngine>> load(const LocalModelOptions& options,
                                                           base::Metrics& metrics, const base::Clock& clock);
    ~LocalEngine();  // ends what runs and waits with `cancelled`

    // `overloaded` when the queue is full. The answer comes through the generation's stream.
    base::Result<> submit(std::unique_ptr<Generation> generation);

    const LocalModelOptions& options() const { return options_; }
    const llama_vocab* vocab() const { return vocab_; }
    const std::shared_ptr<llama_model>& weights() const { return model_; }

  private:
    struct Slot {
        llama_seq_id sequence = 0;
        std::vector<llama_token> cached;  // what this sequence has in the KV cache
        std::string session_id;
        std::uint64_t used_at = 0;
        std::unique_ptr<Generation> running;
    };

    LocalEngine(LocalModelOptions options, std::shared_ptr<llama_model> model, ChatPrompt prompt,
                base::Metrics& metrics, const base::Clock& clock);
    void run();
    void drop_stopped();
    void admit();
    base::Result<> prepare(Generation& generation) const;
    Slot& place(const Generation& generation);
    void reuse_prefix(Slot& slot, const std::vector<llama_token>& prompt);
    void step();
    bool evaluate();
    bool forget_oldest();
    void take_token(Slot& slot);
    void finish(Slot& slot, std::optional<base::Error> error = std::nullopt);
    void refuse(Generation& generation, base::Error error);
    int running() const;
    int reserved() const;

    const LocalModelOptions options_;
    const std::shared_ptr<llama_model> model_;
    const llama_vocab* const vocab_;
    const ChatPrompt chat_prompt_;
    const base::Clock& clock_;
    LlamaContextPtr context_;
    std::vector<Slot> slots_;
    Batch batch_;
    std::vector<llama_token_data> scratch_;
    std::uint64_t tick_ = 0;
    std::deque<std::unique_ptr<Generation>> waiting_;  // engine's thread

    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::unique_ptr<Generation>> arrived_;
    std::size_t queued_ = 0;  // arrived and waiting
    bool stopping_ = false;

    prometheus::Histogram& first_token_seconds_;
    prometheus::Counter &input_tokens_, &cached_tokens_, &output_tokens_, &refused_;
    std::thread thread_;
};

}  // namespace aimpact::llm
