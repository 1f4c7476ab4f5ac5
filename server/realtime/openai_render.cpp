#include "realtime/openai_render.hpp"

#include "agents/conversation_wire.hpp"

namespace aimpact::realtime::openai {
namespace {

using agents::Item;
using agents::ItemStatus;
using agents::ItemType;

std::string_view name_of(ItemStatus status) {
    switch (status) {
        case ItemStatus::in_progress:
            return "in_progress";
        case ItemStatus::incomplete:
            return "incomplete";
        case ItemStatus::completed:
            break;
    }
    return "completed";
}

json::array content_of(const Item& item, bool beta, bool transcript) {
    json::object part;
    if (item.role == llm::ChatRole::assistant) {
        // An answer that has just started has no content yet.
        if (item.status == ItemStatus::in_progress && item.text.empty()) return {};
        if (item.spoken)
            part = {{"type", beta ? "audio" : "output_audio"}, {"transcript", item.text}};
        else
            part = {{"type", beta ? "text" : "output_text"}, {"text", item.text}};
    } else if (item.role == llm::ChatRole::user && item.spoken) {
        part = {{"type", "input_audio"}};
        const bool known = transcript && item.status != ItemStatus::in_progress;
        part["transcript"] = known ? json::value(item.text) : json::value(nullptr);
    } else {
        part = {{"type", "input_text"}, {"text", item.text}};
    }
    return json::array{std::move(part)};
}

json::object usage_of(const llm::Usage& usage) {
    return {
        {"total_tokens", usage.input_tokens + usage.output_tokens},
        {"input_tokens", usage.input_tokens},
        {"output_tokens", usage.output_tokens},
        // Speech is turned into text before the model sees it: there are no audio tokens.
        {"input_token_details",
         json::object{
             {"text_tokens", usage.input_tokens},
             {"audio_tokens", 0},
             {"image_tokens", 0},
             {"cached_tokens", usage.cached_tokens},
             {"cached_tokens_details",
              json::object{{"text_tokens", usage.cached_tokens}, {"audio_tokens", 0}, {"image_tokens", 0}}}}},
        {"output_token_details", json::object{{"text_tokens", usage.output_tokens}, {"audio_tokens", 0}}}};
}

std::string_view name_of(ResponseStatus status) {
    switch (status) {
        case ResponseStatus::completed:
            return "completed";
        case ResponseStatus::cancelled:
            return "cancelled";
        case ResponseStatus::failed:
            return "failed";
        case ResponseStatus::incomplete:
            break;
    }
    return "incomplete";
}

json::value details_of(const ResponseDone& done) {
    json::object details{{"type", name_of(done.status)}};
    switch (done.reason) {
        case ResponseReason::none:
            break;
        case ResponseReason::turn_detected:
            details["reason"] = "turn_detected";
            break;
        case ResponseReason::client_cancelled:
            details["reason"] = "client_cancelled";
            break;
        case ResponseReason::output_tokens_max:
            details["reason"] = "max_output_tokens";
            break;
        case ResponseReason::content_filter:
            details["reason"] = "content_filter";
            break;
    }
    if (done.status == ResponseStatus::completed) return nullptr;
    if (done.error) {
        json::object error = render_error(*done.error);
        details["error"] =
            json::object{{"type", error["type"]}, {"code", error["code"]}, {"message", error["message"]}};
    }
    return details;
}

}  // namespace

json::object render_item(const Item& item, bool beta, bool transcript) {
    json::object out{{"id", item.id}, {"object", "realtime.item"}, {"status", name_of(item.status)}};
    switch (item.type) {
        case ItemType::message:
            out["type"] = "message";
            out["role"] = item.role == llm::ChatRole::assistant ? "assistant"
                          : item.role == llm::ChatRole::system  ? "system"
                                                                : "user";
            out["content"] = content_of(item, beta, transcript);
            break;
        case ItemType::function_call:
            out["type"] = "function_call";
            out["name"] = item.name;
            out["call_id"] = item.call_id;
            out["arguments"] = item.arguments;
            break;
        case ItemType::function_call_output:
            out["type"] = "function_call_output";
            out["call_id"] = item.call_id;
            out["output"] = item.text;
            break;
    }
    return out;
}

json::object render_response(const ResponseView& view, const ResponseDone* done, bool beta) {
    json::object out{{"object", "realtime.response"}, {"id", view.id}};
    out["status"] = done ? json::value(name_of(done->status)) : json::value("in_progress");
    out["status_details"] = done ? details_of(*done) : json::value(nullptr);
    json::array output;
    if (done)
        for (const Item& item : done->items) output.push_back(render_item(item, beta));
    out["output"] = std::move(output);
    out["conversation_id"] =
        view.conversation_id.empty() ? json::value(nullptr) : json::value(view.conversation_id);
    out["usage"] = done ? json::value(usage_of(done->usage)) : json::value(nullptr);
    out["metadata"] = view.metadata.empty() ? json::value(nullptr) : json::value(view.metadata);
    out["max_output_tokens"] = render_output_tokens(view.output_tokens_max);
    if (beta) {
        out["modalities"] = view.audio ? json::array{"audio", "text"} : json::array{"text"};
        out["voice"] = view.voice;
        out["output_audio_format"] = beta_format(view.format);
        out["temperature"] = view.temperature.value_or(0.8);
    } else {
        out["output_modalities"] = view.audio ? json::array{"audio"} : json::array{"text"};
        out["audio"] = json::object{
            {"output", json::object{{"format", render_format(view.format)}, {"voice", view.voice}}}};
    }
    return out;
}

json::object render_error(const base::Error& error, std::string_view code, std::string_view event_id) {
    const int status = base::http_status(error.code);
    const std::string_view type = error.code == base::ErrorCode::rate_limited ? "rate_limit_error"
                                  : status >= 500                             ? "server_error"
                                                                              : "invalid_request_error";
    json::object out{{"type", type}, {"message", error.message}};
    out["code"] = code.empty() ? json::value(base::to_string(error.code)) : json::value(code);
    out["param"] = error.param.empty() ? json::value(nullptr) : json::value(error.param);
    out["event_id"] = event_id.empty() ? json::value(nullptr) : json::value(event_id);
    return out;
}

json::object render_turn(const agents::Turn& turn) {
    json::object out = agents::turn_json(turn);
    if (!turn.assistant_item_id.empty()) out["assistant_item_id"] = turn.assistant_item_id;
    if (!turn.user_item_id.empty()) out["user_item_id"] = turn.user_item_id;
    if (turn.timeline.heard_ms >= 0) out["heard_ms"] = turn.timeline.heard_ms;
    return out;
}

}  // namespace aimpact::realtime::openai
