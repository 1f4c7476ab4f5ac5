// Long-term spectra, and the equaliser that brings one to another. Pure.
#pragma once

#include <array>
#include <span>

#include "voice/custom_voice.hpp"
#include "voice/speakers/speaker_features.hpp"

namespace aimpact::voice {

// Mean power while somebody speaks, in dB, of each of GE2E's 40 mel bands up to 8 kHz.
using LongTermSpectrum = std::array<double, kSpeakerMels>;
LongTermSpectrum long_term_spectrum(std::span<const float> samples_16k);

// What an equaliser does to each mel band, in dB.
LongTermSpectrum band_gains(const EqualizerGains& gains);

// Below this lies all that can be told of a spectrum: the upper end of the last band within 50 dB of the
// strongest.
double bandwidth_hz(const LongTermSpectrum& spectrum);

// Gains that bring `from` to `to`, `strength` (0 .. 1) of the way: smoothed over five bands, their mean taken
// out, within the equaliser's bounds.
EqualizerGains matching_gains(const LongTermSpectrum& from, const LongTermSpectrum& to, double strength);

}  // namespace aimpact::voice
