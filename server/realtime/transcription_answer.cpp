#include <boost/asio/redirect_error.hpp>
#include <boost/json.hpp>
#include <deque>

#include "base/log.hpp"
#include "base/thread_pool.hpp"
#include "base/wire.hpp"
#include "llm/openai_wire.hpp"
#include "realtime/audio_answers.hpp"
#include "realtime/prompt_terms.hpp"
#include "realtime/speaker_request.hpp"
#include "realtime/transcription.hpp"
#include "voice/speakers/diarised_transcription.hpp"

namespace aimpact::realtime {
namespace {

namespace asio = base::asio;
namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

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

}  // namespace

Task<net::Response> answer_transcription(const AudioRouteParts& parts, net::Request& request,
                                         const accounts::Principal& who) {
    auto body = std::make_shared<const std::string>(std::move(request.body));
    auto form = net::parse_multipart(request.headers.get("content-type"), *body);
    if (form.has_error()) co_return llm::openai_problem(form.error(), request);
    auto wanted = read_transcription_request(*form, parts.limits, parts.recognizer_model);
    if (wanted.has_error()) co_return llm::openai_problem(wanted.error(), request);
    if (wanted->emotion && (!parts.emotions || !parts.emotions->available())) {
        const Error missing{ErrorCode::unavailable,
                            "Emotions can't be heard on this server: the model isn't installed. Run "
                            "scripts/train-emotion, or leave emotion out.",
                            {},
                            "emotion"};
        co_return llm::openai_problem(missing, request);
    }
    auto clip = co_await read_recording(parts, body, wanted->file);
    if (clip.has_error()) co_return llm::openai_problem(clip.error(), request);
    auto options = co_await recognition_options(parts, who.org_id, *wanted);
    if (options.has_error()) co_return llm::openai_problem(options.error(), request);
    auto recording = std::make_shared<Recording>();
    std::vector<float> judged;  // by its emotion
    if (wanted->emotion) judged = clip->samples;
    recording->samples = std::move(clip->samples);
    recording->options = *std::move(options);
    if (wanted->format == TranscriptFormat::diarized_json) {
        // Before the head of a stream, so that what fails at once has a status of its own.
        auto diariser = parts.diariser();
        if (diariser.has_error()) co_return llm::openai_problem(diariser.error(), request);
        recording->diariser = *diariser;
        if (auto ready = co_await recording->diariser->prepare(inference::Priority::batch); ready.has_error())
            co_return llm::openai_problem(ready.error(), request);
        auto speakers =
            co_await known_voices(**diariser, parts.files, std::move(wanted->speakers), parts.limits);
        if (speakers.has_error()) co_return llm::openai_problem(speakers.error(), request);
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
    if (transcript.has_error()) co_return llm::openai_problem(transcript.error(), request);
    RecordingEmotions emotions;
    if (wanted->emotion) {
        auto asked = hear_recording(*parts.emotions, std::move(judged), timed_segments(*transcript));
        auto heard = co_await std::move(asked);
        if (heard.has_error()) co_return llm::openai_problem(heard.error(), request);
        emotions = *std::move(heard);
    }
    RenderedTranscript rendered = render_transcript(*transcript, *wanted, &clip->levels, &emotions);
    net::Response response;
    response.headers.set("Content-Type", rendered.content_type);
    response.body = std::move(rendered.body);
    co_return response;
}

}  // namespace aimpact::realtime
