// Which frames of an utterance to decode. The model plans about a third of a second of silence at both ends;
// the predicted energy says where speech is, so that silence is neither decoded nor heard. A window's size is
// rounded up to one of a few, since each new shape costs the decoder 0.1 s and 4 to 8 MB, and bounded, since
// the decoder's memory grows with it: long utterances are cut where they are quietest.
#pragma once

#include <span>
#include <vector>

namespace aimpact::voice {

inline constexpr int kWindowFramesMax = 160;  // 4 s

struct SpeechWindow {
    int begin = 0;      // first frame to decode
    int count = 0;      // frames to decode; may reach past the utterance's end, where silence goes on
    int keep_from = 0;  // of the decoded frames, those that are used: [keep_from, keep_to)
    int keep_to = 0;
};

// `energy` holds two values a frame. In order; at least one.
std::vector<SpeechWindow> speech_windows(std::span<const float> energy);

// The smallest allowed size that holds `frames` (at most kWindowFramesMax).
int window_size(int frames);
// All of them, the largest first: so warmed, the decoder's buffers are allocated once.
const std::vector<int>& window_sizes();

}  // namespace aimpact::voice
