// What an expressive agent's model is told of the tags that it may write (docs/EMOTION.md).
#pragma once

#include <string>

namespace aimpact::agents {

// At the end, as a paragraph of its own: what comes before stays the same for the model's cache.
void add_expressive_note(std::string& instructions);

}  // namespace aimpact::agents
