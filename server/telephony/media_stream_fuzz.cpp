// libFuzzer target: any bytes as a provider's messages, one a line, through the parser and what puts the
// audio in order. Built with -DAIMPACT_FUZZ=ON (clang).
#include <cstdint>
#include <string_view>

#include "telephony/media_order.hpp"
#include "telephony/media_stream.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace aimpact::telephony;
    const MediaStreamLimits limits;
    MediaOrder order(Codec::ulaw);
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        auto message = parse_message(rest.substr(0, end), limits);
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        if (message.has_error()) {
            // An error must be one that an operator can act on.
            if (message.error().message.empty()) __builtin_trap();
            continue;
        }
        if (auto* media = std::get_if<Media>(&message->body)) {
            const std::size_t given = media->audio.size();
            const std::string due = order.push(std::move(*media));
            // Never more than what is held, what came, and the silence of as many gaps.
            if (due.size() >
                (MediaOrder::kHeldMax + 1) * (limits.payload_bytes_max + order.gap_bytes_max()) + given)
                __builtin_trap();
        }
        if (const auto* start = std::get_if<Start>(&message->body)) {
            if (start->stream_id.empty()) __builtin_trap();
            (void)media_message(start->dialect, start->stream_id, start->call_id);
            (void)mark_message(start->dialect, start->stream_id, "1");
        }
    }
    (void)order.flush();
    return 0;
}
