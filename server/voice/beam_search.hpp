// Recognition by beam search: several beginnings of a transcript are kept at a time instead of the likeliest
// token each time. Blocking: runs inside a Scheduler job.
#pragma once

#include <span>
#include <vector>

#include "base/error.hpp"
#include "inference/moonshine.hpp"

namespace aimpact::voice {

struct BeamOptions {
    int beams = 4;
    // A hypothesis' score is its log-probability over its length to this power: without it short ones win.
    double length_power = 0.5;
    double tokens_per_second_max = 6.5;  // more is no speech (voice/guard.hpp)
    // The pace of a second rendition, averaged with the first; 0 for none. Slower is safer than faster.
    double second_pace = 0.95;
};

struct Hypothesis {
    std::vector<std::int64_t> tokens;
    std::vector<float> log_probabilities;  // of each token, then of the end
    double score = 0;
};

// The likeliest transcripts of one utterance (16 kHz), best first, at least one. The session keeps the
// encoded utterance, for scores.
base::Result<std::vector<Hypothesis>> beam_search(inference::Moonshine::Session& session,
                                                  std::span<const float> audio,
                                                  const BeamOptions& options = {});

}  // namespace aimpact::voice
