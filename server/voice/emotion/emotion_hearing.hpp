// The emotion recogniser as sessions use it: beside everything else, and perhaps not there (its model is
// trained where its data is found, see docs/EMOTION.md).
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "inference/scheduler.hpp"
#include "voice/emotion/emotion.hpp"

namespace aimpact::voice {

// Thread-safe. `scheduler` must outlive it.
class EmotionHearing {
  public:
    explicit EmotionHearing(inference::Scheduler& scheduler) : scheduler_(scheduler) {}

    // What judges: EmotionRecognizer::estimate. Called by workers, by several at a time.
    using Judge =
        std::function<base::Result<std::optional<EmotionEstimate>>(std::span<const float> samples_16k)>;
    void set(Judge judge);
    bool available() const { return judge() != nullptr; }

    // On a worker, behind all that a caller waits for; recordings (`batch`) behind calls, too. `unavailable`
    // without the model.
    base::Task<base::Result<std::optional<EmotionEstimate>>> estimate(
        std::vector<float> samples_16k, inference::Priority priority = inference::Priority::live);

  private:
    Judge judge() const;

    inference::Scheduler& scheduler_;
    mutable std::mutex mutex_;
    Judge judge_;
};

}  // namespace aimpact::voice
