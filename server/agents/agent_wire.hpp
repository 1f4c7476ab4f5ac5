// Agents as JSON: what /api/v1/agents takes and gives, and what the database keeps of a version.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agents/agent.hpp"

namespace aimpact::agents {

struct ModelInput {
    std::string provider;
    std::optional<std::string> name, base_url, api_key;
    std::optional<double> temperature;
    std::optional<int> max_output_tokens;
};
BOOST_DESCRIBE_STRUCT(ModelInput, (), (provider, name, base_url, api_key, temperature, max_output_tokens))

struct TurnDetectionInput {
    std::optional<std::string> type, eagerness;
    std::optional<double> threshold;
    std::optional<int> prefix_padding_ms, silence_duration_ms;
    std::optional<bool> create_response, interrupt_response;
    std::optional<std::string> interruptions;
};
BOOST_DESCRIBE_STRUCT(TurnDetectionInput, (),
                      (type, eagerness, threshold, prefix_padding_ms, silence_duration_ms, create_response,
                       interrupt_response, interruptions))

struct ToolInput {
    std::string type;
    std::string name;
    std::optional<std::string> description;
    std::optional<boost::json::object> parameters;
};
BOOST_DESCRIBE_STRUCT(ToolInput, (), (type, name, description, parameters))

// A new agent or a change of one: what is absent keeps its value (or has its default).
struct AgentInput {
    std::optional<int> version;  // of a change: what it is based on
    std::optional<std::string> name, description, instructions;
    std::optional<std::map<std::string, std::string>> variables;
    std::optional<std::string> greeting, voice, emotion;
    std::optional<double> emotion_intensity, speed;
    std::optional<bool> expressive;
    std::optional<std::string> language;
    std::optional<ModelInput> model;
    std::optional<TurnDetectionInput> turn_detection;
    std::optional<bool> store_audio;
    std::optional<voice::TonePolicy> tone_policy;
    std::optional<std::vector<ToolInput>> tools;
    std::optional<IdleInput> idle;
    std::optional<FillersInput> fillers;
};
BOOST_DESCRIBE_STRUCT(AgentInput, (),
                      (version, name, description, instructions, variables, greeting, voice, emotion,
                       emotion_intensity, speed, expressive, language, model, turn_detection, store_audio,
                       tone_policy, tools, idle, fillers))

// Lays the input over `agent` (everything but the API key, which needs sealing). invalid_argument where a
// word is not one of those allowed; ranges and lengths are the service's to check.
Result<> apply(const AgentInput& input, Agent& agent);

// The Agent schema of openapi.yaml. The key is never in it.
boost::json::object agent_json(const Agent& agent);
boost::json::object agent_version_json(const AgentVersion& version);

// An agent's definition as the database keeps it: without ids, times and the key.
std::string definition_text(const Agent& agent);
Result<> read_definition(const std::string& text, Agent& agent);

// An agent from a file, as `aimpact converse --agent FILE` takes it: the JSON of a new agent.
Result<AgentInput> decode_agent_input(const std::string& text);

}  // namespace aimpact::agents
