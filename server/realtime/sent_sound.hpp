// The reply audio of the last second and of what is still to be played, by the time at which it is (by our
// estimate) heard: for telling our own echo from the caller, and for going on where we were stopped. Not
// thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace aimpact::realtime {

class SentSound {
  public:
    // What an item still has to say, from `from_ms` of its own audio on.
    struct Rest {
        std::string response_id, item_id;
        double from_ms = 0;
        std::vector<float> samples;  // 24 kHz
    };

    // `at_ms`: where it begins in its item; `plays_at`: when its first sample is played.
    void sent(const std::string& response_id, const std::string& item_id, double at_ms,
              std::span<const float> samples, base::SteadyTime plays_at);
    // What is played from `from` on, into `out` (24 kHz), silence where nothing is. Forgets what is a second
    // old.
    void played(base::SteadyTime from, std::span<float> out);
    // The first place of an item that is still known; none: nothing of it is.
    std::optional<double> kept_from_ms(const std::string& item_id) const;
    bool empty() const { return pieces_.empty(); }
    // The player is emptied at `now`: forgets what comes after, and returns it, by item, oldest first, each
    // from a quiet place up to 0.3 s earlier on: a player is always a little behind, and words are better
    // begun anew.
    std::vector<Rest> cut(base::SteadyTime now);

  private:
    struct Piece {
        std::string response_id, item_id;
        double at_ms;
        std::vector<float> samples;
        base::SteadyTime from, to;
    };
    std::deque<Piece> pieces_;
};

}  // namespace aimpact::realtime
