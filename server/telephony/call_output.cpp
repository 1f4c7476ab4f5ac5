// What the session says, as the provider plays it.
#include <algorithm>

#include "base/log.hpp"
#include "telephony/call.hpp"
#include "telephony/g711.hpp"

namespace aimpact::telephony {

namespace {

constexpr std::size_t kFrameBytes = 20 * kBytesPerMs;
constexpr std::size_t kMarkEveryBytes = 1'000 * kBytesPerMs;

}  // namespace

void Call::send(std::string message) {
    if (closing_ || !socket_.send(std::move(message)).has_error()) return;
    if (socket_.open())
        base::log_warn("telephony.provider_stopped_reading",
                       {{"call_id", start_.call_id}, {"queued_bytes", socket_.queued_bytes()}});
    close(1008, "The provider reads too slowly.");
}

void Call::begin_item(const std::string& item_id) {
    item_id_ = item_id;
    frames_.clear();
    sent_bytes_ = marked_bytes_ = 0;
    to_wire_ = voice::Resampler(voice::kSynthesisRate, kWireRate);
}

void Call::send_mark() {
    if (item_id_.empty() || item_id_ == stopped_id_ || sent_bytes_ == marked_bytes_) return;
    marked_bytes_ = sent_bytes_;
    const double ms = static_cast<double>(sent_bytes_) / kBytesPerMs;
    send(mark_message(start_.dialect, start_.stream_id, marks_.add(item_id_, ms)));
}

void Call::send_frames(bool whole) {
    if (const std::size_t rest = frames_.size() % kFrameBytes; whole && rest > 0)
        frames_.append(kFrameBytes - rest, encode(start_.codec, std::vector<float>(1))[0]);
    std::size_t at = 0;
    for (; at + kFrameBytes <= frames_.size(); at += kFrameBytes) {
        send(media_message(start_.dialect, start_.stream_id,
                           std::string_view(frames_).substr(at, kFrameBytes)));
        sent_bytes_ += kFrameBytes;
        // The first frame's tells when the caller began to hear it.
        if (sent_bytes_ == kFrameBytes || sent_bytes_ - marked_bytes_ >= kMarkEveryBytes) send_mark();
    }
    frames_.erase(0, at);
}

realtime::WireSound Call::audio_delta(const std::string&, const std::string& item_id,
                                      std::span<const float> samples, std::string_view) {
    if (item_id != item_id_) begin_item(item_id);
    const std::string bytes = encode(start_.codec, to_wire_.process(samples));
    sent_ = decode(start_.codec, bytes);
    frames_ += bytes;
    send_frames(false);
    return {sent_, kWireRate, full_scale(start_.codec)};
}

void Call::output_item_done(const std::string&, const agents::Item& item) {
    if (item.id != item_id_) return;
    if (item.status == agents::ItemStatus::completed) {
        frames_ += encode(start_.codec, to_wire_.flush());  // the few milliseconds that are still inside
        send_frames(true);
        send_mark();
    }
    begin_item({});
}

void Call::interrupted(const std::string&, const std::string& item_id) {
    stopped_id_ = item_id;
    begin_item({});
    send(clear_message(start_.dialect, start_.stream_id));
    marks_.cleared();
}

}  // namespace aimpact::telephony
