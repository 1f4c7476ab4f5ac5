#include "voice/tts/speech_window.hpp"

#include <algorithm>

namespace aimpact::voice {
namespace {

// Sound is some two frames ahead of its energy: heard before it rises, over before it falls.
constexpr int kFramesBefore = 3, kFramesAfter = 1;
constexpr int kSpanStep = 8, kSpanMin = 32;
// What the first windows keep: half a second, then a second, then as much as fits between two contexts. Each
// fills an allowed size.
constexpr int kFirstKept = 20, kSecondKept = 40;
constexpr int kWordMax = 40;  // a span this short is heard as soon in one window, for two thirds of the work
constexpr int kShortest = 8;  // a rest of fewer frames goes with the window before, if it has room

int size_for(int frames) {
    const auto& sizes = window_sizes();
    for (auto it = sizes.rbegin(); it != sizes.rend(); ++it) {
        if (*it >= frames) return *it;
    }
    return kWindowFramesMax;
}

}  // namespace

const std::vector<int>& window_sizes() {
    static const std::vector<int> sizes = {64, 48, 40, 32, 24};
    return sizes;
}

SpeechSpan speech_span(std::span<const float> energy) {
    const int frames = static_cast<int>(energy.size() / 2);
    int first = frames, last = -1;
    for (int f = 0; f < frames; ++f) {
        const auto i = static_cast<std::size_t>(2 * f);
        if ((energy[i] + energy[i + 1]) / 2 <= kSpeechEnergy) continue;
        first = std::min(first, f);
        last = f;
    }
    int begin = 0, end = frames;
    if (last >= 0) {
        begin = std::max(0, first - kFramesBefore);
        end = std::min(frames, last + 1 + kFramesAfter);
    }
    // Widened to an allowed size: into what follows, then into what precedes, then past the end.
    const int count = std::max(kSpanMin, (end - begin + kSpanStep - 1) / kSpanStep * kSpanStep);
    const int after = std::min(frames - end, count - (end - begin));
    const int before = std::min(begin, count - (end - begin) - after);
    return {begin - before, count};
}

std::vector<SpeechWindow> speech_windows(int frames) {
    std::vector<SpeechWindow> out;
    int from = 0;
    while (from < frames) {
        const int left = std::min(from, kContextFrames);
        int kept = out.empty()       ? kFirstKept
                   : out.size() == 1 ? kSecondKept
                                     : kWindowFramesMax - 2 * kContextFrames;
        const int rest = frames - from;
        if (rest <= kept || frames <= kWordMax ||
            (rest < kept + kShortest && rest + left <= kWindowFramesMax))
            kept = rest;
        const int to = from + kept, right = std::min(frames - to, kContextFrames);
        SpeechWindow w;
        w.count = size_for(left + kept + right);
        // More context in front where there is nothing behind: a span is never shorter than a window.
        w.begin = std::max(0, std::min(from - left, frames - w.count));
        w.keep_from = from - w.begin;
        w.keep_to = to - w.begin;
        out.push_back(w);
        from = to;
    }
    return out;
}

}  // namespace aimpact::voice
