#include "voice/tts/emphasis.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "voice/tts/emotion.hpp"

namespace aimpact::voice {
namespace {

Emphasis emphasis_of(std::string_view level) {
    if (level == "+2") return {.length = 1.3, .semitones = 4.5, .effort_db = 4, .gain_db = 3};
    if (level == "+1") return {.length = 1.18, .semitones = 2.5, .effort_db = 2.5, .gain_db = 1.5};
    if (level == "-1") return {.length = 0.9, .semitones = -1.5, .effort_db = -4, .gain_db = -2};
    return {};
}

// Of all the emphasis at place `i` of `size`: broad, and without a step at the edges.
double share(std::size_t i, std::size_t size) {
    const double position = (static_cast<double>(i) + 0.5) / static_cast<double>(size);
    return std::sqrt(std::sin(std::numbers::pi * position));
}

}  // namespace

std::vector<Emphasis> emphases(std::span<const WrittenWord> words, std::span<const SaidAs> parts) {
    std::vector<Emphasis> out(words.size());
    for (std::size_t i = 0; i < words.size(); ++i)
        for (const SaidAs& part : parts)
            if (part.how == SaidAs::How::stress && part.begin < words[i].end && words[i].begin < part.end)
                out[i] = emphasis_of(part.said);
    return out;
}

void emphasise(std::span<float> f0, std::span<float> energy, const Emphasis& emphasis) {
    const std::size_t size = std::min(f0.size(), energy.size());
    for (std::size_t i = 0; i < size; ++i) {
        const double part = share(i, size);
        energy[i] += static_cast<float>(part * emphasis.effort_db * std::numbers::ln10 / 20);
        if (f0[i] <= kVoicedHz) continue;
        const auto hz = static_cast<float>(f0[i] * std::exp2(part * emphasis.semitones / 12));
        // What is outside already, since the whole was transposed, stays so.
        f0[i] = std::clamp(hz, std::min(kLowestHz, f0[i]), std::max(kHighestHz, f0[i]));
    }
}

void emphasise(std::span<float> samples, std::size_t from, std::size_t length, const Emphasis& emphasis) {
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] *= static_cast<float>(std::pow(10, share(from + i, length) * emphasis.gain_db / 20));
}

}  // namespace aimpact::voice
