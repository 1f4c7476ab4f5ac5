// The terms in a transcription's `prompt`: names and words that the recording is likely to hold, as clients
// of OpenAI's API list them ("Nguyen, Kubernetes, ZyntriQix"). Pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "voice/vocabulary.hpp"

namespace aimpact::realtime {

// Split at commas, semicolons and line breaks; what stands before a colon ("Glossary:") is left out. A prompt
// may also be prose (the text before this recording): its pieces are long, and it has no terms. So a piece of
// more than four words is none, and if half of the pieces are such, the others aren't either.
std::vector<std::string> prompt_terms(std::string_view prompt);

// `words` and the prompt's terms; `words` itself if there are none. May be null, and so may the result.
std::shared_ptr<const voice::Vocabulary> with_prompt(std::shared_ptr<const voice::Vocabulary> words,
                                                     std::string_view prompt);

}  // namespace aimpact::realtime
