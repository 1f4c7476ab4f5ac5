// A text of any length, spoken: cut into clauses as it is read, the next one being made while the one before
// is taken. What is held at any time is a few clauses, however long the text.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "base/async.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::voice {

// Synthesizer::speak by means of Synthesizer::stream, which must outlive it. A further clause isn't begun
// while more than a few chunks wait to be taken.
base::Task<Result<>> read_clauses(Synthesizer& synthesizer, std::string text, SpeechStyle style,
                                  inference::Priority priority,
                                  std::function<base::Task<Result<>>(SpokenChunk)> sink,
                                  std::stop_token stop);

}  // namespace aimpact::voice
