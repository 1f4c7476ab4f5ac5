// How fast somebody speaks.
#pragma once

#include <optional>
#include <string_view>

namespace aimpact::voice {

// Runs of characters between white space that hold a letter or a digit (any byte beyond ASCII counts as one).
int count_words(std::string_view text);

// Nothing for less than three words or a second: that says nothing about a pace.
std::optional<double> words_per_minute(int words, double speech_ms);

}  // namespace aimpact::voice
