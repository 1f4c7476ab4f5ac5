// Phones as people write them (IPA, X-SAMPA) -> as the local voices take them.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "voice/tts/phones.hpp"
#include "voice/tts/pronouncer.hpp"

namespace aimpact::voice {

// `alphabet`: "ipa", "x-sampa", or "kokoro" / "misaki" (the voices' own symbols). invalid_argument names the
// symbol that isn't known.
base::Result<Phones> read_phones(std::string_view text, std::string_view alphabet, Accent accent);

}  // namespace aimpact::voice
