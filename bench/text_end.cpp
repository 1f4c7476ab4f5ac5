#include "text_end.hpp"

#include "llm/utterance_end.hpp"

namespace aimpact::bench {

voice::TextEnd load_text_end(const std::filesystem::path& models) {
    auto model = llm::load_llama_model((models / "smollm2-135m" / "model.gguf").string());
    if (!model) return {};
    auto end = llm::UtteranceEnd::make(*std::move(model));
    if (!end) return {};
    return [end = *std::move(end)](std::string_view text) { return end->probability(text); };
}

}  // namespace aimpact::bench
