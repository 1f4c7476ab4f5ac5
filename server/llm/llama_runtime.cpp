#include "llm/llama_runtime.hpp"

#include <filesystem>
#include <mutex>

#include "base/log.hpp"

namespace aimpact::llm {

namespace {
void log_line(ggml_log_level level, const char* text, void*) {
    // The library narrates every load; only its complaints are ours to pass on.
    if (level != GGML_LOG_LEVEL_ERROR && level != GGML_LOG_LEVEL_WARN) return;
    std::string_view line(text);
    while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) return;
    if (level == GGML_LOG_LEVEL_ERROR)
        base::log_error("llama", {{"text", line}});
    else
        base::log_debug("llama", {{"text", line}});
}

void start_library() {
    static std::once_flag started;
    std::call_once(started, [] {
        llama_log_set(log_line, nullptr);
        llama_backend_init();
    });
}
}  // namespace

base::Result<LlamaModelPtr> load_llama_model(const std::string& path) {
    std::error_code ec;
    if (!std::filesystem::is_regular_file(path, ec))
        return base::not_found("There is no model file at " + path +
                               ". Fetch the models (scripts/fetch-models) or set the path of a GGUF file.");
    start_library();
    llama_model_params params = llama_model_default_params();
    params.n_gpu_layers = 0;
    LlamaModelPtr model(llama_model_load_from_file(path.c_str(), params));
    if (!model)
        return base::invalid_argument(
            "The file " + path + " is not a GGUF model that this build can run. Check that it is complete.");
    return model;
}

std::vector<llama_token> tokenize(const llama_vocab* vocab, std::string_view text, bool special) {
    std::vector<llama_token> tokens(text.size() + 8);
    const int count = llama_tokenize(vocab, text.data(), static_cast<int>(text.size()), tokens.data(),
                                     static_cast<int>(tokens.size()), special, special);
    if (count >= 0) {
        tokens.resize(count);
        return tokens;
    }
    tokens.resize(-count);
    llama_tokenize(vocab, text.data(), static_cast<int>(text.size()), tokens.data(),
                   static_cast<int>(tokens.size()), special, special);
    return tokens;
}

std::string token_piece(const llama_vocab* vocab, llama_token token) {
    char small[64];
    const int length = llama_token_to_piece(vocab, token, small, sizeof small, 0, false);
    if (length >= 0) return std::string(small, length);
    std::string piece(-length, '\0');
    llama_token_to_piece(vocab, token, piece.data(), static_cast<int>(piece.size()), 0, false);
    return piece;
}

std::string model_meta(const llama_model* model, const char* key) {
    const int length = llama_model_meta_val_str(model, key, nullptr, 0);
    if (length < 0) return {};
    std::string value(length + 1, '\0');
    llama_model_meta_val_str(model, key, value.data(), value.size());
    value.resize(length);
    return value;
}

int Batch::add(llama_token token, llama_pos pos, llama_seq_id sequence, bool output) {
    const int i = batch_.n_tokens++;
    batch_.token[i] = token;
    batch_.pos[i] = pos;
    batch_.n_seq_id[i] = 1;
    batch_.seq_id[i][0] = sequence;
    batch_.logits[i] = output;
    return i;
}

}  // namespace aimpact::llm
