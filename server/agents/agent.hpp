// What an agent is: plain data, no I/O.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agents/manners.hpp"
#include "base/clock.hpp"
#include "llm/chat.hpp"
#include "voice/emotion/tone_policy.hpp"
#include "voice/listener.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::agents {

using base::Error;
using base::Result;
using base::Task;

struct AgentModel {
    std::string provider = "local";
    std::string name, base_url;
    std::string sealed_api_key;  // opened only when a conversation starts; never leaves the server
    std::optional<double> temperature;
    std::optional<int> output_tokens_max;
};

struct Agent {
    std::string id, org_id;
    int version = 1;
    std::string name, description;
    std::string instructions;                      // template: {{variable}}
    std::map<std::string, std::string> variables;  // defaults
    std::string greeting;                          // said first; empty: the agent waits for the caller
    voice::SpeechStyle style;
    bool expressive = false;  // the model is told of the tags that change how a sentence is said
    std::string language = "en";
    AgentModel model;
    voice::ListenerOptions turn_detection;
    bool create_response = true;     // answer when a turn ends
    bool interrupt_response = true;  // barge-in
    IdlePolicy idle;
    Fillers fillers;
    bool store_audio = false;
    voice::TonePolicy tone_policy = voice::TonePolicy::off;  // by how the caller sounds
    std::vector<llm::Tool> tools;
    base::WallTime created_at, updated_at;
};

// What an agent's JSON depends on: another content has another revision.
struct AgentRevision {
    std::string id;
    int version = 1;
    base::WallTime updated_at;

    bool operator==(const AgentRevision&) const = default;
};

struct AgentVersion {
    int version = 1;
    base::WallTime created_at;
    std::string created_by;  // user id; empty for an API key
    Agent agent;
};

}  // namespace aimpact::agents
