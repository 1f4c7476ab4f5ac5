// What Kokoro needs to speak by a matched voice, made from the stock voices' files.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "voice/custom_voice.hpp"
#include "voice/tts/kokoro_files.hpp"

namespace aimpact::voice {

struct BlendedVoice {
    VoiceData data;
    std::shared_ptr<const std::vector<float>> equalizer;  // taps at kSynthesisRate; empty for none
};

// Reads the files of all its voices, some 20 ms, once for each MatchedVoice. `folder` is the model's. Styles
// are mixed row by row; so are the norms' means and the logarithms of their variances, by the acoustic
// shares. `unavailable` if a voice isn't installed.
base::Result<std::shared_ptr<const BlendedVoice>> blended_voice(const std::filesystem::path& folder,
                                                                const MatchedVoice& voice);

// The mean of ln(Hz) over the voiced values; those far from their median, as where a voice breaks or a
// tracker errs by an octave, don't count. Nothing if none is voiced.
std::optional<double> mean_log_f0(std::span<const float> f0);

// Moves F0 (Hz, as predicted for a clause) to the voice's pitch; what is not voiced stays.
void set_pitch(std::span<float> f0, const MatchedVoice& voice);

}  // namespace aimpact::voice
