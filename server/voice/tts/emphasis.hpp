// Emphasis of words by what listeners take for it: length, pitch and loudness (D. B. Fry, "Experiments in the
// perception of stress", 1958). The phones' stress alone hardly moves the model. Pure.
#pragma once

#include <span>
#include <vector>

#include "voice/synthesizer.hpp"
#include "voice/tts/word_times.hpp"

namespace aimpact::voice {

struct Emphasis {
    double length = 1;     // factor on the word's durations
    double semitones = 0;  // at its middle
    double effort_db = 0;  // of the planned energy, of which the voice makes more or less
    double gain_db = 0;    // of the samples
    bool operator==(const Emphasis&) const = default;
};

// Of each of the `words` of a text by its parts (SaidAs::How::stress), which may cover several words.
std::vector<Emphasis> emphases(std::span<const WrittenWord> words, std::span<const SaidAs> parts);

// Pitch in Hz and energy (natural logarithm of a level), two values a frame, of a word's frames: raised
// towards its middle, level at its edges. Unvoiced pitch stays; the rest isn't moved beyond 60 .. 520 Hz.
void emphasise(std::span<float> f0, std::span<float> energy, const Emphasis& emphasis);

// The same for the samples `from` .. of a word that has `length` of them.
void emphasise(std::span<float> samples, std::size_t from, std::size_t length, const Emphasis& emphasis);

}  // namespace aimpact::voice
