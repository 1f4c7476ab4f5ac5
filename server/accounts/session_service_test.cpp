#include "accounts/testing.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;
using namespace std::chrono_literals;

class SessionServiceTest : public AccountsTest {
  protected:
    void SetUp() override {
        AccountsTest::SetUp();
        if (!IsSkipped()) first_ = set_up();
    }
    Result<SignedIn> refresh(const std::string& token) { return run(accounts().sessions().refresh(token)); }
    Result<> change(const SignedIn& who, const std::string& current, const std::string& next) {
        return run(
            accounts().sessions().change_password(principal(who.access_token), current, next, client()));
    }
    SignedIn first_;
};
AIMPACT_ON_BOTH_DATABASES(SessionServiceTest);

TEST_P(SessionServiceTest, SignsInWithTheRightPasswordOnly) {
    const auto done = sign_in(" ADA@example.com ");
    ASSERT_TRUE(done.has_value()) << done.error().message << done.error().detail;
    EXPECT_EQ(done->expires_in, 900s);
    EXPECT_EQ(done->user.email, "ada@example.com");
    const Principal found = principal(done->access_token);
    EXPECT_EQ(found.user_id, done->user.id);
    EXPECT_EQ(found.org_id, done->organisation.id);
    EXPECT_EQ(found.credential, CredentialKind::session);
    EXPECT_NE(principal(first_.access_token).credential_id,
              found.credential_id);  // a session of its own each time
}

