#include "realtime/session.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>

#include "base/id.hpp"
#include "base/log.hpp"
#include "realtime/session_impl.hpp"

namespace aimpact::realtime {

namespace asio = base::asio;
using agents::Item;
using base::ErrorCode;

SessionConfig config_of(const agents::Agent& agent) {
    SessionConfig config;
    config.listener = agent.turn_detection;
    config.create_response = agent.create_response;
    config.interrupt_response = agent.interrupt_response;
    config.style = agent.style;
    config.output_tokens_max = agent.model.output_tokens_max;
    config.temperature = agent.model.temperature;
    return config;
}

Session::Impl::Impl(asio::any_io_executor executor_in, SessionParts parts_in,
                    std::unique_ptr<agents::TurnLoop> loop_in, SessionConfig config_in,
                    SessionEvents& events_in)
    : executor(std::move(executor_in)),
      parts(std::move(parts_in)),
      loop(std::move(loop_in)),
      config(std::move(config_in)),
      events(&events_in),
      started_at(parts.clock.steady()),
      outputs_timer(executor),
      idle(executor) {
    parts.metrics.session_opened();
}

Session::Impl::~Impl() {
    parts.metrics.session_closed();
}

void Session::Impl::start_listening() {
    const std::weak_ptr<Impl> weak = weak_from_this();
    // Binds a member as a listener's callback that does nothing once the session is gone or closed.
    const auto bind = [weak](auto member) {
        return [weak, member](auto event) {
            if (const auto self = weak.lock(); self && !self->closed) ((*self).*member)(std::move(event));
        };
    };
    voice::Listener::Events on;
    on.speech_started = bind(&Impl::on_speech_started);
    on.speech_stopped = bind(&Impl::on_speech_stopped);
    on.partial = bind(&Impl::on_partial);
    on.turn_ended = bind(&Impl::on_turn_ended);
    on.failed = bind(&Impl::on_transcription_failed);
    listener = parts.make_listener(executor, std::move(on));
    listener->configure(config.listener);
}

void Session::Impl::shutdown() {
    if (closed) return;
    closed = true;
    pending.reset();
    outputs_timer.cancel();
    if (active && !active->stopped()) {
        playback.cut(parts.clock.steady());
        active->reason = ResponseReason::client_cancelled;
        active->model_stop.request_stop();
        if (active->speaker) active->speaker->stop();
    }
    events = nullptr;
    listener.reset();
}

void Session::Impl::spawn(Task<void> task) {
    ++tasks;
    auto done = [self = shared_from_this()](std::exception_ptr failure) {
        if (failure) {
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& e) {
                base::log_error("realtime.task_failed",
                                {{"conversation_id", self->loop->conversation_id()}, {"detail", e.what()}});
            }
        }
        if (--self->tasks == 0) self->idle.cancel();
    };
    asio::co_spawn(executor, std::move(task), std::move(done));
}

std::string Session::Impl::last_item_id() const {
    if (!transcribing.empty()) return transcribing.back();
    return loop->items().empty() ? std::string{} : loop->items().back().id;
}

std::string Session::Impl::previous_of(const std::string& item_id) const {
    const auto& items = loop->items();
    const auto it = std::find_if(items.begin(), items.end(), [&](const Item& i) { return i.id == item_id; });
    return it == items.end() || it == items.begin() ? std::string{} : std::prev(it)->id;
}

// ---------------------------------------------------------------------------------------- the caller's turn

void Session::Impl::on_speech_started(const voice::SpeechStarted& event) {
    if (speaking_item_id.empty()) speaking_item_id = new_id("item");
    emit([&](SessionEvents& e) { e.speech_started(speaking_item_id, event.audio_start_ms); });
    if (config.interrupt_response) interrupt(ResponseReason::turn_detected);
}

void Session::Impl::on_speech_stopped(const voice::SpeechStopped& event) {
    if (speaking_item_id.empty() && !committing) speaking_item_id = new_id("item");
    // A commit by hand has made the item already.
    const std::string& id = committing ? transcribing.back() : speaking_item_id;
    emit([&](SessionEvents& e) { e.speech_stopped(id, event.audio_end_ms); });
    if (!committing) commit_item();
}

