#include "realtime/turn_sound.hpp"

#include <algorithm>
#include <cmath>

namespace aimpact::realtime {

namespace {

double rounded(double value, double steps) {
    return std::round(value * steps) / steps;
}

// To digits that mean something: they are stored, and people read them.
agents::SpeechQuality quality_of(const voice::LevelSums& sums) {
    const voice::LevelReport report = voice::report_of(sums);
    agents::SpeechQuality out;
    out.level_dbfs = rounded(report.level_dbfs, 10);
    out.active_level_dbfs = rounded(report.active_level_dbfs, 10);
    out.peak_dbfs = rounded(report.peak_dbfs, 10);
    out.clipped_share = rounded(report.clipped_share, 1e6);
    out.clipped_runs = report.clipped_runs;
    out.dc_offset = rounded(report.dc_offset, 1e5);
    return out;
}

}  // namespace

double rounded_ms(double ms) {
    return std::round(ms);
}

agents::SpeechScores scores_of(const voice::DnsmosScore& score) {
    return {rounded(score.overall, 100), rounded(score.signal, 100), rounded(score.background, 100),
            rounded(score.p808, 100)};
}

// ---------------------------------------------------------------------------------------- the caller

void CallerSound::received(const WireSound& sound, base::SteadyTime now) {
    if (sound.samples.empty() || sound.sample_rate <= 0) return;
    if (!meter_ || rate_ != sound.sample_rate || full_scale_ != sound.full_scale) {
        close_block();
        meter_.emplace(sound.sample_rate, sound.full_scale);
        rate_ = sound.sample_rate;
        full_scale_ = sound.full_scale;
    }
    // Whole blocks, however long the piece is.
    double position = arrival_.received_ms();
    arrival_.arrived(now, static_cast<double>(sound.samples.size()) * 1000.0 / rate_);
    std::span<const float> rest = sound.samples;
    while (!rest.empty()) {
        const double left_ms = block_from_ms_ + kBlockMs - position;
        const auto room = static_cast<std::size_t>(std::max(1.0, std::ceil(left_ms * rate_ / 1000.0)));
        const auto part = rest.first(std::min(room, rest.size()));
        meter_->push(part);
        position += static_cast<double>(part.size()) * 1000.0 / rate_;
        rest = rest.subspan(part.size());
        if (position - block_from_ms_ < kBlockMs) continue;
        blocks_.push_back({block_from_ms_, position, meter_->take()});
        block_from_ms_ = position;
        if (blocks_.size() <= kBlocksMax) continue;
        arrival_.forget_before(blocks_.front().to_ms);
        blocks_.pop_front();
    }
}

void CallerSound::close_block() {
    if (!meter_ || arrival_.received_ms() <= block_from_ms_) return;
    blocks_.push_back({block_from_ms_, arrival_.received_ms(), meter_->take()});
    block_from_ms_ = arrival_.received_ms();
}

agents::SpeechQuality CallerSound::quality(double from_ms, double to_ms) {
    close_block();
    voice::LevelSums sums;
    for (const Block& block : blocks_)
        if (block.to_ms > from_ms && block.from_ms < to_ms) sums += block.sums;
    agents::SpeechQuality out = quality_of(sums);
    const voice::ArrivalReport arrival = arrival_.report(from_ms, to_ms);
    out.gaps = arrival.gaps;
    out.longest_gap_ms = rounded_ms(arrival.longest_ms);
    out.gaps_ms = rounded_ms(arrival.gaps_ms);
    return out;
}

// ---------------------------------------------------------------------------------------- the answer

void ReplySound::sent(const WireSound& sound) {
    if (sound.samples.empty() || sound.sample_rate <= 0) return;
    if (!meter_) {
        rate_ = sound.sample_rate;
        meter_.emplace(rate_, sound.full_scale);
    }
    meter_->push(sound.samples);
    sums_ += meter_->take();
    const std::size_t room = keep_max_ - std::min(kept_.size(), keep_max_);
    const auto part = sound.samples.first(std::min(room, sound.samples.size()));
    kept_.insert(kept_.end(), part.begin(), part.end());
}

void ReplySound::late(double ms) {
    longest_gap_ms_ = std::max(longest_gap_ms_, ms);
    if (ms < voice::ArrivalMeter::kGapMs) return;
    ++gaps_;
    gaps_ms_ += ms;
}

agents::SpeechQuality ReplySound::quality() const {
    agents::SpeechQuality out = quality_of(sums_);
    out.gaps = gaps_;
    out.longest_gap_ms = rounded_ms(longest_gap_ms_);
    out.gaps_ms = rounded_ms(gaps_ms_);
    return out;
}

}  // namespace aimpact::realtime
