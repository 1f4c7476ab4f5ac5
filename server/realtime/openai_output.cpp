// What the session tells, in the words of OpenAI's Realtime protocol.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/id.hpp"
#include "base/log.hpp"
#include "base/wire.hpp"
#include "realtime/openai_adapter.hpp"

namespace aimpact::realtime::openai {
namespace {

using agents::Item;
using agents::ItemStatus;
using agents::ItemType;

// GA name -> beta name, where they differ.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kBetaNames{{
    {"response.output_text.delta", "response.text.delta"},
    {"response.output_text.done", "response.text.done"},
    {"response.output_audio.delta", "response.audio.delta"},
    {"response.output_audio.done", "response.audio.done"},
    {"response.output_audio_transcript.delta", "response.audio_transcript.delta"},
    {"response.output_audio_transcript.done", "response.audio_transcript.done"},
    {"conversation.item.added", "conversation.item.created"},
}};

json::value id_or_null(const std::string& id) {
    return id.empty() ? json::value(nullptr) : json::value(id);
}

std::int64_t whole_ms(double ms) {
    return static_cast<std::int64_t>(std::llround(std::max(0.0, ms)));
}

json::object part_of(const Item& item) {
    if (item.spoken) return {{"type", "audio"}, {"transcript", item.text}};
    return {{"type", "text"}, {"text", item.text}};
}

}  // namespace

// ---------------------------------------------------------------------------------------- sending

std::string_view Connection::name(std::string_view ga) const {
    if (!wire_.beta) return ga;
    for (const auto& [from, to] : kBetaNames)
        if (from == ga) return to;
    return ga;
}

void Connection::send(std::string_view type, json::object fields) {
    if (closing_) return;
    fields["type"] = name(type);
    fields["event_id"] = base::make_id("event", parts_.clock, parts_.random);
    if (socket_.send(base::to_text(fields)).has_error()) {
        if (socket_.open())
            base::log_warn("realtime.client_stopped_reading",
                           {{"session_id", wire_.id}, {"queued_bytes", socket_.queued_bytes()}});
        close(1008, "the client reads too slowly");
    }
}

void Connection::send_error(const Error& error, std::string_view code, std::string_view event_id) {
    if (!error.detail.empty())
        base::log_warn(
            "realtime.error",
            {{"session_id", wire_.id}, {"code", base::to_string(error.code)}, {"detail", error.detail}});
    send("error", {{"error", render_error(error, code, event_id)}});
}

void Connection::send_conversation() {
    if (std::exchange(conversation_sent_, true)) return;
    send("aimpact.conversation", {{"conversation_id", wire_.conversation_id},
                                  {"agent_id", wire_.agent_id},
                                  {"agent_version", session_->agent().version}});
}

void Connection::send_item(std::string_view ga_type, const Item& item, const std::string& previous_item_id) {
    if (wire_.beta && ga_type == "conversation.item.done") return;  // the beta has no such event
    send(ga_type, {{"previous_item_id", id_or_null(previous_item_id)},
                   {"item", render_item(item, wire_.beta, wire_.transcription)}});
}

// ---------------------------------------------------------------------------------------- the caller's turn

void Connection::speech_started(const std::string& item_id, double audio_start_ms) {
    send("input_audio_buffer.speech_started",
         {{"audio_start_ms", whole_ms(audio_start_ms)}, {"item_id", item_id}});
}

void Connection::speech_stopped(const std::string& item_id, double audio_end_ms) {
    send("input_audio_buffer.speech_stopped",
         {{"audio_end_ms", whole_ms(audio_end_ms)}, {"item_id", item_id}});
}

void Connection::input_committed(const Item& item, const std::string& previous_item_id) {
    send("input_audio_buffer.committed",
         {{"previous_item_id", id_or_null(previous_item_id)}, {"item_id", item.id}});
    transcribing_.insert(item.id);
    send_item("conversation.item.added", item, previous_item_id);
}

