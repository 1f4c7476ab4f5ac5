#include "agents/conversation_wire.hpp"

#include <algorithm>
#include <cmath>

#include "base/wire.hpp"

namespace aimpact::agents {

namespace json = boost::json;

json::object conversation_json(const Conversation& c, bool ended) {
    json::object out;
    out["id"] = c.id;
    out["agent_id"] = c.agent_id;
    out["agent_name"] = c.agent_name;
    out["agent_version"] = c.agent_version;
    out["channel"] = c.channel;
    out["status"] = ended ? "ended" : "active";
    out["started_at"] = base::format_time(c.started_at);
    if (ended) out["ended_at"] = base::format_time(c.ended_at.value_or(c.active_at));
    out["turn_count"] = c.turns;
    out["input_tokens"] = c.input_tokens;
    out["output_tokens"] = c.output_tokens;
    if (c.latency_p50_ms) out["response_latency_p50_ms"] = *c.latency_p50_ms;
    if (c.latency_p95_ms) out["response_latency_p95_ms"] = *c.latency_p95_ms;
    if (!c.preview.empty()) out["preview"] = c.preview;
    out["has_audio"] = c.has_audio;
    return out;
}

json::object item_json(const Item& item, int turn_index) {
    json::object out;
    out["id"] = item.id;
    out["type"] = base::encode(item.type);
    out["status"] = base::encode(item.status);
    out["turn_index"] = turn_index;
    out["created_at"] = base::format_time(item.created_at);
    switch (item.type) {
        case ItemType::message:
            out["role"] = base::encode(item.role);
            out["text"] = item.text;
            out["modality"] = item.spoken ? "audio" : "text";
            break;
        case ItemType::function_call:
            out["call_id"] = item.call_id;
            out["name"] = item.name;
            out["arguments"] = item.arguments;
            break;
        case ItemType::function_call_output:
            out["call_id"] = item.call_id;
            out["output"] = item.text;
            break;
    }
    return out;
}

LatencyStages latency_stages(const TurnTimeline& t) {
    LatencyStages out;
    double before = 0;  // the end of the stage before
    const auto stage = [&before](double& ms, double end) {
        if (end < 0) return;
        ms = std::max(end - before, 0.0);
        before = std::max(end, before);
    };
    stage(out.endpointing_ms, t.decided_ms);
    stage(out.transcription_ms, t.transcript_ms);
    stage(out.first_token_ms, t.first_token_ms);
    stage(out.first_clause_ms, t.first_clause_ms);
    stage(out.first_audio_ms, t.first_audio_ms);
    return out;
}

json::object turn_json(const Turn& turn) {
    const TurnTimeline& t = turn.timeline;
    json::object out;
    out["turn_index"] = turn.index;
    out["started_at"] = base::format_time(t.started_at);
    // The timeline counts from the end of the caller's speech, the wire from its start.
    const double speech = std::max(t.speech_ms, 0.0);
    if (t.speech_ms >= 0) {
        out["speech_started_ms"] = 0.0;
        out["speech_stopped_ms"] = t.speech_ms;
    }
    const auto at = [&](const char* name, double ms) {
        if (ms >= 0) out[name] = speech + ms;
    };
    at("transcript_ms", t.transcript_ms);
    at("first_token_ms", t.first_token_ms);
    at("first_audio_ms", t.first_audio_ms);
    at("audio_done_ms", t.audio_done_ms);
    out["interrupted"] = t.interrupted;
    if (t.reply_level_dbfs) out["reply_level_dbfs"] = std::round(*t.reply_level_dbfs * 10) / 10;

    json::object stages;
    const auto stage = [&](const char* name, double ms) {
        if (ms >= 0) stages[name] = ms;
    };
    const LatencyStages spent = latency_stages(t);
    stage("endpointing_ms", spent.endpointing_ms);
    stage("stt_ms", spent.transcription_ms);
    stage("llm_ms", spent.first_token_ms < 0 && spent.first_clause_ms < 0
                        ? -1
                        : std::max(spent.first_token_ms, 0.0) + std::max(spent.first_clause_ms, 0.0));
    stage("tts_ms", spent.first_audio_ms);
    out["stages"] = std::move(stages);
    const double latency = t.first_audio_ms >= 0 ? t.first_audio_ms : t.first_token_ms;
    if (latency >= 0) out["response_latency_ms"] = latency;
    out["input_tokens"] = turn.usage.input_tokens;
    out["output_tokens"] = turn.usage.output_tokens;
    if (!turn.error.empty()) out["error"] = turn.error;
    if (!turn.quality.empty()) out["quality"] = base::encode(turn.quality);
    return out;
}

json::object record_json(const ConversationRecord& record, bool ended) {
    json::object out = conversation_json(record.conversation, ended);
    json::array items, turns;
    int current = 0;
    for (const Item& item : record.items) {
        for (const Turn& turn : record.turns)
            if (item.id == turn.user_item_id || item.id == turn.assistant_item_id) current = turn.index;
        items.push_back(item_json(item, current));
    }
    for (const Turn& turn : record.turns) turns.push_back(turn_json(turn));
    out["items"] = std::move(items);
    out["turns"] = std::move(turns);
    return out;
}

}  // namespace aimpact::agents
