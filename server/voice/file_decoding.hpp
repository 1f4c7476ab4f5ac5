// Decodes the utterances of a recording on as many workers as there are, and hands them over in order.
#pragma once

#include <functional>

#include "voice/guarded_decoder.hpp"

namespace aimpact::voice {

// Runs decode(0) .. decode(count - 1) as Scheduler jobs, at most one per worker at a time, so that other work
// of the same priority gets its turn between them. `on_piece` is called on the awaiting coroutine, in order.
// `overloaded` if the queue is full at the start. `cancelled` if stopped.
base::Task<Result<>> decode_in_order(inference::Scheduler& scheduler, inference::Priority priority,
                                     std::stop_token stop, std::size_t count,
                                     std::function<Piece(std::size_t)> decode,
                                     std::function<void(Piece)> on_piece);

}  // namespace aimpact::voice
