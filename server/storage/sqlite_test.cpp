// What only SQLite has: files, the write-ahead log, extensions, a full disk.
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "storage/database.hpp"
#include "storage/testing.hpp"

namespace aimpact::storage {

namespace {

using base::ErrorCode;
using testing::HasSubstr;

TEST(SqliteTest, AFileThatIsNoDatabaseIsAnError) {
    const auto held = TestDatabase::create(Dialect::sqlite);
    const std::string path = held->folder() + "/letter.db";
    FILE* file = std::fopen(path.c_str(), "w");
    std::fputs(std::string(4096, 'x').c_str(), file);
    std::fclose(file);
    base::Metrics metrics;
    EXPECT_THAT(
        Database::open({.url = "sqlite:" + path, .connections = 1, .sqlite_vec_extension = {}}, metrics)
            .error()
            .message,
        HasSubstr("not a database"));
}

TEST(SqliteTest, APathMayHoldBlanksAndTheFileIsPrivate) {
    const auto held = TestDatabase::create(Dialect::sqlite);
    const std::string path = held->folder() + "/my data = here.db";
    base::Metrics metrics;
    const auto database =
        Database::open({.url = "sqlite:" + path, .connections = 1, .sqlite_vec_extension = {}}, metrics);
    ASSERT_TRUE(database.has_value()) << database.error().message;
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(path).permissions(), perms::owner_read | perms::owner_write);
    EXPECT_EQ(std::filesystem::status(path + "-wal").permissions(), perms::owner_read | perms::owner_write);
}

TEST(SqliteTest, LoadsTheVectorExtension) {
#ifndef AIMPACT_SQLITE_VEC
    GTEST_SKIP() << "built without the native packages, so there is no vec0.so: run scripts/fetch-native";
#else
    const auto held = TestDatabase::create(Dialect::sqlite);
    base::Metrics metrics;
    const auto database = Database::open({.url = "sqlite:" + held->folder() + "/vectors.db",
                                          .connections = 1,
                                          .sqlite_vec_extension = AIMPACT_SQLITE_VEC},
                                         metrics);
    ASSERT_TRUE(database.has_value()) << database.error().message;
    ASSERT_TRUE(
        (*database)
            ->write_now([](soci::session& sql) {
                sql << "CREATE VIRTUAL TABLE points USING vec0(at float[2])";
                sql << "INSERT INTO points (rowid, at) VALUES (1, '[0, 0]'), (2, '[1, 1]'), (3, '[5, 5]')";
            })
            .has_value());
    const auto nearest = (*database)->read_now([](soci::session& sql) {
        int id = 0;
        sql << "SELECT rowid FROM points WHERE at MATCH '[0.9, 1.2]' AND k = 1", soci::into(id);
        return id;
    });
    EXPECT_EQ(nearest.value(), 2);
#endif
}

TEST(SqliteTest, InMemoryReadsWhatItWrote) {
    base::Metrics metrics;
    const auto database =
        Database::open({.url = "sqlite::memory:", .sqlite_vec_extension = {}}, metrics).value();
    ASSERT_GT(migrate(*database).value(), 0);
    EXPECT_EQ(database
                  ->read_now([](soci::session& sql) {
                      int n = -1;
                      sql << "SELECT count(*) FROM users", soci::into(n);
                      return n;
                  })
                  .value(),
              0);
}

TEST(SqliteTest, SettingsAreTheDurableOnes) {
    const auto held = TestDatabase::create(Dialect::sqlite);
    const auto pragma = [&](const char* name) {
        return held->get()
            .write_now([&](soci::session& sql) {
                std::string value;
                sql << "PRAGMA " << name, soci::into(value);
                return value;
            })
            .value();
    };
    EXPECT_EQ(pragma("journal_mode"), "wal");
    EXPECT_EQ(pragma("synchronous"), "2");  // FULL
    EXPECT_EQ(pragma("foreign_keys"), "1");
}

// max_page_count is how SQLite simulates a full disk: it gives the same SQLITE_FULL.
TEST(SqliteTest, AFullDiskIsUnavailableAndLosesNothing) {
    const auto held = TestDatabase::create(Dialect::sqlite);
    Database& database = held->get();
    ASSERT_TRUE(
        database.write_now([](soci::session& sql) { sql << "CREATE TABLE pots (id TEXT PRIMARY KEY)"; })
            .has_value());
    const std::string big(100'000, 'x');
    const auto keep = [&](const std::string& id) {
        return database.write_now(
            [&](soci::session& sql) { sql << "INSERT INTO pots VALUES (:id)", soci::use(id); });
    };
    ASSERT_TRUE(keep("before").has_value());
    ASSERT_TRUE(database
                    .write_now([](soci::session& sql) {
                        int pages = 0;
                        sql << "PRAGMA page_count", soci::into(pages);
                        sql << "PRAGMA max_page_count = " << pages + 2;
                    })
                    .has_value());
    const Result<> full = keep(big);
    EXPECT_EQ(full.error().code, ErrorCode::unavailable);
    EXPECT_THAT(full.error().message, HasSubstr("full"));
    EXPECT_TRUE(keep("after").has_value());
    EXPECT_EQ(database
                  .read_now([](soci::session& sql) {
                      int n = 0;
                      sql << "SELECT count(*) FROM pots", soci::into(n);
                      return n;
                  })
                  .value(),
              2);
}

TEST(SqliteTest, AWriterOfAnotherProcessIsWaitedFor) {
    const auto held = TestDatabase::create(Dialect::sqlite);
    const auto other = held->open_again();
    ASSERT_TRUE(
        held->get()
            .write_now([](soci::session& sql) { sql << "CREATE TABLE pots (id INTEGER PRIMARY KEY)"; })
            .has_value());
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> threads;
        for (Database* database : {&held->get(), other.get()})
            threads.emplace_back([&failed, database] {
                for (int i = 0; i < 20; ++i)
                    if (database
                            ->write_now([](soci::session& sql) { sql << "INSERT INTO pots DEFAULT VALUES"; })
                            .has_error())
                        ++failed;
            });
    }
    EXPECT_EQ(failed, 0);
}

TEST(SqliteTest, CheckpointFoldsTheLogBack) {
    const auto held = TestDatabase::create(Dialect::sqlite);
    ASSERT_TRUE(
        held->get().write_now([](soci::session& sql) { sql << "CREATE TABLE pots (id TEXT)"; }).has_value());
    EXPECT_GT(std::filesystem::file_size(held->folder() + "/test.db-wal"), 0u);
    held->get().checkpoint();
    EXPECT_EQ(std::filesystem::file_size(held->folder() + "/test.db-wal"), 0u);
}

}  // namespace

}  // namespace aimpact::storage
