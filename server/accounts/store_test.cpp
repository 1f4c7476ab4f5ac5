// The stores alone: what services cannot show easily.
#include "accounts/credential_store.hpp"
#include "accounts/session_store.hpp"
#include "accounts/setup_store.hpp"
#include "accounts/testing.hpp"
#include "accounts/user_store.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;
using namespace std::chrono_literals;

class AccountStoreTest : public storage::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        write([&](soci::session& sql) {
            UserStore users(sql);
            users.insert_organisation({"org_a", "A", now_});
            users.insert_organisation({"org_b", "B", now_});
            users.insert_user({"usr_1", "one@example.com", "One", false, now_}, "hash");
            users.insert_membership({"org_a", "usr_1", Role::owner}, now_);
            users.insert_membership({"org_b", "usr_1", Role::viewer}, now_ + 1s);
        });
    }
    void write(const std::function<void(soci::session&)>& body) {
        const Result<> done = database().write_now([&](soci::session& sql) { body(sql); });
        ASSERT_TRUE(done.has_value()) << done.error().message << done.error().detail;
    }
    template <class F>
    auto read(F body) {
        return database().read_now(body).value();
    }
    Session session(const std::string& id, const std::string& org_id, WallTime expires_at) {
        return {id, org_id, "usr_1", "agent", "192.0.2.1", now_, now_, expires_at, {}};
    }
    const WallTime now_ = base::from_unix_millis(1'764'000'000'123);
};
AIMPACT_ON_BOTH_DATABASES(AccountStoreTest);

TEST_P(AccountStoreTest, UsersComeBackAsTheyWere) {
    const auto found =
        read([](soci::session& sql) { return UserStore(sql).find_by_email("one@example.com"); });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->user.created_at, now_);
    EXPECT_EQ(found->password_hash, "hash");
    EXPECT_FALSE(found->user.disabled);
    EXPECT_FALSE(read([](soci::session& sql) { return UserStore(sql).find("usr_2"); }));
    EXPECT_EQ(read([](soci::session& sql) { return UserStore(sql).first_membership("usr_1"); })->org_id,
              "org_a");
    const Result<> twice = database().write_now([&](soci::session& sql) {
        UserStore(sql).insert_user({"usr_2", "one@example.com", "Two", false, now_}, "hash");
    });
    EXPECT_EQ(twice.error().code, ErrorCode::conflict);
    const Result<> nowhere = database().write_now([&](soci::session& sql) {
        UserStore(sql).insert_membership({"org_x", "usr_1", Role::viewer}, now_);
    });
    EXPECT_EQ(nowhere.error().code, ErrorCode::failed_precondition);
}

TEST_P(AccountStoreTest, SessionsBelongToTheirOrganisation) {
    write([&](soci::session& sql) { SessionStore(sql).insert(session("ses_1", "org_a", now_ + 1h)); });
    EXPECT_TRUE(read([](soci::session& sql) { return SessionStore(sql).find("org_a", "ses_1"); }));
    EXPECT_FALSE(read([](soci::session& sql) { return SessionStore(sql).find("org_b", "ses_1"); }));
    write([&](soci::session& sql) { SessionStore(sql).end("org_b", "ses_1", now_); });
    EXPECT_FALSE(read([](soci::session& sql) { return SessionStore(sql).find("org_a", "ses_1"); })->ended_at);
    EXPECT_FALSE(read(
        [&](soci::session& sql) { return CredentialStore(sql).holder_of_session("org_b", "ses_1", now_); }));
    EXPECT_EQ(read([&](soci::session& sql) {
                  return CredentialStore(sql).holder_of_session("org_a", "ses_1", now_);
              })->role,
              Role::owner);
    EXPECT_FALSE(read([&](soci::session& sql) {
        return CredentialStore(sql).holder_of_session("org_a", "ses_1", now_ + 1h);
    }));
}

