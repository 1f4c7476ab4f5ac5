#include "inference/sherpa_model_files.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace fs = std::filesystem;

namespace {

enum class Parts { moonshine_v2, moonshine_v1, transducer, encoder_decoder, one_model };

struct Row {
    SherpaKind kind;
    std::string_view name;
    Parts parts;
    // How the metadata's model_type begins (parted by '|'), and what the folder's name holds.
    std::string_view model_types, folder_names;
};
constexpr std::array<Row, kSherpaKinds> kRows{{
    {SherpaKind::moonshine_v2, "moonshine-v2", Parts::moonshine_v2, "", "moonshine"},
    {SherpaKind::moonshine_v1, "moonshine-v1", Parts::moonshine_v1, "", "moonshine"},
    {SherpaKind::transducer, "transducer", Parts::transducer, "", ""},
    {SherpaKind::whisper, "whisper", Parts::encoder_decoder, "whisper", "whisper"},
    {SherpaKind::canary, "canary", Parts::encoder_decoder, "EncDecMultiTaskModel", "canary"},
    {SherpaKind::fire_red_asr, "fire-red-asr", Parts::encoder_decoder, "fire-red-asr", "fire-red-asr"},
    {SherpaKind::cohere, "cohere-transcribe", Parts::encoder_decoder, "cohere-transcribe", "cohere"},
    {SherpaKind::paraformer, "paraformer", Parts::one_model, "paraformer", "paraformer"},
    // Before nemo-ctc, whose names are the more general ones.
    {SherpaKind::zipformer_ctc, "zipformer-ctc", Parts::one_model, "zipformer2_ctc", "zipformer"},
    {SherpaKind::wenet_ctc, "wenet-ctc", Parts::one_model, "wenet_ctc", "wenet"},
    {SherpaKind::sense_voice, "sense-voice", Parts::one_model, "sense_voice", "sense-voice"},
    {SherpaKind::dolphin, "dolphin", Parts::one_model, "dolphin", "dolphin"},
    {SherpaKind::omnilingual, "omnilingual", Parts::one_model, "omnilingual", "omnilingual"},
    {SherpaKind::medasr, "medasr-ctc", Parts::one_model, "medasr_ctc", "medasr"},
    {SherpaKind::fire_red_asr_ctc, "fire-red-asr-ctc", Parts::one_model, "fire-red-asr-2-ctc",
     "fire-red-asr"},
    {SherpaKind::telespeech_ctc, "telespeech-ctc", Parts::one_model, "telespeech_ctc", "telespeech"},
    {SherpaKind::tdnn, "tdnn", Parts::one_model, "tdnn", "tdnn"},
    {SherpaKind::nemo_ctc, "nemo-ctc", Parts::one_model,
     "EncDecCTCModel|EncDecCTCModelBPE|EncDecHybridRNNTCTCBPEModel", "nemo|parakeet|giga-am"},
}};

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

template <class Match>
bool any_of_parts(std::string_view list, Match match) {
    while (!list.empty()) {
        const auto end = std::min(list.find('|'), list.size());
        if (match(list.substr(0, end))) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

// The words that a file's name is made of: "tiny.en-encoder.int8.onnx" -> tiny en encoder int8.
std::vector<std::string> words_of(const fs::path& file) {
    std::vector<std::string> words(1);
    for (const char c : lower(file.stem().string())) {
        if (c == '.' || c == '-' || c == '_')
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

class Folder {
  public:
    explicit Folder(const fs::path& path) {
        std::error_code ec;
        for (const fs::directory_entry& entry : fs::directory_iterator(path, ec)) {
            if (!entry.is_regular_file(ec)) continue;
            const std::string extension = lower(entry.path().extension().string());
            if (extension == ".onnx" || extension == ".ort") models_.push_back(entry.path());
            const std::string name = lower(entry.path().filename().string());
            if (name == "tokens.txt" || name.ends_with("-tokens.txt")) tokens_.push_back(entry.path());
        }
        // 8 bits first, then by the name: the same choice on every start.
        std::sort(models_.begin(), models_.end(), [](const fs::path& a, const fs::path& b) {
            const bool a8 = has(a, {"int8"}), b8 = has(b, {"int8"});
            return a8 != b8 ? a8 : a.filename() < b.filename();
        });
        std::sort(tokens_.begin(), tokens_.end());
    }
    // The first model whose name has all these words and none of those; empty if there is none.
    fs::path model(std::initializer_list<std::string_view> with,
                   std::initializer_list<std::string_view> without = {}) const {
        for (const fs::path& file : models_) {
            const bool wanted = has(file, with);
            bool barred = false;
            for (const std::string_view word : without) barred = barred || has(file, {word});
            if (wanted && !barred) return file;
        }
        return {};
    }
    fs::path tokens() const { return tokens_.empty() ? fs::path() : tokens_.front(); }
    bool empty() const { return models_.empty(); }

  private:
    static bool has(const fs::path& file, std::initializer_list<std::string_view> wanted) {
        const std::vector<std::string> words = words_of(file);
        return std::all_of(wanted.begin(), wanted.end(), [&](std::string_view one) {
            return std::find(words.begin(), words.end(), one) != words.end();
        });
    }
    std::vector<fs::path> models_, tokens_;
};

Error missing(const fs::path& folder, const std::string& what) {
    return Error{ErrorCode::unavailable, "The speech recognition model in " + folder.string() + " lacks " +
                                             what +
                                             ". Unpack the whole model there, or run scripts/fetch-models."};
}

// What kind.txt says; nothing if there is none.
Result<std::optional<SherpaKind>> stated_kind(const fs::path& folder) {
    std::ifstream in(folder / "kind.txt");
    std::string word;
    if (!in || !(in >> word)) return std::optional<SherpaKind>{};
    std::string all;
    for (const Row& row : kRows) {
        if (row.name == lower(word)) return std::optional<SherpaKind>{row.kind};
        all += (all.empty() ? "" : ", ") + std::string(row.name);
    }
    return Error{ErrorCode::unavailable, (folder / "kind.txt").string() + " says \"" + word.substr(0, 40) +
                                             "\". The kinds are " + all + "."};
}

const Row& row_of(SherpaKind kind) {
    return *std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.kind == kind; });
}

// Which of the kinds that have these parts; `file` is the one whose metadata tells.
Result<SherpaKind> tell_apart(const fs::path& folder, Parts parts, const fs::path& file) {
    if (const std::string type = onnx_metadata(file, "model_type"); !type.empty())
        for (const Row& row : kRows)
            if (row.parts == parts && any_of_parts(row.model_types, [&](std::string_view known) {
                    return type.starts_with(known);
                }))
                return row.kind;
    const std::string name = lower(fs::absolute(folder).lexically_normal().filename().string());
    std::string all;
    for (const Row& row : kRows) {
        if (row.parts != parts) continue;
        if (any_of_parts(row.folder_names,
                         [&](std::string_view known) { return name.find(known) != std::string::npos; }))
            return row.kind;
        all += (all.empty() ? "" : ", ") + std::string(row.name);
    }
    return Error{ErrorCode::unavailable,
                 "The kind of the speech recognition model in " + folder.string() +
                     " cannot be told from its files. Write one of these into a file kind.txt beside them: " +
                     all + "."};
}

Result<SherpaKind> kind_of(const fs::path& folder, const Folder& files) {
    AIMPACT_TRY(const auto stated, stated_kind(folder));
    if (stated) return *stated;
    const fs::path encoder = files.model({"encoder"}), decoder = files.model({"decoder"});
    if (!files.model({"preprocess"}).empty() || !files.model({"uncached"}).empty())
        return SherpaKind::moonshine_v1;
    if (!files.model({"decoder", "merged"}).empty()) return SherpaKind::moonshine_v2;
    if (!files.model({"joiner"}).empty()) return SherpaKind::transducer;
    if (!encoder.empty() || !decoder.empty())
        return tell_apart(folder, Parts::encoder_decoder, encoder.empty() ? decoder : encoder);
    const fs::path model = files.model({});
    if (model.empty()) return missing(folder, "model files (*.onnx or *.ort)");
    return tell_apart(folder, Parts::one_model, model);
}

}  // namespace

std::string_view to_string(SherpaKind kind) {
    return row_of(kind).name;
}

std::vector<fs::path> SherpaModelFiles::all() const {
    std::vector<fs::path> out;
    for (const fs::path& file :
         {preprocessor, encoder, decoder, uncached_decoder, cached_decoder, joiner, model, tokens})
        if (!file.empty()) out.push_back(file);
    return out;
}

Result<SherpaModelFiles> find_sherpa_model(const fs::path& folder) {
    std::error_code ec;
    if (!fs::is_directory(folder, ec))
        return Error{ErrorCode::unavailable,
                     "There is no folder " + folder.string() +
                         " with a speech recognition model. Run scripts/fetch-models, or set "
                         "speech.recognizer to one that is there."};
    const Folder files(folder);
    SherpaModelFiles out;
    AIMPACT_TRY(out.kind, kind_of(folder, files));
    std::string lacks;
    const auto part = [&](fs::path& to, fs::path found, const char* what) {
        to = std::move(found);
        if (to.empty() || fs::file_size(to, ec) == 0 || ec)
            lacks += (lacks.empty() ? "" : ", ") + std::string(what);
    };
    switch (row_of(out.kind).parts) {
        case Parts::moonshine_v2:
            part(out.encoder, files.model({"encoder"}), "an encoder (encoder_model.ort)");
            part(out.decoder, files.model({"decoder", "merged"}),
                 "a merged decoder (decoder_model_merged.ort)");
            break;
        case Parts::moonshine_v1:
            part(out.preprocessor, files.model({"preprocess"}), "a preprocessor (preprocess.onnx)");
            part(out.encoder, files.model({"encode"}), "an encoder (encode.onnx)");
            part(out.uncached_decoder, files.model({"uncached"}),
                 "an uncached decoder (uncached_decode.onnx)");
            part(out.cached_decoder, files.model({"cached"}, {"uncached"}),
                 "a cached decoder (cached_decode.onnx)");
            break;
        case Parts::transducer:
            part(out.encoder, files.model({"encoder"}), "an encoder (encoder.onnx)");
            part(out.decoder, files.model({"decoder"}), "a decoder (decoder.onnx)");
            part(out.joiner, files.model({"joiner"}), "a joiner (joiner.onnx)");
            break;
        case Parts::encoder_decoder:
            part(out.encoder, files.model({"encoder"}), "an encoder (encoder.onnx)");
            part(out.decoder, files.model({"decoder"}), "a decoder (decoder.onnx)");
            break;
        case Parts::one_model:
            part(out.model, files.model({}), "a model (model.onnx)");
            break;
    }
    part(out.tokens, files.tokens(), "tokens.txt");
    if (!lacks.empty()) return missing(folder, lacks + " of the kind " + std::string(to_string(out.kind)));
    return out;
}

}  // namespace aimpact::inference
