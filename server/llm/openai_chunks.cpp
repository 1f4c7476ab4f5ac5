#include "llm/openai_chunks.hpp"

#include <regex>

#include "base/wire.hpp"

namespace aimpact::llm {

namespace json = boost::json;

namespace {
constexpr std::size_t kAnswerBytesMax = 1 << 20;
constexpr int kToolCallsMax = 128;

base::Error broken(std::string detail) {
    return base::Error{base::ErrorCode::upstream_failed,
                       "The model provider sent an answer that is not a chat completion. Check the base URL.",
                       std::move(detail)};
}

std::string_view text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

int int_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_number()) return 0;
    boost::system::error_code ec;
    const int number = value->to_number<int>(ec);
    return ec ? 0 : number;
}

std::string_view role_name(ChatRole role) {
    switch (role) {
        case ChatRole::system:
            return "system";
        case ChatRole::user:
            return "user";
        case ChatRole::assistant:
            return "assistant";
        case ChatRole::tool:
            return "tool";
    }
    return "user";
}

json::object message_json(const ChatMessage& message) {
    json::object out{{"role", role_name(message.role)}, {"content", message.content}};
    if (message.role == ChatRole::tool) out["tool_call_id"] = message.tool_call_id;
    if (!message.tool_calls.empty()) {
        json::array calls;
        for (const ToolCall& call : message.tool_calls)
            calls.push_back(json::object{{"id", call.id},
                                         {"type", "function"},
                                         {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
        out["tool_calls"] = std::move(calls);
        if (message.content.empty()) out["content"] = nullptr;
    }
    return out;
}

FinishReason finish_reason(std::string_view name) {
    if (name == "length") return FinishReason::length;
    if (name == "tool_calls" || name == "function_call") return FinishReason::tool_calls;
    if (name == "content_filter") return FinishReason::content_filter;
    return FinishReason::stop;
}
}  // namespace

json::object chat_completion_body(const ChatRequest& request, bool openai) {
    json::object body;
    if (!request.model.empty()) body["model"] = request.model;
    json::array messages;
    for (const ChatMessage& message : request.messages) messages.push_back(message_json(message));
    body["messages"] = std::move(messages);
    body["stream"] = true;
    body["stream_options"] = json::object{{"include_usage", true}};
    if (!request.tools.empty()) {
        json::array tools;
        for (const Tool& tool : request.tools) {
            json::object function{{"name", tool.name}, {"description", tool.description}};
            function["parameters"] = tool.parameters.empty()
                                         ? json::object{{"type", "object"}, {"properties", json::object{}}}
                                         : tool.parameters;
            tools.push_back(json::object{{"type", "function"}, {"function", std::move(function)}});
        }
        body["tools"] = std::move(tools);
        if (request.tool_choice == "none" || request.tool_choice == "required")
            body["tool_choice"] = request.tool_choice;
        else if (!request.tool_choice.empty() && request.tool_choice != "auto")
            body["tool_choice"] =
                json::object{{"type", "function"}, {"function", {{"name", request.tool_choice}}}};
    }
    if (request.temperature) body["temperature"] = *request.temperature;
    if (request.top_p) body["top_p"] = *request.top_p;
    if (request.seed) body["seed"] = *request.seed;
    if (request.output_tokens_max)
        body[openai ? "max_completion_tokens" : "max_tokens"] = *request.output_tokens_max;
    if (!request.stop.empty()) body["stop"] = json::array(request.stop.begin(), request.stop.end());
    if (request.response_schema)
        body["response_format"] =
            json::object{{"type", "json_schema"},
                         {"json_schema", {{"name", "answer"}, {"schema", *request.response_schema}}}};
    return body;
}

Result<> ChunkReader::event(std::string_view data) {
    if (data == "[DONE]") {
        finished_ = true;
        return {};
    }
    bytes_ += data.size();
    if (bytes_ > 16 * kAnswerBytesMax) return broken("stream too long");
    auto value = base::parse_json(data);
    if (value.has_error()) return broken("event is not JSON: " + value.error().message);
    if (!value->is_object()) return broken("event is not an object");
    const json::object& chunk = value->get_object();
    if (const json::value* error = chunk.if_contains("error"); error && !error->is_null())
        return base::Error{base::ErrorCode::upstream_failed,
                           "The model provider ended the answer with an error: " + provider_words(data, {})};
    if (const std::string_view model = text_of(chunk, "model"); !model.empty()) result_.model = model;
    if (const json::value* usage = chunk.if_contains("usage"); usage && usage->is_object()) {
        result_.usage.input_tokens = int_of(usage->get_object(), "prompt_tokens");
        result_.usage.output_tokens = int_of(usage->get_object(), "completion_tokens");
        if (const json::value* details = usage->get_object().if_contains("prompt_tokens_details");
            details && details->is_object())
            result_.usage.cached_tokens = int_of(details->get_object(), "cached_tokens");
    }
    const json::value* choices = chunk.if_contains("choices");
    if (!choices) return {};
    if (!choices->is_array()) return broken("choices is not an array");
    for (const json::value& choice : choices->get_array()) {
        if (!choice.is_object()) return broken("a choice is not an object");
        if (const json::value* piece = choice.get_object().if_contains("delta"); piece && piece->is_object())
            if (auto ok = delta(piece->get_object()); ok.has_error()) return ok;
        if (const std::string_view reason = text_of(choice.get_object(), "finish_reason"); !reason.empty()) {
            result_.finish = finish_reason(reason);
            finished_ = true;
        }
    }
    return {};
}

// Reasoning ("reasoning", "reasoning_content") is nobody's to hear; only content and tool calls count.
Result<> ChunkReader::delta(const json::object& delta) {
    if (const std::string_view text = text_of(delta, "content"); !text.empty()) {
        if (result_.message.content.size() + text.size() > kAnswerBytesMax) return broken("answer too long");
        result_.message.content += text;
        started_ = true;
        if (on_delta_)
            if (auto ok = on_delta_(ChatDelta{std::string(text), {}}); ok.has_error()) return ok;
    }
    if (const json::value* calls = delta.if_contains("tool_calls"); calls && calls->is_array())
        return tool_pieces(calls->get_array());
    return {};
}

Result<> ChunkReader::tool_pieces(const json::array& pieces) {
    for (const json::value& piece : pieces) {
        if (!piece.is_object()) return broken("a tool call is not an object");
        const json::object& object = piece.get_object();
        ChatDelta::ToolCallPiece out;
        // Some providers leave the index out when there is one call only.
        out.index = int_of(object, "index");
        if (out.index < 0 || out.index >= kToolCallsMax) return broken("tool call index out of range");
        ToolCall& call = calls_[out.index];
        out.id = text_of(object, "id");
        if (const json::value* function = object.if_contains("function"); function && function->is_object()) {
            out.name = text_of(function->get_object(), "name");
            out.arguments = text_of(function->get_object(), "arguments");
        }
        // Id and name come whole with the first piece; some repeat them.
        if (call.id.empty()) call.id = out.id;
        if (call.name.empty()) call.name = out.name;
        if (call.arguments.size() + out.arguments.size() > kAnswerBytesMax)
            return broken("tool call too long");
        call.arguments += out.arguments;
        started_ = true;
        if (on_delta_) {
            ChatDelta delta;
            delta.tool_call = std::move(out);
            if (auto ok = on_delta_(delta); ok.has_error()) return ok;
        }
    }
    return {};
}

Result<ChatResult> ChunkReader::finish() {
    if (!finished_)
        return base::Error{base::ErrorCode::upstream_failed,
                           started_ ? "The model provider's answer broke off. Try again."
                                    : "The model provider sent no answer. Try again.",
                           "stream ended without finish_reason or [DONE]"};
    result_.message.role = ChatRole::assistant;
    for (auto& [index, call] : calls_) {
        if (call.name.empty()) return broken("a tool call without a name");
        if (call.id.empty()) call.id = "call_" + std::to_string(index);
        if (call.arguments.empty()) call.arguments = "{}";
        result_.message.tool_calls.push_back(std::move(call));
    }
    calls_.clear();
    if (!result_.message.tool_calls.empty() && result_.finish == FinishReason::stop)
        result_.finish = FinishReason::tool_calls;
    if (result_.message.content.empty() && result_.message.tool_calls.empty() &&
        result_.finish == FinishReason::stop)
        return base::Error{base::ErrorCode::upstream_failed,
                           "The model provider answered with nothing. Try again, or check the model's name.",
                           "no content and no tool calls"};
    return std::move(result_);
}

std::string provider_words(std::string_view body, const std::string& api_key) {
    std::string words;
    if (auto value = base::parse_json(body); value.has_value() && value->is_object()) {
        const json::object& object = value->get_object();
        const json::value* error = object.if_contains("error");
        if (error && error->is_object()) words = text_of(error->get_object(), "message");
        if (error && error->is_string()) words = std::string(error->get_string());
        if (words.empty()) words = text_of(object, "message");
        if (words.empty()) words = text_of(object, "detail");
    }
    if (!api_key.empty())
        for (std::size_t at = words.find(api_key); at != std::string::npos; at = words.find(api_key))
            words.replace(at, api_key.size(), "[key]");
    static const std::regex secret(R"((sk|key|gsk|Bearer)[-_ ][A-Za-z0-9_\-*.]{6,})");
    words = std::regex_replace(words.substr(0, 2000), secret, "[key]");
    for (char& c : words)
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    if (words.size() > 300) {
        std::size_t cut = 300;  // not inside a character
        while (cut > 0 && (static_cast<unsigned char>(words[cut]) & 0xC0) == 0x80) --cut;
        words.resize(cut);
        words += "...";
    }
    return words.empty() ? "(no explanation)" : words;
}

}  // namespace aimpact::llm
