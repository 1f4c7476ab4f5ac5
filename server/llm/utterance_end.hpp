// Do these words end an utterance? A causal language model's own opinion: the probability that the next token
// ends the sentence or the message, where a speaker might still go on. "I would like to" is followed by
// words, "I would like to pay" by a full stop. The same idea as text-based turn detectors built on small chat
// models; ours isn't fine-tuned, and the turn model (voice/turn_detector.hpp) listens beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "llm/llama_runtime.hpp"

namespace aimpact::llm {

// Thread-safe: one evaluation after the other, on the calling thread. Shares the weights of a loaded model;
// its own context is 3 MB with SmolLM2-135M. What one call has evaluated is kept for the next, so that a
// sentence that grows costs only its new words.
class UtteranceEnd {
  public:
    static constexpr int kTokensMax = 40;  // of the text's end; the rest isn't read
    static constexpr std::size_t kBytesMax = 1024;
    // It is asked at every pause of every caller: a larger model would take seconds.
    static constexpr std::uint64_t kParametersMax = 500'000'000;

    // Errors: invalid_argument (a model that doesn't generate, is too large, or has no words that end a
    // sentence), unavailable (no memory).
    static base::Result<std::shared_ptr<UtteranceEnd>> make(std::shared_ptr<llama_model> model,
                                                            std::uint64_t parameters_max = kParametersMax);

    // 0 to 1, for the words as a recogniser wrote them: the marks at their end are ignored, since a
    // recogniser sets them always. 25 tokens take about 40 ms of one core. Errors: invalid_argument for a
    // text without words; `internal` if the model fails.
    base::Result<float> probability(std::string_view text);

  private:
    explicit UtteranceEnd(std::shared_ptr<llama_model> model);
    base::Result<> evaluate(const std::vector<llama_token>& tokens);

    const std::shared_ptr<llama_model> model_;
    const llama_vocab* const vocab_;
    std::vector<llama_token> opening_;  // of a user's message
    std::vector<llama_token> ends_;     // tokens that end a sentence or a message
    std::mutex mutex_;
    LlamaContextPtr context_;
    std::vector<llama_token> evaluated_;  // what the context holds
    Batch batch_;
};

}  // namespace aimpact::llm
