#include "realtime/audio_routes.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/json.hpp>
#include <cmath>
#include <deque>

#include "base/id.hpp"
#include "base/log.hpp"
#include "base/thread_pool.hpp"
#include "base/wire.hpp"
#include "llm/openai_wire.hpp"
#include "realtime/prompt_terms.hpp"
#include "realtime/speech_request.hpp"
#include "realtime/transcription.hpp"
#include "voice/speakers/diarised_transcription.hpp"
#include "voice/tts/planned_speech.hpp"
#include "voice/tts/speech_markup.hpp"

namespace aimpact::realtime {
namespace {

namespace asio = base::asio;
namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

net::Response failure(const Error& error, const net::Request& request) {
    return llm::openai_problem(error, request);
}

// ---------------------------------------------------------------------------------------- transcription

Task<Result<voice::AudioClip>> read_recording(const AudioRouteParts& parts,
                                              std::shared_ptr<const std::string> body,
                                              std::string_view file) {
    const voice::AudioLimits limits{parts.limits.upload_bytes_max, parts.limits.recording_seconds_max};
    // The job holds the body: the coroutine may be gone before it ends.
    auto job = [body, file, limits]() -> Result<voice::AudioClip> {
        auto clip = voice::decode_audio(file, limits, voice::kRecognitionRate);
        if (clip.has_error()) {
            Error error = clip.error();
            error.param = "file";
            return error;
        }
        return clip;
    };
    auto clip = co_await parts.files.run(std::move(job));
    if (clip.has_error() && clip.error().code == ErrorCode::payload_too_large) {
        Error error = clip.error();
        const auto seconds = static_cast<long>(parts.limits.recording_seconds_max);
        error.message = "A recording may be at most " + std::to_string(seconds) + " seconds (" +
                        std::to_string(seconds / 3600) + " hour) long and " +
                        std::to_string(parts.limits.upload_bytes_max >> 20) + " MiB large. Send it in parts.";
        co_return error;
    }
    co_return clip;
}

// A recording to be recognised, with its speakers if `diariser` is there.
struct Recording {
    std::vector<float> samples;
    voice::RecognitionOptions options;
    const voice::Diariser* diariser = nullptr;
    voice::DiarisationOptions speakers;
};

// Segments of a recording as they are recognised, from the recogniser's callback to the response's body.
struct TranscriptStream {
    explicit TranscriptStream(asio::any_io_executor executor)
        : wake(executor, asio::steady_timer::time_point::max()) {}
    std::deque<std::string> events;
    std::optional<Result<voice::Transcript>> result;
    std::stop_source stop;
    asio::steady_timer wake;
};

Task<Result<voice::Transcript>> recognise(voice::Recognizer& recognizer, Recording recording,
                                          std::stop_token stop = {},
                                          std::function<void(const voice::Segment&)> on_segment = {}) {
    constexpr auto kPriority = inference::Priority::batch;
    if (recording.diariser)
        co_return co_await voice::transcribe_speakers(
            recognizer, *recording.diariser, std::move(recording.samples), std::move(recording.options),
            std::move(recording.speakers), kPriority, std::move(stop), std::move(on_segment));
    std::function<void(double, const voice::Segment*)> progress;
    if (on_segment)
        progress = [on_segment = std::move(on_segment)](double, const voice::Segment* segment) {
            if (segment && !segment->text.empty()) on_segment(*segment);
        };
    co_return co_await recognizer.transcribe(std::move(recording.samples), std::move(recording.options),
                                             kPriority, std::move(stop), std::move(progress));
}

Task<void> recognise_into(voice::Recognizer& recognizer, std::shared_ptr<Recording> recording,
                          std::shared_ptr<TranscriptStream> out) {
    const bool diarised = recording->diariser != nullptr;
    auto on_segment = [out, diarised, count = std::size_t{0}](const voice::Segment& segment) mutable {
        const json::object event = diarised ? diarised_segment(segment, count)
                                            : json::object{{"type", "transcript.text.delta"},
                                                           {"delta", (count ? " " : "") + segment.text}};
        ++count;
        out->events.push_back(net::sse_event(base::to_text(event)));
        out->wake.cancel();
    };
    auto result =
        co_await recognise(recognizer, std::move(*recording), out->stop.get_token(), std::move(on_segment));
    out->result.emplace(std::move(result));
    out->wake.cancel();
}

Task<Result<>> write_transcript(voice::Recognizer& recognizer, std::shared_ptr<Recording> recording,
                                net::BodySink& sink) {
    auto executor = co_await asio::this_coro::executor;
    auto stream = std::make_shared<TranscriptStream>(executor);
    asio::co_spawn(executor, recognise_into(recognizer, recording, stream), asio::detached);
    for (;;) {
        while (!stream->events.empty()) {
            const std::string bytes = std::move(stream->events.front());
            stream->events.pop_front();
            auto written = co_await sink.write(bytes);
            if (written.has_error()) {
                stream->stop.request_stop();
                co_return written.error();
            }
        }
        if (stream->result) break;
        boost::system::error_code ignored;
        co_await stream->wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    json::object last;
    if (stream->result->has_error()) {
        const Error& error = stream->result->error();
        base::log_warn("audio.transcription_failed",
                       {{"code", base::to_string(error.code)}, {"detail", error.detail}});
        last = {{"type", "error"}, {"error", llm::openai_error(error)}};
    } else {
        last = {{"type", "transcript.text.done"}, {"text", (*stream->result)->text}};
    }
    const std::string bytes = net::sse_event(base::to_text(last));
    co_return co_await sink.write(bytes);
}

// What the caller's organisation and the request itself want of the recogniser.
Task<Result<voice::RecognitionOptions>> recognition_options(const AudioRouteParts& parts, std::string org_id,
                                                            const TranscriptionRequest& wanted) {
    voice::RecognitionOptions options;
    AIMPACT_CO_TRY(const agents::CompiledWords words, co_await parts.words.of(std::move(org_id)));
    options.vocabulary = words.vocabulary;
    options.accurate = wanted.accurate;
    options.words = wanted.words;
    if (!wanted.prompt.empty()) {
        auto job = [words = words.vocabulary, prompt = wanted.prompt] { return with_prompt(words, prompt); };
        AIMPACT_CO_TRY(options.vocabulary, co_await parts.files.run(std::move(job)));
    }
    co_return options;
}

Task<net::Response> transcribe(const AudioRouteParts& parts, net::Request& request,
                               const accounts::Principal& who) {
    auto body = std::make_shared<const std::string>(std::move(request.body));
    auto form = net::parse_multipart(request.headers.get("content-type"), *body);
    if (form.has_error()) co_return failure(form.error(), request);
    auto wanted = read_transcription_request(*form, parts.limits);
    if (wanted.has_error()) co_return failure(wanted.error(), request);
    auto clip = co_await read_recording(parts, body, wanted->file);
    if (clip.has_error()) co_return failure(clip.error(), request);
    auto options = co_await recognition_options(parts, who.org_id, *wanted);
    if (options.has_error()) co_return failure(options.error(), request);
    auto recording = std::make_shared<Recording>();
    recording->samples = std::move(clip->samples);
    recording->options = *std::move(options);
    if (wanted->format == TranscriptFormat::diarized_json) {
        // Before the head of a stream, so that what fails at once has a status of its own.
        auto diariser = parts.diariser();
        if (diariser.has_error()) co_return failure(diariser.error(), request);
        recording->diariser = *diariser;
        if (auto ready = co_await recording->diariser->prepare(inference::Priority::batch); ready.has_error())
            co_return failure(ready.error(), request);
        auto speakers =
            co_await known_voices(**diariser, parts.files, std::move(wanted->speakers), parts.limits);
        if (speakers.has_error()) co_return failure(speakers.error(), request);
        recording->speakers = *std::move(speakers);
    }
    if (wanted->stream && wanted->format != TranscriptFormat::srt &&
        wanted->format != TranscriptFormat::vtt) {
        auto* recognizer = &parts.recognizer;
        co_return net::Response::events([recognizer, recording](net::BodySink& sink) {
            return write_transcript(*recognizer, recording, sink);
        });
    }
    auto transcript = co_await recognise(parts.recognizer, std::move(*recording));
    if (transcript.has_error()) co_return failure(transcript.error(), request);
    RenderedTranscript rendered = render_transcript(*transcript, *wanted, &clip->levels);
    net::Response response;
    response.headers.set("Content-Type", rendered.content_type);
    response.body = std::move(rendered.body);
    co_return response;
}

// ---------------------------------------------------------------------------------------- speech

// A text being spoken into an encoder. Clauses are made one after the other while the response's body is
// written; encoding runs on the files pool.
struct SpeechStream {
    std::deque<voice::PlannedClause> clauses;
    std::shared_ptr<voice::AudioEncoder> encoder;
    bool events = false;
    std::size_t characters = 0;
    double seconds = 0;
    json::array words;  // not told yet; from the first sample on
};

// Seconds, to the millisecond.
double to_milliseconds(double seconds) {
    return std::round(seconds * 1000) / 1000;
}

// The next clause with sound, encoded; an empty string at the end of the text.
Task<Result<std::string>> next_piece(const AudioRouteParts& parts, std::shared_ptr<SpeechStream> stream) {
    while (!stream->clauses.empty()) {
        voice::PlannedClause clause = std::move(stream->clauses.front());
        stream->clauses.pop_front();
        auto chunk =
            co_await voice::say_planned(parts.synthesizer, std::move(clause), inference::Priority::batch);
        if (chunk.has_error()) co_return chunk.error();
        if (chunk->samples.empty()) continue;
        for (const voice::SpokenWord& word : chunk->words)
            stream->words.push_back(
                json::object{{"word", word.text},
                             {"start", to_milliseconds(stream->seconds + word.start_seconds)},
                             {"end", to_milliseconds(stream->seconds + word.end_seconds)}});
        stream->seconds += static_cast<double>(chunk->samples.size()) / voice::kSynthesisRate;
        auto job = [stream, samples = std::move(chunk->samples)] { return stream->encoder->encode(samples); };
        auto bytes = co_await parts.files.run(std::move(job));
        if (bytes.has_error() || !bytes->empty()) co_return bytes;
    }
    co_return std::string{};
}

std::string as_event(SpeechStream& stream, const std::string& bytes) {
    json::object fields{{"type", "speech.audio.delta"}, {"audio", base::base64_encode(bytes)}};
    if (!stream.words.empty()) fields["words"] = std::exchange(stream.words, {});
    return net::sse_event(base::to_text(fields));
}

Task<Result<>> write_speech(const AudioRouteParts& parts, std::shared_ptr<SpeechStream> stream,
                            std::string first, net::BodySink& sink) {
    std::string piece = std::move(first);  // empty: the encoder holds all of it until finish()
    while (!piece.empty()) {
        const std::string bytes = stream->events ? as_event(*stream, piece) : std::move(piece);
        AIMPACT_CO_CHECK(co_await sink.write(bytes));
        auto next = co_await next_piece(parts, stream);
        if (next.has_error()) {
            // The head is sent: a body that breaks off is how the client learns of it.
            base::log_warn("audio.speech_failed", {{"code", base::to_string(next.error().code)},
                                                   {"message", next.error().message},
                                                   {"detail", next.error().detail}});
            co_return next.error();
        }
        piece = *std::move(next);
    }
    auto job = [stream] { return stream->encoder->finish(); };
    auto rest = co_await parts.files.run(std::move(job));
    if (rest.has_error()) co_return rest.error();
    if (!rest->empty()) {
        const std::string bytes = stream->events ? as_event(*stream, *rest) : *std::move(rest);
        AIMPACT_CO_CHECK(co_await sink.write(bytes));
    }
    if (stream->events) {
        // Tokens don't exist here: characters in, and 50 units a second of speech out, as a measure of the
        // work.
        const auto in = static_cast<std::int64_t>(stream->characters),
                   out = static_cast<std::int64_t>(stream->seconds * 50);
        const json::object done{
            {"type", "speech.audio.done"},
            {"usage",
             json::object{{"input_tokens", in}, {"output_tokens", out}, {"total_tokens", in + out}}}};
        const std::string bytes = net::sse_event(base::to_text(done));
        AIMPACT_CO_CHECK(co_await sink.write(bytes));
    }
    co_return Result<>{};
}

Task<net::Response> speak(const AudioRouteParts& parts, net::Request& request,
                          const accounts::Principal& who) {
    auto wanted = read_speech_request(request.body, parts.synthesizer, parts.limits);
    if (wanted.has_error()) co_return failure(wanted.error(), request);
    auto words = co_await parts.words.of(who.org_id);
    if (words.has_error()) co_return failure(words.error(), request);
    wanted->style.lexicon = words->lexicon;
    auto encoder = voice::AudioEncoder::make(wanted->format, voice::kSynthesisRate);
    if (encoder.has_error()) co_return failure(encoder.error(), request);
    auto stream = std::make_shared<SpeechStream>();
    auto planned = voice::plan_speech(wanted->input, wanted->style, parts.synthesizer);
    if (planned.has_error()) co_return failure(planned.error(), request);
    std::move(planned->begin(), planned->end(), std::back_inserter(stream->clauses));
    stream->encoder = *std::move(encoder);
    stream->events = wanted->events;
    stream->characters = wanted->input.size();

    // The first piece before the head, so that what fails at once has a status of its own.
    auto first = co_await next_piece(parts, stream);
    if (first.has_error()) co_return failure(first.error(), request);
    if (stream->seconds <= 0)
        co_return failure(base::invalid_argument("There is nothing in this text that can be said.", "input"),
                          request);
    const auto* held = &parts;
    net::BodyWriter writer = [held, stream, first = *std::move(first)](net::BodySink& sink) {
        return write_speech(*held, stream, first, sink);
    };
    if (stream->events) co_return net::Response::events(std::move(writer));
    net::Response response;
    response.headers.set("Content-Type", std::string(stream->encoder->content_type()));
    response.stream = std::move(writer);
    co_return response;
}

// ---------------------------------------------------------------------------------------- catalogue

std::string_view describe(std::string_view emotion) {
    static constexpr std::pair<std::string_view, std::string_view> kTexts[] = {
        {"neutral", "As the voice speaks by itself"},
        {"happy", "Brighter and livelier"},
        {"sad", "Lower, softer and slower"},
        {"angry", "Louder, with strong accents"},
        {"calm", "Even and unhurried"},
        {"fearful", "Higher, unsteady and faster"},
        {"surprised", "Wide rises in pitch"},
        {"excited", "Fast, high and lively"},
        {"empathetic", "Warm, soft and a little slower"},
    };
    for (const auto& [name, text] : kTexts)
        if (name == emotion) return text;
    return "";
}

net::Response list_voices(const voice::Synthesizer& synthesizer) {
    json::array data;
    for (const voice::Voice& voice : synthesizer.voices())
        data.push_back({{"id", voice.id},
                        {"name", voice.name},
                        {"language", voice.language},
                        {"gender", voice.gender},
                        {"description", voice.description},
                        {"available", voice.unavailable.empty()},
                        {"unavailable_reason", voice.unavailable}});
    return net::Response::json(base::to_text(json::object{{"data", std::move(data)}}));
}

net::Response list_emotions(const voice::Synthesizer& synthesizer) {
    json::array data;
    for (const std::string& emotion : synthesizer.emotions()) {
        std::string name = emotion;
        if (!name.empty() && name[0] >= 'a' && name[0] <= 'z')
            name[0] = static_cast<char>(name[0] - 'a' + 'A');
        data.push_back({{"id", emotion}, {"name", name}, {"description", describe(emotion)}});
    }
    return net::Response::json(base::to_text(json::object{{"data", std::move(data)}}));
}

}  // namespace

void register_audio_routes(net::Router& router, const AudioRouteParts& given) {
    // Shared by the handlers; lives as long as the router.
    auto parts = std::make_shared<const AudioRouteParts>(given);

    net::Route transcriptions;
    transcriptions.method = net::Method::post;
    transcriptions.pattern = "/v1/audio/transcriptions";
    transcriptions.handler =
        llm::openai_guarded(parts->authenticator, accounts::Permission::speech,
                            [parts](net::Request& request, const accounts::Principal& who) {
                                return transcribe(*parts, request, who);
                            });
    transcriptions.limits.body_bytes_max =
        parts->limits.upload_bytes_max + parts->limits.form_bytes_max +
        parts->limits.known_speakers_max * parts->limits.reference_bytes_max / 3 * 4;  // as base64
    transcriptions.limits.timeout = std::chrono::seconds(600);  // an hour of speech on one busy core
    transcriptions.permission = "speech";
    router.add(std::move(transcriptions));

    net::Route speech;
    speech.method = net::Method::post;
    speech.pattern = "/v1/audio/speech";
    speech.handler = llm::openai_guarded(parts->authenticator, accounts::Permission::speech,
                                         [parts](net::Request& request, const accounts::Principal& who) {
                                             return speak(*parts, request, who);
                                         });
    speech.permission = "speech";
    router.add(std::move(speech));

    const auto add_list = [&](const char* pattern, net::Response (*list)(const voice::Synthesizer&)) {
        net::Route route;
        route.pattern = pattern;
        route.handler = accounts::guarded(
            parts->authenticator, accounts::Permission::voices_read,
            [parts, list](net::Request&, const accounts::Principal&) -> Task<net::Response> {
                co_return list(parts->synthesizer);
            });
        route.permission = "voices_read";
        router.add(std::move(route));
    };
    add_list("/api/v1/voices", list_voices);
    add_list("/api/v1/emotions", list_emotions);
}

}  // namespace aimpact::realtime
