// The caller's sound over ours. At the first sign of a voice our sound stops (the client's player is
// emptied), but nothing is given up yet: the answer is *held*. What was not heard is kept, the model writes
// on, and what the voice makes meanwhile waits. Then either the caller means it: the answer is interrupted,
// as if it had been at once; or it was a "yes" or a cough: the answer goes on from a quiet place just before
// it was stopped. Its item is whole then, in the conversation and in the record, as if nothing had happened.
//
// An answer whose response was already done when it was stopped can't have more audio on the OpenAI wire; the
// rest is told as a response of its own, outside the conversation (metadata: {"aimpact_resumes": item id}).
#include <algorithm>
#include <boost/asio/redirect_error.hpp>

#include "base/log.hpp"
#include "realtime/session_impl.hpp"

namespace aimpact::realtime {

namespace asio = base::asio;
using agents::Item;

void Session::Impl::push_audio(std::span<const float> samples_16k) {
    const base::SteadyTime now = parts.clock.steady();
    if (!sent_sound.empty()) {
        // In step with the samples, not with the moments in which they happen to arrive.
        const auto length = std::chrono::duration_cast<base::SteadyTime::duration>(
            std::chrono::duration<double>(static_cast<double>(samples_16k.size()) / voice::kRecognitionRate));
        constexpr auto kDrift = std::chrono::milliseconds(250);
        if (heard_until < now - kDrift || heard_until > now + kDrift) heard_until = now;
        std::vector<float> played(samples_16k.size() * 3 / 2);
        sent_sound.played(heard_until - length, played);
        heard_until += length;
        listener->playing(played, playback.unplayed_ms(now));
    }
    listener->push(samples_16k);
}

void Session::Impl::on_speech_confirmed(const voice::SpeechConfirmed&) {
    if (held) interrupt(ResponseReason::turn_detected);
}

void Session::Impl::on_sound_ignored(const voice::SoundIgnored& sound) {
    parts.metrics.ignored(sound.kind);
    emit([&](SessionEvents& e) {
        e.sound_over_ours({sound.kind, false, {}, {}, sound.audio_start_ms, sound.audio_end_ms});
    });
    // It is told of when it is over; what was playing when it began?
    constexpr double kAgoMsMax = 5'000;
    const auto ago =
        std::chrono::duration_cast<base::SteadyTime::duration>(std::chrono::duration<double, std::milli>(
            std::clamp(caller_sound.received_ms() - sound.audio_start_ms, 0.0, kAgoMsMax)));
    const base::SteadyTime now = parts.clock.steady();
    const auto playing = playback.playing_ms(now - ago, now + std::chrono::milliseconds(1));
    if (playing.empty()) return;
    const Playback::Item* item = playback.find(playing.front().first);
    note_sound(item->item_id, {std::string(voice::name_of(sound.kind)), false,
                               rounded_ms(playback.heard_ms(*item, now - ago))});
}

// Whether what the caller says over ours may turn out to be no interruption; and so whether what we say is
// kept to be held against it.
bool Session::Impl::judges_overlap() const {
    return config.listener.interruptions == voice::Interruptions::adaptive;
}

// What was sent before overlaps were judged can't be told once more.
bool Session::Impl::all_kept(base::SteadyTime now) const {
    for (const auto& [item_id, ms] : playback.playing_ms(now, playback.plays_until())) {
        const std::optional<double> from_ms = sent_sound.kept_from_ms(item_id);
        if (!from_ms || *from_ms > playback.heard_ms(*playback.find(item_id), now) + 1) return false;
    }
    return true;
}

// Into the record of the answer that it was heard over.
void Session::Impl::note_sound(const std::string& item_id, agents::SoundOverAnswer sound) {
    const auto add = [&](agents::TurnQuality& quality) {
        if (!quality.sounds_over) quality.sounds_over.emplace();
        if (quality.sounds_over->size() >= agents::kSoundsOverAnswerMax) return false;
        quality.sounds_over->push_back(sound);
        return true;
    };
    if (active && active->message_id == item_id) {
        add(active->origin.quality);
        return;
    }
    for (agents::Turn& turn : turns)
        if (turn.assistant_item_id == item_id && add(turn.quality)) record(turn);
}

void Session::Impl::hold_output() {
    if (held) return;
    const base::SteadyTime now = parts.clock.steady();
    // Nothing is heard: there is nothing to go on with.
    if (playback.unplayed_ms(now) <= 0) return interrupt(ResponseReason::turn_detected);
    add_overlap(now);
    if (!all_kept(now)) return interrupt(ResponseReason::turn_detected);
    HeldOutput holding{now, sent_sound.cut(now), {}, {}};
    for (const Playback::Item* item : playback.cut(now)) holding.items.push_back(item->item_id);
    if (holding.items.empty()) return interrupt(ResponseReason::turn_detected);
    held.emplace(std::move(holding));
    const Playback::Item* last = playback.find(held->items.back());
    const std::string response_id = last->response_id, item_id = last->item_id;
    emit([&](SessionEvents& e) { e.interrupted(response_id, item_id); });
}

// The client knows how much it played of an item that is held.
bool Session::Impl::correct_held(const std::string& item_id, double heard_ms) {
    if (!held) return false;
    const auto rest = std::find_if(held->rests.begin(), held->rests.end(),
                                   [&](const SentSound::Rest& one) { return one.item_id == item_id; });
    if (rest == held->rests.end()) return false;
    const auto more =
        static_cast<std::ptrdiff_t>((heard_ms - rest->from_ms) * voice::kSynthesisRate / 1000.0);
    if (more > 0) {
        const auto gone = std::min(more, static_cast<std::ptrdiff_t>(rest->samples.size()));
        rest->samples.erase(rest->samples.begin(), rest->samples.begin() + gone);
        rest->from_ms += static_cast<double>(gone) * 1000.0 / voice::kSynthesisRate;
    }
    playback.set_cut(item_id, heard_ms);
    return true;
}

void Session::Impl::resume_output(voice::SoundKind kind, std::string text) {
    if (!held) return;
    HeldOutput was = *std::exchange(held, std::nullopt);
    parts.metrics.ignored(kind);
    parts.metrics.resumed();
    agents::SoundOverAnswer sound{std::string(voice::name_of(kind)), true};
    if (!text.empty()) sound.transcript = text;
    emit([&](SessionEvents& e) { e.sound_over_ours({kind, true, std::move(text), was.items.back(), 0, 0}); });
    sound.at_ms = rounded_ms(playback.find(was.items.front())->cut_ms);
    sound.paused_ms =
        rounded_ms(std::chrono::duration<double, std::milli>(parts.clock.steady() - was.at).count());
    note_sound(was.items.front(), std::move(sound));
    for (SentSound::Rest& rest : was.rests) {
        const bool running = active && !active->stopped();
        if (running && active->id == rest.response_id)
            send_rest(*active, rest.item_id, rest);
        else if (running && !active->message_id.empty() && active->announced.contains(active->message_id))
            send_rest(*active, active->message_id,
                      rest);  // one response at a time: in front of its own words
        else if (!active)
            speak_rest(std::move(rest));
        else if (const Playback::Item* item = playback.find(rest.item_id))
            apply_cut(*item);
    }
    for (HeldChunk& late : was.chunks)
        if (active && active->id == late.response_id) give_out(*active, late.item_id, late.chunk, late.text);
    if (active && active->speaker) active->speaker->go_on();
    for (const auto& waiting : was.waiting) waiting->cancel();
}

// Sends what was cut off once more; the estimate of the playback goes on as if it had never been.
void Session::Impl::send_rest(ActiveResponse& a, const std::string& as_item_id, const SentSound::Rest& rest) {
    const base::SteadyTime now = parts.clock.steady();
    const base::SteadyTime plays_at = playback.resume(rest.item_id, rest.from_ms, now);
    sent_sound.sent(rest.response_id, rest.item_id, rest.from_ms, rest.samples, plays_at);
    emit([&](SessionEvents& e) { e.audio_delta(a.id, as_item_id, rest.samples, {}); });
}

// As a response of its own: the one it belongs to is done.
void Session::Impl::speak_rest(SentSound::Rest rest) {
    const Playback::Item* said = playback.find(rest.item_id);
    if (!said || rest.samples.empty()) return;
    auto response = std::make_shared<ActiveResponse>();
    response->id = new_id("resp");
    response->audio = true;
    response->style = config.style;
    response->options.response.out_of_band = true;
    response->options.metadata["aimpact_resumes"] = rest.item_id;
    response->origin.zero = parts.clock.steady();
    Item item;
    item.id = response->message_id = new_id("item");
    item.role = llm::ChatRole::assistant;
    item.spoken = true;
    item.created_at = parts.clock.now();
    std::string whole;
    for (const SpokenPiece& piece : said->pieces) whole += piece.text;
    item.text = whole.substr(std::min(whole.size(), heard_text(said->pieces, rest.from_ms).size()));
    item.text.erase(0, item.text.find_first_not_of(' '));
    // A client's cut of the rest is one of the item it belongs to.
    resumed_as[item.id] = {rest.item_id, rest.from_ms};
    if (resumed_as.size() > 32) resumed_as.erase(resumed_as.begin());
    // All of it happens now: nothing is made any more.
    active = response;
    emit([&](SessionEvents& e) { e.response_started(response->id, response->options); });
    announce(*response, item);
    if (!item.text.empty())
        emit([&](SessionEvents& e) { e.audio_delta(response->id, item.id, {}, item.text); });
    send_rest(*response, item.id, rest);
    conclude(*response, item);
    ResponseDone done;
    done.items = response->done_items;
    emit([&](SessionEvents& e) { e.response_done(response->id, done); });
    active.reset();
}

// Until nothing is held: an answer isn't over while some of it waits.
Task<void> Session::Impl::not_held(std::shared_ptr<Impl> self) {
    while (self->held && !self->closed) {
        auto waiting =
            std::make_shared<asio::steady_timer>(self->executor, asio::steady_timer::time_point::max());
        self->held->waiting.push_back(waiting);
        boost::system::error_code ignored;
        co_await waiting->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

}  // namespace aimpact::realtime
