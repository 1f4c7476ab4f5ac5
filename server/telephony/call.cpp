#include "telephony/call.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>

#include "base/log.hpp"
#include "telephony/g711.hpp"

namespace aimpact::telephony {

namespace asio = base::asio;
using base::ErrorCode;

namespace {

// Close codes of RFC 6455, 7.4.1, and of the registry that it began.
constexpr std::uint16_t kNormal = 1000, kGoingAway = 1001, kProtocolError = 1002, kRefused = 1008,
                        kTryLater = 1013;

std::uint16_t close_code(const Error& error) {
    return error.code == ErrorCode::overloaded || error.code == ErrorCode::unavailable ? kTryLater : kRefused;
}

}  // namespace

Call::Call(net::WebSocket& socket, const base::Clock& clock, OpenCall open, CallOptions options)
    : socket_(socket),
      clock_(clock),
      open_(std::move(open)),
      options_(options),
      bucket_(options.messages_per_second, options.messages_burst),
      opened_at_(clock.steady()),
      keys_(options.dtmf),
      keys_timer_(socket.executor()),
      watch_timer_(socket.executor()),
      closed_timer_(socket.executor(), asio::steady_timer::time_point::max()) {}

Task<void> Call::serve() {
    socket_.on_drain([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->draining_ = true;
    });
    watch();
    co_await read_messages();

    watch_timer_.cancel();
    keys_timer_.cancel();
    socket_.on_drain(nullptr);
    if (session_) co_await session_->close();
    // A close that we began uses the socket: wait for its end.
    while (closing_ && !closed_) {
        boost::system::error_code ignored;
        co_await closed_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (!session_) co_return;
    const MediaOrder::Counts& counts = order_.counts();
    base::log_info("telephony.call_ended",
                   {{"conversation_id", session_->conversation_id()},
                    {"call_id", start_.call_id},
                    {"seconds", std::chrono::duration<double>(clock_.steady() - started_at_).count()},
                    {"gaps", counts.gaps},
                    {"gaps_ms", counts.silence_ms},
                    {"dropped", counts.dropped},
                    {"early", counts.early},
                    {"malformed", malformed_}});
}

Task<void> Call::read_messages() {
    for (;;) {
        auto message = co_await socket_.read();
        if (message.has_error() || closing_) co_return;
        if (const auto wait = bucket_.take(clock_.steady()); wait.count() > 0) co_await base::sleep_for(wait);
        if (message->binary) {
            malformed("messages are JSON in text");
            continue;
        }
        auto parsed = parse_message(message->data, options_.stream);
        if (parsed.has_error()) {
            malformed(parsed.error().param + ": " + parsed.error().message);
            continue;
        }
        if (std::holds_alternative<Stop>(parsed->body)) co_return;
        if (const auto* start = std::get_if<Start>(&parsed->body); start && !session_) {
            co_await begin(*start);
            continue;
        }
        obey(*std::move(parsed));
    }
}

Task<void> Call::begin(const Start& start) {
    auto opened = co_await open_(start);
    if (closing_) co_return;
    if (opened.has_error()) {
        const Error& error = opened.error();
        base::log_warn("telephony.call_refused", {{"call_id", start.call_id},
                                                  {"code", base::to_string(error.code)},
                                                  {"message", error.message},
                                                  {"detail", error.detail}});
        co_return close(close_code(error), error.message);
    }
    start_ = start;
    start_.parameters.clear();  // they may hold a secret, and have done their work
    order_ = MediaOrder(start.codec);
    started_at_ = clock_.steady();
    realtime::SessionConfig config = realtime::config_of(opened->loop->agent());
    // Nobody on a phone commits a turn by hand.
    if (config.listener.mode == voice::ListenerOptions::Mode::manual)
        config.listener.mode = voice::ListenerOptions::Mode::semantic_vad;
    config.audio = true;
    realtime::SessionParts parts = std::move(opened->parts);
    parts.limits.audio_ahead_max = options_.audio_ahead_max;
    session_ = std::make_unique<realtime::Session>(socket_.executor(), std::move(parts),
                                                   std::move(opened->loop), std::move(config), *this);
    base::log_info("telephony.call_started", {{"conversation_id", session_->conversation_id()},
                                              {"agent_id", session_->agent().id},
                                              {"call_id", start_.call_id}});
    session_->greet();
}

void Call::obey(StreamMessage message) {
    if (std::holds_alternative<Connected>(message.body)) return;
    if (!session_) return close(kProtocolError, "A stream begins with its start message.");
    if (std::holds_alternative<Start>(message.body))
        return close(kProtocolError, "A stream starts once: open another socket for another call.");
    if (!message.stream_id.empty() && message.stream_id != start_.stream_id)
        return malformed("streamSid: This is not the stream that was started here.");
    if (auto* media = std::get_if<Media>(&message.body)) return hear(std::move(*media));
    if (const auto* dtmf = std::get_if<Dtmf>(&message.body)) return press(dtmf->digit);
    if (const auto* mark = std::get_if<Mark>(&message.body)) {
        if (const auto place = marks_.echoed(mark->name)) session_->played(place->item_id, place->ms);
    }
}

void Call::hear(Media media) {
    if (!media.inbound) return;
    const std::string audio = order_.push(std::move(media));
    if (audio.empty()) return;
    heard_ms_ += static_cast<double>(audio.size()) / kBytesPerMs;
    const std::chrono::duration<double, std::milli> age = clock_.steady() - started_at_;
    if (heard_ms_ > age.count() + static_cast<double>(options_.early_max.count()))
        return close(kRefused, "Audio comes faster than anybody speaks: send it as it is heard.");
    const std::vector<float> samples = decode(start_.codec, audio);
    session_->push_audio(to_session_.process(samples), {samples, kWireRate, full_scale(start_.codec)});
}

// ---------------------------------------------------------------------------------------- keys

void Call::press(char key) {
    if (keys_.empty() && options_.dtmf.interrupts) session_->clear_output();
    const auto complete = keys_.press(key, clock_.steady());
    if (complete)
        say_keys(*complete);
    else
        await_pause();
}

void Call::await_pause() {
    const auto due = keys_.deadline();
    if (!due) return keys_timer_.cancel(), void();
    keys_timer_.expires_after(std::max<base::SteadyTime::duration>(*due - clock_.steady(), {}));
    keys_timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        const auto self = weak.lock();
        if (!self || ec || self->closing_) return;
        if (const auto complete = self->keys_.expire(self->clock_.steady()))
            self->say_keys(*complete);
        else
            self->await_pause();
    });
}

