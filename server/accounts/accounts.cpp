#include "accounts/accounts.hpp"

#include "accounts/account_routes.hpp"
#include "accounts/audit_routes.hpp"
#include "accounts/credential_authenticator.hpp"

namespace aimpact::accounts {

struct Accounts::Impl {
    Impl(storage::Database& database, base::ThreadPool& crypto, const base::Clock& clock,
         base::Random& random, base::Metrics& metrics, AccountsOptions wanted, const MasterKey& master_key)
        : options(std::move(wanted)),
          box(master_key, random),
          passwords(options.passwords, random),
          throttle(clock),
          cache(clock),
          database(database),
          crypto(crypto),
          clock(clock),
          random(random),
          metrics(metrics),
          audit(database, clock, random, metrics) {}

    // The second half, once the signing keys are there.
    void build() {
        const Parts parts{database, crypto, clock, random, metrics, *tokens, passwords, throttle, cache};
        authenticator = std::make_unique<CredentialAuthenticator>(database, *tokens, cache, clock, metrics);
        sessions = std::make_unique<SessionService>(parts, options.sessions);
        setup = std::make_unique<SetupService>(parts, *sessions);
        organisations = std::make_unique<OrganisationService>(parts);
        api_keys = std::make_unique<ApiKeyService>(parts);
        users = std::make_unique<UserAdmin>(parts);
    }

    const AccountsOptions options;
    const SecretBox box;
    const PasswordHasher passwords;
    SignInThrottle throttle;
    CredentialCache cache;
    storage::Database& database;
    base::ThreadPool& crypto;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    AuditLog audit;
    std::unique_ptr<AccessTokens> tokens;
    std::unique_ptr<CredentialAuthenticator> authenticator;
    std::unique_ptr<SessionService> sessions;
    std::unique_ptr<SetupService> setup;
    std::unique_ptr<OrganisationService> organisations;
    std::unique_ptr<ApiKeyService> api_keys;
    std::unique_ptr<UserAdmin> users;
};

namespace {
// A missing key is made at the first start only: beside a database that another key has sealed, a fresh one
// would lie about as if it belonged to it.
Result<MasterKey> master_key_for(storage::Database& database, const AccountsOptions& options,
                                 base::Random& random) {
    AIMPACT_TRY(const std::optional<MasterKey> found,
                find_master_key(options.master_key, options.master_key_file));
    if (found) return *found;
    AIMPACT_TRY(const bool sealed, AccessTokens::stored(database));
    if (sealed)
        return Error{base::ErrorCode::failed_precondition,
                     "The master key '" + options.master_key_file +
                         "' is missing, and the database holds secrets that it has sealed. Put the key that "
                         "belongs to this database back, or set auth.master_key."};
    return make_master_key(options.master_key_file, random);
}
}  // namespace

Accounts::Accounts() = default;
Accounts::~Accounts() = default;

Result<std::unique_ptr<Accounts>> Accounts::open(storage::Database& database, base::ThreadPool& crypto,
                                                 const base::Clock& clock, base::Random& random,
                                                 base::Metrics& metrics, AccountsOptions options) {
    while (options.base_url.ends_with('/')) options.base_url.pop_back();
    AIMPACT_TRY(const MasterKey master_key, master_key_for(database, options, random));
    std::unique_ptr<Accounts> out(new Accounts);
    out->impl_ =
        std::make_unique<Impl>(database, crypto, clock, random, metrics, std::move(options), master_key);
    Impl& impl = *out->impl_;
    AIMPACT_TRY(impl.tokens, AccessTokens::load(database, impl.box, clock, random,
                                                {.issuer = impl.options.base_url,
                                                 .lifetime = impl.options.access_token_life}));
    impl.build();
    return out;
}

Authenticator& Accounts::authenticator() {
    return *impl_->authenticator;
}
const SecretBox& Accounts::secret_box() const {
    return impl_->box;
}
ApiKeyService& Accounts::api_keys() {
    return *impl_->api_keys;
}
SessionService& Accounts::sessions() {
    return *impl_->sessions;
}
SetupService& Accounts::setup() {
    return *impl_->setup;
}
OrganisationService& Accounts::organisations() {
    return *impl_->organisations;
}
AuditLog& Accounts::audit() {
    return impl_->audit;
}
UserAdmin& Accounts::users() {
    return *impl_->users;
}

void Accounts::register_routes(net::Router& router) {
    register_account_routes(router,
                            {*impl_->authenticator, *impl_->setup, *impl_->sessions, *impl_->organisations,
                             *impl_->api_keys, *impl_->tokens, impl_->options.base_url});
    register_audit_routes(router, *impl_->authenticator, impl_->audit);
}

Result<std::optional<std::string>> Accounts::setup_link() {
    AIMPACT_TRY(const std::optional<std::string> token, impl_->setup->make_token_now());
    if (!token) return std::optional<std::string>();
    return std::optional<std::string>(impl_->options.base_url + "/setup?token=" + *token);
}

}  // namespace aimpact::accounts
