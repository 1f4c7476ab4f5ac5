#include "realtime/transcription.hpp"
#include "base/wire.hpp"
#include "net/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

namespace aimpact::realtime {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::invalid_argument;

// By our recogniser's own name or one of OpenAI's, which clients have built in.
bool is_transcription_model(std::string_view model, std::string_view own) {
    return model == own || model.starts_with("whisper-") || model == "gpt-transcribe" ||
           (model.starts_with("gpt-4o") && model.find("transcribe") != std::string_view::npos);
}

base::Result<bool> read_bool(const std::string& text, const char* name) {
    if (text == "true" || text == "1" || text == "True") return true;
    if (text == "false" || text == "0" || text == "False" || text.empty()) return false;
    return invalid_argument("This must be true or false.", name);
}

json::object verbose(const voice::Transcript& transcript, const TranscriptionRequest& request,
                     const RecordingEmotions* emotions) {
    json::array segments;
    int id = 0;
    for (const voice::Segment& segment : timed_segments(transcript))
        segments.push_back(
            {{"id", id++},
             {"seek", static_cast<std::int64_t>(segment.start_seconds * 100)},
             {"start", segment.start_seconds},
             {"end", segment.end_seconds},
             {"text", segment.text},
             {"tokens", json::array{}},
             {"temperature", 0.0},
             // Known only where words were asked for; else, as for the next two, the format's neutral value.
             {"avg_logprob", segment.words.empty() ? 0.0 : std::log(std::max(1e-6, segment.confidence))},
             {"compression_ratio", 1.0},
             {"no_speech_prob", 0.0}});
    if (emotions)
        for (std::size_t i = 0; i < std::min(segments.size(), emotions->segments.size()); ++i)
            if (emotions->segments[i])
                segments[i].get_object()["emotion"] = base::encode(*emotions->segments[i]);
    json::object out{
        {"task", "transcribe"},
        {"language", request.language.empty() || request.language == "en" ? "english" : request.language},
        {"duration", transcript.audio_seconds},
        {"text", transcript.text},
        {"segments", std::move(segments)},
        {"usage", json::object{{"type", "duration"}, {"seconds", std::ceil(transcript.audio_seconds)}}}};
    if (request.words) {
        json::array words;
        for (const voice::Segment& segment : transcript.segments)
            for (const voice::Word& word : segment.words)
                words.push_back({{"word", word.text},
                                 {"start", word.start_seconds},
                                 {"end", word.end_seconds},
                                 {"confidence", word.confidence}});
        out["words"] = std::move(words);
    }
    if (emotions && emotions->whole) out["emotion"] = base::encode(*emotions->whole);
    return out;
}

}  // namespace

std::vector<voice::Segment> timed_segments(const voice::Transcript& transcript) {
    if (!transcript.segments.empty() || transcript.text.empty()) return transcript.segments;
    return {voice::Segment{0, transcript.audio_seconds, transcript.text}};
}

