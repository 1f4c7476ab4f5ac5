// The messages of a provider's stream: what Twilio and Telnyx send, and every limit exceeded.
#include "telephony/media_stream.hpp"

#include <gtest/gtest.h>

#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::telephony {
namespace {

using base::ErrorCode;

template <class T>
T parsed(const std::string& text) {
    auto message = parse_message(text);
    EXPECT_TRUE(message.has_value()) << text << ": " << message.error().message;
    EXPECT_TRUE(std::holds_alternative<T>(message->body)) << text;
    return std::get<T>(message->body);
}

Error refusal(const std::string& text, const MediaStreamLimits& limits = {}) {
    auto message = parse_message(text, limits);
    EXPECT_TRUE(message.has_error()) << text;
    return message.has_error() ? message.error() : Error{ErrorCode::internal, "none"};
}

std::string start_with(const std::string& fields) {
    return R"({"event":"start","sequenceNumber":"1","streamSid":"MZ1","start":{"callSid":"CA1")" + fields +
           "}}";
}

TEST(MediaStream, ReadsTwiliosCall) {
    parsed<Connected>(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
    const auto start = parsed<Start>(
        R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1",
            "tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},
            "customParameters":{"agent":"agt_1","token":"ek_1"}},"streamSid":"MZ1"})");
    EXPECT_EQ(start.stream_id, "MZ1");
    EXPECT_EQ(start.call_id, "CA1");
    EXPECT_EQ(start.dialect, Dialect::twilio);
    EXPECT_EQ(start.codec, Codec::ulaw);
    EXPECT_EQ(start.parameters.at("agent"), "agt_1");
    const auto media = parsed<Media>(
        R"({"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"25",
            "payload":"/38A"},"streamSid":"MZ1"})");
    EXPECT_TRUE(media.inbound);
    EXPECT_EQ(media.chunk, 2);
    EXPECT_EQ(media.time_ms, 25);
    EXPECT_EQ(media.audio, std::string("\xff\x7f\x00", 3));
    EXPECT_EQ(
        parsed<Dtmf>(R"({"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"#"}})")
            .digit,
        '#');
    EXPECT_EQ(parsed<Mark>(R"({"event":"mark","streamSid":"MZ1","mark":{"name":"m7"}})").name, "m7");
    parsed<Stop>(R"({"event":"stop","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}})");
}

TEST(MediaStream, ReadsTelnyxsCall) {
    const auto start = parsed<Start>(
        R"({"event":"start","sequence_number":"1","stream_id":"32DE","start":{"call_control_id":"v2:1",
            "from":"+4912345","to":"+4967890","media_format":{"encoding":"PCMA","sample_rate":8000,"channels":1}}})");
    EXPECT_EQ(start.dialect, Dialect::telnyx);
    EXPECT_EQ(start.codec, Codec::alaw);
    EXPECT_EQ(start.stream_id, "32DE");
    EXPECT_EQ(start.call_id, "v2:1");
    EXPECT_EQ(start.from, "+4912345");
    EXPECT_EQ(start.to, "+4967890");
    const auto echo = parsed<Media>(
        R"({"event":"media","stream_id":"32DE","media":{"track":"outbound","chunk":3,"timestamp":40,"payload":""}})");
    EXPECT_FALSE(echo.inbound);
    EXPECT_EQ(echo.chunk, 3);
}

TEST(MediaStream, LetsNewEventsPass) {
    EXPECT_EQ(parsed<Other>(R"({"event":"weather","streamSid":"MZ1"})").event, "weather");
}

