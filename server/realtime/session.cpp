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
    config.tone_policy = agent.tone_policy;
    config.output_tokens_max = agent.model.output_tokens_max;
    config.temperature = agent.model.temperature;
    config.idle = agent.idle;
    config.fillers = agent.fillers;
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
      quiet_since(started_at),
      waiting_since(started_at),
      tick_timer(executor),
      idle(executor) {
    parts.metrics.session_opened();
}

Session::Impl::~Impl() {
    close_inbox();
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
    on.speech_confirmed = bind(&Impl::on_speech_confirmed);
    on.sound_ignored = bind(&Impl::on_sound_ignored);
    on.speech_stopped = bind(&Impl::on_speech_stopped);
    on.partial = bind(&Impl::on_partial);
    if (parts.early_answers == EarlyAnswers::all ||
        (parts.early_answers == EarlyAnswers::own && is_own_model(loop->agent().model))) {
        on.likely_end = bind(&Impl::on_likely_end);
        on.likely_end_dropped = bind(&Impl::on_likely_end_dropped);
    }
    on.turn_ended = bind(&Impl::on_turn_ended);
    on.failed = bind(&Impl::on_transcription_failed);
    listener = parts.make_listener(executor, std::move(on));
    listener->configure(config.listener);
    start_ticking();
}

void Session::Impl::shutdown() {
    if (closed) return;
    closed = true;
    tick_timer.cancel();
    drop_draft();
    pending.reset();
    outputs_timer.cancel();
    if (active && !active->stopped()) {
        playback.cut(parts.clock.steady());
        active->reason = ResponseReason::client_cancelled;
        active->model_stop.request_stop();
        if (active->speaker) active->speaker->stop();
    }
    events = nullptr;
    if (auto was = std::exchange(held, std::nullopt)) {
        for (const std::string& id : was->items)
            if (const Playback::Item* item = playback.find(id)) apply_cut(*item);
        for (const auto& waiting : was->waiting) waiting->cancel();
    }
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
    impl_->drop_draft();
    impl_->config = std::move(config);
    if (!impl_->judges_overlap()) impl_->sent_sound = {};
    if (impl_->listener) impl_->listener->configure(impl_->config.listener);
    return {};
}

Result<> Session::set_instructions(std::string text) {
    impl_->drop_draft();
    impl_->loop->set_instructions(std::move(text));
    return {};
}

void Session::set_tools(std::vector<llm::Tool> tools) {
    impl_->drop_draft();
    impl_->loop->set_tools(std::move(tools));
}

Result<> Session::set_variables(const std::map<std::string, std::string>& values) {
    impl_->drop_draft();
    return impl_->loop->set_variables(values);
}

void Session::greet() {
    const std::string& greeting = agent().greeting;
    if (greeting.empty() || impl_->closed || impl_->active || !impl_->loop->items().empty()) return;
    impl_->say(greeting, true);
}

void Session::push_audio(std::span<const float> samples_16k, const WireSound& received) {
    if (!impl_->listener) return;
    impl_->caller_sound.received(
        received.samples.empty() ? WireSound{samples_16k, voice::kRecognitionRate, 1.0F} : received,
        impl_->parts.clock.steady());
    impl_->push_audio(samples_16k);
}

double Session::buffered_seconds() const {
    return impl_->listener ? impl_->listener->buffered_ms() / 1000.0 : 0.0;
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
    impl_->drop_draft();
    if (impl_->listener) impl_->listener->clear();
    impl_->resume_output(voice::SoundKind::noise, {});
    impl_->caller_since.reset();
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
    impl_->drop_draft();
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

void Session::played(const std::string& item_id, double ms) {
    impl_->playback.played(item_id, ms, impl_->parts.clock.steady());
}

bool Session::responding() const {
    return impl_->active != nullptr;
}
double Session::unplayed_seconds() const {
    return impl_->playback.unplayed_ms(impl_->parts.clock.steady()) / 1000.0;
}

void Session::tick() {
    impl_->tick();
}

void Session::touch() {
    if (!impl_->closed) impl_->loop->touch();
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
    if (impl->scores_due > 0) asio::co_spawn(impl->executor, Impl::await_scores(impl), asio::detached);
}

Task<void> Session::scored() {
    const auto impl = impl_;
    co_await Impl::await_scores(impl);
}

}  // namespace aimpact::realtime
