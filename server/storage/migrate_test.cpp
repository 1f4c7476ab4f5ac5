#include <gmock/gmock.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "storage/migrations.hpp"
#include "storage/testing.hpp"

namespace aimpact::storage {

namespace {

using base::ErrorCode;
using testing::HasSubstr;

Migration same(std::string_view name, std::string_view text) {
    return {name, text, text};
}

class MigrateTest : public testing::TestWithParam<Dialect> {
  protected:
    void SetUp() override {
        held_ = TestDatabase::create(GetParam(), false);
        if (!held_) GTEST_SKIP() << TestDatabase::missing_reason();
    }
    Database& database() { return held_->get(); }
    TestDatabase& held() { return *held_; }

    bool has_table(const std::string& name) {
        return database()
            .read_now([&](soci::session& sql) {
                int n = 0;
                sql << "SELECT count(*) FROM " << name, soci::into(n);
            })
            .has_value();
    }

  private:
    std::unique_ptr<TestDatabase> held_;
};
AIMPACT_ON_BOTH_DATABASES(MigrateTest);

TEST_P(MigrateTest, AppliesEachOnce) {
    const auto all = static_cast<int>(migrations().size());
    ASSERT_GT(all, 0);
    EXPECT_EQ(pending_migrations(database()).value().size(), migrations().size());
    EXPECT_EQ(migrate(database()).value(), all);
    EXPECT_TRUE(pending_migrations(database()).value().empty());
    EXPECT_EQ(migrate(database()).value(), 0);
    EXPECT_TRUE(has_table("users"));
}

TEST_P(MigrateTest, OneThatFailsLeavesNothingOfItself) {
    const Migration list[] = {
        same("001_pots", "CREATE TABLE pots (id TEXT) {{strict}};"),
        same("002_broken", "CREATE TABLE lids (id TEXT) {{strict}}; INSERT INTO nowhere VALUES (1);")};
    const auto failed = migrate(database(), list);
    ASSERT_TRUE(failed.has_error());
    EXPECT_THAT(failed.error().message, HasSubstr("002_broken"));
    EXPECT_TRUE(has_table("pots"));
    EXPECT_FALSE(has_table("lids"));
    const Migration repaired[] = {list[0], same("002_broken", "CREATE TABLE lids (id TEXT) {{strict}};")};
    EXPECT_EQ(migrate(database(), repaired).value(), 1);
}

TEST_P(MigrateTest, RefusesAnEditedMigrationAndANewerDatabase) {
    const Migration first[] = {same("001_pots", "CREATE TABLE pots (id TEXT) {{strict}};"),
                               same("002_lids", "CREATE TABLE lids (id TEXT) {{strict}};")};
    ASSERT_EQ(migrate(database(), first).value(), 2);
    const Migration edited[] = {same("001_pots", "CREATE TABLE pots (id TEXT, size INTEGER) {{strict}};"),
                                first[1]};
    EXPECT_THAT(migrate(database(), edited).error().message, HasSubstr("001_pots"));
    EXPECT_EQ(migrate(database(), edited).error().code, ErrorCode::failed_precondition);
    const Migration older[] = {first[0]};
    EXPECT_THAT(migrate(database(), older).error().message, HasSubstr("newer version"));
}

TEST_P(MigrateTest, ServersThatStartTogetherApplyEachOnce) {
    constexpr int kServers = 4;
    std::atomic<int> applied = 0, failed = 0;
    {
        std::vector<std::jthread> servers;
        for (int i = 0; i < kServers; ++i)
            servers.emplace_back([&] {
                const auto mine = held().open_again(1);
                const Result<int> result = migrate(*mine);
                if (result.has_error()) {
                    ++failed;
                    ADD_FAILURE() << result.error().message << result.error().detail;
                } else {
                    applied += *result;
                }
            });
    }
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(applied, static_cast<int>(migrations().size()));
}

TEST_P(MigrateTest, TheTextMayHoldColonsQuotesAndSemicolons) {
    const Migration list[] = {same(
        "001_pots", "CREATE TABLE pots (id TEXT) {{strict}}; INSERT INTO pots VALUES ('a:b; ''c'' ?');")};
    ASSERT_EQ(migrate(database(), list).value(), 1);
    EXPECT_EQ(database()
                  .read_now([](soci::session& sql) {
                      std::string id;
                      sql << "SELECT id FROM pots", soci::into(id);
                      return id;
                  })
                  .value(),
              "a:b; 'c' ?");
}

TEST(MigrationTextTest, EveryFileRendersForBoth) {
    for (const Migration& migration : migrations())
        for (const Dialect dialect : {Dialect::sqlite, Dialect::postgres})
            EXPECT_THAT(render(migration, dialect), testing::Not(HasSubstr("{{"))) << migration.name;
    EXPECT_THROW(render(same("001_x", "CREATE TABLE x (y {{datetime}})"), Dialect::sqlite), std::logic_error);
    EXPECT_EQ(render(same("001_x", "{{bigint}} {{real}}"), Dialect::postgres), "BIGINT DOUBLE PRECISION");
}

}  // namespace

}  // namespace aimpact::storage
