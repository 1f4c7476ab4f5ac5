#include "realtime/speech_request.hpp"

#include <algorithm>

#include "realtime/openai_events.hpp"
#include "realtime/openai_fields.hpp"
#include "realtime/openai_voices.hpp"

namespace aimpact::realtime {
namespace {

using base::Error;
using base::ErrorCode;
using base::invalid_argument;
using openai::member;
using openai::read_if;
using openai::read_required;

bool is_speech_model(std::string_view model) {
    return model == "kokoro-82m" || model == "tts-1" || model == "tts-1-hd" ||
           (model.starts_with("gpt-4o") && model.find("tts") != std::string_view::npos);
}

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

base::Result<voice::AudioFormat> read_format(const std::string& name) {
    if (name == "mp3") return voice::AudioFormat::mp3;
    if (name == "wav") return voice::AudioFormat::wav;
    if (name == "opus") return voice::AudioFormat::opus;
    if (name == "flac") return voice::AudioFormat::flac;
    if (name == "pcm") return voice::AudioFormat::pcm;
    if (name == "aac")
        return Error{ErrorCode::unsupported_media,
                     "aac isn't offered: ask for mp3, opus, flac, wav or pcm.",
                     {},
                     "response_format"};
    return invalid_argument("response_format must be mp3, opus, flac, wav or pcm.", "response_format");
}

}  // namespace

base::Result<SpeechRequest> read_speech_request(const std::string& body,
                                                const voice::Synthesizer& synthesizer,
                                                const AudioRouteLimits& limits,
                                                std::shared_ptr<voice::OwnVoices> own_voices) {
    AIMPACT_TRY(const boost::json::value value, base::parse_json(body));
    if (!value.is_object()) return base::wire::wrong_type("", "an object", value);
    const boost::json::object& object = value.get_object();
    SpeechRequest out;
    out.style.own_voices = std::move(own_voices);

    std::string model = "kokoro-82m";
    AIMPACT_CHECK(read_if<std::string>(object, "model", "", model));
    if (!is_speech_model(model))
        return Error{ErrorCode::not_found,
                     "There is no speech model \"" + model.substr(0, 64) + "\". Use kokoro-82m.",
                     {},
                     "model"};

    AIMPACT_TRY(out.input, read_required<std::string>(object, "input", ""));
    if (out.input.empty()) return invalid_argument("There is no text to speak.", "input");
    if (const std::size_t count = characters(out.input); count > limits.input_chars_max)
        return invalid_argument("input may have at most " + std::to_string(limits.input_chars_max) +
                                    " characters; this has " + std::to_string(count) + ". Send it in parts.",
                                "input");

    const auto* voice = member(object, "voice");
    if (!voice) return base::wire::missing("voice");
    AIMPACT_TRY(const std::string voice_name, openai::parse_voice(*voice, "voice"));
    out.style.voice = voice_of(synthesizer, voice_name);

    std::string instructions;
    AIMPACT_CHECK(read_if<std::string>(object, "instructions", "", instructions));
    if (characters(instructions) > limits.instructions_chars_max)
        return invalid_argument(
            "instructions may have at most " + std::to_string(limits.instructions_chars_max) + " characters.",
            "instructions");
    if (std::string emotion = emotion_in(instructions, synthesizer.emotions()); !emotion.empty())
        out.style.emotion = std::move(emotion);
    AIMPACT_CHECK(read_if<std::string>(object, "emotion", "", out.style.emotion));
    AIMPACT_CHECK(read_if<double>(object, "emotion_intensity", "", out.style.intensity));
    if (!(out.style.intensity >= 0 && out.style.intensity <= 1))
        return invalid_argument("emotion_intensity is between 0 and 1.", "emotion_intensity");
    AIMPACT_CHECK(read_if<double>(object, "speed", "", out.style.speed));
    if (!(out.style.speed >= 0.25 && out.style.speed <= 4))
        return invalid_argument("speed is between 0.25 and 4.", "speed");
    AIMPACT_CHECK(synthesizer.check(out.style));

    std::string format = "mp3", stream = "audio";
    AIMPACT_CHECK(read_if<std::string>(object, "response_format", "", format));
    AIMPACT_TRY(out.format, read_format(format));
    AIMPACT_CHECK(read_if<std::string>(object, "stream_format", "", stream));
    if (stream != "audio" && stream != "sse")
        return invalid_argument("stream_format must be audio or sse.", "stream_format");
    out.events = stream == "sse";
    return out;
}

}  // namespace aimpact::realtime
