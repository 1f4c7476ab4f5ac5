#include <filesystem>

#include "accounts/testing.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;
using namespace std::chrono_literals;
using testing::HasSubstr;

class SetupServiceTest : public AccountsTest {
  protected:
    std::string token() {
        const std::string link = accounts().setup_link().value().value();
        EXPECT_THAT(link, testing::StartsWith("http://127.0.0.1:8080/setup?token=st_"));
        return link.substr(link.find('=') + 1);
    }
    Result<SignedIn> complete(const std::string& token,
                              NewOwner owner = {"Ada", "ada@example.com", kPassword, "Engines"}) {
        return run(accounts().setup().complete(token, std::move(owner), client()));
    }
};
AIMPACT_ON_BOTH_DATABASES(SetupServiceTest);

TEST_P(SetupServiceTest, TheLinkMakesTheFirstOwnerOnce) {
    EXPECT_TRUE(run(accounts().setup().needed()).value());
    const std::string link = token();
    const auto done = complete(link);
    ASSERT_TRUE(done.has_value()) << done.error().message << done.error().detail;
    EXPECT_EQ(done->role, Role::owner);
    EXPECT_EQ(done->organisation.name, "Engines");
    EXPECT_EQ(principal(done->access_token).role, Role::owner);
    EXPECT_FALSE(run(accounts().setup().needed()).value());
    EXPECT_FALSE(accounts().setup_link().value());
    EXPECT_EQ(complete(link).error().code, ErrorCode::failed_precondition);
    EXPECT_TRUE(sign_in("ada@example.com").has_value());
}

TEST_P(SetupServiceTest, AWrongOrExpiredTokenIsRefused) {
    const std::string link = token();
    EXPECT_EQ(complete("st_wrong").error().code, ErrorCode::permission_denied);
    EXPECT_EQ(complete("").error().code, ErrorCode::permission_denied);
    clock_.advance(24h);
    EXPECT_EQ(complete(link).error().code, ErrorCode::permission_denied);
    EXPECT_TRUE(complete(token()).has_value());
}

TEST_P(SetupServiceTest, BadInputLeavesTheLinkValid) {
    const std::string link = token();
    EXPECT_EQ(complete(link, {"", "ada@example.com", kPassword, "Engines"}).error().param, "name");
    EXPECT_EQ(complete(link, {"Ada", "ada", kPassword, "Engines"}).error().param, "email");
    EXPECT_EQ(complete(link, {"Ada", "ada@example.com", "password1", "Engines"}).error().param, "password");
    EXPECT_EQ(complete(link, {"Ada", "ada@example.com", kPassword, " "}).error().param, "organisation");
    EXPECT_TRUE(complete(link).has_value());
}

TEST_P(SetupServiceTest, TheTokenIsNotStoredInClear) {
    const std::string link = token();
    EXPECT_EQ(database()
                  .read_now([&](soci::session& sql) {
                      int count = 0;
                      sql << "SELECT count(*) FROM setup_tokens WHERE token_hash = :token", soci::into(count),
                          soci::use(link);
                      return count;
                  })
                  .value(),
              0);
}

TEST_P(SetupServiceTest, ARaceHasOneWinner) {
    const std::string link = token();
    std::atomic<int> won = 0, lost = 0;
    {
        std::vector<std::jthread> racers;
        for (int i = 0; i < 4; ++i)
            racers.emplace_back([&, i] {
                const auto done =
                    complete(link, {"Ada", "ada" + std::to_string(i) + "@example.com", kPassword, "Engines"});
                if (done.has_value())
                    ++won;
                else if (done.error().code == ErrorCode::failed_precondition ||
                         done.error().code == ErrorCode::permission_denied)
                    ++lost;
                else
                    ADD_FAILURE() << done.error().message << done.error().detail;
            });
    }
    EXPECT_EQ(won, 1);
    EXPECT_EQ(lost, 3);
    EXPECT_EQ(accounts().users().list()->size(), 1u);
}

class UserAdminTest : public AccountsTest {};
AIMPACT_ON_BOTH_DATABASES(UserAdminTest);

TEST_P(UserAdminTest, CreatesListsAndResets) {
    UserAdmin& admin = accounts().users();
    EXPECT_THAT(admin.create({"dev@example.com", "Dev", kPassword, Role::developer}, "").error().message,
                HasSubstr("--role owner"));
    const auto owner = admin.create({"Ada@Example.com", "Ada", kPassword, Role::owner}, "");
    ASSERT_TRUE(owner.has_value()) << owner.error().message;
    EXPECT_EQ(owner->email, "ada@example.com");
    EXPECT_FALSE(accounts().setup_link().value());
    ASSERT_TRUE(admin.create({"dev@example.com", "Dev", kPassword, Role::developer}, "").has_value());
    EXPECT_EQ(admin.create({"dev@example.com", "Dev", kPassword, Role::developer}, "").error().code,
              ErrorCode::conflict);
    EXPECT_EQ(admin.create({"x@example.com", "X", kPassword, Role::viewer}, "Nowhere").error().code,
              ErrorCode::not_found);
    EXPECT_EQ(admin.list()->size(), 2u);

    const auto session = sign_in("dev@example.com");
    ASSERT_TRUE(session.has_value());
    EXPECT_TRUE(who(session->access_token).has_value());
    EXPECT_EQ(admin.reset_password("nobody@example.com", kOtherPassword).error().code, ErrorCode::not_found);
    EXPECT_EQ(admin.reset_password("dev@example.com", "password").error().param, "password");
    ASSERT_TRUE(admin.reset_password("dev@example.com", kOtherPassword).has_value());
    EXPECT_TRUE(who(session->access_token).has_error());
    EXPECT_TRUE(sign_in("dev@example.com").has_error());
    EXPECT_TRUE(sign_in("dev@example.com", kOtherPassword).has_value());
}

TEST_P(SetupServiceTest, AMissingMasterKeyIsNotReplacedByAFreshOne) {
    AccountsOptions options;
    options.master_key_file = testing::TempDir() + "aimpact-" + base::random_token(12, random_) + ".key";
    const auto refused = Accounts::open(database(), crypto_, clock_, random_, metrics_, options);
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
    EXPECT_THAT(refused.error().message, HasSubstr(options.master_key_file));
    EXPECT_FALSE(std::filesystem::exists(options.master_key_file));
    options.master_key = std::string(42, 'B') + 'A';
    const auto wrong = Accounts::open(database(), crypto_, clock_, random_, metrics_, options);
    ASSERT_TRUE(wrong.has_error());
    EXPECT_THAT(wrong.error().message, HasSubstr("another master key"));
    EXPECT_FALSE(std::filesystem::exists(options.master_key_file));
}

}  // namespace

}  // namespace aimpact::accounts
