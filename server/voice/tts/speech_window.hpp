// Which frames of an utterance to make samples of, and in which steps. The model plans about a third of a
// second of silence at both ends; the predicted energy says where speech is, so that no samples are made of
// silence.
//
// The decoder's features are made of the whole utterance with its silence, as the model learnt it; samples
// are generated in windows, the first one short, so that it is heard soon. With given norms a window is the
// same as that part of the whole, if it has a few frames of context on both sides (the generator's receptive
// field), so cuts may be anywhere. Sizes are few, since each new shape costs 0.1 s and some megabytes, and
// bounded, since the generator's memory grows with them.
#pragma once

#include <span>
#include <vector>

namespace aimpact::voice {

inline constexpr int kWindowFramesMax = 64;  // 1.6 s
inline constexpr int kContextFrames = 4;
inline constexpr float kSpeechEnergy = -4;  // silence lies at -9, the weakest fricatives at -2

// Frames [begin, begin + count) of the utterance hold its speech; count is a multiple of 8, at least 32, and
// may reach past the utterance's end, where silence goes on.
struct SpeechSpan {
    int begin = 0, count = 0;
};
// `energy` holds two values a frame; at least one frame.
SpeechSpan speech_span(std::span<const float> energy);

struct SpeechWindow {
    int begin = 0;      // first frame to generate, of a span
    int count = 0;      // one of window_sizes()
    int keep_from = 0;  // of these, those that are used: [keep_from, keep_to)
    int keep_to = 0;
};

// For a span of `frames` frames, in order; what is kept joins without a gap.
std::vector<SpeechWindow> speech_windows(int frames);

// All sizes, the largest first: so warmed, the generator's buffers are allocated once.
const std::vector<int>& window_sizes();

}  // namespace aimpact::voice
