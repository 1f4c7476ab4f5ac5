// The caller's side of a session: turns as the listener hears them, and the conversation's items.
#include <algorithm>

#include "base/log.hpp"
#include "realtime/session_impl.hpp"

namespace aimpact::realtime {

namespace asio = base::asio;
using agents::Item;
using base::ErrorCode;

namespace {
constexpr std::chrono::milliseconds kLastOutputWait{200};
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
    caller_started(event.audio_start_ms);
    emit([&](SessionEvents& e) { e.speech_started(speaking_item_id, event.audio_start_ms); });
    if (!config.interrupt_response) return;
    if (event.tentative)
        hold_output();
    else
        interrupt(ResponseReason::turn_detected);
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
    if (speaking_item_id.empty()) caller_stopped(turn.speech_end_at);
    Item item;
    item.id = std::move(transcribing.front());
    transcribing.pop_front();
    item.text = turn.transcript.text;
    item.spoken = true;
    item.created_at = parts.clock.now();
    if (draft && draft->draft->likely_id != turn.likely_id) drop_draft();
    if (loop->agent().store_audio && !turn.audio_16k.empty()) {
        const double length_ms =
            static_cast<double>(turn.audio_16k.size()) * 1000.0 / voice::kRecognitionRate;
        loop->record_audio(llm::ChatRole::user,
                           recording_timeline.caller_start(session_ms(turn.decided_at), length_ms),
                           turn.audio_16k, voice::kRecognitionRate);
    }

    // Nobody said anything, or nothing that asks for an answer: nothing answers, nothing stays in the
    // context.
    if (item.text.empty() || turn.kind != voice::SoundKind::speech) {
        drop_draft();
        if (!turn.transcript.rejected.empty())
            base::log_info("realtime.transcript_rejected", {{"conversation_id", loop->conversation_id()},
                                                            {"reason", turn.transcript.rejected}});
        emit([&](SessionEvents& e) { e.transcript_completed(item, turn.transcript); });
        emit([&](SessionEvents& e) { e.item_removed(item.id); });
        resume_output(turn.kind == voice::SoundKind::speech ? voice::SoundKind::noise : turn.kind,
                      turn.transcript.text);
        start_pending();  // a client that asked for an answer gets one
        if (auto again = std::exchange(unheard, std::nullopt);
            again && config.create_response && !closed && !pending && loop->find(again->user_item_id))
            (void)request({}, std::move(again));
        return;
    }
    if (held) interrupt(ResponseReason::turn_detected);
    unheard.reset();
    idle_prompts = 0;
    if (loop->items().size() >= parts.limits.items_max) {
        drop_draft();
        emit([&](SessionEvents& e) { e.item_removed(item.id); });
        emit([&](SessionEvents& e) {
            e.failed(
                Error{ErrorCode::payload_too_large,
                      "The conversation has reached its limit of items: delete some, or start a new one."});
        });
        return;
    }
    if (auto added = loop->add(item); added.has_error()) {
        drop_draft();
        emit([&](SessionEvents& e) { e.item_removed(item.id); });
        emit([&](SessionEvents& e) { e.failed(added.error()); });
        return;
    }
    if (active) active->items_added_since = true;
    const agents::SpeechQuality sound = judge_caller(turn);
    emit([&](SessionEvents& e) { e.transcript_completed(item, turn.transcript); });
    if (closed) return;
    hear_emotion(item.id, turn.audio_16k);
    if (!config.create_response && !pending) return drop_draft();

    const auto after_speech = [&](asio::steady_timer::time_point at) {
        return std::max(0.0, std::chrono::duration<double, std::milli>(at - turn.speech_end_at).count());
    };
    TurnOrigin origin;
    origin.quality.caller = sound;
    if (parts.sampler) origin.audio_16k = std::make_shared<std::vector<float>>(std::move(turn.audio_16k));
    origin.user_item_id = item.id;
    origin.zero = turn.speech_end_at;
    origin.timeline.speech_ms = std::max(0.0, turn.audio_end_ms - turn.audio_start_ms);
    origin.timeline.decided_ms = after_speech(turn.decided_at);
    origin.timeline.transcript_ms = after_speech(turn.transcript_at);
    const auto ago = std::chrono::duration_cast<base::WallTime::duration>(
        (parts.clock.steady() - turn.speech_end_at) +
        std::chrono::duration<double, std::milli>(origin.timeline.speech_ms));
    origin.timeline.started_at = parts.clock.now() - ago;
    if (adopt_draft(turn.likely_id, item, origin)) return;
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
    drop_draft();
    if (held) interrupt(ResponseReason::turn_detected);
    if (speaking_item_id.empty()) caller_since.reset();
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
    drop_draft();
    if (active) active->items_added_since = true;
    emit([&](SessionEvents& e) { e.item_added(item, previous_of(item.id)); });
    idle_prompts = 0;
    quiet_since = parts.clock.steady();
    if (item.type == agents::ItemType::function_call_output && open_calls.erase(item.call_id) > 0) {
        outputs_given = true;
        drop_filler();
        // All are there. Most clients ask once more now; the one that doesn't is answered a moment later.
        if (waiting_for_outputs && open_calls.empty())
            wait_for_outputs(std::min(parts.limits.outputs_wait, kLastOutputWait));
    }
    return {};
}

Result<> Session::Impl::truncate_item(const std::string& id, double audio_end_ms) {
    if (const auto rest = resumed_as.find(id); rest != resumed_as.end())
        return truncate_item(std::string(rest->second.item_id), rest->second.from_ms + audio_end_ms);
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
    drop_draft();
    if (correct_held(id, audio_end_ms)) {  // it may yet go on
        emit([&](SessionEvents& e) { e.item_truncated(id, audio_end_ms); });
        return {};
    }
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

}  // namespace aimpact::realtime
