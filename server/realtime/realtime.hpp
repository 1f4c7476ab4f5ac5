// Live conversations over the network: GET /v1/realtime and the secrets that browsers open it with.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "accounts/account.hpp"
#include "accounts/principal.hpp"
#include "agents/turn_loop.hpp"
#include "inference/admission.hpp"
#include "net/router.hpp"
#include "realtime/agent_lookup.hpp"
#include "realtime/openai_limits.hpp"
#include "realtime/session.hpp"
#include "voice/recognizer.hpp"

namespace aimpact::realtime {

using MakeClientSecret = std::function<Task<Result<accounts::ClientSecret>>(
    accounts::Principal who, std::string agent_id, std::chrono::seconds life)>;

// Everything referred to outlives the module, and the module outlives the server.
struct RealtimeParts {
    accounts::Authenticator& authenticator;
    agents::Conversations& conversations;
    voice::Synthesizer& synthesizer;
    voice::Recognizer& recognizer;
    inference::Admission& admission;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    ListenerFactory make_listener;
    FindAgent find_agent;                 // find_agent_in(AgentService)
    MakeClientSecret make_client_secret;  // accounts::ApiKeyService::create_client_secret
    // Awaited before a session is made: an error (`unavailable`) refuses it while models still load. May be
    // empty.
    std::function<Task<Result<>>()> ready;
    voice::QualitySampler* sampler = nullptr;   // scores a sample of the turns; null: none
    voice::EmotionHearing* emotions = nullptr;  // null: none is heard
};

struct RealtimeOptions {
    SessionLimits session = {};
    openai::OpenAiLimits openai = {};
    std::string fallback_text = "Sorry, I didn't get that. Could you say it again?";
    EarlyAnswers early_answers = EarlyAnswers::own;
};

class RealtimeModule {
  public:
    RealtimeModule(RealtimeParts parts, RealtimeOptions options = {});
    ~RealtimeModule();

    // GET /v1/realtime, POST /v1/realtime/client_secrets, POST /v1/realtime/sessions (beta).
    void register_routes(net::Router& router);

    // What a Session is made of: for drivers inside this process (converse.hpp). Synthesises the fallback
    // once, which also warms the voice.
    Task<SessionParts> session_parts();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::realtime
