// Hears how something is said: emotion_features.hpp, and a small network on OpenVINO that
// scripts/train-emotion trains on RAVDESS (docs/EMOTION.md has the data card: what it can't do matters).
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "base/error.hpp"
#include "voice/emotion/emotion.hpp"

namespace aimpact::inference {
class OpenVinoRuntime;
}

namespace aimpact::voice {

// Thread-safe. About 5 ms of CPU for 3 s of speech: call it from the Scheduler.
class EmotionRecognizer {
  public:
    // `folder`: the model's, with emotion.xml.
    static base::Result<std::shared_ptr<const EmotionRecognizer>> load(inference::OpenVinoRuntime& runtime,
                                                                       const std::filesystem::path& folder);
    ~EmotionRecognizer();

    // Of one utterance at 16 kHz, -1 .. 1; of more than 15 s the end counts. Nothing for less than 0.6 s of
    // speech.
    base::Result<std::optional<EmotionEstimate>> estimate(std::span<const float> samples_16k) const;

  private:
    EmotionRecognizer();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
