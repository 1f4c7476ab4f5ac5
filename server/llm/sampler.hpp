// Chooses the next token of one sequence. Internal to llm; used by the engine's thread alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "llm/llama_runtime.hpp"

namespace aimpact::llm {

struct SamplingParams {
    double temperature = 0.2;  // 0: always the likeliest token
    double top_p = 0.9;
    int top_k = 40;
    double repeat_penalty =
        1.1;  // over the last 64 tokens of the answer; 1 = none. Not used under a grammar.
    std::uint32_t seed = 0;
    std::string grammar;  // GBNF; empty for none
};

class Sampler {
  public:
    // invalid_argument if the grammar does not parse.
    static base::Result<Sampler> make(const llama_vocab* vocab, const SamplingParams& params);

    // Samples from the logits of batch entry `index` and takes the token into account. Under a grammar the
    // token is sampled first and tested alone; only when it is refused are all candidates filtered and
    // sampled again (as llama.cpp's common sampler does), since filtering the whole vocabulary costs more
    // than the model. An error means that the grammar has no way on.
    base::Result<llama_token> sample(llama_context* context, int index,
                                     std::vector<llama_token_data>& scratch);

  private:
    llama_token choose(llama_context* context, int index, std::vector<llama_token_data>& scratch,
                       bool filtered);

    const llama_vocab* vocab_ = nullptr;
    LlamaSamplerPtr chain_, grammar_;
};

}  // namespace aimpact::llm
