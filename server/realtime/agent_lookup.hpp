// Which agent a client means by `model`: an agent's id or name, or one of OpenAI's model names, which stand
// for the organisation's first agent so that clients written for OpenAI work as they are.
#pragma once

#include <functional>
#include <string>

#include "accounts/principal.hpp"
#include "agents/agent_service.hpp"

namespace aimpact::realtime {

using FindAgent =
    std::function<base::Task<base::Result<agents::Agent>>(accounts::Principal who, std::string model)>;

// True for names of OpenAI's realtime and audio models, old and new ("gpt-realtime",
// "gpt-4o-realtime-preview-...").
bool is_realtime_alias(std::string_view model);

// `service` must outlive the function. A principal bound to one agent gets that one, and no other.
FindAgent find_agent_in(agents::AgentService& service);

}  // namespace aimpact::realtime
