// Puts the caller's audio into order: providers may send a message twice or out of order, and leave out what
// their own network lost. What is missing becomes silence, so that time goes on for the listener as it did
// for the caller. Pure; one stream.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "telephony/media_stream.hpp"

namespace aimpact::telephony {

class MediaOrder {
  public:
    // Messages that wait for one before them; past it that one is lost. 60 ms of waiting, where frames have
    // 20 ms.
    static constexpr std::size_t kHeldMax = 3;
    // Times that differ by less are the provider's clock, not a gap.
    static constexpr std::int64_t kGapMs = 40;
    // The most silence for one gap: past it the caller was away, and nothing is gained by making it up.
    static constexpr std::int64_t kGapMsMax = 2'000;
    // So many late messages one after the other are a counter that began anew.
    static constexpr int kLateMax = 50;

    struct Counts {
        std::int64_t silence_ms = 0;           // put in for what was missing
        int gaps = 0, dropped = 0, early = 0;  // early: before one that it follows
    };

    explicit MediaOrder(Codec codec) : silence_(codec == Codec::ulaw ? '\xff' : '\xd5') {}

    // The audio that is due now, in order; may be empty.
    std::string push(Media media);
    // What is still held, at the end of the stream.
    std::string flush();

    const Counts& counts() const { return counts_; }
    static constexpr std::size_t gap_bytes_max() { return kGapMsMax * kBytesPerMs; }

  private:
    void play(Media media, std::int64_t missing, std::string& out);
    void release(std::string& out, std::size_t held_max);
    void silence(std::int64_t ms, std::string& out);

    char silence_;
    std::optional<std::int64_t> last_;  // chunk given out
    std::optional<double> next_ms_;     // time at which the next message should begin
    std::map<std::int64_t, Media> held_;
    int late_ = 0;  // one after the other
    Counts counts_;
};

}  // namespace aimpact::telephony