void Connection::transcript_delta(const std::string& item_id, std::string_view delta) {
    if (delta.empty()) return;
    send("conversation.item.input_audio_transcription.delta",
         {{"item_id", item_id}, {"content_index", 0}, {"delta", delta}});
}

// Deltas append and can't be taken back, partials may be revised: only what two partials in a row agree on,
// up to a whole word, becomes a delta.
void Connection::partial_transcript(const std::string& item_id, const std::string& text) {
    if (!wire_.transcription) return;
    if (wire_.additions)
        send("aimpact.input_audio_transcription.partial", {{"item_id", item_id}, {"transcript", text}});
    if (partial_item_ != item_id) {
        partial_item_ = item_id;
        partial_last_.clear();
        partial_sent_.clear();
    }
    const auto differs =
        std::mismatch(text.begin(), text.end(), partial_last_.begin(), partial_last_.end()).first;
    std::size_t agreed = static_cast<std::size_t>(differs - text.begin());
    if (agreed < text.size() || agreed < partial_last_.size()) {
        const std::size_t space = text.rfind(' ', agreed);
        agreed = space == std::string::npos ? 0 : std::min(space, agreed);
    }
    partial_last_ = text;
    if (agreed <= partial_sent_.size() || !text.starts_with(partial_sent_)) return;
    transcript_delta(item_id,
                     std::string_view(text).substr(partial_sent_.size(), agreed - partial_sent_.size()));
    partial_sent_ = text.substr(0, agreed);
}

void Connection::transcript_completed(const Item& item, const voice::Transcript& transcript) {
    if (wire_.transcription) {
        const std::string sent = partial_item_ == item.id ? partial_sent_ : std::string{};
        if (item.text.starts_with(sent))
            transcript_delta(item.id, std::string_view(item.text).substr(sent.size()));
        send("conversation.item.input_audio_transcription.completed",
             {{"item_id", item.id},
              {"content_index", 0},
              {"transcript", item.text},
              {"usage", json::object{{"type", "duration"}, {"seconds", transcript.audio_seconds}}}});
    }
    if (transcribing_.erase(item.id) > 0 && !item.text.empty()) send_item("conversation.item.done", item, {});
}

void Connection::emotion_heard(const std::string& item_id, const agents::CallerEmotion& emotion) {
    if (!wire_.additions) return;
    json::object fields = base::encode(emotion).as_object();
    fields["item_id"] = item_id;
    send("aimpact.emotion", std::move(fields));
}

void Connection::transcript_failed(const std::string& item_id, const Error& error) {
    json::object wire = render_error(error);
    wire.erase("event_id");
    transcribing_.erase(item_id);
    send("conversation.item.input_audio_transcription.failed",
         {{"item_id", item_id}, {"content_index", 0}, {"error", std::move(wire)}});
}

// ---------------------------------------------------------------------------------------- items

void Connection::item_added(const Item& item, const std::string& previous_item_id) {
    send_item("conversation.item.added", item, previous_item_id);
    send_item("conversation.item.done", item, previous_item_id);
}

void Connection::item_removed(const std::string& item_id) {
    send("conversation.item.deleted", {{"item_id", item_id}});
}

void Connection::item_truncated(const std::string& item_id, double audio_end_ms) {
    send("conversation.item.truncated",
         {{"item_id", item_id}, {"content_index", 0}, {"audio_end_ms", whole_ms(audio_end_ms)}});
}

// ---------------------------------------------------------------------------------------- answers

