// Who is calling, and what they may do.
#pragma once

#include <boost/describe/enum.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace aimpact::accounts {

using base::Error;
using base::Result;
using base::Task;

// What a role grants; each includes the ones after it.
enum class Role { owner, admin, developer, viewer };
BOOST_DESCRIBE_ENUM(Role, owner, admin, developer, viewer)

// Every route and every realtime event names one of these; role_grants() in authorization.cpp is the one
// table.
enum class Permission {
    organisation_read,
    organisation_write,
    members_read,
    members_write,
    api_keys_read,
    api_keys_write,
    agents_read,
    agents_write,
    conversations_read,
    conversations_write,  // delete, export
    converse,             // talk or chat with an agent: realtime, chat completions
    speech,               // transcribe, speak, embed
    voices_read,
    monitoring_read,
    words_read,
    words_write,
    voices_write,  // consents, own voices
    audit_read,
};
BOOST_DESCRIBE_ENUM(Permission, organisation_read, organisation_write, members_read, members_write,
                    api_keys_read, api_keys_write, agents_read, agents_write, conversations_read,
                    conversations_write, converse, speech, voices_read, monitoring_read, words_read,
                    words_write, voices_write, audit_read)

enum class CredentialKind { session, api_key, client_secret, local };

struct Principal {
    std::string user_id;  // empty for an API key of the organisation
    std::string org_id;
    Role role = Role::viewer;
    CredentialKind credential = CredentialKind::session;
    std::string credential_id;       // session, key or client secret id: what an audit line names
    std::vector<Permission> scopes;  // non-empty: narrows what the role grants
    std::string agent_id;            // a client secret may be bound to one agent
};

// The one place where authorisation is decided. `permission_denied` names the permission that is missing.
bool allowed(const Principal& principal, Permission permission);
Result<> authorize(const Principal& principal, Permission permission);

using AuthorizedHandler = std::function<Task<net::Response>(net::Request&, const Principal&)>;

// Turns a request's credential into a Principal. Thread-safe.
class Authenticator {
  public:
    virtual ~Authenticator() = default;

    // From "Authorization: Bearer <access token | API key | ephemeral client secret>"; for browsers'
    // WebSockets also from the subprotocol "openai-insecure-api-key.<credential>". `unauthenticated`
    // otherwise.
    virtual Task<Result<Principal>> authenticate(const net::Request& request) = 0;
    virtual Task<Result<Principal>> authenticate_credential(std::string credential) = 0;
};

// Wraps a handler: authenticates, authorises, and only then calls it. Every non-public route goes through
// here.
net::Handler guarded(Authenticator& authenticator, Permission permission, AuthorizedHandler handler);

}  // namespace aimpact::accounts
