#include "realtime/openai_adapter.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>

#include "base/id.hpp"
#include "base/log.hpp"
#include "realtime/openai_voices.hpp"

namespace aimpact::realtime::openai {

namespace asio = base::asio;
using base::ErrorCode;

Connection::Connection(net::WebSocket& socket, SessionParts parts, voice::Recognizer& recognizer,
                       ConnectionOptions options)
    : socket_(socket),
      parts_(std::move(parts)),
      recognizer_(recognizer),
      options_(std::move(options)),
      bucket_(options_.limits.events_per_second, options_.limits.events_burst),
      opened_at_(parts_.clock.steady()),
      watch_timer_(socket.executor()),
      closed_timer_(socket.executor(), asio::steady_timer::time_point::max()) {}

Task<void> Connection::serve(std::unique_ptr<agents::TurnLoop> loop) {
    wire_ = initial_session(loop->agent(), options_.beta);
    wire_.id = base::make_id("sess", parts_.clock, parts_.random);
    wire_.conversation_id = loop->conversation_id();
    if (!options_.model.empty()) wire_.model = options_.model;
    wire_.additions = options_.additions;
    wire_.expires_at = base::unix_seconds(parts_.clock.now() + options_.limits.session_max);
    if (options_.transcription_only) {
        wire_.transcription_only = true;
        wire_.config.create_response = false;
    }
    std::optional<Error> refused;
    session_ = std::make_unique<Session>(socket_.executor(), parts_, std::move(loop), wire_.config, *this);
    if (!options_.session_update.empty()) {
        auto next = updated_session(wire_, options_.session_update, parts_.synthesizer, options_.limits);
        auto applied = next.has_value() ? apply(*std::move(next)) : Result<>(next.error());
        if (applied.has_error()) refused = applied.error();
    }
    base::log_info("realtime.opened", {{"session_id", wire_.id},
                                       {"conversation_id", wire_.conversation_id},
                                       {"agent_id", wire_.agent_id},
                                       {"beta", wire_.beta}});

    send("session.created", {{"session", render_session(wire_)}});
    if (wire_.beta)
        send("conversation.created", {{"conversation", json::object{{"id", wire_.conversation_id},
                                                                    {"object", "realtime.conversation"}}}});
    if (wire_.additions) send_conversation();
    if (refused) send_error(*refused);
    socket_.on_drain([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->draining_ = true;
    });
    watch();
    co_await read_events();

    watch_timer_.cancel();
    socket_.on_drain(nullptr);
    co_await session_->close();
    // A close that we began uses the socket: wait for its end.
    while (closing_ && !closed_) {
        boost::system::error_code ignored;
        co_await closed_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    base::log_info("realtime.closed",
                   {{"session_id", wire_.id},
                    {"conversation_id", wire_.conversation_id},
                    {"seconds", std::chrono::duration<double>(parts_.clock.steady() - opened_at_).count()},
                    {"events", events_}});
}

Task<void> Connection::read_events() {
    for (;;) {
        auto message = co_await socket_.read();
        if (message.has_error() || closing_) co_return;
        ++events_;
        if (const auto wait = bucket_.take(parts_.clock.steady()); wait.count() > 0)
            co_await base::sleep_for(wait);
        if (message->binary) {
            send_error(base::invalid_argument(
                "Events are JSON in text messages; audio goes in input_audio_buffer.append."));
            continue;
        }
        std::string event_id;
        auto event = parse_event(message->data, options_.limits, event_id);
        message->data = {};
        if (event.has_error()) {
            send_error(event.error(), {}, event_id);
            continue;
        }
        auto done = co_await obey(*std::move(event));
        if (done.has_error()) {
            // What the parts name by their own fields is named by the wire's.
            static constexpr std::pair<std::string_view, std::string_view> kCodes[] = {
                {"Conversation already has an active response", "conversation_already_has_active_response"},
                {"There is no response in progress", "response_cancel_not_active"},
                {"The input audio buffer is empty", "input_audio_buffer_commit_empty"},
            };
            std::string_view code;
            for (const auto& [start, name] : kCodes)
                if (done.error().message.starts_with(start)) code = name;
            send_error(done.error(), code, event_id);
        }
        greet();
    }
}

Task<Result<>> Connection::obey(ClientEvent event) {
    Body& body = event.body;
    if (auto* append = std::get_if<AppendAudio>(&body))
        co_return co_await append_audio(std::move(append->audio));
    if (auto* update = std::get_if<SessionUpdate>(&body)) co_return update_session(update->session);
    if (std::holds_alternative<CommitAudio>(body)) co_return session_->commit();
    if (std::holds_alternative<ClearAudio>(body)) {
        session_->clear();
        input_carry_.clear();
        send("input_audio_buffer.cleared", {});
        co_return Result<>{};
    }
    if (std::holds_alternative<ClearOutput>(body)) {
        clearing_output_ = true;
        session_->clear_output();
        clearing_output_ = false;
        co_return Result<>{};
    }
    if (auto* create = std::get_if<CreateItem>(&body)) co_return co_await create_item(std::move(*create));
    if (auto* retrieve = std::get_if<RetrieveItem>(&body)) {
        auto item = session_->item(retrieve->item_id);
        if (item.has_error()) {
            Error error = item.error();
            error.param = "item_id";
            co_return error;
        }
        send("conversation.item.retrieved", {{"item", render_item(*item, wire_.beta)}});
        co_return Result<>{};
    }
    if (auto* remove = std::get_if<DeleteItem>(&body)) co_return session_->remove_item(remove->item_id);
    if (auto* truncate = std::get_if<TruncateItem>(&body))
        co_return session_->truncate_item(truncate->item_id, truncate->audio_end_ms);
    if (auto* create = std::get_if<CreateResponse>(&body))
        co_return co_await create_response(std::move(*create));
    co_return session_->cancel_response(std::get<CancelResponse>(body).response_id);
}

// ---------------------------------------------------------------------------------------- audio in

std::vector<float> Connection::decode(WireFormat format, std::string_view bytes) {
    switch (format) {
        case WireFormat::pcm:
            return voice::pcm16_to_float(bytes);
        case WireFormat::pcmu:
            return voice::ulaw_to_float(bytes);
        case WireFormat::pcma:
            break;
    }
    return voice::alaw_to_float(bytes);
}

Task<Result<>> Connection::append_audio(std::string bytes) {
    // A piece may end in the middle of a sample: its other byte comes with the next one.
    bytes.insert(0, std::exchange(input_carry_, {}));
    if (wire_.input == WireFormat::pcm && bytes.size() % 2 != 0) {
        input_carry_ = bytes.back();
        bytes.pop_back();
    }
    const int rate = sample_rate(wire_.input);
    const std::size_t second = static_cast<std::size_t>(rate) * (wire_.input == WireFormat::pcm ? 2 : 1);
    const double seconds = static_cast<double>(bytes.size()) / static_cast<double>(second);
    if (session_->buffered_seconds() + seconds > options_.limits.input_buffer_seconds_max)
        co_return Error{ErrorCode::payload_too_large,
                        "The input audio buffer is full (" +
                            std::to_string(static_cast<int>(options_.limits.input_buffer_seconds_max)) +
                            " s): commit or clear it.",
                        {},
                        "audio"};
    if (!input_resampler_ || input_rate_ != rate) {
        input_resampler_ = std::make_unique<voice::Resampler>(rate, voice::kRecognitionRate);
        input_rate_ = rate;
    }
    // Minutes of audio in one event must not hold up the others on this thread.
    for (std::size_t at = 0; at < bytes.size(); at += second) {
        if (at > 0) co_await asio::post(socket_.executor(), asio::use_awaitable);
        const std::vector<float> samples = decode(wire_.input, std::string_view(bytes).substr(at, second));
        session_->push_audio(input_resampler_->process(samples), {samples, rate, full_scale(wire_.input)});
    }
    co_return Result<>{};
}

// ---------------------------------------------------------------------------------------- items and
// responses

Task<Result<>> Connection::recognise(IncomingItem& incoming) {
    if (incoming.audio.empty()) co_return Result<>{};
    std::vector<float> samples = voice::resample(decode(wire_.input, incoming.audio),
                                                 sample_rate(wire_.input), voice::kRecognitionRate);
    incoming.audio.clear();
    voice::RecognitionOptions options = wire_.config.listener.recognition;
    auto transcript = co_await recognizer_.transcribe(std::move(samples), std::move(options),
                                                      inference::Priority::caller_waiting);
    if (transcript.has_error()) co_return transcript.error();
    if (transcript->text.empty())
        co_return base::invalid_argument("No speech was found in the item's audio.", "item.content");
    incoming.item.text = transcript->text;
    co_return Result<>{};
}

Task<Result<>> Connection::create_item(CreateItem event) {
    AIMPACT_CO_CHECK(co_await recognise(event.item));
    co_return session_->add_item(std::move(event.item.item), event.previous_item_id);
}

Task<Result<>> Connection::create_response(CreateResponse event) {
    if (wire_.transcription_only)
        co_return Error{ErrorCode::failed_precondition,
                        "A transcription session doesn't answer. Connect without intent=transcription."};
    SpeakOptions options;
    agents::ResponseOptions& r = options.response;
    r.instructions = std::move(event.instructions);
    r.tools = std::move(event.tools);
    r.tool_choice = std::move(event.tool_choice);
    r.temperature = event.temperature;
    r.output_tokens_max = event.output_tokens_max;
    r.out_of_band = event.out_of_band;
    if (event.input) {
        r.input.emplace();
        for (IncomingItem& incoming : *event.input) {
            if (!incoming.reference.empty()) {
                AIMPACT_CO_TRY(agents::Item item, session_->item(incoming.reference));
                r.input->push_back(std::move(item));
                continue;
            }
            AIMPACT_CO_CHECK(co_await recognise(incoming));
            r.input->push_back(std::move(incoming.item));
        }
    }
    options.audio = event.audio;
    if (event.voice) {
        options.style = wire_.config.style;
        options.style->voice = voice_of(parts_.synthesizer, *event.voice);
    }
    options.metadata = std::move(event.metadata);
    co_return session_->create_response(std::move(options));
}

// ---------------------------------------------------------------------------------------- the session object

Result<> Connection::update_session(const json::object& update) {
    AIMPACT_TRY(WireSession next, updated_session(wire_, update, parts_.synthesizer, options_.limits));
    AIMPACT_CHECK(apply(std::move(next)));
    send("session.updated", {{"session", render_session(wire_)}});
    if (wire_.additions) send_conversation();
    return {};
}

Result<> Connection::apply(WireSession next) {
    AIMPACT_CHECK(session_->configure(next.config));
    if (next.variables != wire_.variables) {
        if (auto set = session_->set_variables(next.variables); set.has_error()) {
            Error error = set.error();
            error.param = "session.aimpact.variables";
            return error;
        }
        // They change the agent's own instructions, which the client's take the place of.
        if (!next.instructions_given)
            next.instructions = session_->agent().instructions;
        else
            AIMPACT_CHECK(session_->set_instructions(next.instructions));
    }
    if (next.instructions_given && next.instructions != wire_.instructions)
        AIMPACT_CHECK(session_->set_instructions(next.instructions));
    session_->set_tools(next.tools);
    if (next.input != wire_.input) input_carry_.clear();
    wire_ = std::move(next);
    return {};
}

// ---------------------------------------------------------------------------------------- time

// The greeting waits for the client's first event (usually session.update, which may change the voice and the
// format), or for a moment without one.
void Connection::greet() {
    if (greeted_ || wire_.transcription_only) return;
    greeted_ = true;
    session_->greet();
}

void Connection::watch() {
    constexpr std::chrono::milliseconds kPeriod{250};
    watch_timer_.expires_after(kPeriod);
    watch_timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        const auto self = weak.lock();
        if (!self || ec || self->closing_) return;
        const auto age = self->parts_.clock.steady() - self->opened_at_;
        if (age >= std::chrono::milliseconds(500)) self->greet();
        if (age >= self->touched_ + agents::kTouchInterval) {
            self->touched_ = age;
            self->session_->touch();
        }
        if (age >= self->options_.limits.session_max) {
            self->send_error(Error{ErrorCode::timeout,
                                   "The session has reached its maximum duration. Connect again with "
                                   "conversation_id to go on."},
                             "session_expired");
            return self->close(1001, "session expired");
        }
        // A turn in flight is finished, and heard, before we go.
        if (self->draining_ && !self->session_->responding() && self->session_->unplayed_seconds() <= 0)
            return self->close(1001, "the server is restarting");
        self->watch();
    });
}

void Connection::close(std::uint16_t code, std::string reason) {
    if (closing_) return;
    closing_ = true;
    auto end = [](std::shared_ptr<Connection> self, std::uint16_t with, std::string because) -> Task<void> {
        co_await self->socket_.close(with, std::move(because));
        self->closed_ = true;
        self->closed_timer_.cancel();
    };
    asio::co_spawn(socket_.executor(), end(shared_from_this(), code, std::move(reason)), asio::detached);
}

}  // namespace aimpact::realtime::openai
