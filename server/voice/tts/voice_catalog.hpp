// The voices of Kokoro-82M v1.0 in languages that can be pronounced here, 28 of them English, and the nearest
// name to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voice/synthesizer.hpp"

namespace aimpact::voice {

std::vector<Voice> kokoro_voices();
// The stock voice whose language and accent a style is spoken in.
std::string_view pronounced_as(const SpeechStyle& style);
// British voices are named b*.
bool is_british(std::string_view voice_id);
// A man's: the second letter says so.
bool is_man(std::string_view voice_id);
// What espeak-ng calls the voice's language, if that is what pronounces it; empty for English.
std::string_view espeak_language(std::string_view voice_id);
// The entry of `names` with the smallest edit distance to `name`; names must not be empty.
std::string nearest_name(std::string_view name, std::span<const std::string> names);

}  // namespace aimpact::voice
