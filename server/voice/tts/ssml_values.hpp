// Attribute values of SSML 1.1 (https://www.w3.org/TR/speech-synthesis11/): times, rates, pitches, volumes.
#pragma once

#include <optional>
#include <string_view>

namespace aimpact::voice {

// "250ms", "1.5s" -> seconds, not negative.
std::optional<double> read_time(std::string_view text);
// The pause of <break strength>: none, x-weak, weak, medium, strong, x-strong.
std::optional<double> read_strength(std::string_view text);
// Factor: x-slow .. x-fast, default; "80%"; "+10%" (relative); "1.2".
std::optional<double> read_rate(std::string_view text);
// Semitones: x-low .. x-high, default; "+2st"; "+10%"; "+20Hz" and "180Hz" as from `voice_hz`, the voice's
// usual pitch.
std::optional<double> read_pitch(std::string_view text, double voice_hz);
// dB: silent, x-soft .. x-loud, default; "+6dB"; "+10%"; "0" to "100" (100: as usual).
std::optional<double> read_volume(std::string_view text);

// Of an emotion: "0" to "1", "50%".
std::optional<double> read_share(std::string_view text);
// Of <mstts:express-as styledegree>: "0.01" to "2", whose half is an intensity.
std::optional<double> read_style_degree(std::string_view text);
// And its style: the emotion that an Azure style comes closest to; other names stay.
std::string_view emotion_of_style(std::string_view style);

}  // namespace aimpact::voice
