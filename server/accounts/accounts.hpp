// Accounts, wired: what app builds once and hands down.
//
//   AIMPACT_TRY(auto accounts, Accounts::open(database, crypto, clock, random, metrics, options));
//   accounts->register_routes(router);
//   if (auto link = accounts->setup_link()) print it
#pragma once

#include <memory>
#include <optional>

#include "accounts/api_key_service.hpp"
#include "accounts/audit_log.hpp"
#include "accounts/organisation_service.hpp"
#include "accounts/principal.hpp"
#include "accounts/secret_box.hpp"
#include "accounts/session_service.hpp"
#include "accounts/setup_service.hpp"
#include "accounts/user_admin.hpp"
#include "net/router.hpp"

namespace aimpact::accounts {

struct AccountsOptions {
    std::string base_url;         // how people reach the server: "https://voice.example.com"
    std::string master_key;       // 32 bytes in base64; empty: from the file
    std::string master_key_file;  // "<data>/master.key"; made if missing
    std::chrono::seconds access_token_life{900};
    SessionLifetimes sessions;
    HashParameters passwords;
};

// Thread-safe. What it is opened with must outlive it; it must outlive the router and stop after the server.
class Accounts {
  public:
    // The database must be migrated. Blocks. Errors say what to do about the master key.
    static Result<std::unique_ptr<Accounts>> open(storage::Database& database, base::ThreadPool& crypto,
                                                  const base::Clock& clock, base::Random& random,
                                                  base::Metrics& metrics, AccountsOptions options);
    ~Accounts();

    Authenticator& authenticator();
    const SecretBox& secret_box() const;
    // For realtime, which mounts the route of client secrets.
    ApiKeyService& api_keys();
    SessionService& sessions();
    SetupService& setup();
    OrganisationService& organisations();
    AuditLog& audit();
    // For the command line.
    UserAdmin& users();

    void register_routes(net::Router& router);
    // "<base_url>/setup?token=st_..." while there is nobody, a new one each time; empty afterwards. Blocks.
    Result<std::optional<std::string>> setup_link();

  private:
    Accounts();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::accounts
