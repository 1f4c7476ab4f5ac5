#include "telephony/media_order.hpp"

#include <algorithm>

namespace aimpact::telephony {

std::string MediaOrder::push(Media media) {
    std::string out;
    if (!media.chunk) {
        play(std::move(media), 0, out);
        return out;
    }
    const std::int64_t chunk = *media.chunk;
    if (last_ && chunk <= *last_) {
        ++counts_.dropped;
        if (++late_ < kLateMax) return out;
        held_.clear();
        last_.reset();
        next_ms_.reset();
    }
    late_ = 0;
    if (!last_) last_ = chunk - 1;
    if (chunk != *last_ + 1) ++counts_.early;
    if (!held_.emplace(chunk, std::move(media)).second) ++counts_.dropped;
    release(out, kHeldMax);
    return out;
}

std::string MediaOrder::flush() {
    std::string out;
    release(out, 0);
    return out;
}

void MediaOrder::release(std::string& out, std::size_t held_max) {
    while (!held_.empty() && (held_.begin()->first == *last_ + 1 || held_.size() > held_max)) {
        auto first = held_.extract(held_.begin());
        const std::int64_t missing = first.key() - *last_ - 1;
        last_ = first.key();
        play(std::move(first.mapped()), missing, out);
    }
}

void MediaOrder::play(Media media, std::int64_t missing, std::string& out) {
    const double length_ms = static_cast<double>(media.audio.size()) / kBytesPerMs;
    if (media.time_ms) {
        const double at = static_cast<double>(*media.time_ms);
        const double late_ms = next_ms_ ? at - *next_ms_ : 0.0;
        if (late_ms >= kGapMs)
            silence(static_cast<std::int64_t>(std::min(late_ms, static_cast<double>(kGapMsMax))), out);
        // Small differences may add up to a gap, so they are not forgotten.
        const bool steady = next_ms_ && late_ms < kGapMs && late_ms > -kGapMs;
        next_ms_ = (steady ? *next_ms_ : at) + length_ms;
    } else if (missing > 0) {
        const double ms = std::min(static_cast<double>(missing) * length_ms, static_cast<double>(kGapMsMax));
        silence(static_cast<std::int64_t>(ms), out);
    }
    out += media.audio;
}

void MediaOrder::silence(std::int64_t ms, std::string& out) {
    if (ms <= 0) return;
    ++counts_.gaps;
    counts_.silence_ms += ms;
    out.append(static_cast<std::size_t>(ms) * kBytesPerMs, silence_);
}

}  // namespace aimpact::telephony
