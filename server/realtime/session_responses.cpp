// Answers: asking the model, speaking its words, stopping at once, and ending each in exactly one way.
#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <cmath>

#include "base/id.hpp"
#include "base/log.hpp"
#include "realtime/session_impl.hpp"
#include "voice/audible_synthesizer.hpp"
#include "voice/own_voices.hpp"

namespace aimpact::realtime {

namespace asio = base::asio;
using agents::Item;
using agents::ItemStatus;
using agents::ItemType;
using base::ErrorCode;

double Session::Impl::since(const TurnOrigin& origin) const {
    return std::max(0.0,
                    std::chrono::duration<double, std::milli>(parts.clock.steady() - origin.zero).count());
}

// ---------------------------------------------------------------------------------------- starting

Result<> Session::Impl::request(SpeakOptions options, std::optional<TurnOrigin> origin) {
    if (closed) return Error{ErrorCode::failed_precondition, "The session is closed."};
    if (options.style) AIMPACT_CHECK(parts.synthesizer.check(*options.style));
    drop_draft();  // one that fits was adopted
    const bool by_turn = origin.has_value();
    if (!origin) {
        origin.emplace();
        origin->zero = parts.clock.steady();
        origin->timeline.started_at = parts.clock.now();
    }
    Pending next{std::move(options), *std::move(origin)};
    if (active) {
        // What came since it began is not in its prompt: the answer to that follows. One is enough for all of
        // it.
        if (!by_turn && !active->stopped() && !active->greeting && !active->items_added_since)
            return Error{ErrorCode::conflict,
                         "Conversation already has an active response in progress: " + active->id +
                             ". Wait until the response is finished before creating a new one."};
        pending = std::move(next);
        return {};
    }
    if (!by_turn && !transcribing.empty()) {  // the caller's words are still being written down
        pending = std::move(next);
        return {};
    }
    // Calls made together are answered together: the model must not see one result without the others.
    if (!by_turn && outputs_given && !open_calls.empty()) {
        pending = std::move(next);
        if (!waiting_for_outputs) wait_for_outputs(parts.limits.outputs_wait);
        return {};
    }
    start(std::move(next));
    return {};
}

void Session::Impl::wait_for_outputs(std::chrono::milliseconds at_most) {
    waiting_for_outputs = true;
    outputs_timer.expires_after(at_most);
    outputs_timer.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        if (const auto self = weak.lock(); self && !ec && self->waiting_for_outputs) self->start_pending();
    });
}

void Session::Impl::start_pending() {
    if (!pending || active || closed || !transcribing.empty()) return;
    Pending next = *std::move(pending);
    start(std::move(next));
}

void Session::Impl::start(Pending next) {
    begin(make_response(std::move(next)));
}

std::shared_ptr<ActiveResponse> Session::Impl::make_response(Pending next) {
    auto response = std::make_shared<ActiveResponse>();
    response->id = new_id("resp");
    response->audio = next.options.audio.value_or(config.audio);
    response->style = next.options.style ? *next.options.style : toned_style();
    response->options = std::move(next.options);
    response->origin = std::move(next.origin);
    settle_voice(*response);
    return response;
}

// Who speaks in an own voice is accounted for. One whose consent was withdrawn since it was chosen falls
// silent: the conversation goes on in the default voice, and the client is told.
void Session::Impl::settle_voice(ActiveResponse& response) {
    if (!response.style.own_voices || !response.audio) return;
    response.style.voice_use = response.style.own_voices->begin_use("response", loop->conversation_id());
    if (!voice::is_own_voice(response.style.voice)) return;
    const Result<> usable = parts.synthesizer.check(response.style);
    if (usable.has_value()) return;
    response.voice_refused = usable.error();
    if (config.style.voice == response.style.voice) config.style.voice = voice::SpeechStyle{}.voice;
    response.style.voice = voice::SpeechStyle{}.voice;
}

