// /v1/audio/voice_consents and /v1/audio/voices in OpenAI's form, and what OpenAI has no form for.
#pragma once

#include "agents/voice_service.hpp"
#include "net/router.hpp"

namespace aimpact::agents {

// Both outlive the router.
void register_voice_routes(net::Router& router, accounts::Authenticator& authenticator,
                           VoiceService& service);

}  // namespace aimpact::agents
