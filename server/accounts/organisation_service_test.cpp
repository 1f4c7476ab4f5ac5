#include "accounts/testing.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;

class OrganisationServiceTest : public AccountsTest {
  protected:
    void SetUp() override {
        AccountsTest::SetUp();
        if (IsSkipped()) return;
        owner_session_ = set_up();
        owner_ = principal(owner_session_.access_token);
    }
    OrganisationService& service() { return accounts().organisations(); }
    Principal as(const std::string& email) { return principal(sign_in(email)->access_token); }
    SignedIn owner_session_;
    Principal owner_;
};
AIMPACT_ON_BOTH_DATABASES(OrganisationServiceTest);

TEST_P(OrganisationServiceTest, ShowsAndRenames) {
    EXPECT_EQ(run(service().organisation(owner_))->name, "Engines");
    EXPECT_EQ(run(service().rename(owner_, " Analytical "))->name, "Analytical");
    EXPECT_EQ(run(service().rename(owner_, "")).error().param, "name");
    add(owner_, "view@example.com", Role::viewer);
    EXPECT_EQ(code_of(run(service().rename(as("view@example.com"), "Mine"))), ErrorCode::permission_denied);
}

TEST_P(OrganisationServiceTest, TheCallerChangesTheirProfile) {
    EXPECT_EQ(run(service().caller(owner_))->user->name, "Ada Lovelace");
    EXPECT_EQ(run(service().update_caller(owner_, "Ada King", std::nullopt))->user->name, "Ada King");
    EXPECT_EQ(run(service().update_caller(owner_, std::nullopt, "ADA@example.net"))->user->email,
              "ada@example.net");
    add(owner_, "dev@example.com", Role::developer);
    EXPECT_EQ(run(service().update_caller(owner_, std::nullopt, "dev@example.com")).error().code,
              ErrorCode::conflict);
    EXPECT_EQ(code_of(run(service().update_caller(owner_, std::nullopt, std::nullopt))),
              ErrorCode::invalid_argument);
    EXPECT_TRUE(sign_in("ada@example.net").has_value());
}

TEST_P(OrganisationServiceTest, ListsInPages) {
    for (int i = 0; i < 5; ++i) {
        clock_.advance(std::chrono::seconds{1});
        add(owner_, "m" + std::to_string(i) + "@example.com", Role::viewer);
    }
    std::vector<std::string> emails;
    PageRequest page{"", 2};
    int pages = 0;
    do {
        const auto found = run(service().members(owner_, page));
        ASSERT_TRUE(found.has_value()) << found.error().message;
        for (const Member& member : found->data) emails.push_back(member.email);
        page.cursor = found->next_cursor.value_or("");
        ++pages;
    } while (!page.cursor.empty());
    EXPECT_EQ(pages, 3);
    EXPECT_THAT(emails, testing::ElementsAre("ada@example.com", "m0@example.com", "m1@example.com",
                                             "m2@example.com", "m3@example.com", "m4@example.com"));
    EXPECT_TRUE(run(service().members(owner_, {"", 25}))->data[0].last_seen_at);
    EXPECT_EQ(run(service().members(owner_, {"", 101})).error().param, "limit");
    EXPECT_EQ(run(service().members(owner_, {"", 0})).error().param, "limit");
    EXPECT_EQ(run(service().members(owner_, {"x' OR 1=1", 5})).error().param, "cursor");
}

TEST_P(OrganisationServiceTest, NobodyGrantsAboveTheirRole) {
    add(owner_, "admin@example.com", Role::admin);
    const Principal admin = as("admin@example.com");
    EXPECT_EQ(code_of(run(service().add_member(admin, {"x@example.com", "X", kPassword, Role::owner}))),
              ErrorCode::permission_denied);
    const Member dev = add(admin, "dev@example.com", Role::developer);
    EXPECT_EQ(code_of(run(service().set_role(admin, dev.user_id, Role::owner))),
              ErrorCode::permission_denied);
    EXPECT_EQ(code_of(run(service().set_role(admin, owner_.user_id, Role::viewer))),
              ErrorCode::permission_denied);
    EXPECT_EQ(code_of(run(service().remove_member(admin, owner_.user_id))), ErrorCode::permission_denied);
    EXPECT_EQ(run(service().set_role(admin, dev.user_id, Role::admin))->role, Role::admin);
    const Principal viewer = (add(owner_, "view@example.com", Role::viewer), as("view@example.com"));
    EXPECT_EQ(code_of(run(service().add_member(viewer, {"y@example.com", "Y", kPassword, Role::viewer}))),
              ErrorCode::permission_denied);
    EXPECT_EQ(code_of(run(service().add_member(owner_, {"dev@example.com", "Dev", kPassword, Role::viewer}))),
              ErrorCode::conflict);
    EXPECT_EQ(
        run(service().add_member(owner_, {"z@example.com", "Z", "12345678", Role::viewer})).error().param,
        "password");
}

