// Who spoke when. The VAD cuts a recording into stretches of speech; windows of 1.6 s every 0.4 s of them are
// embedded (a shorter stretch is repeated to fill its window) and clustered; a change of speaker within a
// stretch is put at the quietest place nearby. One speaker at a time: where two speak at once, the one who
// dominates is named.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "inference/scheduler.hpp"
#include "voice/speakers/speaker_clustering.hpp"
#include "voice/vad.hpp"

namespace aimpact::voice {

struct KnownSpeaker {
    std::string name;
    SpeakerEmbedding voice{};
};

struct DiarisationOptions {
    int speakers = 0;  // how many there are (fewer if no more differ); 0: found out, at most kSpeakersMax
    std::vector<KnownSpeaker> known = {};
};
inline constexpr int kSpeakersMax = 10;

// A stretch of speech of one speaker, without silences of more than 0.3 s. Turns are in order and don't
// overlap.
struct SpeakerTurn {
    double start_seconds = 0, end_seconds = 0;
    int speaker = 0;  // index of Diarisation::speakers
};

struct Diarisation {
    std::vector<SpeakerTurn> turns;
    std::vector<std::string> speakers;     // by first appearance: a known speaker's name, or "A", "B", ...
    std::vector<SpeakerEmbedding> voices;  // of each speaker
    std::vector<float> probabilities;      // the VAD's, for each frame of 32 ms
};

// Thread-safe; the Scheduler must outlive every call. About 0.6 % of the recording's length in CPU time.
class Diariser {
  public:
    Diariser(std::shared_ptr<const VadModel> vad, std::shared_ptr<const LazySpeakerEncoder> encoder,
             inference::Scheduler& scheduler)
        : vad_(std::move(vad)), encoder_(std::move(encoder)), scheduler_(scheduler) {}

    // Loads the model if nobody has yet; `unavailable` if it isn't there, and how to get it.
    base::Task<Result<>> prepare(inference::Priority priority) const;

    // Nothing said: no turns. Errors: `unavailable` without the model, `cancelled`, `overloaded`.
    base::Task<Result<Diarisation>> diarise(std::shared_ptr<const std::vector<float>> samples_16k,
                                            DiarisationOptions options, inference::Priority priority,
                                            std::stop_token stop = {}) const;

    // The voice in a sample of one speaker; `invalid_argument` for one with less than a second of speech.
    base::Task<Result<SpeakerEmbedding>> voice_of(std::vector<float> samples_16k,
                                                  inference::Priority priority) const;

    int threads() const { return scheduler_.threads(); }

  private:
    std::shared_ptr<const VadModel> vad_;
    std::shared_ptr<const LazySpeakerEncoder> encoder_;
    inference::Scheduler& scheduler_;
};

// The parts of it that need no model.

struct SpeechRegion {
    double start_seconds = 0, end_seconds = 0;
};
// Speech with silences of at most `gap_seconds` in it.
std::vector<SpeechRegion> speech_regions(std::span<const float> vad_probabilities, double gap_seconds = 0.3);

// "A" .. "Z", then "AA": the n-th speaker without a name.
std::string speaker_letter(std::size_t n);

// Which known speaker each voice is, -1 for none: the closest voice above 0.70 takes the name; another one
// takes it as well only above 0.80, as one person whom the clustering took for two.
std::vector<int> match_known(std::span<const SpeakerEmbedding> voices, std::span<const KnownSpeaker> known);

}  // namespace aimpact::voice
