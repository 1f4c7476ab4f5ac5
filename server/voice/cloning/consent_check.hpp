// Whether a recording is somebody's consent, and whether a sample is of the same person.
//
// The recording must hold speech of one person who says the phrase (consent_phrase.hpp). Sample and recording
// are compared by the GE2E speaker encoder: a cosine of at least kSameSpeakerCosine counts as the same
// person. The bound lies where bench/consent_speakers finds few of either kind of error; docs/VOICES.md has
// the figures. It tells people apart, not a person from a good imitation of them.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "voice/cloning/consent_phrase.hpp"
#include "voice/recognizer.hpp"
#include "voice/speakers/diariser.hpp"

namespace aimpact::voice {

inline constexpr float kSameSpeakerCosine = 0.75F;
// A second voice for less than this is no second speaker: the clustering may take a cough for one.
inline constexpr double kSecondSpeakerSecondsMax = 1.0;

struct ConsentLimits {
    std::size_t bytes_max = 10 << 20;  // of a recording, as it is uploaded
    double recording_seconds_max = 30, recording_speech_seconds_min = 2;
    double sample_seconds_max = 120, sample_speech_seconds_min = 3;
};

struct HeardConsent {
    std::string transcript;
    ConsentMatch match;
};

struct ComparedVoices {
    float cosine = 0;  // between the speakers of consent and sample
};

// Thread-safe.
class ConsentChecker {
  public:
    // Both outlive it; `diariser` gives `unavailable` while it loads.
    ConsentChecker(Recognizer& recognizer, std::function<Result<const Diariser*>()> diariser,
                   ConsentLimits limits = {})
        : recognizer_(recognizer), diariser_(std::move(diariser)), limits_(limits) {}
    virtual ~ConsentChecker() = default;

    const ConsentLimits& limits() const { return limits_; }

    // `names`: who may be named in the phrase, the one to be suggested first. invalid_argument (param
    // "recording") says what is wrong with it and what to do: silence, too long, several speakers, another
    // text.
    virtual base::Task<Result<HeardConsent>> check_recording(std::vector<float> samples_16k,
                                                             std::string language,
                                                             std::vector<std::string> names) const;

    // invalid_argument (param "audio_sample"): silence, too long, several speakers; permission_denied:
    // another person than in the recording.
    virtual base::Task<Result<ComparedVoices>> check_sample(
        std::shared_ptr<const std::vector<float>> sample_16k, std::vector<float> recording_16k) const;

  private:
    base::Task<Result<>> check_one_speaker(std::shared_ptr<const std::vector<float>> samples,
                                           double speech_seconds_min, const char* param) const;

    Recognizer& recognizer_;
    const std::function<Result<const Diariser*>()> diariser_;
    const ConsentLimits limits_;
};

}  // namespace aimpact::voice
