// A whole Accounts on a database of its own, with a clock and randomness that the test owns. Only tests use
// this.
#pragma once

#include <gmock/gmock.h>

#include "accounts/accounts.hpp"
#include "base/id.hpp"
#include "storage/testing.hpp"

namespace aimpact::accounts {

inline constexpr const char* kPassword = "correct horse battery staple";
inline constexpr const char* kOtherPassword = "violet tractor ninety lamps";

class AccountsTest : public storage::DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        open();
    }

    void open() {
        accounts_.reset();
        AccountsOptions options;
        options.base_url = "http://127.0.0.1:8080";
        options.master_key = std::string(43, 'A');
        options.passwords = {.memory_kib = 64};  // the tests are about the rules, not about the cost
        Result<std::unique_ptr<Accounts>> made =
            Accounts::open(database(), crypto_, clock_, random_, metrics_, options);
        ASSERT_TRUE(made.has_value()) << made.error().message << made.error().detail;
        accounts_ = *std::move(made);
    }

    Accounts& accounts() { return *accounts_; }
    template <class T>
    static T run(Task<T> task) {
        return base::run_sync(std::move(task));
    }

    static Client client(std::string address = "192.0.2.1") { return {std::move(address), "test"}; }

    // The first owner, by the set-up link.
    SignedIn set_up() {
        const std::string link = accounts().setup_link().value().value();
        Result<SignedIn> done = run(
            accounts().setup().complete(link.substr(link.find('=') + 1),
                                        {"Ada Lovelace", "ada@example.com", kPassword, "Engines"}, client()));
        EXPECT_TRUE(done.has_value()) << done.error().message << done.error().detail;
        return *done;
    }
    // Somebody in an organisation of their own.
    SignedIn other_tenant() {
        const Result<User> user =
            accounts().users().create({"eve@example.org", "Eve", kPassword, Role::owner}, "");
        EXPECT_TRUE(user.has_value()) << user.error().message;
        // `users create` puts them into the only organisation; move them into a new one.
        const std::string org_id = base::make_id("org", clock_, random_);
        const Result<> moved = database().write_now([&](soci::session& sql) {
            sql << "INSERT INTO organisations (id, name, created_at, updated_at) VALUES (:id, 'Other', 0, 0)",
                soci::use(org_id);
            sql << "UPDATE memberships SET org_id = :org WHERE user_id = :user", soci::use(org_id),
                soci::use(user->id);
        });
        EXPECT_TRUE(moved.has_value());
        return sign_in("eve@example.org").value();
    }
    Result<SignedIn> sign_in(const std::string& email, const std::string& password = kPassword,
                             const std::string& address = "192.0.2.1") {
        return run(accounts().sessions().sign_in(email, password, client(address)));
    }
    Member add(const Principal& by, const std::string& email, Role role) {
        Result<Member> added =
            run(accounts().organisations().add_member(by, {email, "Somebody", kPassword, role}));
        EXPECT_TRUE(added.has_value()) << added.error().message;
        return *added;
    }
    Result<Principal> who(const std::string& credential) {
        return run(accounts().authenticator().authenticate_credential(credential));
    }
    Principal principal(const std::string& credential) {
        const Result<Principal> found = who(credential);
        EXPECT_TRUE(found.has_value()) << found.error().message << " " << found.error().detail;
        return found.has_value() ? *found : Principal{};
    }

    base::ManualClock clock_;
    base::SeededRandom random_{7};
    base::Metrics metrics_;
    base::ThreadPool crypto_{{"crypto", 2, 64}};
    std::unique_ptr<Accounts> accounts_;
};

inline base::ErrorCode code_of(const auto& result) {
    return result.has_error() ? result.error().code
                              : base::ErrorCode::cancelled;  // cancelled: it worked, nothing here gives it
}

}  // namespace aimpact::accounts
