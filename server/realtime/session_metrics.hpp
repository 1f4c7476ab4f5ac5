// What live sessions count. One object for all sessions; thread-safe.
#pragma once

#include <string_view>

#include "agents/conversation.hpp"
#include "base/metrics.hpp"

namespace aimpact::realtime {

// Where a turn failed: a label value, so a fixed set.
enum class TurnFailure { model, empty_answer, synthesis, silent_audio, transcription };

class SessionMetrics {
  public:
    explicit SessionMetrics(base::Metrics& metrics);

    // aimpact_turn_stage_seconds{stage}: each stage's own time; response_latency is the whole from the end of
    // the caller's speech to the first reply audio.
    void turn(const agents::TurnTimeline& timeline);
    // Level of reply audio as a wire sends it: silent output shows here although everything else looks
    // healthy, and aimpact_audio_sent_silent_total counts it.
    void audio_sent(double level_dbfs, double seconds, bool silent);
    void failure(TurnFailure where);
    void barge_in() { barge_ins_.Increment(); }
    void early_answer(bool used) { (used ? drafts_used_ : drafts_dropped_).Increment(); }
    void session_opened() { active_.Increment(); }
    void session_closed() { active_.Decrement(); }

  private:
    base::Metrics& metrics_;
    prometheus::Histogram &endpointing_, &transcription_, &first_token_, &first_clause_, &first_audio_,
        &latency_;
    prometheus::Histogram& level_;
    prometheus::Gauge& last_level_;
    prometheus::Counter &seconds_, &silent_, &turns_, &interrupted_turns_, &drafts_used_, &drafts_dropped_,
        &barge_ins_;
    prometheus::Gauge& active_;
};

}  // namespace aimpact::realtime