void Connection::response_started(const std::string& response_id, const SpeakOptions& options) {
    output_.emplace();
    ResponseView& view = output_->view;
    view.id = response_id;
    view.conversation_id = options.response.out_of_band ? std::string{} : wire_.conversation_id;
    view.audio = options.audio.value_or(wire_.config.audio);
    view.voice = options.style ? options.style->voice : wire_.voice_name;
    view.format = wire_.output;
    view.output_tokens_max = options.response.output_tokens_max ? options.response.output_tokens_max
                                                                : wire_.config.output_tokens_max;
    view.temperature = options.response.temperature ? options.response.temperature : wire_.config.temperature;
    view.metadata = options.metadata;
    if (sample_rate(view.format) != voice::kSynthesisRate)
        output_->resampler =
            std::make_unique<voice::Resampler>(voice::kSynthesisRate, sample_rate(view.format));
    send("response.created", {{"response", render_response(view, nullptr, wire_.beta)}});
    const OpenAiLimits& limits = options_.limits;
    send("rate_limits.updated",
         {{"rate_limits", json::array{json::object{{"name", "requests"},
                                                   {"limit", static_cast<int>(limits.events_burst)},
                                                   {"remaining", bucket_.left()},
                                                   {"reset_seconds", (limits.events_burst - bucket_.left()) /
                                                                         limits.events_per_second}}}}});
}

Connection::OutputItem* Connection::output_item(const std::string& item_id) {
    if (!output_) return nullptr;
    for (OutputItem& item : output_->items)
        if (item.item.id == item_id) return &item;
    return nullptr;
}

json::object Connection::place(const OutputItem& item) const {
    return {{"response_id", output_->view.id},
            {"item_id", item.item.id},
            {"output_index", item.index},
            {"content_index", 0}};
}

void Connection::output_item_added(const std::string&, const Item& item,
                                   const std::string& previous_item_id) {
    if (!output_) return;
    output_->items.push_back({item, static_cast<int>(output_->items.size())});
    const OutputItem& out = output_->items.back();
    send("response.output_item.added", {{"response_id", output_->view.id},
                                        {"output_index", out.index},
                                        {"item", render_item(item, wire_.beta)}});
    if (!output_->view.conversation_id.empty()) send_item("conversation.item.added", item, previous_item_id);
    if (item.type != ItemType::message) return;
    json::object fields = place(out);
    fields["part"] = part_of(item);
    send("response.content_part.added", std::move(fields));
}

void Connection::text_delta(const std::string&, const std::string& item_id, std::string_view delta) {
    const OutputItem* item = output_item(item_id);
    if (!item) return;
    json::object fields = place(*item);
    fields["delta"] = delta;
    send("response.output_text.delta", std::move(fields));
}

std::string Connection::encode_output(std::span<const float> samples) const {
    switch (output_->view.format) {
        case WireFormat::pcm:
            return voice::float_to_pcm16(samples);
        case WireFormat::pcmu:
            return voice::float_to_ulaw(samples);
        case WireFormat::pcma:
            break;
    }
    return voice::float_to_alaw(samples);
}

WireSound Connection::send_audio(const OutputItem& item, std::span<const float> samples_out) {
    // Short pieces: a player starts on the first, and no message is large.
    const std::size_t piece = static_cast<std::size_t>(sample_rate(output_->view.format)) / 5;
    sent_.clear();  // the bytes as the client will decode them: a fault here would silence it
    for (std::size_t at = 0; at < samples_out.size(); at += piece) {
        json::object fields = place(item);
        const std::string bytes =
            encode_output(samples_out.subspan(at, std::min(piece, samples_out.size() - at)));
        const std::vector<float> heard = decode(output_->view.format, bytes);
        sent_.insert(sent_.end(), heard.begin(), heard.end());
        fields["delta"] = base::base64_encode(bytes);
        send("response.output_audio.delta", std::move(fields));
    }
    return {sent_, sample_rate(output_->view.format), full_scale(output_->view.format)};
}

WireSound Connection::audio_delta(const std::string&, const std::string& item_id,
                                  std::span<const float> samples, std::string_view text) {
    OutputItem* item = output_item(item_id);
    if (!item) return {};
    if (!text.empty()) {
        json::object fields = place(*item);
        fields["delta"] = text;
        send("response.output_audio_transcript.delta", std::move(fields));
    }
    if (!output_->resampler) return send_audio(*item, samples);
    const std::vector<float> low = output_->resampler->process(samples);
    return send_audio(*item, low);
}

