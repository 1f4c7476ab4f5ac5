// A language model in this process (llama.cpp, any GGUF it can run), on CPU threads.
//
// What it does: streams whole characters, keeps a conversation's prefix warm (ChatRequest::session_id), stops
// at token granularity, answers in JSON of a schema, and calls tools: surely when tool_choice forces it, and
// at the model's own judgement otherwise, which in a small model is poor (see output_rule.hpp for how).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "llm/chat.hpp"

struct llama_model;  // of llama.cpp

namespace aimpact::llm {

struct LocalModelOptions {
    std::string path;            // a GGUF file
    std::string name = "local";  // what answers call it
    std::string chat_template;   // empty: the GGUF's own
    int context_tokens =
        4096;                 // of one conversation: prompt and answer; at most what the model was trained on
    int cache_tokens = 6144;  // KV cells shared by all conversations
    int sequences = 4;        // requests evaluated together
    int warm_sessions = 12;   // further conversations whose prefix is kept
    int threads = 1;          // more only on a machine with idle cores: threads wait by spinning
    int prompt_chunk_tokens =
        128;  // of a prompt in one evaluation: how long other answers wait, and cancellation
    int output_tokens_default = 512;
    std::size_t queue_max = 32;  // requests waiting; past it `overloaded`
    double temperature = 0.2, top_p = 0.9, repeat_penalty = 1.1;
};

class LocalEngine;

class LocalModel final : public ChatModel {
  public:
    // Destroy it before the io_context that its callers run on: what is still asked then ends as `cancelled`
    // there. Loads and warms up; takes a moment (0.3 s for a 135 M model), so not on an I/O thread. Errors:
    // not_found, invalid_argument (not a model, no known chat template, bad options).
    static Result<std::shared_ptr<LocalModel>> load(LocalModelOptions options, base::Metrics& metrics,
                                                    const base::Clock& clock);
    ~LocalModel() override;

    Task<Result<ChatResult>> chat(ChatRequest request, OnDelta on_delta = {},
                                  std::stop_token stop = {}) override;
    int context_tokens() const override;
    int count_tokens(std::string_view text) const override;  // exact
    const std::string& name() const;
    // For what reads with the same model (utterance_end.hpp).
    std::shared_ptr<llama_model> weights() const;

  private:
    LocalModel(std::unique_ptr<LocalEngine> engine, const base::Clock& clock);

    std::unique_ptr<LocalEngine> engine_;
    const base::Clock& clock_;
    std::atomic<std::uint64_t> calls_{0};
};

}  // namespace aimpact::llm
