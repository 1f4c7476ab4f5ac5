#include "agents/chat_wire.hpp"

#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {

namespace json = boost::json;
using base::invalid_argument;

namespace {
constexpr std::size_t kMessagesMax = 1024;
constexpr std::size_t kFunctionNameMax = 64;

bool is_function_name(std::string_view name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !name.empty() && name.size() <= kFunctionNameMax &&
           name.find_first_not_of(allowed) == std::string_view::npos;
}

// The wire's own structs; unknown fields are ignored.
struct WireFunctionCall {
    std::string name, arguments;
};
BOOST_DESCRIBE_STRUCT(WireFunctionCall, (), (name, arguments))
struct WireToolCall {
    std::string id;
    WireFunctionCall function;
};
BOOST_DESCRIBE_STRUCT(WireToolCall, (), (id, function))
struct WireMessage {
    std::string role;
    std::optional<json::value> content;
    std::optional<std::vector<WireToolCall>> tool_calls;
    std::optional<std::string> tool_call_id;
};
BOOST_DESCRIBE_STRUCT(WireMessage, (), (role, content, tool_calls, tool_call_id))
struct WireFunction {
    std::string name;
    std::optional<std::string> description;
    std::optional<json::object> parameters;
};
BOOST_DESCRIBE_STRUCT(WireFunction, (), (name, description, parameters))
struct WireTool {
    std::string type;
    WireFunction function;
};
BOOST_DESCRIBE_STRUCT(WireTool, (), (type, function))
struct WireStreamOptions {
    std::optional<bool> include_usage;
};
BOOST_DESCRIBE_STRUCT(WireStreamOptions, (), (include_usage))
struct WireRequest {
    std::string model;
    std::vector<WireMessage> messages;
    std::optional<bool> stream, store;
    std::optional<WireStreamOptions> stream_options;
    std::optional<double> temperature, top_p;
    std::optional<int> max_tokens, max_completion_tokens, n;
    std::optional<json::value> stop, tool_choice, modalities;
    std::optional<std::int64_t> seed;
    std::optional<std::vector<WireTool>> tools;
    std::optional<json::object> response_format;
    std::optional<bool> logprobs;
    std::optional<std::map<std::string, std::string>> metadata;
};
BOOST_DESCRIBE_STRUCT(WireRequest, (),
                      (model, messages, stream, store, stream_options, temperature, top_p, max_tokens,
                       max_completion_tokens, n, stop, tool_choice, modalities, seed, tools, response_format,
                       logprobs, metadata))

// A string, or an array of text parts.
Result<std::string> content_text(const std::optional<json::value>& content, const std::string& param) {
    if (!content || content->is_null()) return std::string();
    if (content->is_string()) return std::string(content->get_string());
    if (!content->is_array())
        return invalid_argument("content must be text or an array of text parts.", param);
    std::string out;
    for (const json::value& part : content->get_array()) {
        const json::object* object = part.if_object();
        const json::value* type = object ? object->if_contains("type") : nullptr;
        const json::value* text = object ? object->if_contains("text") : nullptr;
        if (!type || !type->is_string() || type->get_string() != "text" || !text || !text->is_string())
            return invalid_argument("Only text parts are understood: images, audio and files are not.",
                                    param);
        out += text->get_string();
    }
    return out;
}

Result<> read_message(const WireMessage& message, std::size_t index, std::vector<Item>& out) {
    const std::string at = "messages[" + std::to_string(index) + "]";
    AIMPACT_TRY(std::string text, content_text(message.content, at + ".content"));
    Item item;
    if (message.role == "system" || message.role == "developer") {
        item.role = llm::ChatRole::system;
    } else if (message.role == "user") {
        item.role = llm::ChatRole::user;
    } else if (message.role == "assistant") {
        item.role = llm::ChatRole::assistant;
    } else if (message.role == "tool") {
        item.type = ItemType::function_call_output;
        if (!message.tool_call_id || message.tool_call_id->empty())
            return invalid_argument("A tool message names its call by tool_call_id.", at + ".tool_call_id");
        item.call_id = *message.tool_call_id;
    } else {
        return invalid_argument("role must be one of developer, system, user, assistant, tool.",
                                at + ".role");
    }
    item.text = std::move(text);
    const bool calls = message.tool_calls && !message.tool_calls->empty();
    if (calls && item.role != llm::ChatRole::assistant)
        return invalid_argument("Only the assistant calls tools.", at + ".tool_calls");
    if (!item.text.empty() || item.type == ItemType::function_call_output) out.push_back(item);
    if (calls)
        for (const WireToolCall& call : *message.tool_calls) {
            Item one;
            one.type = ItemType::function_call;
            one.role = llm::ChatRole::assistant;
            one.call_id = call.id;
            one.name = call.function.name;
            one.arguments = call.function.arguments;
            out.push_back(std::move(one));
        }
    return {};
}

Result<std::string> read_tool_choice(const json::value& choice) {
    if (choice.is_string()) {
        const std::string_view name = choice.get_string();
        if (name == "none" || name == "auto" || name == "required") return std::string(name);
    } else if (const json::object* object = choice.if_object()) {
        const json::value* function = object->if_contains("function");
        const json::value* name =
            function && function->is_object() ? function->get_object().if_contains("name") : nullptr;
        if (name && name->is_string()) return std::string(name->get_string());
    }
    return invalid_argument("tool_choice must be none, auto, required, or name a function.", "tool_choice");
}

Result<> read_response_format(const json::object& format, ResponseOptions& options) {
    const json::value* type = format.if_contains("type");
    const std::string_view name = type && type->is_string() ? std::string_view(type->get_string()) : "";
    if (name == "text") return {};
    if (name == "json_object") {
        options.response_schema = json::object{{"type", "object"}};
        return {};
    }
    if (name == "json_schema") {
        const json::value* outer = format.if_contains("json_schema");
        const json::value* schema =
            outer && outer->is_object() ? outer->get_object().if_contains("schema") : nullptr;
        if (schema && schema->is_object()) {
            options.response_schema = schema->get_object();
            return {};
        }
        return invalid_argument("response_format of type json_schema needs json_schema.schema.",
                                "response_format.json_schema");
    }
    return invalid_argument("response_format.type must be text, json_object or json_schema.",
                            "response_format");
}

Result<> read_stop(const json::value& stop, std::vector<std::string>& out) {
    if (stop.is_null()) return {};
    if (stop.is_string()) {
        out = {std::string(stop.get_string())};
        return {};
    }
    auto list = base::decode<std::vector<std::string>>(stop);
    if (list.has_error()) return invalid_argument("stop must be a string or an array of strings.", "stop");
    out = *std::move(list);
    return {};
}

Result<> read_metadata(const std::map<std::string, std::string>& metadata, ChatCompletionRequest& out) {
    if (metadata.size() > 16) return invalid_argument("metadata has at most 16 entries.", "metadata");
    for (const auto& [name, value] : metadata) {
        if (value.size() > 512)
            return invalid_argument("A value of metadata has at most 512 bytes.", "metadata." + name);
        if (name == "conversation_id") {
            if (!base::is_id(value, "conv"))
                return invalid_argument("This is not the id of a conversation.", "metadata.conversation_id");
            out.conversation_id = value;
        } else if (name.starts_with("var_")) {
            out.variables[name.substr(4)] = value;
        }
    }
    return {};
}

std::string_view finish_name(llm::FinishReason reason) {
    switch (reason) {
        case llm::FinishReason::length:
            return "length";
        case llm::FinishReason::tool_calls:
            return "tool_calls";
        case llm::FinishReason::content_filter:
            return "content_filter";
        default:
            return "stop";
    }
}

json::object usage_json(const llm::Usage& usage) {
    return {{"prompt_tokens", usage.input_tokens},
            {"completion_tokens", usage.output_tokens},
            {"total_tokens", usage.input_tokens + usage.output_tokens},
            {"prompt_tokens_details", {{"cached_tokens", usage.cached_tokens}}}};
}

json::object head_json(const CompletionHead& head, const char* object) {
    json::object out{{"id", head.id}, {"object", object}, {"created", head.created}, {"model", head.model}};
    if (!head.conversation_id.empty())
        out["metadata"] = json::object{{"conversation_id", head.conversation_id}};
    return out;
}

json::object chunk(const CompletionHead& head, json::object delta, json::value finish = nullptr) {
    json::object out = head_json(head, "chat.completion.chunk");
    out["choices"] = json::array{json::object{{"index", 0},
                                              {"delta", std::move(delta)},
                                              {"logprobs", nullptr},
                                              {"finish_reason", std::move(finish)}}};
    return out;
}
}  // namespace

