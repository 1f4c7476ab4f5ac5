#include "voice/quality/arrival_meter.hpp"

#include <algorithm>

namespace aimpact::voice {

namespace {

constexpr double kNegligibleMs = 5;

ArrivalMeter::Time later_by(ArrivalMeter::Time time, double ms) {
    return time + std::chrono::duration_cast<ArrivalMeter::Time::duration>(
                      std::chrono::duration<double, std::milli>(ms));
}

}  // namespace

void ArrivalMeter::arrived(Time now, double ms) {
    if (ms <= 0) return;
    if (!started_) due_ = now;
    started_ = true;
    const double by = std::chrono::duration<double, std::milli>(now - due_).count();
    if (by >= kNegligibleMs) {
        late_.push_back({position_ms_, by});
        if (late_.size() > kKept) late_.pop_front();
    }
    // A single long piece is no lead: its end was spoken just before it came.
    due_ = std::min(later_by(std::max(due_, now), ms), later_by(now, std::max(ms, kLeadMaxMs)));
    position_ms_ += ms;
}

ArrivalReport ArrivalMeter::report(double from_ms, double to_ms) const {
    ArrivalReport out;
    for (const Late& piece : late_) {
        if (piece.at_ms <= from_ms || piece.at_ms >= to_ms) continue;
        out.longest_ms = std::max(out.longest_ms, piece.by_ms);
        if (piece.by_ms < kGapMs) continue;
        ++out.gaps;
        out.gaps_ms += piece.by_ms;
    }
    return out;
}

void ArrivalMeter::forget_before(double ms) {
    while (!late_.empty() && late_.front().at_ms < ms) late_.pop_front();
}

}  // namespace aimpact::voice
