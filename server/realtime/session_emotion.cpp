// How the caller feels: heard of each turn beside its answer, smoothed over the call, told, written down, and
// taken up by the agent's tone if its policy says so.
#include "base/log.hpp"
#include "realtime/heard_emotion.hpp"
#include "realtime/session_impl.hpp"

namespace aimpact::realtime {

void Session::Impl::hear_emotion(const std::string& item_id, const std::vector<float>& audio_16k) {
    if (!parts.emotions || !parts.emotions->available() || audio_16k.empty()) return;
    spawn(await_emotion(shared_from_this(), item_id, audio_16k));
}

Task<void> Session::Impl::await_emotion(std::shared_ptr<Impl> self, std::string item_id,
                                        std::vector<float> audio) {
    auto asked = self->parts.emotions->estimate(std::move(audio));
    const auto found = co_await std::move(asked);
    if (found.has_error())  // an overloaded server leaves this out first
        base::log_warn("realtime.emotion_failed", {{"conversation_id", self->loop->conversation_id()},
                                                   {"message", found.error().message}});
    else if (*found && !self->closed)
        self->on_emotion(item_id, **found);
}

void Session::Impl::on_emotion(const std::string& item_id, const voice::EmotionEstimate& estimate) {
    const agents::CallerEmotion known{heard_emotion(estimate), heard_emotion(emotion.add(estimate))};
    emit([&](SessionEvents& e) { e.emotion_heard(item_id, known); });
    // The turn it belongs to waits, is being answered, or was answered already.
    if (pending && pending->origin.user_item_id == item_id) pending->origin.quality.emotion = known;
    if (active && active->origin.user_item_id == item_id) {
        active->origin.quality.emotion = known;
        // In time for its own answer, unless that has words already.
        if (active->speaker && !active->options.style && active->origin.timeline.first_token_ms < 0) {
            active->style = toned_style();
            active->speaker->set_style(active->style);
        }
    }
    for (agents::Turn& turn : turns) {
        if (turn.user_item_id != item_id) continue;
        turn.quality.emotion = known;
        record(turn);
    }
}

voice::SpeechStyle Session::Impl::toned_style() const {
    voice::SpeechStyle style = config.style;
    if (config.tone_policy == voice::TonePolicy::neutral) {
        style.emotion = "neutral";
    } else if (config.tone_policy != voice::TonePolicy::off && style.emotion == "neutral" &&
               emotion.current()) {
        voice::Tone tone =
            voice::tone_for(config.tone_policy, *emotion.current(), parts.synthesizer.emotions());
        style.emotion = std::move(tone.emotion);
        style.intensity = tone.intensity;
    }
    return style;
}

}  // namespace aimpact::realtime
