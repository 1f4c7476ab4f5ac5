// The equaliser's last part: from gains that match long-term spectra to those by which the speaker encoder
// hears the voice nearest to the sample. Nothing is synthesised anew: a smooth filter scales the encoder's
// mel bands.
#pragma once

#include <span>
#include <vector>

#include "voice/matching/spectrum_match.hpp"
#include "voice/speakers/speaker_encoder.hpp"

namespace aimpact::voice {

struct EqualizerSearch {
    int tries = 60;
    std::uint64_t seed = 1;
    double price = 0.001;  // of a dB^2 (mean over the bands) away from where it began
};
// `utterances`: of the voice without an equaliser. For workers; some 30 ms of CPU a try and utterance.
Result<EqualizerGains> tuned_gains(const SpeakerEncoder& encoder,
                                   std::span<const std::vector<float>> utterances_16k,
                                   const SpeakerEmbedding& target, const EqualizerGains& from,
                                   const EqualizerSearch& search);

}  // namespace aimpact::voice
