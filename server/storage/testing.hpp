// Runs a test on both databases: SQLite in a temporary folder, and the PostgreSQL server that
// AIMPACT_TEST_POSTGRES_URL names (scripts/test-postgres starts one). Only tests link this.
//
//   using AgentStoreTest = storage::DatabaseTest;
//   AIMPACT_ON_BOTH_DATABASES(AgentStoreTest);
//   TEST_P(AgentStoreTest, FindsWhatItKept) { ... database() ... }
//
// Each test has a database (on PostgreSQL: a schema) of its own with all migrations applied.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "storage/database.hpp"

namespace aimpact::storage {

// A database of its own, gone when this object goes.
class TestDatabase {
  public:
    // Null if there is no server for `dialect`; see missing_reason().
    static std::unique_ptr<TestDatabase> create(Dialect dialect, bool migrated = true);
    static std::string missing_reason();
    ~TestDatabase();

    Database& get() { return *database_; }
    // Opens it a second time, as a second server would.
    std::unique_ptr<Database> open_again(int connections = 2);
    // Closes and opens it, as a restart would.
    void reopen();
    const std::string& url() const { return url_; }
    const std::string& folder() const { return folder_; }  // SQLite only

  private:
    TestDatabase() = default;

    Dialect dialect_ = Dialect::sqlite;
    std::string url_;
    std::string folder_;
    std::string schema_;
    base::Metrics metrics_;
    std::unique_ptr<Database> database_;
};

class DatabaseTest : public testing::TestWithParam<Dialect> {
  protected:
    void SetUp() override {
        held_ = TestDatabase::create(GetParam());
        if (!held_) GTEST_SKIP() << TestDatabase::missing_reason();
    }

    Database& database() { return held_->get(); }
    TestDatabase& held() { return *held_; }

  private:
    std::unique_ptr<TestDatabase> held_;
};

inline std::string dialect_name(const testing::TestParamInfo<Dialect>& info) {
    return info.param == Dialect::sqlite ? "sqlite" : "postgres";
}

}  // namespace aimpact::storage

#define AIMPACT_ON_BOTH_DATABASES(fixture)                                                       \
    INSTANTIATE_TEST_SUITE_P(                                                                    \
        OnBoth, fixture,                                                                         \
        testing::Values(aimpact::storage::Dialect::sqlite, aimpact::storage::Dialect::postgres), \
        aimpact::storage::dialect_name)
