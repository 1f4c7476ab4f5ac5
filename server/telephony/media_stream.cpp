#include "telephony/media_stream.hpp"

#include <algorithm>
#include <charconv>

#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::telephony {
namespace {

namespace json = boost::json;
using base::ErrorCode;
using base::invalid_argument;
using base::wire::join;

// The member under its camelCase or its snake_case name, or null if it is absent or null.
const json::value* member(const json::object& object, std::string_view camel, std::string_view snake = {}) {
    for (const std::string_view name : {camel, snake}) {
        if (name.empty()) continue;
        if (const json::value* value = object.if_contains(name); value && !value->is_null()) return value;
    }
    return nullptr;
}

Error too_long(std::string_view what, std::size_t max, std::string param) {
    return Error{ErrorCode::payload_too_large,
                 std::string(what) + " may have at most " + std::to_string(max) + " bytes.",
                 {},
                 std::move(param)};
}

Result<std::string> read_text(const json::value& value, const std::string& path, std::size_t max) {
    if (!value.is_string()) return base::wire::wrong_type(path, "a string", value);
    const std::string_view text = value.get_string();
    if (text.size() > max) return too_long("This text", max, path);
    return std::string(text);
}

// An optional text; empty where it is absent.
Result<std::string> text_of(const json::value* value, const std::string& path, std::size_t max) {
    if (!value) return std::string{};
    return read_text(*value, path, max);
}

// Providers write numbers as strings ("chunk": "1") or as numbers.
Result<std::optional<std::int64_t>> number_of(const json::value* value, const std::string& path) {
    if (!value) return std::optional<std::int64_t>{};
    if (value->is_string()) {
        const std::string_view text = value->get_string();
        std::int64_t number = 0;
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (ec != std::errc{} || end != text.data() + text.size() || number < 0)
            return invalid_argument("This must be a whole number that is not negative.", path);
        return std::optional(number);
    }
    AIMPACT_TRY(const auto number, base::wire::decode<std::int64_t>(*value, path, base::Unknown::ignore));
    if (number < 0) return invalid_argument("This must not be negative.", path);
    return std::optional(number);
}

Result<const json::object*> object_of(const json::object& message, std::string_view name) {
    const json::value* value = member(message, name);
    if (!value) return base::wire::missing(std::string(name));
    if (!value->is_object()) return base::wire::wrong_type(std::string(name), "an object", *value);
    return &value->get_object();
}

Result<Codec> read_codec(const json::object& start) {
    const json::value* value = member(start, "mediaFormat", "media_format");
    if (!value) return Codec::ulaw;  // what the protocol began with
    if (!value->is_object()) return base::wire::wrong_type("start.mediaFormat", "an object", *value);
    const json::object& format = value->get_object();
    AIMPACT_TRY(const std::string encoding,
                text_of(member(format, "encoding"), "start.mediaFormat.encoding", 64));
    AIMPACT_TRY(const auto rate,
                number_of(member(format, "sampleRate", "sample_rate"), "start.mediaFormat.sampleRate"));
    AIMPACT_TRY(const auto channels, number_of(member(format, "channels"), "start.mediaFormat.channels"));
    const bool ulaw = encoding.empty() || encoding == "audio/x-mulaw" || encoding == "PCMU";
    const bool alaw = encoding == "audio/x-alaw" || encoding == "PCMA";
    if ((!ulaw && !alaw) || rate.value_or(kWireRate) != kWireRate || channels.value_or(1) != 1)
        return Error{ErrorCode::unsupported_media,
                     "Streams are G.711 at 8000 Hz on one channel (audio/x-mulaw, PCMU, audio/x-alaw, PCMA). "
                     "Set the provider's stream to that.",
                     {},
                     "start.mediaFormat"};
    return alaw ? Codec::alaw : Codec::ulaw;
}

Result<std::map<std::string, std::string>> read_parameters(const json::object& start,
                                                           const MediaStreamLimits& limits) {
    std::map<std::string, std::string> out;
    const std::string path = "start.customParameters";
    const json::value* value = member(start, "customParameters", "custom_parameters");
    if (!value) return out;
    if (!value->is_object()) return base::wire::wrong_type(path, "an object", *value);
    const json::object& given = value->get_object();
    if (given.size() > limits.parameters_max)
        return Error{
            ErrorCode::payload_too_large,
            "A stream may have at most " + std::to_string(limits.parameters_max) + " custom parameters.",
            {},
            path};
    for (const auto& [name, text] : given) {
        if (name.empty() || name.size() > limits.parameter_name_bytes_max)
            return too_long("The name of a custom parameter", limits.parameter_name_bytes_max, path);
        AIMPACT_TRY(out[std::string(name)],
                    read_text(text, join(path, name), limits.parameter_value_bytes_max));
    }
    return out;
}

Result<Start> read_start(const json::object& message, std::string stream_id,
                         const MediaStreamLimits& limits) {
    AIMPACT_TRY(const json::object* object, object_of(message, "start"));
    const json::object& start = *object;
    Start out;
    out.stream_id = std::move(stream_id);
    if (out.stream_id.empty()) {
        AIMPACT_TRY(out.stream_id,
                    text_of(member(start, "streamSid", "stream_id"), "start.streamSid", limits.id_bytes_max));
    }
    if (out.stream_id.empty()) return base::wire::missing("streamSid");
    if (member(message, "stream_id") || member(start, "stream_id")) out.dialect = Dialect::telnyx;
    AIMPACT_TRY(out.call_id,
                text_of(member(start, "callSid", "call_control_id"), "start.callSid", limits.id_bytes_max));
    AIMPACT_TRY(out.from, text_of(member(start, "from"), "start.from", limits.id_bytes_max));
    AIMPACT_TRY(out.to, text_of(member(start, "to"), "start.to", limits.id_bytes_max));
    AIMPACT_TRY(out.codec, read_codec(start));
    AIMPACT_TRY(out.parameters, read_parameters(start, limits));
    return out;
}

Result<Media> read_media(const json::object& message, const MediaStreamLimits& limits) {
    AIMPACT_TRY(const json::object* media, object_of(message, "media"));
    Media out;
    AIMPACT_TRY(const std::string track, text_of(member(*media, "track"), "media.track", 32));
    out.inbound = track.empty() || track == "inbound" || track == "inbound_track";
    AIMPACT_TRY(out.chunk, number_of(member(*media, "chunk"), "media.chunk"));
    AIMPACT_TRY(out.time_ms, number_of(member(*media, "timestamp"), "media.timestamp"));
    const json::value* payload = member(*media, "payload");
    if (!payload) return base::wire::missing("media.payload");
    if (!payload->is_string()) return base::wire::wrong_type("media.payload", "a string of base64", *payload);
    const std::string_view text = payload->get_string();
    if (text.size() / 4 * 3 > limits.payload_bytes_max + 3)  // before any of it is decoded
        return too_long("The audio of one message", limits.payload_bytes_max, "media.payload");
    if (!base::base64_decode(text, out.audio))
        return invalid_argument("The audio isn't valid base64.", "media.payload");
    if (out.audio.size() > limits.payload_bytes_max)
        return too_long("The audio of one message", limits.payload_bytes_max, "media.payload");
    return out;
}

Result<Dtmf> read_dtmf(const json::object& message) {
    AIMPACT_TRY(const json::object* dtmf, object_of(message, "dtmf"));
    const json::value* digit = member(*dtmf, "digit");
    if (!digit) return base::wire::missing("dtmf.digit");
    AIMPACT_TRY(const std::string text, read_text(*digit, "dtmf.digit", 16));
    if (text.size() != 1 || std::string_view("0123456789*#ABCD").find(text[0]) == std::string_view::npos)
        return invalid_argument("A digit is one of 0 to 9, *, # and A to D.", "dtmf.digit");
    return Dtmf{text[0]};
}

Result<Mark> read_mark(const json::object& message, const MediaStreamLimits& limits) {
    AIMPACT_TRY(const json::object* mark, object_of(message, "mark"));
    const json::value* name = member(*mark, "name");
    if (!name) return base::wire::missing("mark.name");
    Mark out;
    AIMPACT_TRY(out.name, read_text(*name, "mark.name", limits.mark_name_bytes_max));
    return out;
}

std::string render(Dialect dialect, const std::string& stream_id, std::string_view event,
                   json::object fields) {
    fields["event"] = event;
    fields[dialect == Dialect::telnyx ? "stream_id" : "streamSid"] = stream_id;
    return base::to_text(fields);
}

}  // namespace