TEST(MediaStream, SaysWhatIsWrong) {
    EXPECT_EQ(refusal("{").code, ErrorCode::invalid_argument);
    EXPECT_EQ(refusal("[]").code, ErrorCode::invalid_argument);
    EXPECT_EQ(refusal("{}").param, "event");
    EXPECT_EQ(refusal(R"({"event":1})").param, "event");
    EXPECT_EQ(refusal(R"({"event":"start"})").param, "start");
    EXPECT_EQ(refusal(R"({"event":"start","start":{}})").param, "streamSid");
    EXPECT_EQ(refusal(R"({"event":"media","media":{}})").param, "media.payload");
    EXPECT_EQ(refusal(R"({"event":"media","media":{"payload":"?"}})").param, "media.payload");
    EXPECT_EQ(refusal(R"({"event":"media","media":{"payload":"","chunk":"x"}})").param, "media.chunk");
    EXPECT_EQ(refusal(R"({"event":"media","media":{"payload":"","chunk":-1}})").param, "media.chunk");
    EXPECT_EQ(refusal(R"({"event":"media","media":{"payload":"","timestamp":"99999999999999999999"}})").param,
              "media.timestamp");
    EXPECT_EQ(refusal(R"({"event":"dtmf","dtmf":{"digit":"12"}})").param, "dtmf.digit");
    EXPECT_EQ(refusal(R"({"event":"dtmf","dtmf":{"digit":"x"}})").param, "dtmf.digit");
    EXPECT_EQ(refusal(R"({"event":"mark","mark":{}})").param, "mark.name");
}

TEST(MediaStream, TakesG711OnOneChannelOnly) {
    for (const char* format : {R"({"encoding":"audio/x-l16"})", R"({"encoding":"PCMU","sampleRate":16000})",
                               R"({"encoding":"audio/x-mulaw","sampleRate":8000,"channels":2})"})
        EXPECT_EQ(refusal(start_with(R"(,"mediaFormat":)" + std::string(format))).code,
                  ErrorCode::unsupported_media);
}

TEST(MediaStream, HasLimits) {
    const MediaStreamLimits limits;
    const auto large = [](std::size_t size) { return std::string(size, 'x'); };
    EXPECT_EQ(refusal(large(limits.message_bytes_max + 1)).code, ErrorCode::payload_too_large);
    const std::string audio = base::base64_encode(large(limits.payload_bytes_max + 1));
    EXPECT_EQ(refusal(R"({"event":"media","media":{"payload":")" + audio + R"("}})").code,
              ErrorCode::payload_too_large);
    const std::string whole = base::base64_encode(large(limits.payload_bytes_max));
    EXPECT_EQ(parsed<Media>(R"({"event":"media","media":{"payload":")" + whole + R"("}})").audio.size(),
              limits.payload_bytes_max);
    EXPECT_EQ(refusal(R"({"event":"stop","streamSid":")" + large(limits.id_bytes_max + 1) + R"("})").param,
              "streamSid");
    EXPECT_EQ(
        refusal(R"({"event":"mark","mark":{"name":")" + large(limits.mark_name_bytes_max + 1) + R"("}})")
            .param,
        "mark.name");
    std::string many = R"(,"customParameters":{)";
    for (std::size_t i = 0; i <= limits.parameters_max; ++i)
        many += (i ? ",\"p" : "\"p") + std::to_string(i) + "\":\"v\"";
    EXPECT_EQ(refusal(start_with(many + "}")).param, "start.customParameters");
    EXPECT_EQ(refusal(start_with(R"(,"customParameters":{")" + large(limits.parameter_name_bytes_max + 1) +
                                 R"(":"v"})"))
                  .param,
              "start.customParameters");
    EXPECT_EQ(refusal(start_with(R"(,"customParameters":{"p":")" +
                                 large(limits.parameter_value_bytes_max + 1) + R"("})"))
                  .param,
              "start.customParameters.p");
    std::string deep = "1";
    for (std::size_t i = 0; i <= limits.json_depth_max; ++i) deep = "[" + deep + "]";
    EXPECT_EQ(refusal(R"({"event":"connected","x":)" + deep + "}").code, ErrorCode::invalid_argument);
}

TEST(MediaStream, WritesInTheProvidersWords) {
    const auto fields = [](const std::string& text) { return base::parse_json(text)->get_object(); };
    const auto media = fields(media_message(Dialect::twilio, "MZ1", "\xff\xff"));
    EXPECT_EQ(media.at("event"), "media");
    EXPECT_EQ(media.at("streamSid"), "MZ1");
    EXPECT_EQ(media.at("media").at("payload"), "//8=");
    const auto mark = fields(mark_message(Dialect::telnyx, "32DE", "m1"));
    EXPECT_EQ(mark.at("stream_id"), "32DE");
    EXPECT_EQ(mark.at("mark").at("name"), "m1");
    EXPECT_EQ(fields(clear_message(Dialect::twilio, "MZ1")).at("event"), "clear");
}

}  // namespace
}  // namespace aimpact::telephony
