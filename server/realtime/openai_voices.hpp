// OpenAI's voice names, and who speaks for them here; words for emotions in free-text instructions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "voice/synthesizer.hpp"

namespace aimpact::realtime {

// The voice id behind an OpenAI name ("alloy"); any other name is returned as it is.
std::string voice_of_alias(std::string_view name);
// The same, but a name that one of `synthesizer`'s own voices has is that voice's (a remote engine may be
// OpenAI's).
std::string voice_of(const voice::Synthesizer& synthesizer, std::string_view name);

// The first word of `instructions` that names one of `emotions`, or a form or near synonym of it
// ("cheerfully", "excited"): its emotion. Empty if there is none.
std::string emotion_in(std::string_view instructions, const std::vector<std::string>& emotions);

}  // namespace aimpact::realtime