TEST_P(OrganisationServiceTest, ARoleChangeIsEffectiveAtOnce) {
    const Member dev = add(owner_, "dev@example.com", Role::developer);
    const std::string token = sign_in("dev@example.com")->access_token;
    EXPECT_TRUE(allowed(principal(token), Permission::agents_write));
    ASSERT_TRUE(run(service().set_role(owner_, dev.user_id, Role::viewer)).has_value());
    EXPECT_FALSE(allowed(principal(token), Permission::agents_write));
}

TEST_P(OrganisationServiceTest, RemovingEndsEverything) {
    const Member dev = add(owner_, "dev@example.com", Role::developer);
    const auto session = sign_in("dev@example.com");
    const auto key = run(accounts().api_keys().create(principal(session->access_token), {"k", {}, {}}));
    EXPECT_TRUE(who(key->key).has_value());
    ASSERT_TRUE(run(service().remove_member(owner_, dev.user_id)).has_value());
    EXPECT_EQ(code_of(who(session->access_token)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(who(key->key)), ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(run(accounts().sessions().refresh(session->refresh_token))),
              ErrorCode::unauthenticated);
    EXPECT_EQ(code_of(sign_in("dev@example.com")), ErrorCode::unauthenticated);
    add(owner_, "dev@example.com", Role::viewer);  // the address is free again
}

TEST_P(OrganisationServiceTest, AnOwnerAlwaysStays) {
    EXPECT_EQ(code_of(run(service().set_role(owner_, owner_.user_id, Role::admin))),
              ErrorCode::failed_precondition);
    EXPECT_EQ(code_of(run(service().remove_member(owner_, owner_.user_id))), ErrorCode::failed_precondition);
    EXPECT_TRUE(who(owner_session_.access_token).has_value());
}

TEST_P(OrganisationServiceTest, TwoOwnersWhoLeaveAtOnceLeaveOne) {
    for (int round = 0; round < 3; ++round) {
        const std::string email = "owner" + std::to_string(round) + "@example.com";
        const Member second = add(owner_, email, Role::owner);
        const Principal second_principal = as(email);
        Result<> a = Error{}, b = Error{};
        {
            std::jthread one([&] { a = run(service().remove_member(owner_, second.user_id)); });
            std::jthread two([&] { b = run(service().remove_member(second_principal, owner_.user_id)); });
        }
        EXPECT_NE(a.has_value(), b.has_value());
        const int owners = database()
                               .read_now([](soci::session& sql) {
                                   int count = 0;
                                   sql << "SELECT count(*) FROM memberships WHERE role = 'owner'",
                                       soci::into(count);
                                   return count;
                               })
                               .value();
        EXPECT_EQ(owners, 1);
        if (b.has_value()) break;  // the first owner is gone
    }
}

TEST_P(OrganisationServiceTest, AnotherTenantsPeopleDoNotExist) {
    const Principal eve = principal(other_tenant().access_token);
    ASSERT_NE(eve.org_id, owner_.org_id);
    EXPECT_EQ(code_of(run(service().set_role(eve, owner_.user_id, Role::viewer))), ErrorCode::not_found);
    EXPECT_EQ(code_of(run(service().remove_member(eve, owner_.user_id))), ErrorCode::not_found);
    EXPECT_EQ(run(service().members(eve, {}))->data.size(), 1u);
    EXPECT_EQ(run(service().organisation(eve))->name, "Other");
    // Not there at all, and nonsense, look the same.
    EXPECT_EQ(run(service().remove_member(eve, base::make_id("usr", clock_, random_))).error(),
              run(service().remove_member(eve, owner_.user_id)).error());
    EXPECT_EQ(code_of(run(service().remove_member(eve, "' OR 1=1 --"))), ErrorCode::not_found);
}

}  // namespace

}  // namespace aimpact::accounts
