// POST /v1/chat/completions: whole or streamed (server-sent events).
#include <memory>

#include "agents/openai_routes.hpp"
#include "base/wire.hpp"
#include "llm/openai_wire.hpp"
#include "llm/stream.hpp"

namespace aimpact::agents {

namespace json = boost::json;
using accounts::Principal;
using net::Request;
using net::Response;

namespace {
std::string event(const json::object& chunk) {
    return net::sse_event(base::to_text(chunk));
}

// An answer that runs beside the connection that reads it. Whoever holds this keeps it running: when the
// reader is gone the answer stops.
struct Running {
    ChatService::Prepared prepared;
    std::shared_ptr<llm::Stream<ResponseResult>> stream = std::make_shared<llm::Stream<ResponseResult>>();
    std::stop_source stop;
};
struct Reader {
    std::shared_ptr<Running> running;
    explicit Reader(std::shared_ptr<Running> r) : running(std::move(r)) {}
    ~Reader() { running->stop.request_stop(); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
};

Task<void> answer(ChatService& chat, std::shared_ptr<Running> running) {
    bool first = true;
    const llm::OnDelta on_delta = [&](const llm::ChatDelta& delta) -> Result<> {
        // The role comes with the first words, so that an answer that fails before them is an HTTP error.
        if (std::exchange(first, false)) running->stream->push(event(role_chunk(running->prepared.head)));
        running->stream->push(event(delta_chunk(running->prepared.head, delta)));
        return {};
    };
    try {
        running->stream->finish(co_await chat.run(running->prepared, on_delta, running->stop.get_token()));
    } catch (const std::exception& e) {
        running->stream->finish(base::internal_error(std::string("chat completion: ") + e.what()));
    }
}

// The events after the answer, or the error that ended it.
std::string last_events(const Running& running, const Result<ResponseResult>& result, bool include_usage) {
    if (result.has_error()) return event(json::object{{"error", llm::openai_error(result.error())}});
    std::string out = event(finish_chunk(running.prepared.head, result->finish));
    if (include_usage) out += event(usage_chunk(running.prepared.head, result->usage));
    return out + net::sse_event("[DONE]");
}

Task<Response> streamed(ChatService& chat, ChatService::Prepared prepared, Request& request,
                        bool include_usage) {
    auto running = std::make_shared<Running>();
    running->prepared = std::move(prepared);
    const auto reader = std::make_shared<Reader>(running);
    base::asio::co_spawn(co_await base::asio::this_coro::executor, answer(chat, running),
                         base::asio::detached);
    auto begin = std::make_shared<std::string>(co_await running->stream->next());
    auto done = std::make_shared<std::optional<Result<ResponseResult>>>(running->stream->take_result());
    // Nothing was said yet: the error can still be a proper response.
    if (begin->empty() && *done && (*done)->has_error())
        co_return llm::openai_problem((*done)->error(), request);
    if (begin->empty()) *begin = event(role_chunk(running->prepared.head));

    Response response =
        Response::events([reader, begin, done, include_usage](net::BodySink& sink) -> net::Task<Result<>> {
            Running& running = *reader->running;
            AIMPACT_CO_CHECK(co_await sink.write(*begin));
            while (!*done) {
                const std::string events = co_await running.stream->next();
                if (!events.empty()) AIMPACT_CO_CHECK(co_await sink.write(events));
                *done = running.stream->take_result();
            }
            const std::string last = last_events(running, **done, include_usage);
            co_return co_await sink.write(last);
        });
    if (!running->prepared.head.conversation_id.empty())
        response.headers.set("X-Conversation-Id", running->prepared.head.conversation_id);
    co_return response;
}
}  // namespace

Task<Response> chat_completion(ChatService& chat, Request& request, const Principal& who) {
    auto asked = read_chat_completion(request.body);
    if (asked.has_error()) co_return llm::openai_problem(asked.error(), request);
    const bool stream = asked->stream, include_usage = asked->include_usage;
    auto prepared = co_await chat.prepare(who, *std::move(asked));
    if (prepared.has_error()) co_return llm::openai_problem(prepared.error(), request);
    if (stream) co_return co_await streamed(chat, *std::move(prepared), request, include_usage);
    auto result = co_await chat.run(*prepared, {}, {});
    if (result.has_error()) co_return llm::openai_problem(result.error(), request);
    Response response = Response::json(base::to_text(completion_json(prepared->head, *result)));
    if (!prepared->head.conversation_id.empty())
        response.headers.set("X-Conversation-Id", prepared->head.conversation_id);
    co_return response;
}

}  // namespace aimpact::agents
