// What a speech document or a reply with tags says, piece by piece: text in a style, and silences.
#pragma once

#include <string>

#include "voice/synthesizer.hpp"

namespace aimpact::voice {

// In reading order: first the silence, then the text.
struct SpeechPart {
    double pause_seconds = 0;  // of silence before the text
    bool new_clause = false;   // what came before is a clause of its own (the end of a sentence, a paragraph)
    std::string text = {};     // as written, without tags; may be empty
    SpeechStyle style = {};    // with said_as for places in `text`
};

inline constexpr double kPauseSecondsMax = 10;  // one pause
inline constexpr double kSpeedLow = 0.25, kSpeedHigh = 4;
inline constexpr double kPitchLow = -12, kPitchHigh = 12;
inline constexpr double kVolumeLow = -40, kVolumeHigh = 12;

// Whether the two sound alike, whatever parts of their texts are said otherwise.
bool same_manner(const SpeechStyle& a, const SpeechStyle& b);

}  // namespace aimpact::voice
