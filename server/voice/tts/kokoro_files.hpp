// Kokoro's small files, and text and samples cut to what its stages take.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "voice/tts/kokoro_stages.hpp"
#include "voice/tts/phones.hpp"

namespace aimpact::voice {

inline constexpr std::size_t kStyleRows = 510, kStyleRow = 2 * kStyleSize;
// Number of tokens whose acoustic style a voice always has (scripts/models/kokoro_norms.py measures with it).
inline constexpr std::size_t kAcousticTokens = 50;

// What the model knows of a voice: a style for each number of tokens, [510, 256], and the generator's norms.
struct VoiceData {
    std::vector<float> styles;
    Norms norms;
};
// `folder` is the model's. `unavailable` if a file is missing or short.
base::Result<VoiceData> read_voice(const std::filesystem::path& folder, const std::string& voice);

// The compiled-in phone table must be the installed model's (vocab.json).
base::Result<> check_vocabulary(const std::filesystem::path& path);

// What is synthesised at once.
struct Piece {
    std::vector<std::int64_t> tokens;
    std::vector<int> words;  // of each token, by index; -1: a space or a mark
};
// Pieces of at most 200 tokens (about 12 s of speech), cut after a mark or else at a space. None for phones
// without a sound. `words`: of each phone.
std::vector<Piece> cut_into_pieces(const Phones& phones, std::span<const int> words);

// How much of `text`, in bytes, belongs to the first `share` (0 .. 1) of its sound: whole words with the
// white space after them, counted by characters. All of it from 1 on.
std::size_t spoken_length(std::string_view text, double share);

}  // namespace aimpact::voice
