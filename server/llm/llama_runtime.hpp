// What the local model and the embedder share of llama.cpp: start-up of the library, loading a GGUF with
// errors that say what to do, and tokens to text and back. Internal to llm.
#pragma once

#include <llama.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aimpact::llm {

struct LlamaDeleter {
    void operator()(llama_model* model) const { llama_model_free(model); }
    void operator()(llama_context* context) const { llama_free(context); }
    void operator()(llama_sampler* sampler) const { llama_sampler_free(sampler); }
};
using LlamaModelPtr = std::unique_ptr<llama_model, LlamaDeleter>;
using LlamaContextPtr = std::unique_ptr<llama_context, LlamaDeleter>;
using LlamaSamplerPtr = std::unique_ptr<llama_sampler, LlamaDeleter>;

// Loads the weights (memory-mapped). Starts the library on first use. Errors: not_found (no such file),
// invalid_argument (not a GGUF that this build can run).
base::Result<LlamaModelPtr> load_llama_model(const std::string& path);

// Thread-safe. `special`: control tokens written in `text` become those tokens, and the model's own
// beginning-of-sequence token is added.
std::vector<llama_token> tokenize(const llama_vocab* vocab, std::string_view text, bool special);
// The bytes of one token; empty for control tokens. Bytes of one character may span tokens.
std::string token_piece(const llama_vocab* vocab, llama_token token);

// A metadata value of the GGUF, or empty.
std::string model_meta(const llama_model* model, const char* key);

// llama_batch with room for `capacity` tokens, each in one sequence.
class Batch {
  public:
    explicit Batch(int capacity) : batch_(llama_batch_init(capacity, 0, 1)), capacity_(capacity) {}
    ~Batch() { llama_batch_free(batch_); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    void clear() { batch_.n_tokens = 0; }
    int size() const { return batch_.n_tokens; }
    int room() const { return capacity_ - batch_.n_tokens; }
    // Returns the token's index in the batch: where its logits are found after decoding.
    int add(llama_token token, llama_pos pos, llama_seq_id sequence, bool output);
    const llama_batch& get() const { return batch_; }

  private:
    llama_batch batch_;
    int capacity_;
};

}  // namespace aimpact::llm
