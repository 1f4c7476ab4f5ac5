#include "realtime/openai_events.hpp"

#include <array>

#include "base/id.hpp"
#include "base/wire.hpp"
#include "realtime/openai_fields.hpp"

namespace aimpact::realtime::openai {
namespace {

using agents::Item;
using agents::ItemType;
using base::ErrorCode;
using base::invalid_argument;

Error too_large(std::string message, std::string param) {
    return Error{ErrorCode::payload_too_large, std::move(message), {}, std::move(param)};
}

Result<std::string> read_id(const json::object& object, std::string_view name, const std::string& path,
                            const OpenAiLimits& limits) {
    AIMPACT_TRY(std::string id, read_required<std::string>(object, name, path));
    if (id.empty() || id.size() > limits.item_id_bytes_max)
        return invalid_argument("An id has 1 to " + std::to_string(limits.item_id_bytes_max) + " characters.",
                                path_of(path, name));
    return id;
}

Result<std::string> read_audio(const json::value& value, const std::string& path,
                               const OpenAiLimits& limits) {
    if (!value.is_string()) return base::wire::wrong_type(path, "a string of base64", value);
    const std::string_view text = value.get_string();
    const auto refused = [&] {
        return too_large("One event may carry at most " + std::to_string(limits.append_bytes_max >> 20) +
                             " MiB of audio: send it in smaller pieces.",
                         path);
    };
    if (text.size() / 4 * 3 > limits.append_bytes_max + 3) return refused();  // before any of it is decoded
    std::string audio;
    if (!base::base64_decode(text, audio)) return invalid_argument("The audio isn't valid base64.", path);
    if (audio.size() > limits.append_bytes_max) return refused();
    return audio;
}

// One part of a message's content: its text is added to the item, its audio taken.
Result<> read_part(const json::value& value, const std::string& path, const OpenAiLimits& limits,
                   IncomingItem& out) {
    if (!value.is_object()) return base::wire::wrong_type(path, "an object", value);
    const json::object& part = value.get_object();
    AIMPACT_TRY(const std::string type, read_required<std::string>(part, "type", path));
    const bool user = out.item.role == llm::ChatRole::user;
    const bool assistant = out.item.role == llm::ChatRole::assistant;
    const auto append = [&](std::string text) {
        if (!out.item.text.empty() && !text.empty()) out.item.text += '\n';
        out.item.text += text;
    };
    if (type == "input_text" || type == "text" || type == "output_text") {
        if (assistant ? type == "input_text" : type == "output_text")
            return invalid_argument("A part of type \"" + type + "\" doesn't belong in " +
                                        (assistant ? "an assistant"
                                         : user    ? "a user"
                                                   : "a system") +
                                        " message.",
                                    path_of(path, "type"));
        AIMPACT_TRY(std::string text, read_required<std::string>(part, "text", path));
        append(std::move(text));
        return {};
    }
    if (user && type == "input_audio") {
        out.item.spoken = true;
        if (const auto* audio = member(part, "audio")) {
            AIMPACT_TRY(std::string bytes, read_audio(*audio, path_of(path, "audio"), limits));
            out.audio += bytes;
            return {};
        }
        AIMPACT_TRY(std::string transcript, read_required<std::string>(part, "transcript", path));
        append(std::move(transcript));
        return {};
    }
    if (assistant && (type == "output_audio" || type == "audio")) {
        // As with OpenAI, audio of the assistant can't be put in; its words can.
        AIMPACT_TRY(std::string transcript, read_required<std::string>(part, "transcript", path));
        out.item.spoken = true;
        append(std::move(transcript));
        return {};
    }
    if (type == "input_image")
        return Error{ErrorCode::unsupported_media,
                     "Images aren't understood by this server: send text or audio.",
                     {},
                     path_of(path, "type")};
    return invalid_argument("There is no content part of type \"" + type + "\" in this kind of message.",
                            path_of(path, "type"));
}

Result<IncomingItem> read_item(const json::value& value, const std::string& path, const OpenAiLimits& limits,
                               bool references) {
    if (!value.is_object()) return base::wire::wrong_type(path, "an object", value);
    const json::object& object = value.get_object();
    AIMPACT_TRY(const std::string type, read_required<std::string>(object, "type", path));
    IncomingItem out;
    Item& item = out.item;
    if (references && type == "item_reference") {
        AIMPACT_TRY(out.reference, read_id(object, "id", path, limits));
        return out;
    }
    if (member(object, "id")) {
        AIMPACT_TRY(item.id, read_id(object, "id", path, limits));
    }
    if (type == "message") {
        AIMPACT_TRY(const std::string role, read_required<std::string>(object, "role", path));
        if (role == "user") {
            item.role = llm::ChatRole::user;
        } else if (role == "assistant") {
            item.role = llm::ChatRole::assistant;
        } else if (role == "system" || role == "developer") {
            item.role = llm::ChatRole::system;
        } else {
            return invalid_argument("role must be user, assistant or system, not \"" + role + "\".",
                                    path_of(path, "role"));
        }
        AIMPACT_TRY(const json::array content, read_required<json::array>(object, "content", path));
        if (content.empty())
            return invalid_argument("A message needs at least one part of content.",
                                    path_of(path, "content"));
        if (content.size() > limits.content_parts_max)
            return too_large(
                "A message may have at most " + std::to_string(limits.content_parts_max) + " parts.",
                path_of(path, "content"));
        for (std::size_t i = 0; i < content.size(); ++i)
            AIMPACT_CHECK(read_part(content[i], path + ".content[" + std::to_string(i) + "]", limits, out));
        if (!out.audio.empty() && !item.text.empty())
            return invalid_argument("One message carries audio or text, not both.", path_of(path, "content"));
        return out;
    }
    if (type == "function_call") {
        item.type = ItemType::function_call;
        item.role = llm::ChatRole::assistant;
        AIMPACT_TRY(item.name, read_required<std::string>(object, "name", path));
        AIMPACT_TRY(item.arguments, read_required<std::string>(object, "arguments", path));
        AIMPACT_CHECK(read_if<std::string>(object, "call_id", path, item.call_id));
        return out;
    }
    if (type == "function_call_output") {
        item.type = ItemType::function_call_output;
        item.role = llm::ChatRole::tool;
        AIMPACT_TRY(item.call_id, read_required<std::string>(object, "call_id", path));
        AIMPACT_TRY(item.text, read_required<std::string>(object, "output", path));
        return out;
    }
    if (type.starts_with("mcp_"))
        return Error{ErrorCode::unsupported_media,
                     "MCP items aren't supported: use function tools.",
                     {},
                     path_of(path, "type")};
    return invalid_argument(
        "type must be message, function_call or function_call_output, not \"" + type + "\".",
        path_of(path, "type"));
}

Result<CreateResponse> read_response(const json::object& event, const OpenAiLimits& limits) {
    CreateResponse out;
    const auto* value = member(event, "response");
    if (!value) return out;
    const std::string path = "response";
    if (!value->is_object()) return base::wire::wrong_type(path, "an object", *value);
    const json::object& r = value->get_object();
    AIMPACT_CHECK(read_if<std::string>(r, "instructions", path, out.instructions));
    if (out.instructions && out.instructions->size() > limits.instructions_bytes_max)
        return too_large(
            "instructions may have at most " + std::to_string(limits.instructions_bytes_max) + " bytes.",
            "response.instructions");
    for (const char* name : {"output_modalities", "modalities"})
        if (const auto* v = member(r, name)) {
            AIMPACT_TRY(out.audio, parse_modalities(*v, path_of(path, name)));
        }
    if (const auto* v = member(r, "voice")) {
        AIMPACT_TRY(out.voice, parse_voice(*v, "response.voice"));
    }
    if (const auto* audio = member(r, "audio")) {
        AIMPACT_TRY(const json::object audio_object, read<json::object>(*audio, "response.audio"));
        if (const auto* output = member(audio_object, "output")) {
            AIMPACT_TRY(const json::object output_object,
                        read<json::object>(*output, "response.audio.output"));
            if (const auto* v = member(output_object, "voice")) {
                AIMPACT_TRY(out.voice, parse_voice(*v, "response.audio.output.voice"));
            }
        }
    }
    if (const auto* v = member(r, "tools")) {
        AIMPACT_TRY(out.tools, parse_tools(*v, "response.tools", limits));
    }
    if (const auto* v = member(r, "tool_choice")) {
        AIMPACT_TRY(out.tool_choice, parse_tool_choice(*v, "response.tool_choice"));
    }
    AIMPACT_CHECK(read_if<double>(r, "temperature", path, out.temperature));
    if (out.temperature && (*out.temperature < 0 || *out.temperature > 2))
        return invalid_argument("temperature is between 0 and 2.", "response.temperature");
    for (const char* name : {"max_output_tokens", "max_response_output_tokens"})
        if (const auto* v = member(r, name)) {
            AIMPACT_TRY(out.output_tokens_max, parse_output_tokens(*v, path_of(path, name)));
        }
    std::string conversation = "auto";
    AIMPACT_CHECK(read_if<std::string>(r, "conversation", path, conversation));
    if (conversation != "auto" && conversation != "none")
        return invalid_argument("conversation must be auto or none.", "response.conversation");
    out.out_of_band = conversation == "none";
    if (const auto* v = member(r, "input")) {
        AIMPACT_TRY(const json::array input, read<json::array>(*v, "response.input"));
        if (input.size() > limits.input_items_max)
            return too_large(
                "response.input may have at most " + std::to_string(limits.input_items_max) + " items.",
                "response.input");
        out.input.emplace();
        for (std::size_t i = 0; i < input.size(); ++i) {
            AIMPACT_TRY(IncomingItem item,
                        read_item(input[i], "response.input[" + std::to_string(i) + "]", limits, true));
            out.input->push_back(std::move(item));
        }
    }
    if (const auto* v = member(r, "metadata")) {
        AIMPACT_TRY(out.metadata, read<json::object>(*v, "response.metadata"));
        if (out.metadata.size() > limits.metadata_max)
            return too_large("metadata may have at most " + std::to_string(limits.metadata_max) + " entries.",
                             "response.metadata");
        for (const auto& [key, entry] : out.metadata)
            if (!entry.is_string() || key.size() > 64 || entry.get_string().size() > 512)
                return invalid_argument("metadata maps keys of up to 64 characters to strings of up to 512.",
                                        "response.metadata");
    }
    return out;
}

Result<Body> read_body(std::string_view type, const json::object& event, const OpenAiLimits& limits) {
    if (type == "input_audio_buffer.append") {
        const auto* audio = member(event, "audio");
        if (!audio) return base::wire::missing("audio");
        AIMPACT_TRY(std::string bytes, read_audio(*audio, "audio", limits));
        return Body{AppendAudio{std::move(bytes)}};
    }
    if (type == "input_audio_buffer.commit") return Body{CommitAudio{}};
    if (type == "input_audio_buffer.clear") return Body{ClearAudio{}};
    if (type == "output_audio_buffer.clear") return Body{ClearOutput{}};
    if (type == "session.update" || type == "transcription_session.update") {
        AIMPACT_TRY(json::object session, read_required<json::object>(event, "session", ""));
        if (type == "transcription_session.update") session["type"] = "transcription";
        return Body{SessionUpdate{std::move(session)}};
    }
    if (type == "conversation.item.create") {
        const auto* item = member(event, "item");
        if (!item) return base::wire::missing("item");
        CreateItem out;
        AIMPACT_TRY(out.item, read_item(*item, "item", limits, false));
        AIMPACT_CHECK(read_if<std::string>(event, "previous_item_id", "", out.previous_item_id));
        return Body{std::move(out)};
    }
    if (type == "conversation.item.retrieve") {
        AIMPACT_TRY(std::string id, read_id(event, "item_id", "", limits));
        return Body{RetrieveItem{std::move(id)}};
    }
    if (type == "conversation.item.delete") {
        AIMPACT_TRY(std::string id, read_id(event, "item_id", "", limits));
        return Body{DeleteItem{std::move(id)}};
    }
    if (type == "conversation.item.truncate") {
        TruncateItem out;
        AIMPACT_TRY(out.item_id, read_id(event, "item_id", "", limits));
        AIMPACT_TRY(out.audio_end_ms, read_required<double>(event, "audio_end_ms", ""));
        if (!(out.audio_end_ms >= 0))
            return invalid_argument("audio_end_ms can't be negative.", "audio_end_ms");
        std::int64_t index = 0;
        AIMPACT_CHECK(read_if<std::int64_t>(event, "content_index", "", index));
        if (index != 0) return invalid_argument("Items have one part: content_index is 0.", "content_index");
        return Body{std::move(out)};
    }
    if (type == "response.create") {
        AIMPACT_TRY(CreateResponse out, read_response(event, limits));
        return Body{std::move(out)};
    }
    if (type == "response.cancel") {
        CancelResponse out;
        AIMPACT_CHECK(read_if<std::string>(event, "response_id", "", out.response_id));
        return Body{std::move(out)};
    }
    static const std::vector<std::string_view> known{"session.update",
                                                     "input_audio_buffer.append",
                                                     "input_audio_buffer.commit",
                                                     "input_audio_buffer.clear",
                                                     "output_audio_buffer.clear",
                                                     "conversation.item.create",
                                                     "conversation.item.retrieve",
                                                     "conversation.item.delete",
                                                     "conversation.item.truncate",
                                                     "response.create",
                                                     "response.cancel"};
    std::string message = "There is no event of type \"" + std::string(type.substr(0, 64)) + "\".";
    if (const auto nearest = base::nearest_name(type.substr(0, 64), known); !nearest.empty())
        message += " Did you mean \"" + std::string(nearest) + "\"?";
    return invalid_argument(std::move(message), "type");
}

}  // namespace

Result<ClientEvent> parse_event(std::string_view text, const OpenAiLimits& limits, std::string& event_id) {
    event_id.clear();
    AIMPACT_TRY(const json::value value,
                base::parse_json(text, {limits.event_bytes_max, limits.json_depth_max}));
    if (!value.is_object()) return base::wire::wrong_type("", "an object", value);
    const json::object& event = value.get_object();
    if (const auto* id = member(event, "event_id")) {
        if (!id->is_string()) return base::wire::wrong_type("event_id", "a string", *id);
        if (id->get_string().size() > limits.event_id_bytes_max)
            return invalid_argument(
                "event_id has at most " + std::to_string(limits.event_id_bytes_max) + " characters.",
                "event_id");
        event_id = std::string(id->get_string());
    }
    AIMPACT_TRY(const std::string type, read_required<std::string>(event, "type", ""));
    AIMPACT_TRY(Body body, read_body(type, event, limits));
    return ClientEvent{event_id, std::move(body)};
}

Result<std::vector<llm::Tool>> parse_tools(const json::value& value, const std::string& path,
                                           const OpenAiLimits& limits) {
    AIMPACT_TRY(const json::array list, read<json::array>(value, path));
    if (list.size() > limits.tools_max)
        return too_large("At most " + std::to_string(limits.tools_max) + " tools.", path);
    std::vector<llm::Tool> tools;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string at = path + "[" + std::to_string(i) + "]";
        AIMPACT_TRY(json::object object, read<json::object>(list[i], at));
        std::string type = "function";
        AIMPACT_CHECK(read_if<std::string>(object, "type", at, type));
        if (type != "function")
            return Error{ErrorCode::unsupported_media,
                         "Only tools of type \"function\" are supported.",
                         {},
                         at + ".type"};
        // Chat completions nest the function; accept that form too.
        if (const auto* nested = member(object, "function"); nested && nested->is_object())
            object = json::object(nested->get_object());
        llm::Tool tool;
        AIMPACT_TRY(tool.name, read_required<std::string>(object, "name", at));
        if (tool.name.empty() || tool.name.size() > 64 ||
            tool.name.find_first_not_of(
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != std::string::npos)
            return invalid_argument("A tool's name has 1 to 64 letters, digits, '_', '-' or '.'.",
                                    at + ".name");
        AIMPACT_CHECK(read_if<std::string>(object, "description", at, tool.description));
        AIMPACT_CHECK(read_if<json::object>(object, "parameters", at, tool.parameters));
        if (tool.name.size() + tool.description.size() + base::to_text(tool.parameters).size() >
            limits.tool_bytes_max)
            return too_large("A tool may have at most " + std::to_string(limits.tool_bytes_max) + " bytes.",
                             at);
        tools.push_back(std::move(tool));
    }
    return tools;
}

Result<std::string> parse_tool_choice(const json::value& value, const std::string& path) {
    if (value.is_string()) {
        std::string choice(value.get_string());
        if (choice != "auto" && choice != "none" && choice != "required")
            return invalid_argument("tool_choice must be auto, none, required, or name a function.", path);
        return choice;
    }
    AIMPACT_TRY(const json::object object, read<json::object>(value, path));
    std::string type = "function";
    AIMPACT_CHECK(read_if<std::string>(object, "type", path, type));
    if (type != "function")
        return Error{ErrorCode::unsupported_media, "Only functions can be chosen.", {}, path + ".type"};
    return read_required<std::string>(object, "name", path);
}

Result<std::optional<int>> parse_output_tokens(const json::value& value, const std::string& path) {
    if (value.is_string() && value.get_string() == "inf") return std::optional<int>{};
    AIMPACT_TRY(const int tokens, read<int>(value, path));
    if (tokens < 1 || tokens > 4096)
        return invalid_argument("The limit is between 1 and 4096 tokens, or \"inf\".", path);
    return std::optional<int>{tokens};
}

Result<bool> parse_modalities(const json::value& value, const std::string& path) {
    AIMPACT_TRY(const std::vector<std::string> names, read<std::vector<std::string>>(value, path));
    bool audio = false, text = false;
    for (const std::string& name : names) {
        if (name == "audio") {
            audio = true;
        } else if (name == "text") {
            text = true;
        } else {
            return invalid_argument(
                "Modalities are \"audio\" and \"text\", not \"" + name.substr(0, 32) + "\".", path);
        }
    }
    if (!audio && !text)
        return invalid_argument("At least one modality is needed: \"audio\" or \"text\".", path);
    return audio;
}

Result<std::string> parse_voice(const json::value& value, const std::string& path) {
    if (value.is_string()) return std::string(value.get_string());
    if (!value.is_object()) return base::wire::wrong_type(path, "a voice's name", value);
    return read_required<std::string>(value.get_object(), "id", path);
}

}  // namespace aimpact::realtime::openai
