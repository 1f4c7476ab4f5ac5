#include "voice/tts/speech_window.hpp"

#include <algorithm>

namespace aimpact::voice {
namespace {

constexpr float kSpeechEnergy = -4;  // silence lies at -9, the weakest fricatives at -2
constexpr int kMarginFrames = 3;     // an onset is heard before its energy rises

int round_up(int n, int step) {
    return (n + step - 1) / step * step;
}

}  // namespace

int window_size(int frames) {
    frames = std::max(frames, 16);
    if (frames <= 64) return round_up(frames, 8);
    if (frames <= 256) return round_up(frames, 16);
    return round_up(frames, 32);
}

std::vector<int> warm_window_sizes() {
    return {24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192};
}

SpeechWindow speech_window(std::span<const float> energy) {
    const int frames = static_cast<int>(energy.size() / 2);
    int first = frames, last = -1;
    for (int f = 0; f < frames; ++f) {
        const auto i = static_cast<std::size_t>(2 * f);
        if ((energy[i] + energy[i + 1]) / 2 <= kSpeechEnergy) continue;
        first = std::min(first, f);
        last = f;
    }
    if (last < 0) return {0, window_size(frames)};
    const int begin = std::max(0, first - kMarginFrames), end = std::min(frames, last + 1 + kMarginFrames);
    const int count = window_size(end - begin);
    // The rest goes to the silence after, then to the silence before.
    const int after = std::min(frames - end, count - (end - begin));
    const int before = std::min(begin, count - (end - begin) - after);
    return {begin - before, count};
}

}  // namespace aimpact::voice
