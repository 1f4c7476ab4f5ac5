// Emotions as they are told on the wire and written down, and how a recording is said.
#pragma once

#include <optional>
#include <vector>

#include "agents/turn_quality.hpp"
#include "base/async.hpp"
#include "voice/emotion/emotion_hearing.hpp"
#include "voice/recognizer.hpp"

namespace aimpact::realtime {

// Rounded to three places.
agents::HeardEmotion heard_emotion(const voice::EmotionEstimate& estimate);

// How a recording is said: each segment in order, and the whole, in which a segment counts by the speech that
// it was judged by. Empty: too little speech (0.6 s) to judge.
struct RecordingEmotions {
    std::optional<agents::HeardEmotion> whole;
    std::vector<std::optional<agents::HeardEmotion>> segments;
};
// `unavailable` without the model.
base::Task<base::Result<RecordingEmotions>> hear_recording(voice::EmotionHearing& hearing,
                                                           std::vector<float> samples_16k,
                                                           std::vector<voice::Segment> segments);

}  // namespace aimpact::realtime