void Session::Impl::on_partial(const voice::PartialTranscript& event) {
    if (transcribing.empty() && speaking_item_id.empty()) speaking_item_id = new_id("item");
    const std::string& id = speaking_item_id.empty() ? transcribing.back() : speaking_item_id;
    emit([&](SessionEvents& e) { e.partial_transcript(id, event.text); });
}

std::string Session::Impl::commit_item() {
    Item item;
    item.id = speaking_item_id.empty() ? new_id("item") : std::exchange(speaking_item_id, {});
    item.status = agents::ItemStatus::in_progress;
    item.spoken = true;
    item.created_at = parts.clock.now();
    const std::string previous = last_item_id();
    transcribing.push_back(item.id);
    emit([&](SessionEvents& e) { e.input_committed(item, previous); });
    return item.id;
}

void Session::Impl::on_turn_ended(voice::TurnEnded turn) {
    if (transcribing.empty()) commit_item();
    Item item;
    item.id = std::move(transcribing.front());
    transcribing.pop_front();
    item.text = turn.transcript.text;
    item.spoken = true;
    item.created_at = parts.clock.now();
    if (loop->agent().store_audio && !turn.audio_16k.empty())
        loop->record_audio(llm::ChatRole::user, turn.audio_start_ms, turn.audio_16k, voice::kRecognitionRate);

    // Nobody said anything: nothing answers, and nothing stays in the context.
    if (item.text.empty()) {
        if (!turn.transcript.rejected.empty())
            base::log_info("realtime.transcript_rejected", {{"conversation_id", loop->conversation_id()},
                                                            {"reason", turn.transcript.rejected}});
        emit([&](SessionEvents& e) { e.transcript_completed(item, turn.transcript); });
        emit([&](SessionEvents& e) { e.item_removed(item.id); });
        start_pending();  // a client that asked for an answer gets one
        return;
    }
    if (loop->items().size() >= parts.limits.items_max) {
        emit([&](SessionEvents& e) { e.item_removed(item.id); });
        emit([&](SessionEvents& e) {
            e.failed(
                Error{ErrorCode::payload_too_large,
                      "The conversation has reached its limit of items: delete some, or start a new one."});
        });
        return;
    }
    if (auto added = loop->add(item); added.has_error()) {
        emit([&](SessionEvents& e) { e.item_removed(item.id); });
        emit([&](SessionEvents& e) { e.failed(added.error()); });
        return;
    }
    if (active) active->items_added_since = true;
    emit([&](SessionEvents& e) { e.transcript_completed(item, turn.transcript); });
    if (closed || (!config.create_response && !pending)) return;

    const auto after_speech = [&](asio::steady_timer::time_point at) {
        return std::max(0.0, std::chrono::duration<double, std::milli>(at - turn.speech_end_at).count());
    };
    TurnOrigin origin;
    origin.user_item_id = item.id;
    origin.zero = turn.speech_end_at;
    origin.timeline.speech_ms = std::max(0.0, turn.audio_end_ms - turn.audio_start_ms);
    origin.timeline.decided_ms = after_speech(turn.decided_at);
    origin.timeline.transcript_ms = after_speech(turn.transcript_at);
    const auto ago = std::chrono::duration_cast<base::WallTime::duration>(
        (parts.clock.steady() - turn.speech_end_at) +
        std::chrono::duration<double, std::milli>(origin.timeline.speech_ms));
    origin.timeline.started_at = parts.clock.now() - ago;
    if (pending && !active) {  // asked for while we were still listening to the end
        pending->origin = std::move(origin);
        start_pending();
        return;
    }
    if (!config.create_response) return;
    if (auto started = request({}, std::move(origin)); started.has_error())
        emit([&](SessionEvents& e) { e.failed(started.error()); });
}

