// What a session measures of both sides' sound, for the TurnQuality of its turns: the caller's as it arrives,
// an answer's as it is sent. Pure; times are given by the caller. One executor.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "agents/turn_quality.hpp"
#include "base/clock.hpp"
#include "voice/quality/arrival_meter.hpp"
#include "voice/quality/dnsmos.hpp"
#include "voice/quality/level_meter.hpp"

namespace aimpact::realtime {

// Audio as a wire carries it, decoded.
struct WireSound {
    std::span<const float> samples;
    int sample_rate = 0;
    float full_scale = 1;  // the largest magnitude that its codec can say
};

// The caller's audio. Positions are ms of audio since the session's first sample, as the listener counts.
class CallerSound {
  public:
    void received(const WireSound& sound, base::SteadyTime now);
    // Of the stretch, to a fifth of a second. What lies two minutes and more back is forgotten.
    agents::SpeechQuality quality(double from_ms, double to_ms);
    double received_ms() const { return arrival_.received_ms(); }

  private:
    static constexpr double kBlockMs = 200;
    static constexpr std::size_t kBlocksMax = 700;
    struct Block {
        double from_ms, to_ms;
        voice::LevelSums sums;
    };
    void close_block();

    std::optional<voice::LevelMeter> meter_;
    int rate_ = 0;
    float full_scale_ = 0;
    std::deque<Block> blocks_;
    double block_from_ms_ = 0;
    voice::ArrivalMeter arrival_;
};

// The audio of one answer.
class ReplySound {
  public:
    // The beginning of what is sent is kept as well, up to so many samples: to be scored.
    void keep(std::size_t samples_max) { keep_max_ = samples_max; }
    void sent(const WireSound& sound);
    // The caller has heard all that was sent before, since `ms` ago, and the answer goes on: a gap if it is
    // long enough to be heard.
    void late(double ms);

    bool silent() const { return !meter_; }  // nothing was sent
    agents::SpeechQuality quality() const;
    int rate() const { return rate_; }
    std::vector<float> take_kept() { return std::exchange(kept_, {}); }

  private:
    std::optional<voice::LevelMeter> meter_;
    voice::LevelSums sums_;
    int rate_ = 0, gaps_ = 0;
    double longest_gap_ms_ = 0, gaps_ms_ = 0;
    std::size_t keep_max_ = 0;
    std::vector<float> kept_;
};

agents::SpeechScores scores_of(const voice::DnsmosScore& score);
double rounded_ms(double ms);

}  // namespace aimpact::realtime