TEST_P(AccountStoreTest, LeavingTakesSessionsTokensAndKeysOfThatOrganisationOnly) {
    write([&](soci::session& sql) {
        SessionStore sessions(sql);
        sessions.insert(session("ses_a", "org_a", now_ + 1h));
        sessions.insert(session("ses_b", "org_b", now_ + 1h));
        sessions.insert_refresh({"hash_a", "ses_a", "org_a", {}, now_, now_ + 1h, {}});
        CredentialStore(sql).insert_api_key(
            {"key_a", "org_a", "usr_1", "k", "sk", Role::owner, {Permission::converse}, now_, {}, {}},
            "key_hash");
        CredentialStore(sql).insert_client_secret("cs_a", "org_a", {{}, "key_a"}, "", "secret_hash", now_,
                                                  now_ + 1h);
        UserStore(sql).delete_membership("org_a", "usr_1");
    });
    EXPECT_FALSE(read([](soci::session& sql) { return SessionStore(sql).find_refresh("hash_a"); }));
    EXPECT_FALSE(
        read([](soci::session& sql) { return CredentialStore(sql).find_api_key("org_a", "key_a"); }));
    EXPECT_FALSE(read([&](soci::session& sql) {
        return CredentialStore(sql).holder_of_client_secret("secret_hash", now_);
    }));
    EXPECT_TRUE(read([](soci::session& sql) { return SessionStore(sql).find("org_b", "ses_b"); }));
}

TEST_P(AccountStoreTest, ExpiredRowsGo) {
    write([&](soci::session& sql) {
        SessionStore sessions(sql);
        sessions.insert(session("ses_old", "org_a", now_ - 1s));
        sessions.insert(session("ses_new", "org_a", now_ + 1s));
        CredentialStore credentials(sql);
        credentials.insert_client_secret("cs_old", "org_a", {"ses_new", {}}, "", "h1", now_, now_ - 1s);
        credentials.insert_client_secret("cs_new", "org_a", {"ses_new", {}}, "", "h2", now_, now_ + 1s);
        sessions.delete_expired(now_);
        credentials.delete_expired_client_secrets(now_);
        SetupStore(sql).insert("st", now_, now_ + 1s);
    });
    EXPECT_FALSE(read([](soci::session& sql) { return SessionStore(sql).find("org_a", "ses_old"); }));
    EXPECT_TRUE(read([](soci::session& sql) { return SessionStore(sql).find("org_a", "ses_new"); }));
    EXPECT_EQ(read([](soci::session& sql) {
                  int count = 0;
                  sql << "SELECT count(*) FROM client_secrets", soci::into(count);
                  return count;
              }),
              1);
    EXPECT_TRUE(read([&](soci::session& sql) { return SetupStore(sql).valid("st", now_); }));
    EXPECT_FALSE(read([&](soci::session& sql) { return SetupStore(sql).valid("st", now_ + 1s); }));
}

TEST_P(AccountStoreTest, AnUnknownScopeNeverWidensAKey) {
    write([&](soci::session& sql) {
        CredentialStore(sql).insert_api_key(
            {"key_a", "org_a", "usr_1", "k", "sk", Role::owner, {Permission::converse}, now_, {}, {}},
            "key_hash");
        sql << "UPDATE api_keys SET scopes = 'gone_permission'";
    });
    EXPECT_EQ(
        database()
            .read_now([](soci::session& sql) { return CredentialStore(sql).find_api_key("org_a", "key_a"); })
            .error()
            .code,
        ErrorCode::internal);
}

TEST_P(AccountStoreTest, AClientSecretHasExactlyOneParent) {
    const Result<> none = database().write_now([&](soci::session& sql) {
        CredentialStore(sql).insert_client_secret("cs", "org_a", {}, "", "h", now_, now_ + 1h);
    });
    EXPECT_TRUE(none.has_error());
}

}  // namespace

}  // namespace aimpact::accounts
