#include "app/remote_converse.hpp"

#include <boost/json.hpp>
#include <memory>

#include "base/id.hpp"
#include "base/wire.hpp"
#include "net/ws_client.hpp"

namespace aimpact::app {

namespace {

namespace json = boost::json;
using base::Error;
using base::Result;
using base::Task;

constexpr std::size_t kPiece = voice::kSynthesisRate / 50;  // 20 ms at the wire's 24 kHz

// What the socket has told us so far; filled by the reading coroutine.
struct Line {
    std::shared_ptr<net::WebSocket> socket;
    bool created = false, committed = false, closed = false;
    int open_responses = 0;
    int answers = 0;
    bool nothing_heard = false;
    realtime::ConverseTurn now;
    double unplayed_ms = 0;
    base::SteadyTime played_until{};
    std::string conversation_id, problem;
    json::array timelines;
};

std::string_view text_of(const json::object& event, std::string_view key) {
    const json::value* value = event.if_contains(key);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

void hear(Line& line, const json::object& event, const base::Clock& clock) {
    const std::string_view type = text_of(event, "type");
    if (type == "session.created") {
        line.created = true;
    } else if (type == "aimpact.conversation") {
        line.conversation_id = text_of(event, "conversation_id");
    } else if (type == "input_audio_buffer.committed") {
        line.committed = true;
    } else if (type == "conversation.item.input_audio_transcription.completed") {
        line.now.transcript +=
            (line.now.transcript.empty() ? "" : " ") + std::string(text_of(event, "transcript"));
        if (line.now.transcript.empty()) line.nothing_heard = true;
    } else if (type == "input_audio_buffer.speech_started") {
        line.committed = line.nothing_heard = false;
    } else if (type == "response.created") {
        ++line.open_responses;
    } else if (type == "response.output_audio.delta") {
        std::string bytes;
        if (!base::base64_decode(text_of(event, "delta"), bytes)) return;
        const std::vector<float> samples = voice::pcm16_to_float(bytes);
        line.now.reply_audio.insert(line.now.reply_audio.end(), samples.begin(), samples.end());
        const auto length = std::chrono::duration_cast<base::SteadyTime::duration>(
            std::chrono::duration<double>(static_cast<double>(samples.size()) / voice::kSynthesisRate));
        line.played_until = std::max(line.played_until, clock.steady()) + length;
    } else if (type == "response.output_audio_transcript.delta") {
        line.now.reply += text_of(event, "delta");
    } else if (type == "response.done") {
        --line.open_responses;
        const json::value* response = event.if_contains("response");
        const std::string_view status = response && response->is_object()
                                            ? text_of(response->get_object(), "status")
                                            : std::string_view{};
        if (status != "cancelled") ++line.answers;
        if (status == "failed") line.now.problem = "the answer failed";
    } else if (type == "aimpact.turn") {
        if (const json::value* turn = event.if_contains("turn")) line.timelines.push_back(*turn);
    } else if (type == "error") {
        const json::value* error = event.if_contains("error");
        line.problem =
            error && error->is_object() ? std::string(text_of(error->get_object(), "message")) : "error";
    }
}

Task<void> read_line(std::shared_ptr<Line> line, const base::Clock& clock) {
    for (;;) {
        auto message = co_await line->socket->read();
        if (message.has_error()) break;
        const auto event = base::parse_json(message->data, {.bytes_max = 16 << 20});
        if (event.has_value() && event->is_object()) hear(*line, event->get_object(), clock);
    }
    line->closed = true;
}

Result<> send(Line& line, json::object event) {
    return line.socket->send(base::to_text(event));
}

// Sends 24 kHz audio in real time until it is over or `done`.
Task<Result<>> play(Line& line, std::span<const float> samples, std::function<bool()> done,
                    const base::Clock& clock) {
    base::SteadyTime next = clock.steady();
    for (std::size_t at = 0; at < samples.size(); at += kPiece) {
        if (line.closed) co_return Error{base::ErrorCode::unavailable, "The server closed the conversation."};
        if (!line.problem.empty()) co_return Error{base::ErrorCode::upstream_failed, line.problem};
        if (done && done()) co_return Result<>{};
        const std::string pcm =
            voice::float_to_pcm16(samples.subspan(at, std::min(kPiece, samples.size() - at)));
        AIMPACT_CO_CHECK(
            send(line, {{"type", "input_audio_buffer.append"}, {"audio", base::base64_encode(pcm)}}));
        next += std::chrono::milliseconds(20);
        const auto ahead = next - clock.steady();
        if (ahead.count() > 0) co_await base::sleep_for(ahead);
    }
    co_return Result<>{};
}

Task<Result<>> one_turn(Line& line, const voice::AudioClip& clip, const realtime::ConverseOptions& options,
                        const base::Clock& clock) {
    line.now = {};
    line.committed = line.nothing_heard = false;
    line.answers = 0;
    const std::vector<float> samples = voice::resample(clip.samples, clip.sample_rate, voice::kSynthesisRate);
    AIMPACT_CO_CHECK(co_await play(line, samples, {}, clock));
    const auto seconds_of_silence = [](double seconds) {
        return std::vector<float>(static_cast<std::size_t>(seconds * voice::kSynthesisRate), 0.0F);
    };
    AIMPACT_CO_CHECK(co_await play(
        line, seconds_of_silence(options.silence_seconds_max), [&] { return line.committed; }, clock));
    if (!line.committed) AIMPACT_CO_CHECK(send(line, {{"type", "input_audio_buffer.commit"}}));
    // A line is never dead: silence flows while the reply is made and played.
    const auto over = [&] {
        return (line.answers > 0 || line.nothing_heard) && line.open_responses == 0 &&
               clock.steady() >= line.played_until;
    };
    AIMPACT_CO_CHECK(co_await play(line, seconds_of_silence(options.answer_seconds_max), over, clock));
    if (line.answers == 0)
        line.now.problem = line.nothing_heard ? "no speech was heard" : "no answer came in time";
    co_return Result<>{};
}

}  // namespace

Task<Result<RemoteResult>> converse_remotely(RemoteCall call, std::vector<voice::AudioClip> recordings,
                                             realtime::ConverseOptions options, const base::Clock& clock) {
    std::string url = call.server;
    while (url.ends_with('/')) url.pop_back();
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        co_return base::invalid_argument("--server takes a URL such as http://127.0.0.1:8080.");
    url = "ws" + url.substr(4) + "/v1/realtime?model=" + call.agent;
    net::WsClientOptions socket_options;
    socket_options.headers.add("Authorization", "Bearer " + call.api_key);
    AIMPACT_CO_TRY(auto client,
                   co_await net::connect_websocket(std::move(url), std::move(socket_options), clock));

    auto line = std::make_shared<Line>();
    line->socket = client.socket;
    base::asio::co_spawn(co_await base::asio::this_coro::executor, read_line(line, clock),
                         base::asio::detached);
    // Asking for the additions gives us the conversation's id and the timelines.
    AIMPACT_CO_CHECK(
        send(*line, {{"type", "session.update"},
                     {"session", json::object{{"type", "realtime"}, {"aimpact", json::object{}}}}}));
    RemoteResult out;
    Result<> state;
    const auto greeted = [&] {
        return line->created && line->open_responses == 0 && clock.steady() >= line->played_until;
    };
    const std::vector<float> moment(voice::kSynthesisRate, 0.0F);
    state = co_await play(*line, moment, {}, clock);  // a greeting begins within a second
    if (state.has_value() && !greeted())
        state = co_await play(*line, std::vector<float>(std::size_t{60} * voice::kSynthesisRate, 0.0F),
                              greeted, clock);
    out.result.greeting = line->now.reply;
    out.result.greeting_audio = line->now.reply_audio;
    for (const voice::AudioClip& clip : recordings) {
        if (state.has_error()) break;
        state = co_await one_turn(*line, clip, options, clock);
        out.result.turns.push_back(std::move(line->now));
    }
    co_await line->socket->close(1000, "");
    if (state.has_error()) co_return state.error();
    out.result.conversation_id = line->conversation_id;
    out.timelines = std::move(line->timelines);
    co_return out;
}

}  // namespace aimpact::app
