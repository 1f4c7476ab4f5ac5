#include "agents/agent_wire.hpp"

#include <array>

#include "base/wire.hpp"

namespace aimpact::agents {

namespace json = boost::json;
using base::invalid_argument;
using voice::Eagerness;
using Mode = voice::ListenerOptions::Mode;

namespace {
// Wire name <-> value, in one place. The first row of a value is how it's written.
constexpr std::array<std::pair<std::string_view, Mode>, 3> kModes{
    {{"semantic_vad", Mode::semantic_vad}, {"server_vad", Mode::server_vad}, {"none", Mode::manual}}};
constexpr std::array<std::pair<std::string_view, Eagerness>, 4> kEagerness{{{"auto", Eagerness::automatic},
                                                                            {"medium", Eagerness::automatic},
                                                                            {"low", Eagerness::low},
                                                                            {"high", Eagerness::high}}};

constexpr std::array<std::pair<std::string_view, voice::Interruptions>, 2> kInterruptions{
    {{"adaptive", voice::Interruptions::adaptive}, {"vad", voice::Interruptions::vad}}};

template <class Table>
std::string_view name_of(const Table& table, typename Table::value_type::second_type value) {
    for (const auto& [name, v] : table)
        if (v == value) return name;
    return {};
}

template <class Table, class T>
Result<> set_by_name(const Table& table, const std::string& name, const char* param, T& out) {
    std::string all;
    for (const auto& [known, value] : table) {
        if (known == name) {
            out = value;
            return {};
        }
        all += (all.empty() ? "" : ", ") + std::string(known);
    }
    return invalid_argument(std::string(param) + " must be one of " + all + ".", param);
}

Result<> apply(const TurnDetectionInput& input, Agent& agent) {
    // Replaced as a whole: what is absent has its default again.
    agent.turn_detection = {};
    agent.create_response = input.create_response.value_or(true);
    agent.interrupt_response = input.interrupt_response.value_or(true);
    auto& options = agent.turn_detection;
    if (input.type) AIMPACT_CHECK(set_by_name(kModes, *input.type, "turn_detection.type", options.mode));
    if (input.eagerness)
        AIMPACT_CHECK(
            set_by_name(kEagerness, *input.eagerness, "turn_detection.eagerness", options.eagerness));
    if (input.interruptions)
        AIMPACT_CHECK(set_by_name(kInterruptions, *input.interruptions, "turn_detection.interruptions",
                                  options.interruptions));
    if (input.threshold) options.threshold = *input.threshold;
    if (input.prefix_padding_ms) options.prefix_padding = std::chrono::milliseconds(*input.prefix_padding_ms);
    if (input.silence_duration_ms)
        options.silence_duration = std::chrono::milliseconds(*input.silence_duration_ms);
    return {};
}

json::object turn_detection_json(const Agent& agent) {
    const auto& options = agent.turn_detection;
    return {{"type", name_of(kModes, options.mode)},
            {"threshold", options.threshold},
            {"prefix_padding_ms", options.prefix_padding.count()},
            {"silence_duration_ms", options.silence_duration.count()},
            {"eagerness", name_of(kEagerness, options.eagerness)},
            {"create_response", agent.create_response},
            {"interrupt_response", agent.interrupt_response},
            {"interruptions", name_of(kInterruptions, options.interruptions)}};
}

json::array tools_json(const Agent& agent) {
    json::array out;
    for (const llm::Tool& tool : agent.tools) {
        json::object one{{"type", "function"}, {"name", tool.name}};
        if (!tool.description.empty()) one["description"] = tool.description;
        if (!tool.parameters.empty()) one["parameters"] = tool.parameters;
        out.push_back(std::move(one));
    }
    return out;
}

// The part that API and database share.
json::object definition_json(const Agent& agent) {
    json::object out;
    out["name"] = agent.name;
    out["description"] = agent.description;
    out["instructions"] = agent.instructions;
    out["variables"] = base::encode(agent.variables);
    out["greeting"] = agent.greeting;
    out["voice"] = agent.style.voice;
    out["emotion"] = agent.style.emotion;
    out["emotion_intensity"] = agent.style.intensity;
    out["speed"] = agent.style.speed;
    out["expressive"] = agent.expressive;
    out["language"] = agent.language;
    json::object model{{"provider", agent.model.provider}, {"name", agent.model.name}};
    if (!agent.model.base_url.empty()) model["base_url"] = agent.model.base_url;
    if (agent.model.temperature) model["temperature"] = *agent.model.temperature;
    if (agent.model.output_tokens_max) model["max_output_tokens"] = *agent.model.output_tokens_max;
    out["model"] = std::move(model);
    out["turn_detection"] = turn_detection_json(agent);
    out["idle"] = idle_json(agent.idle);
    out["fillers"] = fillers_json(agent.fillers);
    out["store_audio"] = agent.store_audio;
    out["tone_policy"] = base::encode(agent.tone_policy);
    out["tools"] = tools_json(agent);
    return out;
}
}  // namespace

Result<> apply(const AgentInput& input, Agent& agent) {
    if (input.name) agent.name = *input.name;
    if (input.description) agent.description = *input.description;
    if (input.instructions) agent.instructions = *input.instructions;
    if (input.variables) agent.variables = *input.variables;
    if (input.greeting) agent.greeting = *input.greeting;
    if (input.voice) agent.style.voice = *input.voice;
    if (input.emotion) agent.style.emotion = *input.emotion;
    if (input.emotion_intensity) agent.style.intensity = *input.emotion_intensity;
    if (input.speed) agent.style.speed = *input.speed;
    if (input.expressive) agent.expressive = *input.expressive;
    if (input.language) agent.language = *input.language;
    if (input.model) {
        const std::string key = std::move(agent.model.sealed_api_key);
        agent.model = {};
        agent.model.sealed_api_key = key;
        agent.model.provider = input.model->provider;
        agent.model.name = input.model->name.value_or("");
        agent.model.base_url = input.model->base_url.value_or("");
        agent.model.temperature = input.model->temperature;
        agent.model.output_tokens_max = input.model->max_output_tokens;
    }
    if (input.turn_detection) AIMPACT_CHECK(apply(*input.turn_detection, agent));
    if (input.idle) {
        AIMPACT_TRY(agent.idle, idle_of(*input.idle, "idle"));
    }
    if (input.fillers) {
        AIMPACT_TRY(agent.fillers, fillers_of(*input.fillers, "fillers"));
    }
    if (input.store_audio) agent.store_audio = *input.store_audio;
    if (input.tone_policy) agent.tone_policy = *input.tone_policy;
    if (input.tools) {
        agent.tools.clear();
        for (std::size_t i = 0; i < input.tools->size(); ++i) {
            const ToolInput& tool = (*input.tools)[i];
            if (tool.type != "function")
                return invalid_argument("The type of a tool must be \"function\".",
                                        "tools[" + std::to_string(i) + "].type");
            agent.tools.push_back(
                {tool.name, tool.description.value_or(""), tool.parameters.value_or(json::object{})});
        }
    }
    return {};
}

json::object agent_json(const Agent& agent) {
    json::object out = definition_json(agent);
    out["id"] = agent.id;
    out["version"] = agent.version;
    out["model"].as_object()["has_api_key"] = !agent.model.sealed_api_key.empty();
    out["created_at"] = base::format_time(agent.created_at);
    out["updated_at"] = base::format_time(agent.updated_at);
    return out;
}

json::object agent_version_json(const AgentVersion& version) {
    json::object out{{"version", version.version}, {"created_at", base::format_time(version.created_at)}};
    if (!version.created_by.empty()) out["created_by"] = version.created_by;
    out["agent"] = agent_json(version.agent);
    return out;
}

std::string definition_text(const Agent& agent) {
    return base::to_text(definition_json(agent));
}

Result<> read_definition(const std::string& text, Agent& agent) {
    auto input = base::decode_text<AgentInput>(text, {8 << 20, 64}, base::Unknown::ignore);
    if (input.has_error()) return base::internal_error("stored agent definition: " + input.error().message);
    auto applied = apply(*input, agent);
    if (applied.has_error())
        return base::internal_error("stored agent definition: " + applied.error().message);
    return {};
}

Result<AgentInput> decode_agent_input(const std::string& text) {
    return base::decode_text<AgentInput>(text);
}

}  // namespace aimpact::agents
