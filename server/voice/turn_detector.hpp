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

// Thread-safe; as many calls run side by side as `streams` says, more wait for one another.
class TurnDetector {
  public:
    static Result<std::shared_ptr<TurnDetector>> load(inference::OpenVinoRuntime& runtime,
                                                      const std::filesystem::path& file, int streams = 2);
    ~TurnDetector();

    // The probability that the turn is complete. `samples` is the turn so far at 16 kHz with the pause that
    // was just heard (about 200 ms of it); only the last 8 s count. About 35 ms: call it in a pause, from the
    // Scheduler.
    Result<float> complete_probability(std::span<const float> samples_16k) const;

  private:
    TurnDetector();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::voice
