// How good a spoken turn was: what came in, what went out, and how the two went together. Part of a
// conversation's record, and the schema TurnQuality of openapi.yaml; docs/OPERATIONS.md explains the values.
#pragma once

#include <boost/describe/class.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aimpact::agents {

// 1 (bad) .. 5 (excellent); see voice/quality/dnsmos.hpp.
struct SpeechScores {
    double overall = 0, signal = 0, background = 0, p808 = 0;
};
BOOST_DESCRIBE_STRUCT(SpeechScores, (), (overall, signal, background, p808))

// One side's audio in one turn. Levels in dBFS, -120 for silence; of the caller's audio as it was received,
// of ours as it was sent, both behind the wire's codec.
struct SpeechQuality {
    double level_dbfs = -120, active_level_dbfs = -120, peak_dbfs = -120;
    double clipped_share = 0;  // of the samples, 0 .. 1
    int clipped_runs = 0;      // three samples or more at full scale in a row
    double dc_offset = 0;      // -1 .. 1
    // Times when audio was due and not there: the caller's came late, ours was not made in time.
    int gaps = 0;
    double longest_gap_ms = 0, gaps_ms = 0;
    std::optional<double> words_per_minute = {};
    std::optional<SpeechScores> dnsmos = {};  // of a sample of turns
};
BOOST_DESCRIBE_STRUCT(SpeechQuality, (),
                      (level_dbfs, active_level_dbfs, peak_dbfs, clipped_share, clipped_runs, dc_offset, gaps,
                       longest_gap_ms, gaps_ms, words_per_minute, dnsmos))

// How somebody sounds: see voice/emotion/emotion.hpp.
struct HeardEmotion {
    std::string label;
    std::map<std::string, double> probabilities;
    double arousal = 0, valence = 0;  // -1 .. 1
};
BOOST_DESCRIBE_STRUCT(HeardEmotion, (), (label, probabilities, arousal, valence))

struct CallerEmotion {
    HeardEmotion turn, call;  // call: over all turns so far
};
BOOST_DESCRIBE_STRUCT(CallerEmotion, (), (turn, call))

// A sound of the caller's over the answer that was no interruption.
struct SoundOverAnswer {
    std::string kind;                      // voice::SoundKind: "backchannel", "noise" or "echo"
    bool resumed = false;                  // the answer stopped for it, and went on
    double at_ms = 0;                      // of the answer's audio
    std::optional<double> paused_ms = {};  // for so long, where `resumed`
    std::optional<std::string> transcript = {};
};
BOOST_DESCRIBE_STRUCT(SoundOverAnswer, (), (kind, resumed, at_ms, paused_ms, transcript))
constexpr std::size_t kSoundsOverAnswerMax = 32;  // kept of one turn: the first ones

struct TurnQuality {
    std::optional<SpeechQuality> caller = {}, reply = {};  // empty: that side made no sound
    std::optional<double> overlap_ms = {};                 // both spoke
    // From the end of the caller's speech to the end of our audio: neither spoke, and the longest such
    // stretch.
    std::optional<double> dead_air_ms = {}, longest_silence_ms = {};
    std::optional<CallerEmotion> emotion = {};                     // empty: too little speech, or no model
    std::optional<std::vector<SoundOverAnswer>> sounds_over = {};  // in order; empty: none

    bool empty() const {
        return !caller && !reply && !overlap_ms && !dead_air_ms && !emotion && !sounds_over;
    }
};
BOOST_DESCRIBE_STRUCT(TurnQuality, (),
                      (caller, reply, overlap_ms, dead_air_ms, longest_silence_ms, emotion, sounds_over))

}  // namespace aimpact::agents
