// OpenAI's voice names, and who speaks for them here; words for emotions in free-text instructions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aimpact::realtime {

// The voice id behind an OpenAI name ("alloy"); any other name is returned as it is.
std::string voice_of_alias(std::string_view name);

// The first word of `instructions` that names one of `emotions`, or a form or near synonym of it
// ("cheerfully", "excited"): its emotion. Empty if there is none.
std::string emotion_in(std::string_view instructions, const std::vector<std::string>& emotions);

}  // namespace aimpact::realtime
