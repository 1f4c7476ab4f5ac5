#include "voice/tts/speech_window.hpp"

#include <algorithm>

namespace aimpact::voice {
namespace {

constexpr float kSpeechEnergy = -4;  // silence lies at -9, the weakest fricatives at -2
constexpr int kMarginFrames = 3;     // an onset is heard before its energy rises
constexpr int kContextFrames = 8;    // decoded on both sides of a cut and thrown away
constexpr int kKeptMax = kWindowFramesMax - 2 * kContextFrames;

float energy_of(std::span<const float> energy, int frame) {
    const auto i = static_cast<std::size_t>(2 * frame);
    return (energy[i] + energy[i + 1]) / 2;
}

// Widens [begin, end) to an allowed size: into what follows, then into what precedes, then past the end.
SpeechWindow widened(int begin, int end, int frames) {
    const int count = window_size(end - begin);
    const int after = std::min(frames - end, count - (end - begin));
    const int before = std::min(begin, count - (end - begin) - after);
    return {begin - before, count, 0, count};
}

}  // namespace

const std::vector<int>& window_sizes() {
    static const std::vector<int> sizes = {160, 128, 96, 80, 64, 48, 40, 32};
    return sizes;
}

int window_size(int frames) {
    const auto& sizes = window_sizes();
    for (auto it = sizes.rbegin(); it != sizes.rend(); ++it) {
        if (*it >= frames) return *it;
    }
    return kWindowFramesMax;
}

std::vector<SpeechWindow> speech_windows(std::span<const float> energy) {
    const int frames = static_cast<int>(energy.size() / 2);
    int first = frames, last = -1;
    for (int f = 0; f < frames; ++f) {
        if (energy_of(energy, f) <= kSpeechEnergy) continue;
        first = std::min(first, f);
        last = f;
    }
    if (last < 0) return {widened(0, std::min(frames, kWindowFramesMax), frames)};
    const int begin = std::max(0, first - kMarginFrames), end = std::min(frames, last + 1 + kMarginFrames);
    if (end - begin <= kWindowFramesMax) return {widened(begin, end, frames)};

    std::vector<SpeechWindow> out;
    int from = begin;
    while (from < end) {
        int cut = end;
        if (end - from > kKeptMax) {
            // Even parts, each cut where it is quietest nearby.
            const int parts = (end - from + kKeptMax - 1) / kKeptMax;
            const int aim = from + (end - from) / parts;
            const int low = std::max(from + kKeptMax / 4, aim - kKeptMax / 3),
                      high = std::min(from + kKeptMax, aim + kKeptMax / 3);
            cut = low;
            for (int f = low; f < high; ++f) {
                if (energy_of(energy, f) < energy_of(energy, cut)) cut = f;
            }
        }
        const int left = std::max(0, from - (from > begin ? kContextFrames : 0)),
                  right = std::min(frames, cut + (cut < end ? kContextFrames : 0));
        SpeechWindow w = widened(left, right, frames);
        if (from > begin) w.keep_from = from - w.begin;
        if (cut < end) w.keep_to = cut - w.begin;
        out.push_back(w);
        from = cut;
    }
    return out;
}

}  // namespace aimpact::voice
