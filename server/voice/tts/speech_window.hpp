// Which frames of an utterance to decode. The model plans about a third of a second of silence at both ends;
// the predicted energy says where speech is, so that silence is neither decoded nor heard. The number of
// frames is rounded up to one of a few sizes, since each new shape costs the decoder a compilation of 0.1 s.
#pragma once

#include <span>
#include <vector>

namespace aimpact::voice {

struct SpeechWindow {
    int begin = 0;  // frame
    int count = 0;  // frames; may reach past the end, where silence goes on
};

// `energy` holds two values a frame.
SpeechWindow speech_window(std::span<const float> energy);

// The smallest allowed size that holds `frames`.
int window_size(int frames);
// The sizes that clauses of usual length need.
std::vector<int> warm_window_sizes();

}  // namespace aimpact::voice