base::Result<TranscriptionRequest> read_transcription_request(const net::Multipart& form,
                                                              const AudioRouteLimits& limits,
                                                              const std::string& own_model) {
    for (const net::MultipartPart& part : form.parts)
        if (part.name != "file" && !net::is_utf8(part.data))
            return invalid_argument("The form's fields must be UTF-8.",
                                    net::is_utf8(part.name) ? part.name : std::string());
    TranscriptionRequest out;
    const net::MultipartPart* file = form.find("file");
    if (!file) return invalid_argument("Send the recording as the form's part \"file\".", "file");
    if (file->data.size() > limits.upload_bytes_max)
        return Error{ErrorCode::payload_too_large,
                     "A recording may have at most " + std::to_string(limits.upload_bytes_max >> 20) +
                         " MiB. Send it as FLAC, Opus or MP3, or in parts.",
                     {},
                     "file"};
    if (file->data.empty()) return invalid_argument("The file is empty.", "file");
    out.file = file->data;

    const auto model = form.value("model");
    if (!model || model->empty()) return invalid_argument("Name a model: " + own_model + ".", "model");
    if (!is_transcription_model(*model, own_model))
        return Error{
            ErrorCode::not_found,
            "There is no transcription model \"" + model->substr(0, 64) + "\". Use " + own_model + ".",
            {},
            "model"};

    const std::string format = form.value("response_format").value_or("json");
    if (format == "json") {
        out.format = TranscriptFormat::json;
    } else if (format == "text") {
        out.format = TranscriptFormat::text;
    } else if (format == "srt") {
        out.format = TranscriptFormat::srt;
    } else if (format == "vtt") {
        out.format = TranscriptFormat::vtt;
    } else if (format == "verbose_json") {
        out.format = TranscriptFormat::verbose_json;
    } else if (format == "diarized_json") {
        out.format = TranscriptFormat::diarized_json;
    } else {
        return invalid_argument(
            "response_format must be json, text, srt, vtt, verbose_json or diarized_json.",
            "response_format");
    }
    if (const auto temperature = form.value("temperature"); temperature && !temperature->empty()) {
        double value = 0;
        const auto [end, ec] =
            std::from_chars(temperature->data(), temperature->data() + temperature->size(), value);
        if (ec != std::errc{} || end != temperature->data() + temperature->size() ||
            !(value >= 0 && value <= 1))
            return invalid_argument("temperature is a number between 0 and 1.", "temperature");
    }
    out.language = form.value("language").value_or("");
    if (out.language.size() > limits.language_chars_max)
        return invalid_argument("language is a code such as en, of at most " +
                                    std::to_string(limits.language_chars_max) + " characters.",
                                "language");
    out.prompt = form.value("prompt").value_or("");
    if (out.prompt.size() > limits.prompt_chars_max)
        return invalid_argument(
            "prompt may have at most " + std::to_string(limits.prompt_chars_max) + " characters.", "prompt");
    for (const char* name : {"timestamp_granularities[]", "timestamp_granularities"})
        for (const net::MultipartPart* part : form.find_all(name))
            if (part->data == "word")
                out.words = true;
            else if (part->data != "segment")
                return invalid_argument("timestamp_granularities are \"segment\" and \"word\".",
                                        "timestamp_granularities");
    if (out.words && out.format != TranscriptFormat::verbose_json)
        return invalid_argument("Times of words need response_format=verbose_json.",
                                "timestamp_granularities");
    AIMPACT_TRY(out.accurate, read_bool(form.value("accurate").value_or(""), "accurate"));
    AIMPACT_TRY(out.stream, read_bool(form.value("stream").value_or(""), "stream"));
    AIMPACT_TRY(out.emotion, read_bool(form.value("emotion").value_or(""), "emotion"));
    if (out.emotion && (out.format != TranscriptFormat::verbose_json || out.stream))
        return invalid_argument("Emotions need response_format=verbose_json, and no stream.", "emotion");
    AIMPACT_TRY(out.speakers,
                read_speaker_request(form, out.format == TranscriptFormat::diarized_json, limits));
    return out;
}

std::string subtitle_time(double seconds, char separator) {
    const auto ms = static_cast<long long>(std::llround(std::max(0.0, seconds) * 1000));
    return fmt::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60,
                       separator, ms % 1000);
}

json::object audio_quality_json(const voice::LevelReport& levels) {
    const auto rounded = [](double value, double steps) { return std::round(value * steps) / steps; };
    return {{"level_dbfs", rounded(levels.level_dbfs, 10)},
            {"active_level_dbfs", rounded(levels.active_level_dbfs, 10)},
            {"peak_dbfs", rounded(levels.peak_dbfs, 10)},
            {"clipped_share", rounded(levels.clipped_share, 1e6)},
            {"clipped_runs", levels.clipped_runs},
            {"dc_offset", rounded(levels.dc_offset, 1e5)}};
}

RenderedTranscript render_transcript(const voice::Transcript& transcript, const TranscriptionRequest& request,
                                     const voice::LevelReport* levels, const RecordingEmotions* emotions) {
    switch (request.format) {
        case TranscriptFormat::text:
            return {transcript.text + "\n", "text/plain; charset=utf-8"};
        case TranscriptFormat::srt:
        case TranscriptFormat::vtt: {
            const bool srt = request.format == TranscriptFormat::srt;
            const char separator = srt ? ',' : '.';
            std::string out = srt ? "" : "WEBVTT\n\n";
            int number = 0;
            for (const voice::Segment& segment : timed_segments(transcript)) {
                if (srt) out += std::to_string(++number) + "\n";
                out += subtitle_time(segment.start_seconds, separator) + " --> " +
                       subtitle_time(segment.end_seconds, separator) + "\n" + segment.text + "\n\n";
            }
            return {std::move(out), srt ? "application/x-subrip; charset=utf-8" : "text/vtt; charset=utf-8"};
        }
        case TranscriptFormat::verbose_json: {
            json::object body = verbose(transcript, request, emotions);
            if (levels) body["audio_quality"] = audio_quality_json(*levels);
            return {base::to_text(body), "application/json"};
        }
        case TranscriptFormat::diarized_json:
            return {base::to_text(diarised_transcript(transcript)), "application/json"};
        case TranscriptFormat::json:
            break;
    }
    const json::object body{
        {"text", transcript.text},
        {"usage", json::object{{"type", "duration"}, {"seconds", std::ceil(transcript.audio_seconds)}}}};
    return {base::to_text(body), "application/json"};
}

}  // namespace aimpact::realtime