void Session::Impl::begin(std::shared_ptr<ActiveResponse> response) {
    if (held) interrupt(ResponseReason::turn_detected);
    pending.reset();
    waiting_for_outputs = false;
    outputs_timer.cancel();
    open_calls.clear();
    outputs_given = false;
    take_sample(*response);
    active = response;
    spawn(run(shared_from_this(), std::move(response)));
}

void Session::Impl::say(std::string text, bool greeting) {
    auto response = std::make_shared<ActiveResponse>();
    response->id = new_id("resp");
    response->fixed_text = std::move(text);
    response->greeting = greeting;
    response->audio = config.audio;
    response->style = config.style;
    settle_voice(*response);
    response->origin.zero = parts.clock.steady();
    response->origin.timeline.started_at = parts.clock.now();
    take_sample(*response);
    active = response;
    spawn(run(shared_from_this(), std::move(response)));
}

// ---------------------------------------------------------------------------------------- stopping

void Session::Impl::interrupt(ResponseReason reason) {
    // Up to now both were heard; from now on the caller alone.
    if (reason == ResponseReason::turn_detected) add_overlap(parts.clock.steady());
    std::vector<const Playback::Item*> cut = playback.cut(parts.clock.steady());
    (void)sent_sound.cut(parts.clock.steady());
    // What was held is given up; the client has stopped its player already.
    auto was = std::exchange(held, std::nullopt);
    if (was) {
        for (const std::string& id : was->items)
            if (const Playback::Item* item = playback.find(id)) cut.push_back(item);
        for (const auto& waiting : was->waiting) waiting->cancel();
    }
    const bool running = active && !active->stopped();
    if (!running && cut.empty()) return;
    if (reason == ResponseReason::turn_detected) {
        parts.metrics.barge_in();
        if (config.create_response)
            pending.reset();  // the turn that begins now will be answered, with all before it
        if (running && !active->origin.user_item_id.empty() && active->origin.timeline.first_audio_ms < 0)
            unheard = active->origin;
    }
    const std::string response_id = running ? active->id : cut.back()->response_id;
    const std::string item_id = running ? active->message_id : cut.back()->item_id;
    if (running) {
        active->reason = reason;
        active->model_stop.request_stop();
        if (active->speaker) active->speaker->stop();
    }
    if (!was) emit([&](SessionEvents& e) { e.interrupted(response_id, item_id); });
    // The items of the answer in progress are cut when it ends, which is soon.
    for (const Playback::Item* item : cut)
        if (!active || item->response_id != active->id) apply_cut(*item);
}

void Session::Impl::apply_cut(const Playback::Item& item) {
    if (!loop->find(item.item_id)) return;  // outside the conversation, or deleted
    if (auto done = loop->truncate(item.item_id, heard_text(item.pieces, item.cut_ms)); done.has_error()) {
        base::log_warn("realtime.truncate_failed",
                       {{"conversation_id", loop->conversation_id()}, {"detail", done.error().message}});
        return;
    }
    emit([&](SessionEvents& e) { e.item_truncated(item.item_id, item.cut_ms); });
    for (agents::Turn& turn : turns) {
        if (turn.assistant_item_id != item.item_id || turn.timeline.interrupted) continue;
        turn.timeline.interrupted = true;
        turn.timeline.heard_ms = item.cut_ms;
        record(turn);
    }
}

// ---------------------------------------------------------------------------------------- one answer

Task<void> Session::Impl::run(std::shared_ptr<Impl> self, std::shared_ptr<ActiveResponse> response) {
    if (response->voice_refused) self->emit([&](SessionEvents& e) { e.failed(*response->voice_refused); });
    self->emit([&](SessionEvents& e) { e.response_started(response->id, response->options); });
    co_await write_and_speak(self, response);
    self->finish_response(*response);
    self->active.reset();
    self->start_pending();
}

