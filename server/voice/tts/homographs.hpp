// Words that are said in two ways where the word class doesn't decide, by the words around them: lead
// (metal), bass (fish), bow, does (deer), resume, produce, dove.
#pragma once

#include <span>
#include <string>

#include "voice/tts/phones.hpp"

namespace aimpact::voice {

// American phones of words[at] in this sentence, or empty: as the dictionary has it. `words`: the clause in
// lower case; punctuation stands as an empty string.
Phones homograph(std::span<const std::string> words, std::size_t at);

}  // namespace aimpact::voice
