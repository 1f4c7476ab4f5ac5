// A light guess of what a word is in its sentence, from its neighbours. It decides only between the
// pronunciations of the 790 dictionary words that depend on it ("to record" / "a record"), so it asks for the
// clear cases and leaves the rest to the dictionary's default.
#pragma once

#include <span>
#include <string>

#include "voice/tts/phone_dictionary.hpp"

namespace aimpact::voice {

// `words`: the clause's words in lower case; punctuation stands as an empty string.
WordClass guess_word_class(std::span<const std::string> words, std::size_t at);

}  // namespace aimpact::voice
