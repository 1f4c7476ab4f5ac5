// A small dictionary of names and brands on top of misaki's; the entries are in name_phones.inc.
#pragma once

#include <string_view>

#include "voice/tts/phones.hpp"

namespace aimpact::voice {

// American phones of a name in lower case, or empty.
std::u32string_view name_phones(std::string_view lower_case_word);

}  // namespace aimpact::voice