TEST_P(SessionServiceTest, UnknownAndWrongLookTheSame) {
    const auto wrong = sign_in("ada@example.com", "not this one at all");
    const auto unknown = sign_in("nobody@example.com", "not this one at all");
    EXPECT_EQ(wrong.error(), unknown.error());
    EXPECT_EQ(wrong.error().code, ErrorCode::unauthenticated);
    EXPECT_EQ(sign_in("ada@example.com", "").error(), wrong.error());
    EXPECT_EQ(sign_in("ada@example.com", std::string(100'000, 'x')).error(), wrong.error());
    EXPECT_EQ(sign_in("ada@example.com", "' OR 1=1 --").error(), wrong.error());
    EXPECT_EQ(sign_in("no address").error().code, ErrorCode::invalid_argument);
}

TEST_P(SessionServiceTest, ADisabledPersonCannotSignInOrStay) {
    const auto session = sign_in("ada@example.com");
    ASSERT_TRUE(
        database().write_now([](soci::session& sql) { sql << "UPDATE users SET disabled = 1"; }).has_value());
    EXPECT_EQ(code_of(sign_in("ada@example.com")), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(refresh(session->refresh_token)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(who(session->access_token)), ErrorCode::unauthenticated);
}

TEST_P(SessionServiceTest, GuessingIsSlowedAndStrangersLockNobodyOut) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(code_of(sign_in("ada@example.com", "wrong", "198.51.100.1")), ErrorCode::unauthenticated);
    const auto slowed = sign_in("ada@example.com", kPassword, "198.51.100.1");
    EXPECT_EQ(code_of(slowed), ErrorCode::rate_limited);
    EXPECT_TRUE(slowed.error().retry_after);
    EXPECT_TRUE(sign_in("ada@example.com", kPassword, "192.0.2.1").has_value());
}

TEST_P(SessionServiceTest, AnOldHashIsRenewedOnSignIn) {
    base::SeededRandom random(9);
    const std::string old = PasswordHasher({.memory_kib = 32}, random).hash(kPassword).value();
    ASSERT_TRUE(database()
                    .write_now([&](soci::session& sql) {
                        sql << "UPDATE users SET password_hash = :hash", soci::use(old);
                    })
                    .has_value());
    ASSERT_TRUE(sign_in("ada@example.com").has_value());
    const std::string now = database()
                                .read_now([](soci::session& sql) {
                                    std::string hash;
                                    sql << "SELECT password_hash FROM users", soci::into(hash);
                                    return hash;
                                })
                                .value();
    EXPECT_THAT(now, testing::StartsWith("$argon2id$v=19$m=64,"));
    EXPECT_TRUE(sign_in("ada@example.com").has_value());
}

TEST_P(SessionServiceTest, RefreshRotates) {
    clock_.advance(16min);
    EXPECT_EQ(code_of(who(first_.access_token)), ErrorCode::unauthenticated);
    const auto second = refresh(first_.refresh_token);
    ASSERT_TRUE(second.has_value()) << second.error().detail;
    EXPECT_NE(second->refresh_token, first_.refresh_token);
    EXPECT_TRUE(who(second->access_token).has_value());
    clock_.advance(1h);
    EXPECT_TRUE(refresh(second->refresh_token).has_value());
    EXPECT_EQ(code_of(refresh("")), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(refresh("rt_" + std::string(43, 'A'))), ErrorCode::unauthenticated);
}

TEST_P(SessionServiceTest, ReuseEndsTheFamilyAtOnce) {
    const auto second = refresh(first_.refresh_token);
    const auto third = refresh(second->refresh_token);
    EXPECT_TRUE(who(third->access_token).has_value());  // cached now
    clock_.advance(11s);
    EXPECT_EQ(code_of(refresh(first_.refresh_token)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(refresh(third->refresh_token)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(who(third->access_token)), ErrorCode::unauthenticated);
    EXPECT_TRUE(sign_in("ada@example.com").has_value());  // another family
}

TEST_P(SessionServiceTest, TheDirectPredecessorIsForgivenForTenSeconds) {
    const auto one = refresh(first_.refresh_token);
    clock_.advance(10s);
    const auto other = refresh(first_.refresh_token);  // a second tab
    ASSERT_TRUE(other.has_value());
    EXPECT_NE(one->refresh_token, other->refresh_token);
    EXPECT_TRUE(refresh(other->refresh_token).has_value());
    // Its successor has been used now: the grandparent is no longer the direct predecessor.
    EXPECT_EQ(code_of(refresh(first_.refresh_token)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(refresh(one->refresh_token)), ErrorCode::unauthenticated);
}

TEST_P(SessionServiceTest, TwoRefreshesAtOnceBothStaySignedIn) {
    std::atomic<int> ok = 0;
    {
        std::vector<std::jthread> tabs;
        for (int i = 0; i < 2; ++i)
            tabs.emplace_back([&] {
                const auto done = refresh(first_.refresh_token);
                if (done.has_value() && who(done->access_token).has_value()) ++ok;
            });
    }
    EXPECT_EQ(ok, 2);
}

TEST_P(SessionServiceTest, IdleAndAbsoluteExpiry) {
    clock_.advance(std::chrono::hours{24 * 30});
    EXPECT_EQ(code_of(refresh(first_.refresh_token)), ErrorCode::unauthenticated);
    std::string token = sign_in("ada@example.com")->refresh_token;
    int refreshes = 0;
    for (; refreshes < 20; ++refreshes) {
        clock_.advance(std::chrono::hours{24 * 29});
        const auto next = refresh(token);
        if (next.has_error()) break;
        token = next->refresh_token;
    }
    EXPECT_EQ(refreshes, 6);  // 180 days
}

TEST_P(SessionServiceTest, SignOutEndsTheSessionAtOnce) {
    EXPECT_TRUE(who(first_.access_token).has_value());
    EXPECT_TRUE(run(accounts().sessions().sign_out(first_.refresh_token)).has_value());
    EXPECT_EQ(code_of(who(first_.access_token)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(refresh(first_.refresh_token)), ErrorCode::unauthenticated);
    EXPECT_TRUE(run(accounts().sessions().sign_out(first_.refresh_token)).has_value());
    EXPECT_TRUE(run(accounts().sessions().sign_out("nonsense")).has_value());
}

TEST_P(SessionServiceTest, ChangingThePasswordEndsTheOtherSessions) {
    const auto other = sign_in("ada@example.com");
    EXPECT_TRUE(who(other->access_token).has_value());
    EXPECT_EQ(change(first_, "wrong", kOtherPassword).error().param, "current_password");
    EXPECT_EQ(change(first_, kPassword, "password1").error().param, "new_password");
    const auto done = change(first_, kPassword, kOtherPassword);
    ASSERT_TRUE(done.has_value()) << done.error().message << done.error().detail;
    EXPECT_EQ(code_of(who(other->access_token)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(refresh(other->refresh_token)), ErrorCode::unauthenticated);
    EXPECT_TRUE(who(first_.access_token).has_value());
    EXPECT_TRUE(refresh(first_.refresh_token).has_value());
    EXPECT_EQ(code_of(sign_in("ada@example.com")), ErrorCode::unauthenticated);
    EXPECT_TRUE(sign_in("ada@example.com", kOtherPassword).has_value());
}

TEST_P(SessionServiceTest, SecretsAreStoredHashed) {
    const int clear = database()
                          .read_now([&](soci::session& sql) {
                              int tokens = 0, passwords = 0;
                              sql << "SELECT count(*) FROM refresh_tokens WHERE token_hash = :t",
                                  soci::into(tokens), soci::use(first_.refresh_token);
                              const std::string password = kPassword;
                              sql << "SELECT count(*) FROM users WHERE password_hash = :p",
                                  soci::into(passwords), soci::use(password);
                              return tokens + passwords;
                          })
                          .value();
    EXPECT_EQ(clear, 0);
}

TEST_P(SessionServiceTest, SessionsOutliveARestart) {
    accounts_.reset();
    held().reopen();
    open();
    EXPECT_TRUE(who(first_.access_token).has_value());
    EXPECT_TRUE(refresh(first_.refresh_token).has_value());
}

}  // namespace

}  // namespace aimpact::accounts
