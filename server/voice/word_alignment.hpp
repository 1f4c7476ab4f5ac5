// When each word of a transcript was said, from the attention of the recogniser's decoder: its peak for a
// word's first token is the word's start (of all paths that never go back the likeliest one), its end is the
// next word's start, or where the sound falls silent before that. Against a forced alignment of read speech
// starts are 24 ms off in the median, 76 ms at the 90th percentile; one step is 24 ms.
#pragma once

#include <span>
#include <vector>

#include "inference/moonshine.hpp"
#include "voice/recognizer.hpp"

namespace aimpact::voice {

// Of `tokens` in `audio`, the utterance that the session has encoded last. Positions are seconds from its
// first sample; a word's confidence is the mean probability of its tokens.
base::Result<std::vector<Word>> align_words(const inference::Moonshine& model,
                                            inference::Moonshine::Session& session,
                                            std::span<const std::int64_t> tokens,
                                            std::span<const float> audio);

// The frame of each token: the path through `attention` ([tokens, frames], row by row) with the greatest
// product of values whose frames never go back.
std::vector<std::size_t> monotone_peaks(std::span<const float> attention, std::size_t tokens,
                                        std::size_t frames);

}  // namespace aimpact::voice