void Connection::words_spoken(const std::string&, const std::string& item_id,
                              std::span<const voice::SpokenWord> words) {
    const OutputItem* item = output_item(item_id);
    if (!item || !wire_.word_times) return;
    json::array list;
    for (const voice::SpokenWord& word : words)
        list.push_back(json::object{{"word", word.text},
                                    {"start_ms", whole_ms(word.start_seconds * 1000)},
                                    {"end_ms", whole_ms(word.end_seconds * 1000)}});
    json::object fields = place(*item);
    fields["words"] = std::move(list);
    send("aimpact.output_audio.words", std::move(fields));
}

void Connection::function_call_delta(const std::string&, const std::string& item_id, std::string_view delta) {
    const OutputItem* item = output_item(item_id);
    if (!item) return;
    json::object fields = place(*item);
    fields.erase("content_index");
    fields["call_id"] = item->item.call_id;
    fields["delta"] = delta;
    send("response.function_call_arguments.delta", std::move(fields));
}

void Connection::output_item_done(const std::string&, const Item& item) {
    const OutputItem* out = output_item(item.id);
    if (!out) return;
    if (item.type == ItemType::message) {
        if (item.spoken) {
            if (output_->resampler) {  // the few milliseconds that are still inside
                if (item.status == ItemStatus::completed) send_audio(*out, output_->resampler->flush());
                output_->resampler = std::make_unique<voice::Resampler>(voice::kSynthesisRate,
                                                                        sample_rate(output_->view.format));
            }
            send("response.output_audio.done", place(*out));
            json::object fields = place(*out);
            fields["transcript"] = item.text;
            send("response.output_audio_transcript.done", std::move(fields));
        } else {
            json::object fields = place(*out);
            fields["text"] = item.text;
            send("response.output_text.done", std::move(fields));
        }
        json::object fields = place(*out);
        fields["part"] = part_of(item);
        send("response.content_part.done", std::move(fields));
    } else if (item.type == ItemType::function_call) {
        json::object fields = place(*out);
        fields.erase("content_index");
        fields["call_id"] = item.call_id;
        fields["name"] = item.name;
        fields["arguments"] = item.arguments;
        send("response.function_call_arguments.done", std::move(fields));
    }
    if (!output_->view.conversation_id.empty()) send_item("conversation.item.done", item, {});
    send("response.output_item.done", {{"response_id", output_->view.id},
                                       {"output_index", out->index},
                                       {"item", render_item(item, wire_.beta)}});
}

void Connection::response_done(const std::string&, const ResponseDone& done) {
    if (!output_) return;
    send("response.done", {{"response", render_response(output_->view, &done, wire_.beta)}});
    output_.reset();
}

void Connection::interrupted(const std::string& response_id, const std::string&) {
    // A client of OpenAI's stops its player on speech_started. The event below is for players on the server's
    // side of things there; here it answers output_audio_buffer.clear, and tells clients that know our
    // additions.
    if (clearing_output_ || wire_.additions)
        send("output_audio_buffer.cleared", {{"response_id", response_id}});
}

void Connection::sound_over_ours(const SoundOverOurs& sound) {
    if (!wire_.additions) return;
    json::object fields{{"kind", voice::name_of(sound.kind)}, {"resumed", sound.resumed}};
    if (!sound.text.empty()) fields["transcript"] = sound.text;
    if (!sound.item_id.empty()) fields["item_id"] = sound.item_id;
    if (sound.audio_end_ms > 0) {
        fields["audio_start_ms"] = whole_ms(sound.audio_start_ms);
        fields["audio_end_ms"] = whole_ms(sound.audio_end_ms);
    }
    send("aimpact.interruption", std::move(fields));
}

void Connection::ended(const std::string& reason) {
    if (wire_.additions) send("aimpact.session.ended", {{"reason", reason}});
    close(1000, reason);
}

void Connection::turn_recorded(const agents::Turn& turn) {
    if (wire_.additions) send("aimpact.turn", {{"turn", render_turn(turn)}});
}

void Connection::failed(const Error& error) {
    send_error(error);
}

}  // namespace aimpact::realtime::openai
