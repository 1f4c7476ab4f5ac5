// Numbers, e-mail addresses and spelled names in a transcript that still grows: is more to come? Pure.
#pragma once

#include <optional>
#include <string_view>

#include "voice/turn_policy.hpp"

namespace aimpact::voice {

// listing, plausible or complete; none where the last words dictate nothing.
std::optional<Ending> dictation_of(std::string_view text, Expected expected);

}  // namespace aimpact::voice
