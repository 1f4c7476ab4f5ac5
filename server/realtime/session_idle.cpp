// What the session says of its own accord, by the clock: a prompt when the caller has been silent for long,
// the end when that doesn't help, and a few words while a tool takes its time.
#include "realtime/session_impl.hpp"

namespace aimpact::realtime {

namespace {
// No listener lets a tentative voice hang for so long.
constexpr std::chrono::seconds kHeldMost{5};
constexpr std::chrono::milliseconds kTick{200};
constexpr const char* kAskWhetherThere =
    "The caller has been silent for a while. Ask in one short sentence whether they are still there.";
}  // namespace

void Session::Impl::start_ticking() {
    tick_timer.expires_after(kTick);
    tick_timer.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        const auto self = weak.lock();
        if (!self || ec || self->closed) return;
        self->tick();
        self->start_ticking();
    });
}

void Session::Impl::tick() {
    if (closed) return;
    const base::SteadyTime now = parts.clock.steady();
    if (held && now - held->at > kHeldMost) {
        // A client that stopped to send in the middle of a voice: no end will be heard of it.
        if (listener->speaking())
            interrupt(ResponseReason::turn_detected);
        else
            resume_output(voice::SoundKind::noise, {});
    }
    if (consider_filler(now)) return;
    consider_silence(now);
}

bool Session::Impl::someone_busy(base::SteadyTime now) const {
    return active || pending || draft || held || caller_since || !transcribing.empty() ||
           !open_calls.empty() || playback.unplayed_ms(now) > 0 || listener->speaking();
}

void Session::Impl::consider_silence(base::SteadyTime now) {
    const agents::IdlePolicy& idle_policy = config.idle;
    if (someone_busy(now)) quiet_since = now;
    if (idle_policy.after.count() <= 0 || ended || now - quiet_since < idle_policy.after) return;
    quiet_since = now;
    if (idle_prompts >= idle_policy.prompts_max) {
        ended = true;
        parts.metrics.ended_by_silence();
        emit([](SessionEvents& e) { e.ended("silence"); });
        return;
    }
    const std::size_t which = static_cast<std::size_t>(idle_prompts++);
    parts.metrics.idle_prompt();
    if (!idle_policy.prompts.empty()) {
        say(idle_policy.prompts[std::min(which, idle_policy.prompts.size() - 1)], true);
        return;
    }
    SpeakOptions options;
    options.response.instructions = kAskWhetherThere;
    (void)request(std::move(options), std::nullopt);
}

// Only while the calls of the last answer wait for their results, and nobody speaks.
bool Session::Impl::consider_filler(base::SteadyTime now) {
    const agents::Fillers& fillers = config.fillers;
    if (open_calls.empty() || active || pending || held || caller_since || !transcribing.empty() ||
        playback.unplayed_ms(now) > 0) {
        if (open_calls.empty()) fillers_said = 0;
        waiting_since = now;
        return false;
    }
    if (fillers.texts.empty() || !config.audio) return false;
    if (now - waiting_since < (fillers_said == 0 ? fillers.after : fillers.every)) return false;
    const std::size_t which = static_cast<std::size_t>(fillers_said++) % fillers.texts.size();
    waiting_since = now;
    parts.metrics.filler();
    say_filler(fillers.texts[which]);
    return true;
}

// Outside the conversation: the model must not take it for an answer, nor the call for answered.
void Session::Impl::say_filler(std::string text) {
    auto response = std::make_shared<ActiveResponse>();
    response->id = new_id("resp");
    response->fixed_text = std::move(text);
    response->greeting = response->filler = true;
    response->options.response.out_of_band = true;
    response->options.metadata["aimpact_filler"] = "true";
    response->audio = true;
    response->style = config.style;
    response->origin.zero = parts.clock.steady();
    response->origin.timeline.started_at = parts.clock.now();
    active = response;
    spawn(run(shared_from_this(), std::move(response)));
}

// The result is there: a filler that isn't heard yet isn't needed; one that is, ends its few words.
void Session::Impl::drop_filler() {
    if (!active || !active->filler || active->stopped() || active->origin.timeline.first_audio_ms >= 0)
        return;
    active->reason = ResponseReason::client_cancelled;
    active->model_stop.request_stop();
    if (active->speaker) active->speaker->stop();
}

}  // namespace aimpact::realtime
