// The messages of a telephone provider's media stream: a WebSocket of JSON that carries one call's audio both
// ways. Twilio defined them ("Media Streams, WebSocket messages"); SignalWire and others use the same JSON,
// Telnyx the same events with names in snake_case ("media streaming over WebSockets"). Both are read.
//
//   provider to us: connected, start, media, dtmf, mark, stop
//   us to provider: media, mark, clear
//
// Strict where we act on a message, tolerant of fields that we don't know: the wire grows. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"

namespace aimpact::telephony {

using base::Error;
using base::Result;

enum class Dialect { twilio, telnyx };  // streamSid, or stream_id
enum class Codec { ulaw, alaw };        // G.711 at 8 kHz, one byte a sample

inline constexpr int kWireRate = 8'000;
inline constexpr std::size_t kBytesPerMs = kWireRate / 1000;

// Every limit of a message, in one table; media_stream_test exceeds each.
struct MediaStreamLimits {
    std::size_t message_bytes_max = 64 << 10;
    std::size_t payload_bytes_max = 16'000;  // of one media message, decoded: two seconds
    std::size_t id_bytes_max = 256;          // stream, call
    std::size_t parameters_max = 32;
    std::size_t parameter_name_bytes_max = 64;
    std::size_t parameter_value_bytes_max = 4096;
    std::size_t mark_name_bytes_max = 128;
    std::size_t json_depth_max = 8;
};

struct Connected {};

struct Start {
    std::string stream_id, call_id;
    Dialect dialect = Dialect::twilio;
    Codec codec = Codec::ulaw;
    std::string from, to;  // E.164 numbers where the provider tells them; usually empty
    std::map<std::string, std::string> parameters;
};

struct Media {
    bool inbound = true;                  // what the caller says; an echo of our own side is not
    std::optional<std::int64_t> chunk;    // counts the track's messages
    std::optional<std::int64_t> time_ms;  // of its first sample, since the stream began
    std::string audio;                    // G.711
};

struct Dtmf {
    char digit = '0';  // 0-9, *, #, A-D
};

struct Mark {
    std::string name;
};

struct Stop {};

struct Other {  // an event that asks nothing of us
    std::string event;
};

struct StreamMessage {
    std::string stream_id;  // empty where the message has none
    std::variant<Connected, Start, Media, Dtmf, Mark, Stop, Other> body;
};

// invalid_argument or payload_too_large, with the path of the field in `param`; unsupported_media for a codec
// other than G.711 at 8 kHz.
Result<StreamMessage> parse_message(std::string_view text, const MediaStreamLimits& limits = {});

std::string media_message(Dialect dialect, const std::string& stream_id, std::string_view audio);
std::string mark_message(Dialect dialect, const std::string& stream_id, std::string_view name);
// The provider throws away what it has not played yet, and echoes the marks behind it at once.
std::string clear_message(Dialect dialect, const std::string& stream_id);

}  // namespace aimpact::telephony
