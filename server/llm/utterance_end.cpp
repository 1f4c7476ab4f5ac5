#include "llm/utterance_end.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::llm {

namespace {

constexpr int kContextTokens = 64;

// Without the marks and spaces at its end, and only the last of it.
std::string_view words_of(std::string_view text) {
    const auto end = text.find_last_not_of(" .,;:!?\"'-\n\t");
    text = text.substr(0, end == std::string_view::npos ? 0 : end + 1);
    if (text.size() <= UtteranceEnd::kBytesMax) return text;
    text.remove_prefix(text.size() - UtteranceEnd::kBytesMax);
    const auto space = text.find(' ');
    return space == std::string_view::npos ? text : text.substr(space + 1);
}

bool ends_sentence(std::string_view piece) {
    return !piece.empty() && (piece[0] == '.' || piece[0] == '?' || piece[0] == '!') &&
           !piece.starts_with("..");
}

}  // namespace

UtteranceEnd::UtteranceEnd(std::shared_ptr<llama_model> model)
    : model_(std::move(model)), vocab_(llama_model_get_vocab(model_.get())), batch_(kContextTokens) {}

base::Result<std::shared_ptr<UtteranceEnd>> UtteranceEnd::make(std::shared_ptr<llama_model> model,
                                                               std::uint64_t parameters_max) {
    if (!llama_model_has_decoder(model.get()) || llama_model_has_encoder(model.get()) ||
        model_meta(model.get(), "general.architecture").find("bert") != std::string::npos)
        return base::invalid_argument("The model doesn't continue text, so it can't tell where one ends.");
    if (llama_model_n_params(model.get()) > parameters_max)
        return base::invalid_argument(
            "The model is too large to be asked at every pause of a caller: at most " +
            std::to_string(parameters_max / 1'000'000) + " million parameters.");
    std::shared_ptr<UtteranceEnd> made(new UtteranceEnd(std::move(model)));
    for (llama_token token = 0; token < llama_vocab_n_tokens(made->vocab_); ++token)
        if (llama_vocab_is_eog(made->vocab_, token) || ends_sentence(token_piece(made->vocab_, token)))
            made->ends_.push_back(token);
    if (made->ends_.empty()) return base::invalid_argument("The model has no token that ends a sentence.");
    // Models that weren't trained on this form read it as plain text, which does no harm.
    made->opening_ = tokenize(made->vocab_, "<|im_start|>user\n", true);
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = kContextTokens;
    params.n_seq_max = params.n_outputs_max = 1;
    params.n_threads = params.n_threads_batch = 1;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
    params.no_perf = true;
    made->context_.reset(llama_init_from_model(made->model_.get(), params));
    if (!made->context_)
        return base::Error{base::ErrorCode::unavailable,
                           "There isn't enough memory to read where utterances end."};
    return made;
}

base::Result<> UtteranceEnd::evaluate(const std::vector<llama_token>& tokens) {
    // The last token is evaluated always: its answer is what is asked for.
    const auto most = std::min(evaluated_.size(), tokens.size() - 1);
    const auto known = static_cast<std::size_t>(
        std::mismatch(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(most), evaluated_.begin())
            .first -
        tokens.begin());
    llama_memory_t memory = llama_get_memory(context_.get());
    evaluated_.clear();
    if (!llama_memory_seq_rm(memory, 0, static_cast<llama_pos>(known), -1)) llama_memory_clear(memory, true);
    batch_.clear();
    for (std::size_t i = known; i < tokens.size(); ++i)
        batch_.add(tokens[i], static_cast<llama_pos>(i), 0, i + 1 == tokens.size());
    if (const int status = llama_decode(context_.get(), batch_.get()); status != 0) {
        llama_memory_clear(memory, true);
        return base::internal_error("llama_decode: " + std::to_string(status));
    }
    evaluated_ = tokens;
    return {};
}

base::Result<float> UtteranceEnd::probability(std::string_view text) {
    const std::string_view words = words_of(text);
    if (words.empty()) return base::invalid_argument("There are no words.");
    std::vector<llama_token> said = tokenize(vocab_, words, false);
    if (said.size() > kTokensMax) said.erase(said.begin(), said.end() - kTokensMax);
    std::vector<llama_token> tokens = opening_;
    tokens.insert(tokens.end(), said.begin(), said.end());
    const std::lock_guard lock(mutex_);
    AIMPACT_CHECK(evaluate(tokens));
    const float* logits = llama_get_logits_ith(context_.get(), -1);
    if (!logits) return base::internal_error("no logits");
    const int count = llama_vocab_n_tokens(vocab_);
    const float highest = *std::max_element(logits, logits + count);
    double all = 0, ends = 0;
    for (int i = 0; i < count; ++i) all += std::exp(static_cast<double>(logits[i] - highest));
    for (const llama_token token : ends_) ends += std::exp(static_cast<double>(logits[token] - highest));
    return static_cast<float>(ends / all);
}

}  // namespace aimpact::llm
