// Kokoro's small files, and text and samples cut to what its stages take.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/error.hpp"
#include "voice/tts/kokoro_stages.hpp"
#include "voice/tts/phones.hpp"
#include "voice/tts/speech_window.hpp"

namespace aimpact::voice {

inline constexpr std::size_t kStyleRows = 510, kStyleRow = 2 * kStyleSize;

// A voice: one style for each number of tokens, [510, 256] floats. `unavailable` if the file is missing or
// short.
base::Result<std::vector<float>> read_styles(const std::filesystem::path& path);

// The compiled-in phone table must be the installed model's (vocab.json).
base::Result<> check_vocabulary(const std::filesystem::path& path);

// Pieces of at most 200 tokens (about 12 s of speech), cut after a mark or else at a space. None for phones
// without a sound.
std::vector<std::vector<std::int64_t>> cut_into_pieces(const Phones& phones);

// Appends the used frames of a decoded window, crossfaded into what came before over 10 ms of what both have.
void append_window(std::vector<float>& out, const std::vector<float>& samples, const SpeechWindow& window);

}  // namespace aimpact::voice
