// Agents by telephone: GET /v1/telephony/media-stream, a WebSocket that a provider opens for each call, and
// POST /v1/telephony/twiml/{agent}/{token}, which tells a provider to open it. See docs/TELEPHONY.md.
//
// A provider can't send an Authorization header. So the credential comes in the address (`token`) or as a
// custom parameter of the stream, and must not be able to do more than talk: a client secret, or an API key
// whose only scope is `converse`.
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
#include "realtime/realtime.hpp"
#include "telephony/call.hpp"

namespace aimpact::telephony {

// Everything referred to outlives the module, and the module outlives the server.
struct TelephonyParts {
    accounts::Authenticator& authenticator;
    agents::Conversations& conversations;
    inference::Admission& admission;
    const base::Clock& clock;
    realtime::FindAgent find_agent;
    realtime::MakeClientSecret make_client_secret;
    std::function<Task<Result<>>()> ready;                  // see realtime::RealtimeParts
    std::function<Task<realtime::SessionParts>()> session;  // realtime::RealtimeModule::session_parts
};

struct TelephonyOptions {
    CallOptions call = {};
    // Streams that have not said yet who they are; past it a new one is refused.
    int unknown_max = 64;
    std::string public_url;                // https://host; empty: what each request calls us
    std::string twilio_auth_token;         // not empty: calls from Twilio must be signed with it
    std::chrono::seconds secret_life{60};  // of what the TwiML gives to the stream
};

class TelephonyModule {
  public:
    TelephonyModule(TelephonyParts parts, TelephonyOptions options = {});
    ~TelephonyModule();

    void register_routes(net::Router& router);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Whether a credential may be put where others can read it: in an address, or at a provider.
Result<> fit_for_provider(const accounts::Principal& principal);

}  // namespace aimpact::telephony
