// How a caller feels over a call: a mean of the turns' probabilities, in which a turn counts by the length of
// its speech and by how sure it was heard, and fades as others follow.
#pragma once

#include <optional>

#include "voice/emotion/emotion.hpp"

namespace aimpact::voice {

class EmotionTracker {
  public:
    // The estimate over the call, this turn included.
    const EmotionEstimate& add(const EmotionEstimate& turn);
    const std::optional<EmotionEstimate>& current() const { return current_; }

    static constexpr double kFade = 0.6;          // what is left of a turn's weight after the next
    static constexpr double kSecondsCounted = 5;  // longer speech counts no more

  private:
    std::optional<EmotionEstimate> current_;
    double weight_ = 0;
};

}  // namespace aimpact::voice
