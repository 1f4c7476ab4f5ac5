#include "realtime/session_metrics.hpp"

#include <algorithm>
#include <limits>

namespace aimpact::realtime {
namespace {

prometheus::Histogram& stage(base::Metrics& metrics, const char* name) {
    return metrics.histogram(
        "aimpact_turn_stage_seconds",
        "Time of each stage of a spoken turn; response_latency is end of speech to first reply audio.",
        {{"stage", name}});
}

const char* name_of(TurnFailure where) {
    switch (where) {
        case TurnFailure::model:
            return "model";
        case TurnFailure::empty_answer:
            return "empty_answer";
        case TurnFailure::synthesis:
            return "synthesis";
        case TurnFailure::silent_audio:
            return "silent_audio";
        case TurnFailure::transcription:
            return "transcription";
    }
    return "model";
}

// The time between two marks of a timeline; the earlier one may not have happened (a typed turn has no
// speech).
void observe(prometheus::Histogram& histogram, double from_ms, double to_ms) {
    if (to_ms < 0) return;
    histogram.Observe(std::max(0.0, to_ms - std::max(0.0, from_ms)) / 1000.0);
}

}  // namespace

SessionMetrics::SessionMetrics(base::Metrics& metrics)
    : metrics_(metrics),
      endpointing_(stage(metrics, "endpointing")),
      transcription_(stage(metrics, "transcription")),
      first_token_(stage(metrics, "llm_first_token")),
      first_clause_(stage(metrics, "first_clause")),
      first_audio_(stage(metrics, "tts_first_audio")),
      latency_(stage(metrics, "response_latency")),
      level_(metrics.histogram("aimpact_audio_sent_level_dbfs",
                               "RMS level of each clause of reply audio, as sent.", {},
                               {-100, -80, -60, -50, -40, -35, -30, -25, -20, -15, -10, 0})),
      last_level_(metrics.gauge("aimpact_audio_sent_last_level_dbfs",
                                "RMS level of the last clause of reply audio, as sent.")),
      seconds_(metrics.counter("aimpact_audio_sent_seconds_total", "Reply audio handed to callers.")),
      silent_(metrics.counter("aimpact_audio_sent_silent_total",
                              "Clauses with words that went out silent: must stay 0.")),
      turns_(metrics.counter("aimpact_turns_total", "Answers given in live sessions.")),
      interrupted_turns_(
          metrics.counter("aimpact_turns_interrupted_total", "Answers that the caller spoke over.")),
      drafts_used_(metrics.counter("aimpact_early_answers_total",
                                   "Answers begun while the caller's turn was only likely over, by outcome.",
                                   {{"outcome", "used"}})),
      drafts_dropped_(
          metrics.counter("aimpact_early_answers_total",
                          "Answers begun while the caller's turn was only likely over, by outcome.",
                          {{"outcome", "dropped"}})),
      barge_ins_(metrics.counter("aimpact_barge_ins_total",
                                 "Times a caller spoke while an answer was made or played.")),
      active_(metrics.gauge("aimpact_realtime_sessions", "Live sessions now.")) {
    last_level_.Set(std::numeric_limits<double>::quiet_NaN());  // nothing was sent yet
}

void SessionMetrics::turn(const agents::TurnTimeline& t) {
    turns_.Increment();
    if (t.interrupted) interrupted_turns_.Increment();
    observe(endpointing_, 0, t.decided_ms);
    observe(transcription_, t.decided_ms, t.transcript_ms);
    observe(first_token_, t.transcript_ms, t.first_token_ms);
    observe(first_clause_, t.first_token_ms, t.first_clause_ms);
    // Of an answer prepared early (session_drafts.cpp), only what the caller waited for after the decision.
    observe(first_audio_, std::max(t.first_clause_ms, t.transcript_ms), t.first_audio_ms);
    if (t.speech_ms >= 0) observe(latency_, 0, t.first_audio_ms);
}

void SessionMetrics::audio_sent(double level_dbfs, double seconds, bool silent) {
    if (silent) silent_.Increment();
    level_.Observe(level_dbfs);
    last_level_.Set(level_dbfs);
    seconds_.Increment(seconds);
}

void SessionMetrics::failure(TurnFailure where) {
    metrics_
        .counter("aimpact_turn_failures_total", "Turns that failed, by where.", {{"where", name_of(where)}})
        .Increment();
}

}  // namespace aimpact::realtime
