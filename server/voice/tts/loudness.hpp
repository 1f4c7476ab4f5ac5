// Level of spoken clauses and the pauses between them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace aimpact::voice {

// Integrated loudness in LUFS by ITU-R BS.1770-4 (K-weighting, gated blocks of 400 ms); audio shorter than a
// block is one block. -120 for silence.
double loudness_lufs(std::span<const float> samples, int sample_rate);

// Seconds of silence that belong after `clause` for the mark that it ends with.
double pause_after(std::string_view clause);

}  // namespace aimpact::voice
