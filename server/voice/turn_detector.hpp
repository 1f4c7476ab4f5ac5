// Has the caller finished the turn, or only paused? Smart Turn v3.2 (8 MB, int8) listens to the last 8
// seconds.
#pragma once

#include <filesystem>
#include <memory>
#include <span>

#include "voice/audio.hpp"

namespace aimpact::inference {
class OpenVinoRuntime;
}

namespace aimpact::voice {

// Thread-safe. Features are computed side by side, the model (15 ms) one call after the other: a second copy
// of its working memory would be 27 MB for something that is asked a few times a turn.
class TurnDetector {
  public:
    static Result<std::shared_ptr<TurnDetector>> load(inference::OpenVinoRuntime& runtime,
                                                      const std::filesystem::path& file);
    ~TurnDetector();

    // The probability that the turn is complete. `samples` is the turn so far at 16 kHz with the pause that
    // was just heard (about 200 ms of it); only the last 8 s count. About 20 ms: call it in a pause, from the
    // Scheduler.
    Result<float> complete_probability(std::span<const float> samples_16k) const;

  private:
    TurnDetector();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
