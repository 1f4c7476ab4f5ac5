// The end of an answer: what is kept of it, what is said instead when it failed, and its record.
#include <algorithm>

#include "base/log.hpp"
#include "realtime/session_impl.hpp"
#include "voice/audible_synthesizer.hpp"

namespace aimpact::realtime {

using agents::Item;
using agents::ItemStatus;
using agents::ItemType;
using base::ErrorCode;

void Session::Impl::settle(ActiveResponse& a, const Result<agents::ResponseResult>& answer,
                           const Result<>& spoken) {
    if (answer.has_value()) a.usage = answer->usage;
    if (a.stopped()) return;
    if (answer.has_value()) {
        for (const Item& item : answer->items) {
            // What could not be said is settled below.
            if (item.type == ItemType::message && (item.text.empty() || spoken.has_error())) continue;
            announce(a, item);
            conclude(a, item);
        }
        if (answer->finish == llm::FinishReason::length) a.too_long = true;
        if (answer->finish == llm::FinishReason::content_filter) a.filtered = true;
        const bool empty = std::none_of(answer->items.begin(), answer->items.end(), [](const Item& item) {
            return item.type == ItemType::function_call ||
                   item.text.find_first_not_of(" \t\r\n") != std::string::npos;
        });
        // Words of which nothing can be said (another script, a lone sign) leave the caller in silence too.
        const bool words_only = std::all_of(answer->items.begin(), answer->items.end(),
                                            [](const Item& item) { return item.type == ItemType::message; });
        const bool mute = a.audio && !a.fixed_text && words_only && a.origin.timeline.reply_audio_ms <= 0;
        if ((empty || mute) && spoken.has_value()) {
            a.error = Error{ErrorCode::upstream_failed,
                            empty ? "The model gave an empty answer."
                                  : "The model's answer has no words that this voice can say."};
            parts.metrics.failure(empty ? TurnFailure::empty_answer : TurnFailure::silent_audio);
        }
    } else if (!a.too_long && spoken.has_value()) {
        a.error = answer.error();
        parts.metrics.failure(TurnFailure::model);
    }
    if (spoken.has_error()) {
        a.error = spoken.error();
        parts.metrics.failure(voice::is_silent_audio(spoken.error()) ? TurnFailure::silent_audio
                                                                     : TurnFailure::synthesis);
        // What could not be said was not heard.
        if (const Playback::Item* said = playback.find(a.message_id); said && loop->find(a.message_id))
            (void)loop->truncate(a.message_id, heard_text(said->pieces, said->sent_ms));
        else if (loop->find(a.message_id))
            (void)loop->truncate(a.message_id, "");
    }
    if (a.error)
        base::log_warn("realtime.turn_failed", {{"conversation_id", loop->conversation_id()},
                                                {"response_id", a.id},
                                                {"code", base::to_string(a.error->code)},
                                                {"message", a.error->message},
                                                {"detail", a.error->detail}});
    // Whatever was announced and did not complete ends as incomplete.
    if (a.error || a.too_long) settle_stopped(a);
}

void Session::Impl::settle_stopped(ActiveResponse& a) {
    const auto ended = [&](const std::string& id) {
        return std::any_of(a.done_items.begin(), a.done_items.end(),
                           [&](const Item& i) { return i.id == id; });
    };
    if (a.stopped() && a.audio) {
        // Only what was heard stays.
        for (const std::string& id : a.announced) {
            const Playback::Item* said = playback.find(id);
            const bool message = id == a.message_id || said;
            if (!message || !loop->find(id)) continue;
            if (!said) {
                (void)loop->truncate(id, "");
                continue;
            }
            // All that was given out is played, but the text goes on.
            if (!said->cut) playback.set_cut(id, playback.heard_ms(*said, parts.clock.steady()));
            apply_cut(*said);
        }
    }
    for (const std::string& id : std::set<std::string>(a.announced)) {
        if (ended(id)) continue;
        Item item;
        if (const Item* kept = loop->find(id)) {
            item = *kept;
        } else {
            const auto call = std::find_if(a.calls.begin(), a.calls.end(),
                                           [&](const auto& c) { return c.second.id == id; });
            if (call != a.calls.end()) item = call->second;
            item.id = id;
            item.role = llm::ChatRole::assistant;
            item.spoken = a.audio;
            if (const Playback::Item* said = playback.find(id))
                item.text = heard_text(said->pieces, said->cut ? said->cut_ms : said->sent_ms);
        }
        item.status = ItemStatus::incomplete;
        conclude(a, item);
    }
}

Task<void> Session::Impl::speak_fallback(std::shared_ptr<ActiveResponse> response) {
    ActiveResponse& a = *response;
    Item item;
    item.id = a.message_id = new_id("item");
    item.role = llm::ChatRole::assistant;
    item.text = parts.fallback_text;
    item.spoken = true;
    item.created_at = parts.clock.now();
    if (!a.options.response.out_of_band) (void)loop->add(item);  // full: it is said all the same
    announce(a, item);
    a.speaker = make_speaker(response, false);
    (void)a.speaker->push(parts.fallback_text);
    a.speaker->finish();
    const auto spoken = co_await a.speaker->run();
    if (a.stopped()) co_return;
    // What was made at the start is played where this voice can't say even that.
    const Playback::Item* heard = playback.find(item.id);
    if ((!heard || heard->sent_ms <= 0) && parts.fallback_audio)
        give_out(a, item.id, *parts.fallback_audio, parts.fallback_text);
    conclude(a, item);
}

void Session::Impl::announce(ActiveResponse& a, const Item& item) {
    if (!a.announced.insert(item.id).second) return;
    Item start = item;
    start.status = ItemStatus::in_progress;
    start.text.clear();
    start.arguments.clear();
    std::string previous;
    if (!a.options.response.out_of_band) {
        previous = loop->find(item.id) ? previous_of(item.id) : last_item_id();
        if (a.last_announced != "" && !loop->find(item.id)) previous = a.last_announced;
    }
    a.last_announced = item.id;
    emit([&](SessionEvents& e) { e.output_item_added(a.id, start, previous); });
}

void Session::Impl::conclude(ActiveResponse& a, Item item) {
    for (const Item& done : a.done_items)
        if (done.id == item.id) return;
    if (item.type == ItemType::function_call && item.status == ItemStatus::completed)
        open_calls.insert(item.call_id);
    emit([&](SessionEvents& e) { e.output_item_done(a.id, item); });
    a.done_items.push_back(std::move(item));
}

void Session::Impl::finish_response(ActiveResponse& a) {
    ResponseDone done;
    done.items = a.done_items;
    done.usage = a.usage;
    done.error = a.error;
    if (a.stopped()) {
        done.status = ResponseStatus::cancelled;
        done.reason = a.reason;
    } else if (a.error) {
        done.status = ResponseStatus::failed;
    } else if (a.too_long || a.filtered) {
        done.status = ResponseStatus::incomplete;
        done.reason = a.filtered ? ResponseReason::content_filter : ResponseReason::output_tokens_max;
    }
    agents::Turn turn;
    turn.index = next_turn++;
    turn.user_item_id = a.origin.user_item_id;
    turn.assistant_item_id = a.message_id;
    turn.timeline = a.origin.timeline;
    turn.usage = a.usage;
    if (a.error) turn.error = base::to_string(a.error->code);
    if (const Playback::Item* said = playback.find(a.message_id); said && said->cut && a.stopped()) {
        turn.timeline.heard_ms = said->cut_ms;
    }
    turn.timeline.interrupted = a.reason == ResponseReason::turn_detected;
    if (a.filler) {
        emit([&](SessionEvents& e) { e.response_done(a.id, done); });
        return;
    }
    for (const Item& item : a.done_items)
        if (item.type == ItemType::message) listener_expects(item.text);
    judge_reply(a);
    turn.quality = a.origin.quality;
    if (!a.greeting) parts.metrics.turn(turn.timeline);
    emit([&](SessionEvents& e) { e.response_done(a.id, done); });
    record(turn);
    constexpr std::size_t kTurnsKept = 32;
    const int index = turn.index;
    turns.push_back(std::move(turn));
    if (turns.size() > kTurnsKept) turns.erase(turns.begin());
    submit_samples(a, index);
}

void Session::Impl::record(agents::Turn turn) {
    emit([&](SessionEvents& e) { e.turn_recorded(turn); });
    unrecorded.push_back(std::move(turn));
    if (!recording) spawn(write_records(shared_from_this()));
}

// One writer, so that a turn and its amendment are written in order.
Task<void> Session::Impl::write_records(std::shared_ptr<Impl> self) {
    self->recording = true;
    while (!self->unrecorded.empty()) {
        agents::Turn turn = std::move(self->unrecorded.front());
        self->unrecorded.pop_front();
        co_await self->loop->record_turn(std::move(turn));
    }
    self->recording = false;
}

}  // namespace aimpact::realtime
