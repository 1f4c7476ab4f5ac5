#include "realtime/speaker_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::realtime {

namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::invalid_argument;
using base::Result;
using base::Task;

constexpr const char* kNames = "known_speaker_names";
constexpr const char* kReferences = "known_speaker_references";

std::vector<std::string_view> values(const net::Multipart& form, const std::string& name) {
    std::vector<std::string_view> out;
    for (const std::string& spelled : {name + "[]", name})
        for (const net::MultipartPart* part : form.find_all(spelled)) out.push_back(part->data);
    return out;
}

// "auto", or {"type": "server_vad", ...}: a recording is always cut by voice activity, at the places that
// suit the recogniser, so the object's numbers change nothing.
Result<> check_chunking(const net::Multipart& form) {
    const auto value = form.value("chunking_strategy");
    std::string type = form.value("chunking_strategy[type]").value_or("");
    if (value && !value->empty() && *value != "auto") {
        boost::system::error_code ec;
        const json::value parsed = json::parse(*value, ec);
        const json::object* object = ec ? nullptr : parsed.if_object();
        const json::value* named = object ? object->if_contains("type") : nullptr;
        type = named && named->is_string() ? std::string(named->as_string()) : std::string("?");
    }
    if (!type.empty() && type != "server_vad" && type != "auto")
        return invalid_argument(R"(chunking_strategy is "auto", or an object of type "server_vad".)",
                                "chunking_strategy");
    return {};
}

Result<std::string> read_data_url(std::string_view url, std::size_t bytes_max) {
    constexpr std::string_view kScheme = "data:", kBase64 = ";base64";
    const std::size_t comma = url.find(',');
    if (!url.starts_with(kScheme) || comma == std::string_view::npos ||
        !url.substr(0, comma).ends_with(kBase64))
        return invalid_argument("A speaker's sample is a data URL: data:audio/wav;base64,...", kReferences);
    std::string_view text = url.substr(comma + 1);
    if (text.size() / 4 * 3 > bytes_max)
        return Error{ErrorCode::payload_too_large,
                     fmt::format("A speaker's sample may have at most {} KiB.", bytes_max >> 10),
                     {},
                     kReferences};
    std::string bytes;
    if (!base::base64_decode(text, bytes) || bytes.empty())
        return invalid_argument("A speaker's sample isn't base64.", kReferences);
    return bytes;
}

Result<> check_name(std::string_view name, const std::vector<SpeakerReference>& before,
                    std::size_t bytes_max) {
    if (name.empty() || name.size() > bytes_max ||
        std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
        return invalid_argument(
            fmt::format("A speaker's name has 1 to {} bytes, no control characters.", bytes_max), kNames);
    if (std::ranges::any_of(before, [&](const auto& known) { return known.name == name; }))
        return invalid_argument(fmt::format("Two speakers are named \"{}\".", name), kNames);
    return {};
}

}  // namespace

Result<SpeakerRequest> read_speaker_request(const net::Multipart& form, bool diarised,
                                            const AudioRouteLimits& limits) {
    AIMPACT_CHECK(check_chunking(form));
    SpeakerRequest out;
    const auto names = values(form, kNames), references = values(form, kReferences);
    const std::string count = form.value("speaker_count").value_or("");
    if (!diarised && (!names.empty() || !references.empty() || !count.empty()))
        return invalid_argument("Speakers are told apart only with response_format=diarized_json.",
                                !count.empty()   ? "speaker_count"
                                : !names.empty() ? kNames
                                                 : kReferences);
    if (!count.empty()) {
        const auto [end, ec] = std::from_chars(count.data(), count.data() + count.size(), out.speakers);
        if (ec != std::errc{} || end != count.data() + count.size() || out.speakers < 1 ||
            out.speakers > voice::kSpeakersMax)
            return invalid_argument(
                fmt::format("speaker_count is a number from 1 to {}.", voice::kSpeakersMax), "speaker_count");
    }
    if (std::max(names.size(), references.size()) > limits.known_speakers_max)
        return invalid_argument(fmt::format("At most {} speakers can be known.", limits.known_speakers_max),
                                names.size() > limits.known_speakers_max ? kNames : kReferences);
    if (names.size() != references.size())
        return invalid_argument(
            fmt::format("Each known speaker has a name and a sample: there are {} names and {} samples.",
                        names.size(), references.size()),
            names.size() < references.size() ? kNames : kReferences);
    for (std::size_t i = 0; i < names.size(); ++i) {
        AIMPACT_CHECK(check_name(names[i], out.known, limits.speaker_name_bytes_max));
        AIMPACT_TRY(auto audio, read_data_url(references[i], limits.reference_bytes_max));
        out.known.push_back({std::string(names[i]), std::move(audio)});
    }
    return out;
}

Task<Result<voice::DiarisationOptions>> known_voices(const voice::Diariser& diariser, base::ThreadPool& files,
                                                     SpeakerRequest request, AudioRouteLimits limits) {
    voice::DiarisationOptions options;
    options.speakers = request.speakers;
    for (SpeakerReference& reference : request.known) {
        const std::string name = reference.name;
        const auto failed = [&name](Error error) {
            error.message = fmt::format("The sample of \"{}\": {}", name, error.message);
            error.param = kReferences;
            return error;
        };
        auto job = [audio = std::move(reference.audio), limits] {
            // Longer than allowed is told apart from much longer, which isn't decoded.
            return voice::decode_audio(audio, {limits.reference_bytes_max, 2 * limits.reference_seconds_max},
                                       voice::kRecognitionRate);
        };
        auto clip = co_await files.run(std::move(job));
        const bool too_long = clip.has_error() ? clip.error().code == ErrorCode::payload_too_large
                                               : clip->seconds() > limits.reference_seconds_max;
        if (too_long || (clip.has_value() && clip->seconds() < limits.reference_seconds_min))
            co_return failed(
                invalid_argument(fmt::format("It must be {:.0f} to {:.0f} seconds long.",
                                             limits.reference_seconds_min, limits.reference_seconds_max)));
        if (clip.has_error() && clip.error().code == ErrorCode::unsupported_media)
            co_return failed(invalid_argument(clip.error().message));  // the recording may be fine
        if (clip.has_error()) co_return failed(clip.error());
        auto voice = co_await diariser.voice_of(std::move(clip->samples), inference::Priority::batch);
        if (voice.has_error() && voice.error().code == ErrorCode::invalid_argument)
            co_return failed(voice.error());
        if (voice.has_error()) co_return voice.error();
        options.known.push_back({name, *voice});
    }
    co_return options;
}

json::object diarised_segment(const voice::Segment& segment, std::size_t number) {
    return {{"type", "transcript.text.segment"},
            {"id", fmt::format("seg_{:03}", number + 1)},
            {"start", segment.start_seconds},
            {"end", segment.end_seconds},
            {"text", segment.text},
            {"speaker", segment.speaker}};
}

json::object diarised_transcript(const voice::Transcript& transcript) {
    json::array segments;
    for (const voice::Segment& segment : transcript.segments)
        segments.push_back(diarised_segment(segment, segments.size()));
    return {{"task", "transcribe"},
            {"duration", transcript.audio_seconds},
            {"text", transcript.text},
            {"segments", std::move(segments)},
            {"usage", json::object{{"type", "duration"}, {"seconds", std::ceil(transcript.audio_seconds)}}}};
}

}  // namespace aimpact::realtime