Result<StreamMessage> parse_message(std::string_view text, const MediaStreamLimits& limits) {
    if (text.size() > limits.message_bytes_max) return too_long("One message", limits.message_bytes_max, {});
    AIMPACT_TRY(const json::value value,
                base::parse_json(text, {limits.message_bytes_max, limits.json_depth_max}));
    if (!value.is_object()) return base::wire::wrong_type("", "an object", value);
    const json::object& message = value.get_object();
    const json::value* name = member(message, "event");
    if (!name) return base::wire::missing("event");
    AIMPACT_TRY(const std::string event, read_text(*name, "event", 64));

    StreamMessage out;
    AIMPACT_TRY(out.stream_id,
                text_of(member(message, "streamSid", "stream_id"), "streamSid", limits.id_bytes_max));
    if (event == "connected") {
        out.body = Connected{};
    } else if (event == "start") {
        AIMPACT_TRY(out.body, read_start(message, out.stream_id, limits));
        out.stream_id = std::get<Start>(out.body).stream_id;
    } else if (event == "media") {
        AIMPACT_TRY(out.body, read_media(message, limits));
    } else if (event == "dtmf") {
        AIMPACT_TRY(out.body, read_dtmf(message));
    } else if (event == "mark") {
        AIMPACT_TRY(out.body, read_mark(message, limits));
    } else if (event == "stop") {
        out.body = Stop{};
    } else {
        out.body = Other{event};
    }
    return out;
}

std::string media_message(Dialect dialect, const std::string& stream_id, std::string_view audio) {
    return render(dialect, stream_id, "media",
                  {{"media", json::object{{"payload", base::base64_encode(audio)}}}});
}

std::string mark_message(Dialect dialect, const std::string& stream_id, std::string_view name) {
    return render(dialect, stream_id, "mark", {{"mark", json::object{{"name", name}}}});
}

std::string clear_message(Dialect dialect, const std::string& stream_id) {
    return render(dialect, stream_id, "clear", {});
}

}  // namespace aimpact::telephony
