// What a voice sounds like, as 256 numbers: the GE2E speaker encoder (Wan et al., 2018; weights of
// Resemblyzer) on OpenVINO. Voices of one person are close (cosine about 0.9 between utterances, 0.77 between
// windows of 1.6 s), those of two persons aren't (0.56 and 0.48); see bench/diarisation.cpp.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "voice/audio.hpp"

namespace aimpact::inference {
class ModelStore;
class OpenVinoRuntime;
}  // namespace aimpact::inference

namespace aimpact::voice {

inline constexpr std::size_t kSpeakerDimensions = 256;
using SpeakerEmbedding = std::array<float, kSpeakerDimensions>;  // of length 1; nothing negative

// Cosine: 0 .. 1.
float similarity(const SpeakerEmbedding& a, const SpeakerEmbedding& b);
// The mean of `many`, at length 1; all zeros for none.
SpeakerEmbedding mean_voice(std::span<const SpeakerEmbedding> many);

// Thread-safe. 2 ms of CPU a window in batches, 5 ms alone: call it from the Scheduler, with at most
// kSpeakerBatch windows a job.
inline constexpr std::size_t kSpeakerBatch = 16;
class SpeakerEncoder {
  public:
    static Result<std::shared_ptr<SpeakerEncoder>> load(inference::OpenVinoRuntime& runtime,
                                                        const std::filesystem::path& file);
    ~SpeakerEncoder();

    // One embedding for each window of kSpeakerWindowFloats, as SpeakerFeatures makes them. All zeros for a
    // window of silence.
    Result<std::vector<SpeakerEmbedding>> windows(std::span<const float> mels) const;

    // One utterance of one speaker, without long silences, as Resemblyzer embeds it: raised to -30 dBFS,
    // windows every 0.77 s, mean. `invalid_argument` for less than 0.5 s or silence.
    Result<SpeakerEmbedding> utterance(std::span<const float> samples_16k) const;

  private:
    SpeakerEncoder();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The encoder of a models folder (ge2e/encoder.xml), loaded when it is first asked for: few calls need it.
// Thread-safe; who comes while it loads waits (about 0.1 s), so ask from the Scheduler. A failure isn't kept:
// once the model is there, the next call finds it.
class LazySpeakerEncoder {
  public:
    using Load = std::function<Result<std::shared_ptr<SpeakerEncoder>>()>;
    explicit LazySpeakerEncoder(Load load) : load_(std::move(load)) {}
    // What it refers to must outlive it.
    LazySpeakerEncoder(std::filesystem::path models_dir,
                       std::function<inference::OpenVinoRuntime&()> runtime);

    // `unavailable`, and how to get the model, when it isn't there.
    Result<std::shared_ptr<const SpeakerEncoder>> get() const;
    bool loaded() const;

  private:
    const Load load_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const SpeakerEncoder> encoder_;
};

}  // namespace aimpact::voice
