// One turn of a caller as the listener follows it: the decodings that make up its transcript. Knows no VAD
// and no policy; the listener tells it what to decode and when the turn is over. All on the listener's
// executor.
//
// A long turn is decoded piece by piece: what lies before `cut` is committed to pieces that are final; the
// rest is the tail, decoded anew at each pause (an attempt). An attempt that speech outruns is dropped.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "voice/listener.hpp"

namespace aimpact::voice {

struct Decoding {
    std::int64_t end_frame = 0;  // the speech it covers ends here
    std::stop_source stop;
    std::optional<Result<Transcript>> result;
};

struct Turn {
    std::int64_t begin_sample = 0;  // of its audio, with the prefix padding
    std::int64_t first_frame = 0;   // of its speech
    std::int64_t cut_frame = 0;     // where the tail begins
    std::vector<std::shared_ptr<Decoding>> pieces;
    std::shared_ptr<Decoding> attempt;

    // Over our own sound (overlap.hpp): told of once `judge` says so, and confirmed once it surely is meant
    // for us.
    bool overlap = false, announced = true, confirmed = true;
    bool near_end = false;  // we were nearly done: "yes" is an answer then
    OverlapJudge judge;
    int loud_frames = 0, frames_since_loud = 0;
    bool maybe_echo = false;                       // what was heard of it until now may be ourselves
    std::int64_t loud_first = -1, loud_last = -1;  // frames
    // From the first sound that stood out to the last.
    double loud_seconds() const {
        return loud_first < 0 ? 0 : static_cast<double>(loud_last - loud_first + 1) * kVadFrameSeconds;
    }

    // The pause that goes on: counted up with each new one, so that late answers about an old one are known.
    std::uint64_t pause = 0;
    bool in_pause = false;
    std::int64_t pause_frames = 0;
    std::optional<float>
        probability;                // that the turn is over: the turn model's latest answer about this pause
    std::optional<float> text_end;  // that the attempt's words end an utterance
    int words = 0;                  // of these
    bool text_pending = false;
    std::uint64_t likely_id = 0;  // of the likely end that was told in this pause

    bool partial_running = false;
    std::int64_t partial_frame = 0;  // up to where the last partial heard
    std::chrono::steady_clock::time_point partial_started{};
    std::chrono::steady_clock::duration partial_took{};
    std::string partial_text;  // as last given out

    TurnEnded out;

    void drop_attempt();
    // Stops everything that still runs for it.
    void abandon();
    // The text of the pieces that are there, each followed by a space.
    std::string pieces_text() const;
    // Every decoding that its transcript needs has ended.
    bool ready() const;
    // The joined transcript, or the first error. Positions of segments are seconds from the turn's first
    // sample.
    Result<Transcript> transcript() const;
};

// `text` without its last two words (one if there are fewer than four), which the next audio may change.
std::string hold_back(std::string_view text);

}  // namespace aimpact::voice
