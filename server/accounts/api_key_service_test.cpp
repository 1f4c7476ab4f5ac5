#include "accounts/testing.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;
using namespace std::chrono_literals;

class ApiKeyServiceTest : public AccountsTest {
  protected:
    void SetUp() override {
        AccountsTest::SetUp();
        if (IsSkipped()) return;
        session_ = set_up();
        owner_ = principal(session_.access_token);
    }
    ApiKeyService& service() { return accounts().api_keys(); }
    CreatedApiKey make(const Principal& by, std::vector<Permission> scopes = {},
                       std::optional<WallTime> expires_at = {}) {
        const auto made = run(service().create(by, {"Bridge", std::move(scopes), expires_at}));
        EXPECT_TRUE(made.has_value()) << made.error().message << made.error().detail;
        return *made;
    }
    SignedIn session_;
    Principal owner_;
};
AIMPACT_ON_BOTH_DATABASES(ApiKeyServiceTest);

TEST_P(ApiKeyServiceTest, IsShownOnceAndWorks) {
    const CreatedApiKey made = make(owner_, {Permission::converse, Permission::agents_read});
    EXPECT_THAT(made.key, testing::StartsWith("sk-aimpact-"));
    EXPECT_EQ(made.api_key.prefix, made.key.substr(0, 15));
    const Principal found = principal(made.key);
    EXPECT_EQ(found.org_id, owner_.org_id);
    EXPECT_EQ(found.user_id, "");
    EXPECT_EQ(found.credential, CredentialKind::api_key);
    EXPECT_EQ(found.credential_id, made.api_key.id);
    EXPECT_TRUE(allowed(found, Permission::converse));
    EXPECT_FALSE(allowed(found, Permission::agents_write));
    const auto listed = run(service().list(owner_, {}));
    ASSERT_EQ(listed->data.size(), 1u);
    EXPECT_EQ(listed->data[0].scopes, made.api_key.scopes);
    EXPECT_TRUE(listed->data[0].last_used_at);
    EXPECT_EQ(database()
                  .read_now([&](soci::session& sql) {
                      int count = 0;
                      sql << "SELECT count(*) FROM api_keys WHERE secret_hash = :key", soci::into(count),
                          soci::use(made.key);
                      return count;
                  })
                  .value(),
              0);
}