Result<ChatCompletionRequest> read_chat_completion(const std::string& body) {
    AIMPACT_TRY(const WireRequest wire,
                base::decode_text<WireRequest>(body, {1 << 20, 64}, base::Unknown::ignore));
    ChatCompletionRequest out;
    out.model = wire.model;
    if (out.model.empty() || out.model.size() > 128)
        return invalid_argument("model names an agent or a model with 1 to 128 bytes.", "model");
    if (wire.messages.empty() || wire.messages.size() > kMessagesMax)
        return invalid_argument("messages holds 1 to " + std::to_string(kMessagesMax) + " messages.",
                                "messages");
    for (std::size_t i = 0; i < wire.messages.size(); ++i)
        AIMPACT_CHECK(read_message(wire.messages[i], i, out.items));
    if (out.items.empty()) return invalid_argument("All messages are empty.", "messages");
    if (wire.n.value_or(1) != 1)
        return invalid_argument("Only one answer at a time is made: leave n out.", "n");
    if (wire.logprobs.value_or(false))
        return invalid_argument("logprobs are not available here.", "logprobs");
    if (wire.modalities && base::to_text(*wire.modalities).find("audio") != std::string::npos)
        return invalid_argument(
            "This endpoint answers in text. For speech use /v1/realtime or /v1/audio/speech.", "modalities");
    out.stream = wire.stream.value_or(false);
    out.include_usage = wire.stream_options && wire.stream_options->include_usage.value_or(false);
    out.store = wire.store.value_or(false);
    ResponseOptions& options = out.options;
    options.temperature = wire.temperature;
    options.top_p = wire.top_p;
    options.output_tokens_max = wire.max_completion_tokens ? wire.max_completion_tokens : wire.max_tokens;
    if (options.output_tokens_max && (*options.output_tokens_max < 1 || *options.output_tokens_max > 16'384))
        return invalid_argument("The answer's limit must be from 1 to 16384 tokens.",
                                wire.max_completion_tokens ? "max_completion_tokens" : "max_tokens");
    if (wire.stop) AIMPACT_CHECK(read_stop(*wire.stop, options.stop));
    if (wire.seed) options.seed = static_cast<std::uint64_t>(*wire.seed);
    if (wire.tools) {
        std::vector<llm::Tool> tools;
        for (std::size_t i = 0; i < wire.tools->size(); ++i) {
            const WireTool& tool = (*wire.tools)[i];
            if (tool.type != "function")
                return invalid_argument("Only tools of type \"function\" are supported.",
                                        "tools[" + std::to_string(i) + "].type");
            if (!is_function_name(tool.function.name))
                return invalid_argument("A function's name has 1 to 64 letters, digits, _ and -.",
                                        "tools[" + std::to_string(i) + "].function.name");
            tools.push_back({tool.function.name, tool.function.description.value_or(""),
                             tool.function.parameters.value_or(json::object{})});
        }
        options.tools = std::move(tools);
    }
    if (wire.tool_choice && !wire.tool_choice->is_null()) {
        AIMPACT_TRY(options.tool_choice, read_tool_choice(*wire.tool_choice));
    }
    if (wire.response_format) AIMPACT_CHECK(read_response_format(*wire.response_format, options));
    if (wire.metadata) AIMPACT_CHECK(read_metadata(*wire.metadata, out));
    return out;
}

json::object completion_json(const CompletionHead& head, const ResponseResult& result) {
    json::object message{{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}};
    json::array calls;
    for (const Item& item : result.items) {
        if (item.type == ItemType::message) message["content"] = item.text;
        if (item.type == ItemType::function_call)
            calls.push_back(json::object{{"id", item.call_id},
                                         {"type", "function"},
                                         {"function", {{"name", item.name}, {"arguments", item.arguments}}}});
    }
    if (!calls.empty())
        message["tool_calls"] = std::move(calls);
    else if (message["content"].is_null())
        message["content"] = "";
    json::object out = head_json(head, "chat.completion");
    out["choices"] = json::array{json::object{{"index", 0},
                                              {"message", std::move(message)},
                                              {"logprobs", nullptr},
                                              {"finish_reason", finish_name(result.finish)}}};
    out["usage"] = usage_json(result.usage);
    return out;
}

json::object role_chunk(const CompletionHead& head) {
    return chunk(head, {{"role", "assistant"}, {"content", ""}});
}

json::object delta_chunk(const CompletionHead& head, const llm::ChatDelta& delta) {
    if (!delta.tool_call) return chunk(head, {{"content", delta.text}});
    json::object call{{"index", delta.tool_call->index}};
    json::object function;
    if (!delta.tool_call->id.empty()) {
        call["id"] = delta.tool_call->id;
        call["type"] = "function";
    }
    if (!delta.tool_call->name.empty()) function["name"] = delta.tool_call->name;
    function["arguments"] = delta.tool_call->arguments;
    call["function"] = std::move(function);
    return chunk(head, {{"tool_calls", json::array{std::move(call)}}});
}

json::object finish_chunk(const CompletionHead& head, llm::FinishReason finish) {
    return chunk(head, {}, json::value(finish_name(finish)));
}

json::object usage_chunk(const CompletionHead& head, const llm::Usage& usage) {
    json::object out = head_json(head, "chat.completion.chunk");
    out["choices"] = json::array{};
    out["usage"] = usage_json(usage);
    return out;
}

}  // namespace aimpact::agents
