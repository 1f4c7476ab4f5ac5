// The sentence with which somebody consents to a voice made after theirs, and whether a transcript is that
// sentence. Pure.
//
// The words are those of OpenAI's consent phrase, with the name of who may make the voice in one place: this
// product, the organisation, or "OpenAI", so that a recording made for OpenAI serves here as well. The name
// is compared by its letters, loosely, since recognisers write names as they please.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aimpact::voice {

using base::Error;
using base::Result;

// Share of the phrase's words (without the name) that may be heard otherwise, be missing or be too many.
inline constexpr double kConsentWordErrorMax = 0.25;
// How alike the letters of the name must be to one of those accepted: 0 .. 1.
inline constexpr double kConsentNameLikenessMin = 0.5;
inline constexpr const char* kProductName = "AImpact";

// The languages that there is a phrase in: "de", "en", ...
std::vector<std::string_view> consent_languages();
// The phrase with `name` in it. `language` is a BCP 47 tag, of which the first part counts; empty if there is
// no phrase in that language.
std::string consent_phrase(std::string_view language, std::string_view name);

struct ConsentMatch {
    double word_error_rate = 0;
    double name_likeness = 0;  // of the accepted name that fits best
    std::string name;          // that one
};
// invalid_argument, and what to say, unless `transcript` is the phrase with one of `names` in it: too many
// words are others, a word that carries the meaning is missing, a word denies it, or somebody else is named.
Result<ConsentMatch> match_consent(std::string_view transcript, std::string_view language,
                                   std::span<const std::string> names);

// For tests: the words of a text in lower case, without punctuation; "don't" is "dont".
std::vector<std::string> consent_words(std::string_view text);

}  // namespace aimpact::voice