TEST_P(ApiKeyServiceTest, RevokingWorksAtOnce) {
    const CreatedApiKey made = make(owner_);
    EXPECT_TRUE(who(made.key).has_value());
    EXPECT_TRUE(who(made.key).has_value());  // from the cache
    ASSERT_TRUE(run(service().revoke(owner_, made.api_key.id)).has_value());
    EXPECT_EQ(code_of(who(made.key)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(run(service().revoke(owner_, made.api_key.id))), ErrorCode::not_found);
}

TEST_P(ApiKeyServiceTest, Expires) {
    const CreatedApiKey made = make(owner_, {}, clock_.now() + 1h);
    EXPECT_TRUE(who(made.key).has_value());
    clock_.advance(1h - 1s);
    EXPECT_TRUE(who(made.key).has_value());
    clock_.advance(1s);
    EXPECT_EQ(code_of(who(made.key)), ErrorCode::unauthenticated);
    EXPECT_EQ(run(service().create(owner_, {"late", {}, clock_.now()})).error().param, "expires_at");
}

TEST_P(ApiKeyServiceTest, LastUseIsNotedOnceAMinute) {
    const CreatedApiKey made = make(owner_);
    const auto last = [&] { return *run(service().list(owner_, {}))->data[0].last_used_at; };
    EXPECT_TRUE(who(made.key).has_value());
    const WallTime first = last();
    clock_.advance(45s);
    EXPECT_TRUE(who(made.key).has_value());
    EXPECT_EQ(last(), first);
    clock_.advance(45s);
    EXPECT_TRUE(who(made.key).has_value());
    EXPECT_EQ(last(), first + 90s);
}

TEST_P(ApiKeyServiceTest, NeverMayMoreThanItsMaker) {
    const Member dev = add(owner_, "dev@example.com", Role::developer);
    const Principal developer = principal(sign_in("dev@example.com")->access_token);
    EXPECT_EQ(run(service().create(developer, {"k", {Permission::members_write}, {}})).error().param,
              "scopes");
    EXPECT_EQ(run(service().create(developer, {"k", {Permission::converse, Permission::converse}, {}}))
                  .error()
                  .param,
              "scopes");
    const CreatedApiKey made = make(developer);
    EXPECT_TRUE(allowed(principal(made.key), Permission::agents_write));
    EXPECT_FALSE(allowed(principal(made.key), Permission::members_write));
    // A key that makes keys: no more scopes than it has.
    const CreatedApiKey narrow = make(developer, {Permission::api_keys_write, Permission::converse});
    const CreatedApiKey child = make(principal(narrow.key));
    EXPECT_EQ(child.api_key.scopes, narrow.api_key.scopes);
    EXPECT_EQ(child.api_key.created_by, dev.user_id);
    EXPECT_EQ(
        run(service().create(principal(narrow.key), {"k", {Permission::agents_write}, {}})).error().param,
        "scopes");
    // Raised later, the key stays what it was; lowered, it goes down with its maker.
    ASSERT_TRUE(run(accounts().organisations().set_role(owner_, dev.user_id, Role::admin)).has_value());
    EXPECT_FALSE(allowed(principal(made.key), Permission::members_write));
    ASSERT_TRUE(run(accounts().organisations().set_role(owner_, dev.user_id, Role::viewer)).has_value());
    EXPECT_FALSE(allowed(principal(made.key), Permission::agents_write));
}

TEST_P(ApiKeyServiceTest, RolesDecideWhoManagesKeys) {
    add(owner_, "view@example.com", Role::viewer);
    add(owner_, "dev@example.com", Role::developer);
    const Principal viewer = principal(sign_in("view@example.com")->access_token);
    const Principal developer = principal(sign_in("dev@example.com")->access_token);
    const CreatedApiKey made = make(owner_);
    EXPECT_EQ(code_of(run(service().list(viewer, {}))), ErrorCode::permission_denied);
    EXPECT_EQ(code_of(run(service().create(viewer, {"k", {}, {}}))), ErrorCode::permission_denied);
    EXPECT_EQ(code_of(run(service().revoke(developer, made.api_key.id))), ErrorCode::permission_denied);
    EXPECT_TRUE(who(made.key).has_value());
}

TEST_P(ApiKeyServiceTest, AnotherTenantsKeysDoNotExist) {
    const CreatedApiKey made = make(owner_);
    const Principal eve = principal(other_tenant().access_token);
    EXPECT_EQ(code_of(run(service().revoke(eve, made.api_key.id))), ErrorCode::not_found);
    EXPECT_TRUE(run(service().list(eve, {}))->data.empty());
    EXPECT_TRUE(who(made.key).has_value());
    EXPECT_EQ(code_of(run(service().revoke(eve, "key_nonsense"))), ErrorCode::not_found);
}

TEST_P(ApiKeyServiceTest, AnOrganisationHasAHundred) {
    for (int i = 0; i < kApiKeysMax; ++i) make(owner_);
    EXPECT_EQ(code_of(run(service().create(owner_, {"one more", {}, {}}))), ErrorCode::failed_precondition);
}

TEST_P(ApiKeyServiceTest, AClientSecretTalksToItsAgentForAWhile) {
    const std::string agent = base::make_id("agt", clock_, random_);
    const auto made = run(service().create_client_secret(owner_, agent, 60s));
    ASSERT_TRUE(made.has_value()) << made.error().message << made.error().detail;
    EXPECT_THAT(made->value, testing::StartsWith("ek_"));
    const Principal found = principal(made->value);
    EXPECT_EQ(found.credential, CredentialKind::client_secret);
    EXPECT_EQ(found.agent_id, agent);
    EXPECT_EQ(found.org_id, owner_.org_id);
    EXPECT_EQ(found.user_id, owner_.user_id);
    EXPECT_TRUE(allowed(found, Permission::converse));
    EXPECT_FALSE(allowed(found, Permission::agents_read));
    EXPECT_FALSE(allowed(found, Permission::api_keys_write));
    EXPECT_EQ(code_of(run(service().create_client_secret(found, agent, 60s))), ErrorCode::permission_denied);
    EXPECT_EQ(code_of(run(service().create(found, {"k", {}, {}}))), ErrorCode::permission_denied);
    clock_.advance(60s);
    EXPECT_EQ(code_of(who(made->value)), ErrorCode::unauthenticated);
}

TEST_P(ApiKeyServiceTest, AClientSecretHasItsLimits) {
    for (const auto life : {9s, 7201s, 0s, -5s})
        EXPECT_EQ(run(service().create_client_secret(owner_, "", life)).error().param,
                  "expires_after.seconds")
            << life.count();
    EXPECT_TRUE(run(service().create_client_secret(owner_, "", 10s)).has_value());
    EXPECT_TRUE(run(service().create_client_secret(owner_, "", 7200s)).has_value());
    // Whoever may converse may have one: a viewer too, a key narrowed to reading not.
    add(owner_, "view@example.com", Role::viewer);
    EXPECT_TRUE(run(service().create_client_secret(principal(sign_in("view@example.com")->access_token), ""))
                    .has_value());
    const CreatedApiKey reader = make(owner_, {Permission::agents_read});
    EXPECT_EQ(code_of(run(service().create_client_secret(principal(reader.key), ""))),
              ErrorCode::permission_denied);
}

TEST_P(ApiKeyServiceTest, AClientSecretEndsWithWhatItCameFrom) {
    const auto by_session = run(service().create_client_secret(owner_, ""));
    const CreatedApiKey key = make(owner_);
    const auto by_key = run(service().create_client_secret(principal(key.key), ""));
    EXPECT_TRUE(who(by_session->value).has_value());
    EXPECT_TRUE(who(by_key->value).has_value());
    ASSERT_TRUE(run(service().revoke(owner_, key.api_key.id)).has_value());
    EXPECT_EQ(code_of(who(by_key->value)), ErrorCode::unauthenticated);
    EXPECT_TRUE(who(by_session->value).has_value());
    ASSERT_TRUE(run(accounts().sessions().sign_out(session_.refresh_token)).has_value());
    EXPECT_EQ(code_of(who(by_session->value)), ErrorCode::unauthenticated);
}

TEST_P(ApiKeyServiceTest, NonsenseIsRefused) {
    for (const std::string& credential :
         {std::string(), std::string("x"), std::string("sk-aimpact-"), "sk-aimpact-" + std::string(43, 'A'),
          "ek_" + std::string(43, 'A'), std::string(10'000, 'a'), std::string("a.b.c"),
          std::string("sk-' OR 1=1")})
        EXPECT_EQ(code_of(who(credential)), ErrorCode::unauthenticated) << credential.substr(0, 40);
}

TEST_P(ApiKeyServiceTest, FindsTheCredentialInARequest) {
    const CreatedApiKey made = make(owner_);
    const auto outcome = [&](std::initializer_list<std::pair<std::string, std::string>> headers) {
        net::Request request;
        for (const auto& [name, value] : headers) request.headers.add(name, value);
        return run(accounts().authenticator().authenticate(request)).has_value();
    };
    EXPECT_TRUE(outcome({{"Authorization", "Bearer " + made.key}}));
    EXPECT_TRUE(outcome({{"authorization", "bearer  " + made.key}}));
    EXPECT_TRUE(outcome({{"Sec-WebSocket-Protocol",
                          "realtime, openai-insecure-api-key." + made.key + ", openai-beta.realtime-v1"}}));
    EXPECT_FALSE(outcome({{"Authorization", "Basic " + made.key}}));
    EXPECT_FALSE(outcome({{"Authorization", made.key}}));
    EXPECT_FALSE(outcome({{"Cookie", "access_token=" + made.key}}));
    EXPECT_FALSE(outcome({}));
    // A header that is there wins: it is not passed over for another.
    EXPECT_FALSE(outcome({{"Authorization", "Bearer wrong"},
                          {"Sec-WebSocket-Protocol", "openai-insecure-api-key." + made.key}}));
}

}  // namespace

}  // namespace aimpact::accounts
