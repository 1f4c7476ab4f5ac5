// Where speech lies in a conversation's recording, in milliseconds. Both sides on one time line: the
// session's, except that it runs ahead of the clock by what a caller has sent faster than it was spoken (a
// file, say), so that an answer never lies on top of its question. Silence that a push-to-talk client doesn't
// send passes too.
#pragma once

#include <algorithm>

namespace aimpact::realtime {

class RecordingTimeline {
  public:
    // Start of a caller's speech of `length_ms`, all of which had arrived `now_ms` into the session.
    double caller_start(double now_ms, double length_ms) {
        const double start = std::max(now_ms + ahead_ms_ - length_ms, caller_end_ms_);
        caller_end_ms_ = start + length_ms;
        ahead_ms_ = std::max(ahead_ms_, caller_end_ms_ - now_ms);
        return start;
    }
    // Start of what the agent says `now_ms` into the session.
    double agent_start(double now_ms) const { return now_ms + ahead_ms_; }

  private:
    double ahead_ms_ = 0, caller_end_ms_ = 0;
};

}  // namespace aimpact::realtime
