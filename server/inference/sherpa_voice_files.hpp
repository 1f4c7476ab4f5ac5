// Which zero-shot voice model of sherpa-onnx a folder holds, and which of its files plays which part. The
// folders that sherpa-onnx offers for download are taken as they are:
//
//   Pocket TTS  lm_main*.onnx, lm_flow*.onnx, encoder*.onnx, decoder*.onnx, text_conditioner*.onnx,
//   vocab.json,
//               token_scores.json
//   ZipVoice    encoder*.onnx, decoder*.onnx, vocos*.onnx (the vocoder, put beside them), tokens.txt,
//   lexicon.txt
//
// Where a part is there in several precisions the 8-bit one is taken.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {

enum class SherpaVoiceKind { pocket, zipvoice };
std::string_view to_string(SherpaVoiceKind kind);  // "pocket", "zipvoice"

struct SherpaVoiceFiles {
    SherpaVoiceKind kind = SherpaVoiceKind::pocket;
    // Empty where the kind has no such part.
    std::filesystem::path encoder, decoder;
    std::filesystem::path lm_main, lm_flow, text_conditioner, vocabulary, token_scores;  // Pocket TTS
    std::filesystem::path vocoder, tokens, lexicon;                                      // ZipVoice
    std::vector<std::filesystem::path> all() const;
};

// `unavailable` names what is missing, or says what a folder may hold.
base::Result<SherpaVoiceFiles> find_sherpa_voice(const std::filesystem::path& folder);

}  // namespace aimpact::inference
