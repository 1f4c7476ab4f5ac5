// POST /v1/realtime/client_secrets and its beta form: short-lived secrets for browsers, and the session
// settings that were given with them.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.hpp"
#include "realtime/openai_limits.hpp"
#include "realtime/realtime.hpp"

namespace aimpact::realtime::openai {

// The session settings of secrets that live, by the secret's id. In memory: a secret lives for two hours at
// most, and after a restart its sessions start from the agent's own settings. Thread-safe.
class SecretSessions {
  public:
    explicit SecretSessions(const base::Clock& clock) : clock_(clock) {}
    void keep(const std::string& secret_id, boost::json::object session, base::WallTime expires_at);
    boost::json::object find(const std::string& secret_id) const;  // empty if there is none
    static constexpr std::size_t kKeptMax = 10'000;                // past it, the one that ends first goes

  private:
    struct Entry {
        boost::json::object session;
        base::WallTime expires_at;
    };
    const base::Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, Entry> entries_;
};

struct SecretRouteParts {
    FindAgent find_agent;
    MakeClientSecret make_client_secret;
    const voice::Synthesizer& synthesizer;
    SecretSessions& sessions;
    OpenAiLimits limits;
};
// The settings are checked now, so that a mistake shows on the server that makes the secret, not in a
// browser.
accounts::AuthorizedHandler make_secret_handler(SecretRouteParts parts, bool beta);

}  // namespace aimpact::realtime::openai