void Session::Impl::on_transcription_failed(const Error& error) {
    parts.metrics.failure(TurnFailure::transcription);
    if (transcribing.empty()) {  // a partial failed: the final one may yet work
        emit([&](SessionEvents& e) { e.failed(error); });
        return;
    }
    const std::string id = std::move(transcribing.front());
    transcribing.pop_front();
    emit([&](SessionEvents& e) { e.transcript_failed(id, error); });
    emit([&](SessionEvents& e) { e.item_removed(id); });
    // The caller said something and waits: ask again rather than stay silent.
    const bool awaited = config.create_response || pending.has_value();
    if (!active) pending.reset();
    if (awaited && config.audio && !active && !closed) say(parts.fallback_text, false);
}

// ---------------------------------------------------------------------------------------- items

Result<> Session::Impl::add_item(Item item, const std::string& previous_id) {
    const std::size_t bytes = item.text.size() + item.arguments.size();
    if (bytes > parts.limits.item_text_bytes_max)
        return Error{ErrorCode::payload_too_large,
                     "An item may hold at most " + std::to_string(parts.limits.item_text_bytes_max) +
                         " bytes of text; this one has " + std::to_string(bytes) +
                         ". Shorten it, or split it.",
                     {},
                     "item.content"};
    if (loop->items().size() >= parts.limits.items_max)
        return Error{ErrorCode::payload_too_large,
                     "The conversation has reached its limit of " + std::to_string(parts.limits.items_max) +
                         " items: delete some, or start a new one.",
                     {},
                     "item"};
    if (item.id.empty()) item.id = new_id("item");
    if (item.created_at == base::WallTime{}) item.created_at = parts.clock.now();
    AIMPACT_CHECK(loop->add(item, previous_id));
    if (active) active->items_added_since = true;
    emit([&](SessionEvents& e) { e.item_added(item, previous_of(item.id)); });
    if (item.type == agents::ItemType::function_call_output && open_calls.erase(item.call_id) > 0) {
        outputs_given = true;
        if (waiting_for_outputs && open_calls.empty()) start_pending();
    }
    return {};
}

Result<> Session::Impl::truncate_item(const std::string& id, double audio_end_ms) {
    const Playback::Item* spoken = playback.find(id);
    if (!spoken) {
        if (!loop->find(id))
            return base::not_found("There is no item with id \"" + id + "\" in this conversation.");
        return Error{ErrorCode::failed_precondition,
                     "Only an assistant message that was spoken in this session can be truncated.",
                     {},
                     "item_id"};
    }
    if (audio_end_ms > spoken->sent_ms + 1)
        return base::invalid_argument("audio_end_ms is beyond the " +
                                          std::to_string(static_cast<long>(spoken->sent_ms)) +
                                          " ms of audio that this item has.",
                                      "audio_end_ms");
    const std::string response_id = spoken->response_id;
    const std::string heard = heard_text(spoken->pieces, audio_end_ms);
    playback.set_cut(id, audio_end_ms);
    // Cutting an answer that is still being made stops it; its end applies the cut.
    if (active && active->id == response_id) {
        if (!active->stopped()) interrupt(ResponseReason::client_cancelled);
        return {};
    }
    AIMPACT_CHECK(loop->truncate(id, heard));
    emit([&](SessionEvents& e) { e.item_truncated(id, audio_end_ms); });
    return {};
}

// ---------------------------------------------------------------------------------------- Session

Session::Session(asio::any_io_executor executor, SessionParts parts, std::unique_ptr<agents::TurnLoop> loop,
                 SessionConfig config, SessionEvents& events)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(parts), std::move(loop), std::move(config),
                                   events)) {
    impl_->start_listening();
}

Session::~Session() {
    impl_->shutdown();
}

const agents::Agent& Session::agent() const {
    return impl_->loop->agent();
}
const std::string& Session::conversation_id() const {
    return impl_->loop->conversation_id();
}
const SessionConfig& Session::config() const {
    return impl_->config;
}

Result<> Session::configure(SessionConfig config) {
    AIMPACT_CHECK(impl_->parts.synthesizer.check(config.style));
    impl_->config = std::move(config);
    if (impl_->listener) impl_->listener->configure(impl_->config.listener);
    return {};
}

