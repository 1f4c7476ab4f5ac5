// What the rules of turn-taking can see at each pause of a recording: their numbers are made from it.
#pragma once

#include <boost/json.hpp>
#include <span>

#include "inference/scheduler.hpp"
#include "voice/hearing.hpp"

namespace aimpact::bench {

// {"end_ms", "vad", "db", "pauses": [{"first_frame", "end_frame", "speech_frames", "resumed", "text",
// "text_end", "checks": {silent frames: the turn model's answer}}]}. `end_ms`: the true end, given back.
boost::json::object trace_pauses(const voice::Hearing& hearing, voice::Recognizer& recognizer,
                                 std::span<const float> samples_16k, double end_ms);

}  // namespace aimpact::bench
