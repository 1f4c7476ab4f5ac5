// The rules of agents: who may have what, what is valid, and which version is current. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "accounts/principal.hpp"
#include "accounts/secret_box.hpp"
#include "agents/agent_store.hpp"
#include "agents/agent_wire.hpp"
#include "agents/rendered_agents.hpp"
#include "base/clock.hpp"
#include "storage/database.hpp"
#include "voice/own_voices.hpp"

namespace aimpact::agents {

// invalid_argument that names the nearest voice or emotion: voice::Synthesizer::check. Empty: not checked.
using CheckStyle = std::function<Result<>(const voice::SpeechStyle&)>;
// The own voices of an organisation for somebody who speaks: VoiceDirectory::of. Empty: there are none.
using OwnVoicesOf =
    std::function<Task<Result<std::shared_ptr<voice::OwnVoices>>>(std::string org_id, std::string actor)>;

class AgentService {
  public:
    struct Parts {
        storage::Database& database;
        const base::Clock& clock;
        base::Random& random;
        llm::ChatModels& models;
        const accounts::SecretBox& secrets;
        CheckStyle check_style;
        OwnVoicesOf own_voices = {};
    };
    explicit AgentService(Parts parts) : parts_(std::move(parts)) {}

    // Errors: invalid_argument (param names the field), conflict (the name is taken), failed_precondition
    // (too many agents).
    Task<Result<Agent>> create(const accounts::Principal& who, AgentInput input);
    // input.version must be the current one: `conflict` when somebody else was faster. What stays the same
    // needs no new version: then the current one is given back.
    Task<Result<Agent>> update(const accounts::Principal& who, std::string id, AgentInput input);
    Task<Result<>> remove(const accounts::Principal& who, std::string id);
    Task<Result<Agent>> get(const std::string& org_id, std::string id);
    Task<Result<Page<Agent>>> list(const std::string& org_id, std::string search, PageRequest page);
    // The same page as JSON (agent_json as text).
    Task<Result<Page<RenderedAgents::Text>>> list_json(const std::string& org_id, std::string search,
                                                       PageRequest page);
    Task<Result<Page<AgentVersion>>> versions(const std::string& org_id, std::string id, PageRequest page);

    // The agent that `model` of an OpenAI-shaped request names, by id or by name: not_found otherwise.
    Task<Result<Agent>> resolve(const std::string& org_id, std::string model);

    // Where the agent's words come from, with the key in clear. Call when a conversation starts.
    Result<llm::ModelRoute> model_route(const Agent& agent) const;

    // A valid agent that is in no database, from the JSON of a new agent (aimpact converse --agent FILE).
    Result<Agent> unsaved(const AgentInput& input) const;

    // What "voice_..." means to who speaks for the organisation; null where there are no own voices.
    Task<Result<std::shared_ptr<voice::OwnVoices>>> own_voices(std::string org_id, std::string actor) const;

    // Every rule that needs no database. Public for tests and for session overrides.
    Result<> check(const Agent& agent) const;

  private:
    // Lays input over agent, fills defaults, checks, seals the key.
    Result<> build(const AgentInput& input, Agent& agent) const;
    Result<Page<RenderedAgents::Text>> render(soci::session& sql, const std::string& org_id,
                                              const std::string& search, const PageRequest& page);

    Parts parts_;
    RenderedAgents rendered_;
};

}  // namespace aimpact::agents
