// Did a caller's audio come as fast as it was spoken? Compares when pieces arrive with how much audio they
// hold: a piece that comes when everything before it has been heard is late by so much, and from 60 ms on
// that is a gap (a lost or late packet, a stalled network, a busy client). Pure; times are given by the
// caller.
//
// A sender that is ahead (a file, or what piled up in a stall) builds a lead, of at most a second, in which
// later delays are hidden, as a jitter buffer would hide them.
#pragma once

#include <chrono>
#include <deque>

namespace aimpact::voice {

struct ArrivalReport {
    int gaps = 0;
    double longest_ms = 0;  // the latest piece, also if it was no gap yet
    double gaps_ms = 0;     // all gaps together
};

class ArrivalMeter {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr double kGapMs = 60;  // three packets of 20 ms; less is ordinary jitter
    static constexpr double kLeadMaxMs = 1000;
    static constexpr std::size_t kKept = 4096;  // late pieces; older ones are forgotten

    // A piece of `ms` of audio arrives. Pieces are appended one after the other.
    void arrived(Time now, double ms);
    // Of the pieces that begin inside this stretch, in ms of audio since the beginning. A gap right at its
    // start is outside: nothing of the stretch was awaited then.
    ArrivalReport report(double from_ms, double to_ms) const;
    // What lies before this position will not be asked for.
    void forget_before(double ms);
    double received_ms() const { return position_ms_; }

  private:
    struct Late {
        double at_ms, by_ms;  // position in the audio
    };
    std::deque<Late> late_;
    bool started_ = false;
    Time due_{};
    double position_ms_ = 0;
};

}  // namespace aimpact::voice
