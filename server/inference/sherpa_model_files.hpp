// What kind of model a folder holds, and which of its files plays which part: the folders that sherpa-onnx
// offers for download are taken as they are. docs/MODELS.md has the table.
//
// The kind is known by the parts that are there. Kinds that are a single model file (and encoder-decoder
// pairs) look alike: they are told apart by the model_type that the file's own metadata names, else by the
// folder's name, else by what a file "kind.txt" in the folder says.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {

enum class SherpaKind {
    moonshine_v2,  // encoder, merged decoder
    moonshine_v1,  // preprocessor, encoder, uncached and cached decoder
    transducer,    // encoder, decoder, joiner; zipformer, conformer, NeMo (also Parakeet TDT)
    whisper,       // encoder, decoder
    canary,        // encoder, decoder
    fire_red_asr,  // encoder, decoder
    cohere,        // encoder, decoder
    paraformer,    // the rest: one model
    nemo_ctc,
    zipformer_ctc,
    wenet_ctc,
    sense_voice,
    dolphin,
    omnilingual,
    medasr,
    fire_red_asr_ctc,
    telespeech_ctc,
    tdnn,
};
inline constexpr std::size_t kSherpaKinds = 18;
std::string_view to_string(SherpaKind kind);  // "moonshine-v2": what kind.txt holds

struct SherpaModelFiles {
    SherpaKind kind = SherpaKind::moonshine_v2;
    // Empty where the kind has no such part.
    std::filesystem::path encoder, decoder, joiner;
    std::filesystem::path preprocessor, uncached_decoder, cached_decoder;  // moonshine v1
    std::filesystem::path model;                                           // kinds of one file
    std::filesystem::path tokens;
    // Those that are there, in a fixed order: what a check of the folder remembers.
    std::vector<std::filesystem::path> all() const;
};

// Where a part is there in several precisions the 8-bit one is taken. `unavailable` names what is missing, or
// the kinds that the folder may hold and how to say which.
base::Result<SherpaModelFiles> find_sherpa_model(const std::filesystem::path& folder);

// The value of a key of an ONNX file's metadata, without reading the weights; empty if there is none, or if
// this is no ONNX file.
std::string onnx_metadata(const std::filesystem::path& file, std::string_view key);

}  // namespace aimpact::inference