void Call::say_keys(const std::string& keys) {
    keys_timer_.cancel();
    agents::Item item;
    item.role = llm::ChatRole::user;
    item.text = DtmfCollector::text_of(keys);
    auto done = session_->add_item(std::move(item));
    if (done.has_value()) done = session_->create_response();
    if (done.has_error()) failed(done.error());
}

// ---------------------------------------------------------------------------------------- the end

void Call::malformed(std::string_view why) {
    ++malformed_;
    base::log_warn("telephony.message_refused", {{"call_id", start_.call_id}, {"message", why}});
    // A stream that doesn't even begin well never will.
    if (!session_ || malformed_ > options_.malformed_max) close(kProtocolError, std::string(why));
}

void Call::ended(const std::string& reason) {
    close(kNormal, reason);
}

void Call::watch() {
    constexpr std::chrono::milliseconds kPeriod{250};
    watch_timer_.expires_after(kPeriod);
    watch_timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        const auto self = weak.lock();
        if (!self || ec || self->closing_) return;
        const auto age = self->clock_.steady() - self->opened_at_;
        realtime::Session* session = self->session_.get();
        if (!session && age >= self->options_.start_wait)
            return self->close(kRefused, "No start message came.");
        if (age >= self->options_.call_max)
            return self->close(kNormal, "The call has reached its maximum duration.");
        if (session && age >= self->touched_ + agents::kTouchInterval) {
            self->touched_ = age;
            session->touch();
        }
        // A turn in flight is finished, and heard, before we go.
        if (self->draining_ && (!session || (!session->responding() && session->unplayed_seconds() <= 0)))
            return self->close(kGoingAway, "The server is restarting.");
        self->watch();
    });
}

void Call::close(std::uint16_t code, std::string reason) {
    if (closing_) return;
    closing_ = true;
    auto end = [](std::shared_ptr<Call> self, std::uint16_t with, std::string because) -> Task<void> {
        co_await self->socket_.close(with, std::move(because));
        self->closed_ = true;
        self->closed_timer_.cancel();
    };
    asio::co_spawn(socket_.executor(), end(shared_from_this(), code, std::move(reason)), asio::detached);
}

void Call::failed(const Error& error) {
    base::log_warn("telephony.error", {{"call_id", start_.call_id},
                                       {"code", base::to_string(error.code)},
                                       {"message", error.message},
                                       {"detail", error.detail}});
}

}  // namespace aimpact::telephony
