#include "text_end.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "llm/utterance_end.hpp"

namespace aimpact::bench {

namespace {
[[noreturn]] void fail(const base::Error& error) {
    fmt::print(stderr, "the text can't be read ({} {}); --no-text goes without\n", error.message,
               error.detail);
    std::exit(base::exit_code(error.code));
}
}  // namespace

voice::TextEnd load_text_end(const std::filesystem::path& models) {
    auto model = llm::load_llama_model((models / "smollm2-135m" / "model.gguf").string());
    if (!model) fail(model.error());
    auto end = llm::UtteranceEnd::make(*std::move(model));
    if (!end) fail(end.error());
    return [end = *std::move(end)](std::string_view text) { return end->probability(text); };
}

}  // namespace aimpact::bench