Task<void> Session::Impl::write_and_speak(std::shared_ptr<Impl> self,
                                          std::shared_ptr<ActiveResponse> response) {
    ActiveResponse& a = *response;
    if (a.draft) {  // what the model has said already; the rest comes through on_delta
        a.draft->shown = true;
        for (const llm::ChatDelta& delta : std::exchange(a.draft->held, {})) self->show_delta(a, delta);
    }
    // Speaking runs beside the model; this coroutine waits for both.
    struct Spoken {
        std::optional<Result<>> result;
        asio::steady_timer done;
    };
    auto spoken = std::make_shared<Spoken>(
        Spoken{{}, asio::steady_timer(self->executor, asio::steady_timer::time_point::max())});
    if (a.audio) {
        if (!a.speaker) a.speaker = self->make_speaker(response, true);
        auto speak = [](std::shared_ptr<ClauseSpeaker> speaker, std::shared_ptr<Spoken> out,
                        std::shared_ptr<ActiveResponse> of) -> Task<void> {
            out->result.emplace(co_await speaker->run());
            // Without a voice the model's further words are of no use.
            if (out->result->has_error()) of->model_stop.request_stop();
            out->done.cancel();
        };
        self->spawn(speak(a.speaker, spoken, response));
    } else {
        spoken->result.emplace();
    }

    auto asked = a.draft ? draft_answer(a.draft) : self->ask_model(response);
    auto answer = co_await std::move(asked);
    if (a.speaker) a.speaker->finish();
    if (a.markup && !a.message_id.empty()) self->show_words(a, a.markup->finish());
    while (!spoken->result) {
        boost::system::error_code ignored;
        co_await spoken->done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    auto free = not_held(self);
    co_await std::move(free);
    self->settle(a, answer, *spoken->result);
    // A request that could not be answered by its own fault is told to who made it, not spoken about.
    const bool by_request =
        a.error && a.error->code == ErrorCode::invalid_argument && a.origin.user_item_id.empty();
    if (a.error && !a.stopped() && a.audio && !by_request) co_await self->speak_fallback(response);
    if (a.stopped()) self->settle_stopped(a);
}

Task<Result<agents::ResponseResult>> Session::Impl::ask_model(std::shared_ptr<ActiveResponse> response) {
    ActiveResponse& a = *response;
    if (a.fixed_text) {
        Item item;
        item.id = a.message_id = new_id("item");
        item.role = llm::ChatRole::assistant;
        item.text = voice::words_of(*a.fixed_text, a.style, parts.synthesizer);
        item.spoken = a.audio;
        item.created_at = parts.clock.now();
        if (!a.options.response.out_of_band) {
            auto added = loop->add(item);
            if (added.has_error()) co_return added.error();
        }
        const llm::ChatDelta delta{*a.fixed_text, {}};
        auto said = on_delta(a, delta);
        if (said.has_error()) co_return said.error();
        agents::ResponseResult result;
        result.items.push_back(std::move(item));
        co_return result;
    }
    agents::ResponseOptions options = a.options.response;
    options.spoken = a.audio;
    if (!options.temperature) options.temperature = config.temperature;
    if (!options.output_tokens_max) options.output_tokens_max = config.output_tokens_max;
    if (!options.tool_choice && config.tool_choice != "auto") options.tool_choice = config.tool_choice;
    options.words = [&synthesizer = parts.synthesizer, style = a.style](const std::string& written) {
        return voice::words_of(written, style, synthesizer);
    };
    if (a.draft)
        options.draft = {a.draft->turn, [of = a.draft]() -> Task<bool> { return wait_for_adoption(of); }};
    const auto self = shared_from_this();
    options.item_id = [weak_self = weak_from_this(), response](ItemType type, int index) -> std::string {
        const auto self = weak_self.lock();
        if (!self) return {};
        if (type == ItemType::message) {
            if (response->message_id.empty()) response->message_id = self->new_id("item");
            return response->message_id;
        }
        Item& call = response->calls[index];
        if (call.id.empty()) call.id = self->new_id("item");
        return call.id;
    };
    llm::OnDelta on = [self, response](const llm::ChatDelta& delta) {
        return self->on_delta(*response, delta);
    };
    co_return co_await loop->respond(std::move(options), std::move(on), a.model_stop.get_token());
}

Result<> Session::Impl::on_delta(ActiveResponse& a, const llm::ChatDelta& delta) {
    if (a.stopped() || a.too_long || a.model_stop.stop_requested()) return {};
    agents::TurnTimeline& timeline = a.origin.timeline;
    if (timeline.first_token_ms < 0) timeline.first_token_ms = since(a.origin);
    if (a.held())
        a.draft->held.push_back(delta);
    else
        show_delta(a, delta);
    if (a.too_long || delta.text.empty() || !a.speaker) return {};
    return a.speaker->push(delta.text);
}

// Tells the client what the model says, all but its sound.
void Session::Impl::show_delta(ActiveResponse& a, const llm::ChatDelta& delta) {
    if (a.stopped() || a.too_long) return;
    if (delta.tool_call) {
        const llm::ChatDelta::ToolCallPiece& piece = *delta.tool_call;
        Item& call = a.calls[piece.index];
        if (call.id.empty()) call.id = new_id("item");
        call.type = ItemType::function_call;
        call.role = llm::ChatRole::assistant;
        call.status = ItemStatus::in_progress;
        if (!piece.id.empty()) call.call_id = piece.id;
        if (!piece.name.empty()) call.name = piece.name;
        announce(a, call);
        call.arguments += piece.arguments;
        if (!piece.arguments.empty())
            emit([&](SessionEvents& e) { e.function_call_delta(a.id, call.id, piece.arguments); });
        return;
    }
    if (delta.text.empty()) return;
    if (a.message_id.empty()) a.message_id = new_id("item");
    Item item;
    item.id = a.message_id;
    item.role = llm::ChatRole::assistant;
    item.status = ItemStatus::in_progress;
    item.spoken = a.audio;
    announce(a, item);
    a.text_bytes += delta.text.size();
    if (a.text_bytes > parts.limits.reply_bytes_max) {
        a.too_long = true;
        a.model_stop.request_stop();
        return;
    }
    if (a.speaker) return;
    if (!a.markup) a.markup.emplace(a.style, parts.synthesizer, voice::MarkupErrors::tolerant);
    show_words(a, a.markup->push(delta.text));
}

// Written words of an answer that isn't spoken, without the marks of how to say it.
void Session::Impl::show_words(ActiveResponse& a, const Result<std::vector<voice::SpeechPart>>& parts_said) {
    const std::string words = parts_said ? voice::words_of(*parts_said) : std::string{};
    if (!words.empty() && !a.stopped())
        emit([&](SessionEvents& e) { e.text_delta(a.id, a.message_id, words); });
}

// ---------------------------------------------------------------------------------------- speaking

std::shared_ptr<ClauseSpeaker> Session::Impl::make_speaker(const std::shared_ptr<ActiveResponse>& response,
                                                           bool counts) {
    // The speaker is held by the response: its callbacks must not hold the response in turn.
    const std::weak_ptr<ActiveResponse> weak = response;
    const std::weak_ptr<Impl> weak_self = weak_from_this();
    ClauseSpeaker::Callbacks on;
    on.first_clause = [weak, weak_self, counts] {
        const auto self = weak_self.lock();
        const auto a = weak.lock();
        if (self && a && counts && a->origin.timeline.first_clause_ms < 0)
            a->origin.timeline.first_clause_ms = self->since(a->origin);
    };
    on.spoken = [weak, weak_self](const voice::SpokenChunk& chunk, std::string text) {
        const auto self = weak_self.lock();
        const auto a = weak.lock();
        if (self && a) self->give_out(*a, a->message_id, chunk, std::move(text));
    };
    on.hold = [weak, weak_self]() -> std::chrono::milliseconds {
        const auto self = weak_self.lock();
        if (!self) return {};
        // Of a draft only the first clause is made: it is what the caller would wait for.
        const auto a = weak.lock();
        if (a && a->held() && a->speaker && a->speaker->started() > 0) return std::chrono::milliseconds{50};
        if (self->held) return std::chrono::milliseconds{50};
        const double ahead = self->playback.unplayed_ms(self->parts.clock.steady());
        const auto limit =
            std::chrono::duration<double, std::milli>(self->parts.limits.audio_ahead_max).count();
        return std::chrono::milliseconds(static_cast<long>(std::max(0.0, ahead - limit)));
    };
    on.unplayed = [weak_self]() -> std::chrono::milliseconds {
        const auto self = weak_self.lock();
        if (!self) return {};
        return std::chrono::milliseconds(
            static_cast<long>(self->playback.unplayed_ms(self->parts.clock.steady())));
    };
    return std::make_shared<ClauseSpeaker>(
        executor, parts.synthesizer,
        ClauseSpeaker::Options{response->style, parts.limits.clauses_in_flight,
                               parts.limits.reply_bytes_max + 4096},
        std::move(on));
}

// A clause is judged as a whole: the pieces it came in may well hold a pause.
void Session::Impl::clause_sent(ActiveResponse& a) {
    const double ms = std::exchange(a.clause_ms, 0);
    const double level = std::max(-120.0, 10.0 * std::log10(std::exchange(a.clause_power, 0) / ms));
    // It was listened to (voice/audible_synthesizer.hpp): if it is silent now, the wire lost it.
    const bool silent = level < voice::kSilentDbfs + std::min(0.0, a.style.volume_db);
    parts.metrics.audio_sent(level, ms / 1000.0, silent);
    if (silent)
        base::log_warn(
            "realtime.silent_output",
            {{"conversation_id", loop->conversation_id()}, {"response_id", a.id}, {"level_dbfs", level}});
}

void Session::Impl::give_out(ActiveResponse& a, const std::string& item_id, const voice::SpokenChunk& chunk,
                             std::string text) {
    if (a.stopped()) return;
    if (held) {
        held->chunks.push_back({a.id, item_id, chunk, std::move(text)});
        return;
    }
    const base::SteadyTime now = parts.clock.steady();
    const double ms = static_cast<double>(chunk.samples.size()) * 1000.0 / voice::kSynthesisRate;
    agents::TurnTimeline& timeline = a.origin.timeline;
    WireSound heard;
    if (std::exchange(a.clause_begins, chunk.last_of_clause)) {
        const Playback::Item* item = playback.find(item_id);
        a.clause_at_ms = item ? item->sent_ms : 0;
    }
    if (!chunk.words.empty()) {
        std::vector<voice::SpokenWord> words = chunk.words;
        for (voice::SpokenWord& word : words) {
            word.start_seconds += a.clause_at_ms / 1000.0;
            word.end_seconds += a.clause_at_ms / 1000.0;
        }
        emit([&](SessionEvents& e) { e.words_spoken(a.id, item_id, words); });
    }
    emit([&](SessionEvents& e) { heard = e.audio_delta(a.id, item_id, chunk.samples, text); });
    if (!chunk.samples.empty()) add_silence(a, now);
    a.sound.sent(heard);
    const Playback::Item* before = playback.find(item_id);
    if (judges_overlap())
        sent_sound.sent(a.id, item_id, before ? before->sent_ms : 0, chunk.samples,
                        std::max(now, playback.plays_until()));
    playback.sent(a.id, item_id, SpokenPiece{std::move(text), ms}, now);
    if (chunk.samples.empty()) return;
    if (timeline.first_audio_ms < 0) timeline.first_audio_ms = since(a.origin);
    timeline.audio_done_ms = since(a.origin);
    timeline.reply_audio_ms = std::max(0.0, timeline.reply_audio_ms) + ms;
    if (!heard.samples.empty()) {
        const double power = std::pow(10.0, voice::level_dbfs(heard.samples) / 10.0) * ms;
        a.clause_power += power;
        a.clause_ms += ms;
        a.sent_power += power;
        timeline.reply_level_dbfs = 10.0 * std::log10(a.sent_power / timeline.reply_audio_ms);
    }
    if (chunk.last_of_clause && a.clause_ms > 0) clause_sent(a);
    if (loop->agent().store_audio)
        loop->record_audio(llm::ChatRole::assistant, recording_timeline.agent_start(session_ms(now)),
                           chunk.samples, voice::kSynthesisRate);
}

}  // namespace aimpact::realtime
