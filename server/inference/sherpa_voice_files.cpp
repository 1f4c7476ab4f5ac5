#include "inference/sherpa_voice_files.hpp"

#include <algorithm>

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace fs = std::filesystem;

namespace {

// The file whose name begins so and is a model; the 8-bit one first, then by the name.
fs::path model(const std::vector<fs::path>& files, std::string_view start) {
    fs::path best;
    const auto is_int8 = [](const fs::path& file) {
        return file.filename().string().find("int8") != std::string::npos;
    };
    for (const fs::path& file : files) {
        const std::string name = file.filename().string();
        if (!name.starts_with(start) || file.extension() != ".onnx") continue;
        if (best.empty() || (is_int8(file) && !is_int8(best))) best = file;
    }
    return best;
}

fs::path named(const std::vector<fs::path>& files, std::string_view name) {
    const auto at =
        std::ranges::find_if(files, [&](const fs::path& file) { return file.filename() == name; });
    return at == files.end() ? fs::path() : *at;
}

}  // namespace

std::string_view to_string(SherpaVoiceKind kind) {
    return kind == SherpaVoiceKind::pocket ? "pocket" : "zipvoice";
}

std::vector<fs::path> SherpaVoiceFiles::all() const {
    std::vector<fs::path> out;
    for (const fs::path* file : {&encoder, &decoder, &lm_main, &lm_flow, &text_conditioner, &vocabulary,
                                 &token_scores, &vocoder, &tokens, &lexicon})
        if (!file->empty()) out.push_back(*file);
    return out;
}

Result<SherpaVoiceFiles> find_sherpa_voice(const fs::path& folder) {
    std::error_code ec;
    std::vector<fs::path> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ec))
        if (entry.is_regular_file(ec) && entry.file_size(ec) > 0) files.push_back(entry.path());
    if (files.empty())
        return Error{ErrorCode::unavailable,
                     "There is no voice model in " + folder.string() +
                         ". Unpack Pocket TTS or ZipVoice for sherpa-onnx there, or clear "
                         "speech.cloning_model."};
    std::sort(files.begin(), files.end());
    SherpaVoiceFiles out;
    out.encoder = model(files, "encoder");
    out.decoder = model(files, "decoder");
    out.lm_main = model(files, "lm_main");
    out.lm_flow = model(files, "lm_flow");
    out.text_conditioner = model(files, "text_conditioner");
    const bool pocket = !out.lm_main.empty() || !out.lm_flow.empty() || !out.text_conditioner.empty();
    out.kind = pocket ? SherpaVoiceKind::pocket : SherpaVoiceKind::zipvoice;
    std::vector<std::pair<const fs::path*, const char*>> parts{{&out.encoder, "encoder*.onnx"},
                                                               {&out.decoder, "decoder*.onnx"}};
    if (pocket) {
        out.vocabulary = named(files, "vocab.json");
        out.token_scores = named(files, "token_scores.json");
        parts.insert(parts.end(), {{&out.lm_main, "lm_main*.onnx"},
                                   {&out.lm_flow, "lm_flow*.onnx"},
                                   {&out.text_conditioner, "text_conditioner*.onnx"},
                                   {&out.vocabulary, "vocab.json"},
                                   {&out.token_scores, "token_scores.json"}});
    } else {
        out.vocoder = model(files, "vocos");
        out.tokens = named(files, "tokens.txt");
        out.lexicon = named(files, "lexicon.txt");
        parts.insert(parts.end(), {{&out.vocoder, "vocos*.onnx (the vocoder)"},
                                   {&out.tokens, "tokens.txt"},
                                   {&out.lexicon, "lexicon.txt"}});
    }
    std::string lacks;
    for (const auto& [file, what] : parts)
        if (file->empty()) lacks += (lacks.empty() ? "" : ", ") + std::string(what);
    if (!lacks.empty())
        return Error{ErrorCode::unavailable, "The voice model in " + folder.string() + " (" +
                                                 std::string(to_string(out.kind)) + ") lacks " + lacks +
                                                 ". Unpack the whole model there."};
    return out;
}

}  // namespace aimpact::inference
