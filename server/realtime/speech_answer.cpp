#include <boost/json.hpp>
#include <cmath>
#include <deque>

#include "base/id.hpp"
#include "base/log.hpp"
#include "base/thread_pool.hpp"
#include "base/wire.hpp"
#include "llm/openai_wire.hpp"
#include "realtime/audio_answers.hpp"
#include "realtime/speech_request.hpp"
#include "voice/tts/planned_speech.hpp"
#include "voice/tts/speech_markup.hpp"

namespace aimpact::realtime {
namespace {

namespace json = boost::json;
using base::Result;
using base::Task;

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

}  // namespace

Task<net::Response> answer_speech(const AudioRouteParts& parts, net::Request& request,
                                  const accounts::Principal& who) {
    std::shared_ptr<voice::OwnVoices> own;
    if (parts.own_voices) {
        auto found = co_await parts.own_voices->for_speech(who.org_id, accounts::actor_of(who));
        if (found.has_error()) co_return llm::openai_problem(found.error(), request);
        own = *std::move(found);
    }
    auto wanted = read_speech_request(request.body, parts.synthesizer, parts.limits, own);
    if (wanted.has_error()) co_return llm::openai_problem(wanted.error(), request);
    auto words = co_await parts.words.of(who.org_id);
    if (words.has_error()) co_return llm::openai_problem(words.error(), request);
    wanted->style.lexicon = words->lexicon;
    // One line of the audit log for each own voice that the text is said in, when all of it is said.
    if (own) wanted->style.voice_use = own->begin_use("speech", {});
    auto encoder = voice::AudioEncoder::make(wanted->format, voice::kSynthesisRate);
    if (encoder.has_error()) co_return llm::openai_problem(encoder.error(), request);
    auto stream = std::make_shared<SpeechStream>();
    auto planned = voice::plan_speech(wanted->input, wanted->style, parts.synthesizer);
    if (planned.has_error()) co_return llm::openai_problem(planned.error(), request);
    std::move(planned->begin(), planned->end(), std::back_inserter(stream->clauses));
    stream->encoder = *std::move(encoder);
    stream->events = wanted->events;
    stream->characters = wanted->input.size();

    // The first piece before the head, so that what fails at once has a status of its own.
    auto first = co_await next_piece(parts, stream);
    if (first.has_error()) co_return llm::openai_problem(first.error(), request);
    if (stream->seconds <= 0)
        co_return llm::openai_problem(
            base::invalid_argument("There is nothing in this text that can be said.", "input"), request);
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

}  // namespace aimpact::realtime