Result<> Session::set_instructions(std::string text) {
    impl_->loop->set_instructions(std::move(text));
    return {};
}

void Session::set_tools(std::vector<llm::Tool> tools) {
    impl_->loop->set_tools(std::move(tools));
}

void Session::greet() {
    const std::string& greeting = agent().greeting;
    if (greeting.empty() || impl_->closed || impl_->active || !impl_->loop->items().empty()) return;
    impl_->say(greeting, true);
}

void Session::push_audio(std::span<const float> samples_16k) {
    if (impl_->listener) impl_->listener->push(samples_16k);
}

Result<> Session::commit() {
    // Kept alive: a listener may end the turn inside the call.
    const auto impl = impl_;
    if (!impl->listener || impl->closed)
        return Error{ErrorCode::failed_precondition, "The session is closed."};
    const std::size_t before = impl->transcribing.size();
    const std::string speaking = impl->speaking_item_id;
    if (impl->listener->buffered_ms() < 1)
        return Error{ErrorCode::failed_precondition,
                     "The input audio buffer is empty: append audio before you commit it."};
    // The item comes before its transcript, also where the transcript is there at once.
    impl->commit_item();
    impl->committing = true;
    const bool taken = impl->listener->commit();
    impl->committing = false;
    if (!taken) {
        if (impl->transcribing.size() > before) {
            const std::string id = impl->transcribing.back();
            impl->transcribing.pop_back();
            impl->speaking_item_id = speaking;
            impl->emit([&](SessionEvents& e) { e.item_removed(id); });
        }
        return Error{ErrorCode::failed_precondition,
                     "The input audio buffer is empty: append audio before you commit it."};
    }
    return {};
}

void Session::clear() {
    if (impl_->listener) impl_->listener->clear();
    impl_->speaking_item_id.clear();
}

Result<> Session::add_item(Item item, const std::string& previous_id) {
    return impl_->add_item(std::move(item), previous_id);
}

Result<Item> Session::item(const std::string& id) const {
    const Item* item = impl_->loop->find(id);
    if (!item) return base::not_found("There is no item with id \"" + id + "\" in this conversation.");
    return *item;
}

Result<> Session::remove_item(const std::string& id) {
    AIMPACT_CHECK(impl_->loop->remove(id));
    impl_->emit([&](SessionEvents& e) { e.item_removed(id); });
    return {};
}

Result<> Session::truncate_item(const std::string& id, double audio_end_ms) {
    return impl_->truncate_item(id, audio_end_ms);
}

Result<> Session::create_response(SpeakOptions options) {
    return impl_->request(std::move(options), std::nullopt);
}

Result<> Session::cancel_response(const std::string& response_id) {
    if (!impl_->active || impl_->active->stopped() ||
        (!response_id.empty() && impl_->active->id != response_id))
        return Error{ErrorCode::failed_precondition,
                     "There is no response in progress to cancel.",
                     {},
                     response_id.empty() ? "" : "response_id"};
    impl_->interrupt(ResponseReason::client_cancelled);
    return {};
}

void Session::clear_output() {
    impl_->interrupt(ResponseReason::client_cancelled);
}

bool Session::responding() const {
    return impl_->active != nullptr;
}
double Session::unplayed_seconds() const {
    return impl_->playback.unplayed_ms(impl_->parts.clock.steady()) / 1000.0;
}

Task<void> Session::close() {
    const auto impl = impl_;
    impl->shutdown();
    constexpr auto kPatience =
        std::chrono::seconds(10);  // a stopped model or synthesis ends well within this
    impl->idle.expires_after(kPatience);
    while (impl->tasks > 0 && impl->idle.expiry() > asio::steady_timer::clock_type::now()) {
        boost::system::error_code ignored;
        co_await impl->idle.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (impl->tasks > 0)
        base::log_error("realtime.close_timeout",
                        {{"conversation_id", impl->loop->conversation_id()}, {"tasks", impl->tasks}});
    co_await impl->loop->finish();
}

}  // namespace aimpact::realtime
