// Voice matching: finds the mixture of stock voices, with pitch, pace and equaliser, that comes closest to
// the speaker of a sample. It is no cloning: the result resembles the speaker (docs/VOICES.md says how much),
// and is called "matched" wherever a person reads of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "inference/scheduler.hpp"
#include "voice/custom_voice.hpp"
#include "voice/speakers/speaker_encoder.hpp"
#include "voice/synthesizer.hpp"
#include "voice/vad.hpp"

namespace aimpact::voice {

// What the sample is like. One that can't be matched is refused with what to do about it.
struct SampleQuality {
    double seconds = 0, speech_seconds = 0;
    double level_dbfs = -120;    // active speech level, ITU-T P.56
    double snr_db = 0;           // speech against what is heard in the pauses
    double clipped_share = 0;    // of the samples
    double bandwidth_hz = 8000;  // below this lies what can be told of the spectrum
};

inline constexpr double kSampleSpeechSecondsMin = 3, kSampleSpeechSecondsMax = 120;
// Of a sample as it is given, silence included.
inline constexpr double kSampleSecondsMax = 300;

// Cosines of GE2E embeddings between utterances of different speakers and of the same one, as measured on
// LibriSpeech: what `relative` is relative to.
inline constexpr double kDifferentSpeakers = 0.56, kSameSpeaker = 0.91;
double relative_similarity(double cosine);  // 0 .. 1

struct VoiceMatch {
    std::shared_ptr<const MatchedVoice> voice;
    double similarity = 0;  // cosine of the matched voice to the sample, on sentences it wasn't fitted with
    double relative = 0;    // 0: like a different speaker; 1: like the same one
    std::string nearest_stock_voice;  // of those that speak the same language
    double nearest_stock_similarity = 0;
    SampleQuality quality;
    bool refined = false;
    int evaluations = 0;  // sentences that were synthesised to find it
};

struct MatchOptions {
    std::uint64_t seed = 1;          // the same sample, seed and models give the same voice
    int evaluations = 80;            // of refine(); 10 .. 400
    bool equalize = true;            // also match the long-term spectrum (microphone and room are part of it)
    std::string pronounced_as = {};  // the stock voice whose language and accent to have; empty: af_heart
};

// Thread-safe: any number of matches may go on at once; each synthesises at the given priority, one sentence
// at a time.
class VoiceMatcher {
  public:
    // 0 .. 1, from the caller's executor.
    using Progress = std::function<void(double)>;

    // What is given must outlive it. `models_dir` holds kokoro-82m/.
    VoiceMatcher(Synthesizer& synthesizer, std::shared_ptr<const VadModel> vad,
                 std::shared_ptr<const LazySpeakerEncoder> encoder, inference::Scheduler& scheduler,
                 std::filesystem::path models_dir);
    ~VoiceMatcher();

    // In about 3 s. `samples_16k`: one person, 3 s to 120 s of speech (what is beyond isn't used). Errors:
    // `invalid_argument` for a sample that is too short, silent, noisy, clipped or of several people, and
    // what to do; `unavailable` without the models; `cancelled`; `overloaded`.
    base::Task<Result<VoiceMatch>> match(std::shared_ptr<const std::vector<float>> samples_16k,
                                         MatchOptions options, inference::Priority priority,
                                         Progress progress = {}, std::stop_token stop = {}) const;

    // Goes on from what match() found for the same sample, for about a minute and a half on an idle machine;
    // never worse than it. For the background: inference::Priority::batch.
    base::Task<Result<VoiceMatch>> refine(std::shared_ptr<const std::vector<float>> samples_16k,
                                          VoiceMatch start, MatchOptions options,
                                          inference::Priority priority, Progress progress = {},
                                          std::stop_token stop = {}) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
