// What a matcher learns of a recording: the speaker, the pitch, the spectrum, and whether it is good enough.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "inference/scheduler.hpp"
#include "voice/matching/spectrum_match.hpp"
#include "voice/matching/voice_matcher.hpp"
#include "voice/speakers/diariser.hpp"

namespace aimpact::voice {

struct VoiceSample {
    SpeakerEmbedding embedding{};
    double log_f0 = 0;
    LongTermSpectrum spectrum{};
    SampleQuality quality;
};

// `invalid_argument` for a sample that can't be matched, and what to do.
base::Task<Result<VoiceSample>> study_sample(const Diariser& diariser, const LazySpeakerEncoder& encoder,
                                             inference::Scheduler& scheduler,
                                             std::shared_ptr<const std::vector<float>> samples_16k,
                                             inference::Priority priority, std::stop_token stop);

// Its parts, without models.

// Speech and what lies between, by the VAD's probabilities: level, ratio of both, clipping.
SampleQuality sample_quality(std::span<const float> samples_16k, std::span<const float> probabilities);
// Nothing, or why it can't be matched.
Result<> good_enough(const SampleQuality& quality);
// Nothing, or that a second person takes part: a fifth of the speech or more, unlike the first.
Result<> one_speaker(const Diarisation& found);

}  // namespace aimpact::voice
