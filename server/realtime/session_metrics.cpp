#include "realtime/session_metrics.hpp"

#include <algorithm>
#include <cmath>
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

void observe_ms(prometheus::Histogram& histogram, double ms) {
    if (ms >= 0) histogram.Observe(ms / 1000.0);
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
      resumed_(metrics.counter("aimpact_answers_resumed_total",
                               "Answers that were stopped by a backchannel or a noise and went on.")),
      idle_prompts_(metrics.counter("aimpact_idle_prompts_total", "Prompts to callers who were silent.")),
      silences_(metrics.counter("aimpact_sessions_ended_by_silence_total",
                                "Sessions that ended because the caller left all prompts unanswered.")),
      fillers_(metrics.counter("aimpact_fillers_total", "Words said while a called function took its time.")),
      active_(metrics.gauge("aimpact_realtime_sessions", "Live sessions now.")),
      caller_(sound_of(metrics, "caller")),
      reply_(sound_of(metrics, "reply")),
      overlap_(
          metrics.histogram("aimpact_turn_overlap_seconds", "Each time caller and reply spoke at once.")),
      dead_air_(metrics.histogram("aimpact_turn_dead_air_seconds",
                                  "Time in each turn in which nobody spoke although an answer was due.")),
      silence_(metrics.histogram("aimpact_turn_silence_seconds", "The longest such stretch of each turn.")) {
    last_level_.Set(std::numeric_limits<double>::quiet_NaN());  // nothing was sent yet
}

void SessionMetrics::turn(const agents::TurnTimeline& t) {
    turns_.Increment();
    if (t.interrupted) interrupted_turns_.Increment();
    const agents::LatencyStages spent = agents::latency_stages(t);
    observe_ms(endpointing_, spent.endpointing_ms);
    observe_ms(transcription_, spent.transcription_ms);
    observe_ms(first_token_, spent.first_token_ms);
    observe_ms(first_clause_, spent.first_clause_ms);
    observe_ms(first_audio_, spent.first_audio_ms);
    if (t.speech_ms >= 0) observe_ms(latency_, t.first_audio_ms);
}

SessionMetrics::Sound SessionMetrics::sound_of(base::Metrics& metrics, const char* direction) {
    const base::Labels labels{{"direction", direction}};
    return {metrics.histogram("aimpact_audio_level_dbfs",
                              "Active speech level (ITU-T P.56) of each turn's audio.", labels,
                              {-60, -50, -45, -40, -36, -32, -29, -26, -23, -20, -17, -14, -10, -6, 0}),
            metrics.histogram("aimpact_audio_clipped_share",
                              "Share of samples at full scale in each turn's audio.", labels,
                              {0, 0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3}),
            metrics.histogram("aimpact_audio_dc_offset", "DC offset of each turn's audio, of full scale.",
                              labels, {0.0003, 0.001, 0.003, 0.01, 0.03, 0.1}),
            metrics.histogram(
                "aimpact_audio_gap_seconds",
                "The longest time in a turn for which due audio was not there: the caller's came late, "
                "the reply's was not made.",
                labels, {0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.3, 0.5, 1, 2, 5}),
            metrics.histogram("aimpact_words_per_minute", "Pace of speech in each turn.", labels,
                              {60, 90, 110, 130, 150, 170, 190, 210, 240, 280, 340})};
}

void SessionMetrics::observe(const Sound& to, const agents::SpeechQuality& quality) {
    to.level.Observe(quality.active_level_dbfs);
    to.clipped.Observe(quality.clipped_share);
    to.offset.Observe(std::abs(quality.dc_offset));
    to.gap.Observe(quality.longest_gap_ms / 1000.0);
    if (quality.words_per_minute) to.pace.Observe(*quality.words_per_minute);
}

void SessionMetrics::caller_sound(const agents::SpeechQuality& caller) {
    observe(caller_, caller);
}

void SessionMetrics::turn_sound(const agents::TurnQuality& quality) {
    if (quality.reply) observe(reply_, *quality.reply);
    if (quality.dead_air_ms) dead_air_.Observe(*quality.dead_air_ms / 1000.0);
    if (quality.longest_silence_ms) silence_.Observe(*quality.longest_silence_ms / 1000.0);
}

void SessionMetrics::overlap(double ms) {
    overlap_.Observe(ms / 1000.0);
}

void SessionMetrics::audio_sent(double level_dbfs, double seconds, bool silent) {
    if (silent) silent_.Increment();
    level_.Observe(level_dbfs);
    last_level_.Set(level_dbfs);
    seconds_.Increment(seconds);
}

void SessionMetrics::ignored(voice::SoundKind kind) {
    metrics_
        .counter("aimpact_sounds_ignored_total",
                 "Sounds of callers over ours that were no interruption, by kind.",
                 {{"kind", std::string(voice::name_of(kind))}})
        .Increment();
}

void SessionMetrics::failure(TurnFailure where) {
    metrics_
        .counter("aimpact_turn_failures_total", "Turns that failed, by where.", {{"where", name_of(where)}})
        .Increment();
}

}  // namespace aimpact::realtime
