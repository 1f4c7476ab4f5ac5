// Phones for words that no dictionary has, by rules learned from the dictionaries. The file and the algorithm
// are described where it is made: scripts/models/kokoro_letter_to_sound.py, whose `say` this reproduces.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "voice/tts/phones.hpp"

namespace aimpact::voice {

class LetterToSound {
  public:
    static base::Result<LetterToSound> load(const std::filesystem::path& path);

    // `word` is lower-case a-z. American phones with stress. Empty if the word has other characters.
    Phones say(std::string_view word) const;

  private:
    struct Level {
        std::size_t key_size = 0, left = 0, right = 0, entries = 0, offset = 0;
    };
    // Index stored with `key` in the sorted table, or npos.
    std::size_t lookup(const Level& level, std::string_view key) const;

    std::string data_;
    std::vector<Phones> parts_;
    std::vector<Level> contexts_;
    std::vector<std::string> patterns_;
    std::vector<Level> endings_;
};

}  // namespace aimpact::voice
