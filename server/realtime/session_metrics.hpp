// What live sessions count. One object for all sessions; thread-safe.
#pragma once

#include <string_view>

#include "agents/conversation.hpp"
#include "base/metrics.hpp"
#include "voice/overlap.hpp"

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
    // aimpact_audio_level_dbfs, aimpact_audio_clipped_share, aimpact_audio_dc_offset,
    // aimpact_audio_gap_seconds and aimpact_words_per_minute by `direction`, aimpact_turn_dead_air_seconds
    // and aimpact_turn_silence_seconds.
    void caller_sound(const agents::SpeechQuality& caller);
    void turn_sound(const agents::TurnQuality& quality);  // all but the caller's
    void overlap(double ms);  // aimpact_turn_overlap_seconds: each time both spoke
    void failure(TurnFailure where);
    // aimpact_sounds_ignored_total by `kind`: sounds of the caller's over ours that were no interruption.
    void ignored(voice::SoundKind kind);
    void resumed() { resumed_.Increment(); }
    void idle_prompt() { idle_prompts_.Increment(); }
    void ended_by_silence() { silences_.Increment(); }
    void filler() { fillers_.Increment(); }
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
        &barge_ins_, &resumed_, &idle_prompts_, &silences_, &fillers_;
    prometheus::Gauge& active_;
    struct Sound {
        prometheus::Histogram &level, &clipped, &offset, &gap, &pace;
    };
    static Sound sound_of(base::Metrics& metrics, const char* direction);
    static void observe(const Sound& to, const agents::SpeechQuality& quality);
    Sound caller_, reply_;
    prometheus::Histogram &overlap_, &dead_air_, &silence_;
};

}  // namespace aimpact::realtime
