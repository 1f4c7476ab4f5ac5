// A text with parts that are said otherwise than written (voice::SaidAs) -> phones for the local voices, or
// words for a synthesiser that takes only text.
//
// Inside, a part that is given as phones stands in the text as one private-use character, which the
// normaliser passes on and the pronouncer replaces; such characters in the text itself are dropped first.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "voice/synthesizer.hpp"
#include "voice/tts/pronouncer.hpp"

namespace aimpact::voice {

// Normalised and pronounced, with the style's lexicon. Parts that don't fit the text are ignored.
// Thread-safe.
Phones spoken_form(const Pronouncer& pronouncer, std::string_view text, const SpeechStyle& style,
                   bool british);

// The same text for a synthesiser without phones: parts with words are replaced, letters are set apart.
std::string words_to_say(std::string_view text, std::span<const SaidAs> parts);

}  // namespace aimpact::voice
