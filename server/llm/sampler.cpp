#include "llm/sampler.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::llm {

namespace {
constexpr std::size_t kLikely = 256;  // candidates that the grammar looks at before all others
}

base::Result<Sampler> Sampler::make(const llama_vocab* vocab, const SamplingParams& params) {
    Sampler sampler;
    sampler.vocab_ = vocab;
    llama_sampler_chain_params chain_params = llama_sampler_chain_default_params();
    chain_params.no_perf = true;
    sampler.chain_.reset(llama_sampler_chain_init(chain_params));
    llama_sampler* chain = sampler.chain_.get();
    llama_sampler_chain_add(chain, llama_sampler_init_top_k(params.top_k));
    if (params.grammar.empty() && params.repeat_penalty != 1.0)
        llama_sampler_chain_add(
            chain, llama_sampler_init_penalties(llama_vocab_n_tokens(vocab), 64,
                                                static_cast<float>(params.repeat_penalty), 0.0f, 0.0f));
    if (params.temperature <= 0) {
        llama_sampler_chain_add(chain, llama_sampler_init_greedy());
    } else {
        llama_sampler_chain_add(chain, llama_sampler_init_top_p(static_cast<float>(params.top_p), 1));
        llama_sampler_chain_add(chain, llama_sampler_init_temp(static_cast<float>(params.temperature)));
        llama_sampler_chain_add(chain, llama_sampler_init_dist(params.seed));
    }
    if (!params.grammar.empty()) {
        sampler.grammar_.reset(llama_sampler_init_grammar(vocab, params.grammar.c_str(), "root"));
        if (!sampler.grammar_)
            return base::invalid_argument("The JSON Schema is too complex for the local model. Simplify it.");
    }
    return sampler;
}

llama_token Sampler::choose(llama_context* context, int index, std::vector<llama_token_data>& scratch,
                            bool filtered) {
    const float* logits = llama_get_logits_ith(context, index);
    const int count = llama_vocab_n_tokens(vocab_);
    scratch.resize(count);
    for (llama_token id = 0; id < count; ++id) scratch[id] = {id, logits[id], 0.0f};
    llama_token_data_array candidates{scratch.data(), scratch.size(), -1, false};
    if (filtered) {
        const auto any_left = [](const llama_token_data_array& c) {
            return std::any_of(c.data, c.data + c.size, [](const auto& t) { return !std::isinf(t.logit); });
        };
        // The likeliest first: what the grammar wants is nearly always among them.
        const std::size_t likely = std::min<std::size_t>(kLikely, scratch.size());
        std::nth_element(scratch.begin(), scratch.begin() + static_cast<std::ptrdiff_t>(likely) - 1,
                         scratch.end(), [](const auto& a, const auto& b) { return a.logit > b.logit; });
        llama_token_data_array top{scratch.data(), likely, -1, false};
        llama_sampler_apply(grammar_.get(), &top);
        if (any_left(top)) {
            candidates = top;
        } else {
            candidates = {scratch.data() + likely, scratch.size() - likely, -1, false};
            llama_sampler_apply(grammar_.get(), &candidates);
            if (!any_left(candidates)) return LLAMA_TOKEN_NULL;
        }
        // Out with what was refused: the chain must not weigh it.
        const auto end = std::remove_if(candidates.data, candidates.data + candidates.size,
                                        [](const auto& t) { return std::isinf(t.logit); });
        candidates.size = static_cast<std::size_t>(end - candidates.data);
    }
    llama_sampler_apply(chain_.get(), &candidates);
    return candidates.selected < 0 ? LLAMA_TOKEN_NULL : candidates.data[candidates.selected].id;
}

base::Result<llama_token> Sampler::sample(llama_context* context, int index,
                                          std::vector<llama_token_data>& scratch) {
    try {  // the grammar throws when it is fed what it cannot take
        llama_token token = choose(context, index, scratch, false);
        if (grammar_) {
            llama_token_data one{token, 1.0f, 0.0f};
            llama_token_data_array alone{&one, 1, -1, false};
            llama_sampler_apply(grammar_.get(), &alone);
            if (std::isinf(one.logit)) token = choose(context, index, scratch, true);
        }
        if (token == LLAMA_TOKEN_NULL) return base::internal_error("the grammar leaves no token to sample");
        if (grammar_) llama_sampler_accept(grammar_.get(), token);
        llama_sampler_accept(chain_.get(), token);
        return token;
    } catch (const std::exception& e) {
        return base::internal_error(std::string("sampling under the grammar failed: ") + e.what());
    }
}

}  // namespace aimpact::llm
