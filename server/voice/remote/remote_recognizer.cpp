#include "voice/remote/remote_recognizer.hpp"

#include <boost/json.hpp>
#include <chrono>
#include <cmath>

#include "base/wire.hpp"
#include "voice/remote/multipart_form.hpp"
#include "voice/vocabulary.hpp"

namespace aimpact::voice {

namespace json = boost::json;
using base::ErrorCode;

namespace {

constexpr std::size_t kPieceMax = 600 * kRecognitionRate;
constexpr std::size_t kCutWithin =
    30 * kRecognitionRate;  // a cut is looked for in this much before the limit
constexpr std::size_t kQuietFrame = kRecognitionRate / 5;
constexpr std::size_t kSegmentsMax = 20'000, kWordsMax = 200'000;

Error unreadable(const char* why) {
    return Error{ErrorCode::upstream_failed, "The speech endpoint's answer is no transcription.", why};
}

// OpenAI's newer models give a text and nothing else.
bool only_text(const std::string& model) {
    return model.starts_with("gpt-");
}

double number(const json::object& object, std::string_view name, double otherwise) {
    const json::value* value = object.if_contains(name);
    if (!value || !value->is_number()) return otherwise;
    const double out = value->to_number<double>();
    return std::isfinite(out) ? out : otherwise;
}

std::string text(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (!value || !value->is_string()) return {};
    const std::string_view all = value->get_string();
    const auto first = all.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(all.substr(first, all.find_last_not_of(" \t\r\n") - first + 1));
}

void shift(Transcript& transcript, double seconds) {
    for (Segment& segment : transcript.segments) {
        segment.start_seconds += seconds;
        segment.end_seconds += seconds;
        for (Word& word : segment.words) {
            word.start_seconds += seconds;
            word.end_seconds += seconds;
        }
    }
}

Result<> read_segments(const json::object& object, double audio_seconds, Transcript& out) {
    const json::value* segments = object.if_contains("segments");
    if (!segments || segments->is_null()) return {};
    if (!segments->is_array()) return unreadable("segments is not an array");
    if (segments->get_array().size() > kSegmentsMax) return unreadable("too many segments");
    for (const json::value& one : segments->get_array()) {
        if (!one.is_object()) return unreadable("a segment is not an object");
        const json::object& fields = one.get_object();
        Segment segment;
        segment.text = text(fields, "text");
        segment.start_seconds = std::clamp(number(fields, "start", 0), 0.0, audio_seconds);
        segment.end_seconds =
            std::clamp(number(fields, "end", audio_seconds), segment.start_seconds, audio_seconds);
        segment.confidence = std::clamp(std::exp(number(fields, "avg_logprob", 0)), 0.0, 1.0);
        if (!segment.text.empty()) out.segments.push_back(std::move(segment));
    }
    return {};
}

// Each word goes to the segment that its middle is in, or the last that begins before it.
Result<> read_words(const json::object& object, double audio_seconds, Transcript& out) {
    const json::value* words = object.if_contains("words");
    if (!words || words->is_null() || out.segments.empty()) return {};
    if (!words->is_array()) return unreadable("words is not an array");
    if (words->get_array().size() > kWordsMax) return unreadable("too many words");
    std::size_t at = 0;
    for (const json::value& one : words->get_array()) {
        if (!one.is_object()) return unreadable("a word is not an object");
        const json::object& fields = one.get_object();
        Word word;
        word.text = text(fields, "word");
        if (word.text.empty()) continue;
        word.start_seconds = std::clamp(number(fields, "start", 0), 0.0, audio_seconds);
        word.end_seconds =
            std::clamp(number(fields, "end", word.start_seconds), word.start_seconds, audio_seconds);
        const double middle = (word.start_seconds + word.end_seconds) / 2;
        while (at + 1 < out.segments.size() && out.segments[at + 1].start_seconds <= middle) ++at;
        word.confidence = out.segments[at].confidence;
        out.segments[at].words.push_back(std::move(word));
    }
    return {};
}

}  // namespace

std::vector<std::size_t> piece_ends(std::span<const float> samples, std::size_t piece_max) {
    std::vector<std::size_t> ends;
    std::size_t begin = 0;
    while (samples.size() - begin > piece_max) {
        const std::size_t within = std::min(kCutWithin, piece_max / 2);
        std::size_t best = begin + piece_max;
        double least = std::numeric_limits<double>::max();
        for (std::size_t at = begin + piece_max - within; at + kQuietFrame <= begin + piece_max;
             at += kQuietFrame / 2) {
            double power = 0;
            for (const float sample : samples.subspan(at, kQuietFrame))
                power += static_cast<double>(sample) * sample;
            if (power < least) {
                least = power;
                best = at + kQuietFrame / 2;
            }
        }
        ends.push_back(best);
        begin = best;
    }
    ends.push_back(samples.size());
    return ends;
}

std::string vocabulary_prompt(const Vocabulary* vocabulary, std::size_t bytes_max) {
    std::string out;
    if (!vocabulary) return out;
    for (const Vocabulary::Term& term : vocabulary->terms()) {
        if (out.size() + term.text.size() + 2 > bytes_max) break;
        out += (out.empty() ? "" : ", ") + term.text;
    }
    return out;
}

Result<Transcript> read_transcription(std::string_view body, double audio_seconds) {
    const auto value = base::parse_json(body, {32 << 20, 16});
    if (value.has_error()) return unreadable("not JSON");
    if (!value->is_object()) return unreadable("not an object");
    const json::object& object = value->get_object();
    const json::value* whole = object.if_contains("text");
    if (!whole || !whole->is_string()) return unreadable("no text");
    Transcript out;
    out.text = text(object, "text");
    out.audio_seconds = audio_seconds;
    AIMPACT_CHECK(read_segments(object, audio_seconds, out));
    if (out.segments.empty() && !out.text.empty()) out.segments.push_back({0, audio_seconds, out.text});
    AIMPACT_CHECK(read_words(object, audio_seconds, out));
    for (const Segment& segment : out.segments)
        out.speech_seconds += segment.end_seconds - segment.start_seconds;
    return out;
}

Task<Result<Transcript>> RemoteRecognizer::piece(std::shared_ptr<const std::vector<float>> samples,
                                                 std::size_t begin, std::size_t end,
                                                 const RecognitionOptions& options, std::stop_token stop) {
    const auto started = std::chrono::steady_clock::now();
    auto encode = [samples, begin, end, options, model = client_.endpoint().model]() -> Result<std::string> {
        AIMPACT_TRY(const auto encoder, AudioEncoder::make(AudioFormat::flac, kRecognitionRate));
        const auto audio = std::span<const float>(*samples).subspan(begin, end - begin);
        AIMPACT_TRY(std::string flac, encoder->encode(audio));
        AIMPACT_TRY(const std::string rest, encoder->finish());
        flac += rest;
        MultipartForm form;
        form.field("model", model);
        form.field("response_format", only_text(model) ? "json" : "verbose_json");
        if (!only_text(model)) {
            form.field("timestamp_granularities[]", "segment");
            if (options.words) form.field("timestamp_granularities[]", "word");
        }
        if (const std::string prompt = vocabulary_prompt(options.vocabulary.get()); !prompt.empty())
            form.field("prompt", prompt);
        form.file("file", "speech.flac", "audio/flac", flac);
        return form.finish();
    };
    AIMPACT_CO_TRY(std::string body, co_await files_.run(std::move(encode)));
    auto answer = co_await client_.post("/audio/transcriptions", MultipartForm::content_type(),
                                        std::move(body), RemoteClient::OnData{}, stop);
    if (answer.has_error()) co_return answer.error();
    auto transcript = read_transcription(answer->body, static_cast<double>(end - begin) / kRecognitionRate);
    if (transcript.has_value())
        transcript->decode_ms =
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    co_return transcript;
}

Task<Result<Transcript>> RemoteRecognizer::transcribe(std::vector<float> samples_16k,
                                                      RecognitionOptions options, inference::Priority,
                                                      std::stop_token stop,
                                                      std::function<void(double, const Segment*)> progress) {
    Transcript all;
    if (samples_16k.empty()) co_return all;
    auto samples = std::make_shared<const std::vector<float>>(std::move(samples_16k));
    const std::vector<std::size_t> ends = piece_ends(*samples, kPieceMax);
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        AIMPACT_CO_TRY(Transcript part, co_await piece(samples, begin, end, options, stop));
        shift(part, static_cast<double>(begin) / kRecognitionRate);
        if (!part.text.empty()) all.text += (all.text.empty() ? "" : " ") + part.text;
        all.speech_seconds += part.speech_seconds;
        all.decode_ms += part.decode_ms;
        const double done = static_cast<double>(end) / static_cast<double>(samples->size());
        for (Segment& segment : part.segments) {
            if (progress) progress(done, &segment);
            all.segments.push_back(std::move(segment));
        }
        if (progress && part.segments.empty()) progress(done, nullptr);
        begin = end;
    }
    all.audio_seconds = static_cast<double>(samples->size()) / kRecognitionRate;
    co_return all;
}

Task<Result<Transcript>> RemoteRecognizer::utterance(std::vector<float> samples_16k, double,
                                                     RecognitionOptions options, inference::Priority priority,
                                                     std::stop_token stop) {
    co_return co_await transcribe(std::move(samples_16k), std::move(options), priority, std::move(stop), {});
}

}  // namespace aimpact::voice
