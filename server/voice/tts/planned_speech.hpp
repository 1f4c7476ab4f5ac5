// Says what was planned: silences as samples, clauses through a synthesiser, in order.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "voice/synthesizer.hpp"
#include "voice/tts/speech_cutter.hpp"

namespace aimpact::voice {

// One clause, like Synthesizer::stream. Its silence comes first, as a chunk without text that doesn't end the
// clause; a clause that is only silence is one chunk.
base::Task<Result<>> stream_planned(Synthesizer& synthesizer, PlannedClause clause,
                                    inference::Priority priority, std::function<void(SpokenChunk)> sink,
                                    std::stop_token stop = {},
                                    std::optional<std::chrono::steady_clock::time_point> needed_at = {});

// The same in one piece.
base::Task<Result<SpokenChunk>> say_planned(Synthesizer& synthesizer, PlannedClause clause,
                                            inference::Priority priority, std::stop_token stop = {});

}  // namespace aimpact::voice
