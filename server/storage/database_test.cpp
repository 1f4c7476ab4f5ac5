#include "storage/database.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "storage/testing.hpp"
#include "storage/types.hpp"

namespace aimpact::storage {

namespace {

using base::ErrorCode;
using testing::HasSubstr;

class DatabaseStorageTest : public DatabaseTest {
  protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        run("CREATE TABLE pots (id TEXT PRIMARY KEY, size INTEGER NOT NULL)");
        run("CREATE TABLE lids (id TEXT PRIMARY KEY, pot_id TEXT NOT NULL REFERENCES pots (id))");
    }
    void run(const std::string& text) {
        const Result<> done = database().write_now([&](soci::session& sql) { sql << text; });
        ASSERT_TRUE(done.has_value()) << done.error().message << done.error().detail;
    }
    int count(const std::string& table) {
        return database()
            .read_now([&](soci::session& sql) {
                int n = 0;
                sql << "SELECT count(*) FROM " << table, soci::into(n);
                return n;
            })
            .value();
    }
};
AIMPACT_ON_BOTH_DATABASES(DatabaseStorageTest);

TEST_P(DatabaseStorageTest, KeepsWhatWasCommittedOverAReopen) {
    run("INSERT INTO pots VALUES ('a', 1)");
    held().reopen();
    EXPECT_EQ(count("pots"), 1);
    EXPECT_TRUE(database().ping().has_value());
}

TEST_P(DatabaseStorageTest, RollsBackOnAnErrorAndOnAnException) {
    const Result<> refused = database().write_now([](soci::session& sql) -> Result<> {
        sql << "INSERT INTO pots VALUES ('a', 1)";
        return base::invalid_argument("no");
    });
    EXPECT_EQ(refused.error().message, "no");
    const Result<> thrown = database().write_now([](soci::session& sql) {
        sql << "INSERT INTO pots VALUES ('a', 1)";
        throw std::runtime_error("a secret of the server");
    });
    EXPECT_EQ(thrown.error().code, ErrorCode::internal);
    EXPECT_THAT(thrown.error().message, testing::Not(HasSubstr("secret")));
    EXPECT_EQ(count("pots"), 0);
}

TEST_P(DatabaseStorageTest, MapsConstraintsToErrors) {
    run("INSERT INTO pots VALUES ('a', 1)");
    const auto attempt = [&](const char* text) {
        return database().write_now([&](soci::session& sql) { sql << text; }).error().code;
    };
    EXPECT_EQ(attempt("INSERT INTO pots VALUES ('a', 2)"), ErrorCode::conflict);
    EXPECT_EQ(attempt("INSERT INTO lids VALUES ('x', 'nowhere')"), ErrorCode::failed_precondition);
    run("INSERT INTO lids VALUES ('x', 'a')");
    EXPECT_EQ(attempt("DELETE FROM pots"), ErrorCode::failed_precondition);
    EXPECT_EQ(attempt("INSERT INTO pots VALUES ('b', NULL)"), ErrorCode::internal);
    EXPECT_EQ(attempt("SELEKT 1"), ErrorCode::internal);
    EXPECT_EQ(count("pots"), 1);
}

TEST_P(DatabaseStorageTest, AFailuresDetailNamesTheStatementAndNoValues) {
    run("CREATE TABLE short_texts (id TEXT PRIMARY KEY, text TEXT NOT NULL CHECK (length(text) < 9))");
    for (const std::string text : {"a secret that was said", "quoted\" with :text=\"more secret words", ""}) {
        const std::string id = "secret id";
        const auto insert = [&](soci::session& sql) {
            sql << "INSERT INTO short_texts (id, text) VALUES (:id, :text)", soci::use(id), soci::use(text);
        };
        Result<> done = database().write_now(insert);
        if (text.empty()) done = database().write_now(insert);  // the same id twice
        ASSERT_TRUE(done.has_error());
        EXPECT_EQ(done.error().code, text.empty() ? ErrorCode::conflict : ErrorCode::internal);
        EXPECT_THAT(done.error().detail, HasSubstr("INSERT INTO short_texts (id, text) VALUES (:id, :text)"));
        EXPECT_THAT(done.error().detail, HasSubstr("constraint"));
        EXPECT_THAT(done.error().detail, testing::Not(HasSubstr("secret")));
    }
    const Result<> misspelt = database().write_now([](soci::session& sql) { sql << "SELEKT 1"; });
    EXPECT_THAT(misspelt.error().detail, HasSubstr("syntax error"));
}

TEST_P(DatabaseStorageTest, ReadRefusesToWrite) {
    const Result<> done =
        database().read_now([](soci::session& sql) { sql << "INSERT INTO pots VALUES ('a', 1)"; });
    ASSERT_TRUE(done.has_error());
    EXPECT_EQ(count("pots"), 0);
}

TEST_P(DatabaseStorageTest, CarriesEveryTypeThereAndBack) {
    run(GetParam() == Dialect::sqlite
            ? "CREATE TABLE kinds (t TEXT, i INTEGER, b INTEGER, r REAL) STRICT"
            : "CREATE TABLE kinds (t TEXT, i INTEGER, b BIGINT, r DOUBLE PRECISION)");
    const std::string text = "Zürich: 'quotes' \"and\" \\ 日本語 :colon ?mark\n";
    const std::int64_t big = 9'007'199'254'740'993;
    const int small = -7;
    const double real = 0.1 + 0.2;
    ASSERT_TRUE(database()
                    .write_now([&](soci::session& sql) {
                        sql << "INSERT INTO kinds (t, i, b, r) VALUES (:t, :i, :b, :r)", soci::use(text),
                            soci::use(small), soci::use(big), soci::use(real);
                        const std::optional<std::string> nothing;
                        sql << "INSERT INTO kinds (t, i, b, r) VALUES (:t, 0, 0, 0)", soci::use(nothing);
                    })
                    .has_value());
    ASSERT_TRUE(database()
                    .read_now([&](soci::session& sql) {
                        std::string t;
                        std::int64_t b = 0;
                        int i = 0;
                        double r = 0;
                        sql << "SELECT t, i, b, r FROM kinds WHERE b > 0", soci::into(t), soci::into(i),
                            soci::into(b), soci::into(r);
                        EXPECT_EQ(t, text);
                        EXPECT_EQ(b, big);
                        EXPECT_EQ(i, small);
                        EXPECT_EQ(r, real);
                        std::optional<std::string> maybe = "something";
                        sql << "SELECT t FROM kinds WHERE b = 0", soci::into(maybe);
                        EXPECT_FALSE(maybe);
                        sql << "SELECT t FROM kinds WHERE b > 0", soci::into(maybe);
                        EXPECT_EQ(maybe, text);
                    })
                    .has_value());
}

// Each thread reads the sum and writes a row that depends on it: lost updates would leave the wrong total.
enum class Shape { round, square };
BOOST_DESCRIBE_ENUM(Shape, round, square)

TEST_P(DatabaseStorageTest, CarriesTimesAndEnumsAndManyRows) {
    run(GetParam() == Dialect::sqlite ? "CREATE TABLE shapes (shape TEXT, at INTEGER) STRICT"
                                      : "CREATE TABLE shapes (shape TEXT, at BIGINT)");
    const base::WallTime at = base::from_unix_millis(1'764'000'000'123);
    const std::vector<std::pair<Shape, std::optional<base::WallTime>>> kept = {{Shape::round, at},
                                                                               {Shape::square, std::nullopt}};
    ASSERT_TRUE(database()
                    .write_now([&](soci::session& sql) {
                        for (const auto& [shape, time] : kept)
                            sql << "INSERT INTO shapes (shape, at) VALUES (:shape, :at)", soci::use(shape),
                                soci::use(time);
                    })
                    .has_value());
    const auto found = database().read_now([&](soci::session& sql) {
        std::vector<std::pair<Shape, std::optional<base::WallTime>>> out;
        Shape shape{};
        std::optional<base::WallTime> time;
        soci::statement rows = (sql.prepare << "SELECT shape, at FROM shapes ORDER BY shape",
                                soci::into(shape), soci::into(time));
        rows.execute();
        while (rows.fetch()) out.emplace_back(shape, time);
        return out;
    });
    EXPECT_EQ(found.value(), kept);
    run("UPDATE shapes SET shape = 'oval'");
    EXPECT_EQ(database()
                  .read_now([](soci::session& sql) {
                      Shape shape{};
                      sql << "SELECT shape FROM shapes", soci::into(shape);
                  })
                  .error()
                  .code,
              ErrorCode::internal);
}

TEST_P(DatabaseStorageTest, WritersBehaveAsIfAlone) {
    run("INSERT INTO pots VALUES ('sum', 0)");
    constexpr int kThreads = 4, kRounds = 25;
    std::atomic<int> failed = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < kRounds; ++i) {
                    Result<> done = Error{};
                    // `overloaded` after all retries is a promise too: nothing was written.
                    do {
                        done = database().write_now([](soci::session& sql) {
                            int size = 0;
                            sql << "SELECT size FROM pots WHERE id = 'sum'", soci::into(size);
                            ++size;
                            sql << "UPDATE pots SET size = :size WHERE id = 'sum'", soci::use(size);
                        });
                    } while (done.has_error() && done.error().code == ErrorCode::overloaded);
                    if (done.has_error()) ++failed;
                }
            });
    }
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(database()
                  .read_now([](soci::session& sql) {
                      int size = 0;
                      sql << "SELECT size FROM pots", soci::into(size);
                      return size;
                  })
                  .value(),
              kThreads * kRounds);
}

TEST_P(DatabaseStorageTest, AReadSeesOneSnapshot) {
    run("INSERT INTO pots VALUES ('a', 1)");
    const auto seen = database().read_now([&](soci::session& sql) {
        int before = 0, after = 0;
        sql << "SELECT count(*) FROM pots", soci::into(before);
        std::jthread([&] { run("INSERT INTO pots VALUES ('b', 1)"); }).join();
        sql << "SELECT count(*) FROM pots", soci::into(after);
        return std::pair(before, after);
    });
    EXPECT_EQ(seen.value(), std::pair(1, 1));
    EXPECT_EQ(count("pots"), 2);
}

TEST_P(DatabaseStorageTest, RunsOnItsPoolFromACoroutine) {
    const auto caller = std::this_thread::get_id();
    const auto both = [&]() -> Task<Result<int>> {
        AIMPACT_CO_CHECK(co_await database().write([&](soci::session& sql) {
            EXPECT_NE(std::this_thread::get_id(), caller);
            sql << "INSERT INTO pots VALUES ('a', 5)";
        }));
        co_return co_await database().read([](soci::session& sql) -> Result<int> {
            int size = 0;
            sql << "SELECT size FROM pots", soci::into(size);
            return size;
        });
    };
    EXPECT_EQ(base::run_sync(both()).value(), 5);
}

TEST_P(DatabaseStorageTest, AFullQueueIsOverloadedAtOnce) {
    base::Metrics metrics;
    const auto small =
        Database::open({.url = held().url(), .connections = 1, .queue_max = 1, .sqlite_vec_extension = {}},
                       metrics)
            .value();
    std::atomic<int> overloaded = 0, done = 0;
    std::mutex gate;
    gate.lock();
    base::asio::io_context io;
    const auto one = [&]() -> Task<void> {
        const Result<> result = co_await small->write([&](soci::session&) { std::lock_guard lock(gate); });
        ++done;
        if (result.has_error() && result.error().code == ErrorCode::overloaded && result.error().retry_after)
            ++overloaded;
        if (overloaded == 1 && done == 1)
            gate.unlock();  // the first refusal came while the others still wait
    };
    for (int i = 0; i < 8; ++i) base::asio::co_spawn(io, one(), base::asio::detached);
    io.run();
    EXPECT_EQ(done, 8);
    EXPECT_GE(overloaded, 6);
}

class PostgresOnlyTest : public DatabaseStorageTest {};
INSTANTIATE_TEST_SUITE_P(Postgres, PostgresOnlyTest, testing::Values(Dialect::postgres), dialect_name);

// A restart of the server ends every session of ours: the next calls must reconnect by themselves.
TEST_P(PostgresOnlyTest, ReconnectsAfterTheServerEndedItsSessions) {
    base::Metrics metrics;
    const std::string name = "victim_" + std::to_string(getpid());
    const auto victim =
        Database::open(
            {.url = held().url() + "&application_name=" + name, .connections = 2, .sqlite_vec_extension = {}},
            metrics)
            .value();
    const auto kill_sessions = [&] {
        return database()
            .read_now([&](soci::session& sql) {
                int killed = 0;
                sql << "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name "
                       "= :name",
                    soci::into(killed), soci::use(name);
                return killed;
            })
            .value();
    };
    const auto insert = [&](const std::string& id, const std::function<void()>& between) {
        return victim->write_now([&](soci::session& sql) {
            sql << "INSERT INTO pots VALUES (:id, 1)", soci::use(id);
            between();
            sql << "INSERT INTO pots VALUES (:id || '2', 1)", soci::use(id);
        });
    };
    ASSERT_TRUE(insert("a", [] {}).has_value());
    ASSERT_EQ(kill_sessions(), 2);
    // Both sessions are dead now: two calls in a row meet one each.
    EXPECT_TRUE(insert("b", [] {}).has_value());
    EXPECT_TRUE(victim->ping().has_value());
    EXPECT_EQ(count("pots"), 4);
    // In the middle of a transaction: it is run again from its start.
    int runs = 0;
    const Result<> done = insert("c", [&] {
        if (++runs == 1) kill_sessions();
    });
    EXPECT_TRUE(done.has_value()) << done.error().detail;
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(count("pots"), 6);
}

TEST_P(PostgresOnlyTest, HasVectors) {
    run("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public");
    const auto nearest = database().read_now([](soci::session& sql) {
        int id = 0;
        sql << "SELECT id FROM (VALUES (1, '[0,0]'::vector), (2, '[1,1]'::vector)) AS points (id, at) "
               "ORDER BY at <-> '[0.9,1.2]' LIMIT 1",
            soci::into(id);
        return id;
    });
    ASSERT_TRUE(nearest.has_value()) << nearest.error().detail;
    EXPECT_EQ(*nearest, 2);
}

TEST_P(PostgresOnlyTest, ASlowStatementIsATimeout) {
    const Result<> slow = database().read_now([](soci::session& sql) {
        sql << "SET LOCAL statement_timeout = 20";
        sql << "SELECT pg_sleep(30)";
    });
    EXPECT_EQ(slow.error().code, ErrorCode::timeout);
}

TEST(DatabaseOpenTest, SaysWhatToDo) {
    base::Metrics metrics;
    const auto open = [&](std::string url) {
        return Database::open({.url = std::move(url), .connections = 1, .sqlite_vec_extension = {}}, metrics);
    };
    EXPECT_THAT(open("mysql://x").error().message, HasSubstr("sqlite: or postgres://"));
    EXPECT_THAT(open("sqlite:").error().message, HasSubstr("sqlite:PATH"));
    EXPECT_THAT(open("sqlite:/nowhere/at/all.db").error().message, HasSubstr("Create it"));
    EXPECT_THAT(open("sqlite:/").error().message, HasSubstr("is a folder"));
    const auto down = open("postgres://somebody:hunter2@127.0.0.1:1/nothing");
    EXPECT_EQ(down.error().code, ErrorCode::unavailable);
    EXPECT_THAT(down.error().message, HasSubstr("cannot be reached"));
    EXPECT_THAT(down.error().message + down.error().detail, testing::Not(HasSubstr("hunter2")));
    const auto vec = Database::open(
        {.url = "sqlite::memory:", .connections = 1, .sqlite_vec_extension = "/nowhere/vec0.so"}, metrics);
    EXPECT_THAT(vec.error().message, HasSubstr("/nowhere/vec0.so"));
}

TEST(DatabaseOpenTest, NamesWhatPostgresRefuses) {
    const char* url = std::getenv("AIMPACT_TEST_POSTGRES_URL");
    if (!url) GTEST_SKIP() << TestDatabase::missing_reason();
    base::Metrics metrics;
    std::string other(url);
    other.replace(other.rfind('/'), std::string::npos, "/no_such_database");
    EXPECT_THAT(
        Database::open({.url = other, .connections = 1, .sqlite_vec_extension = {}}, metrics).error().message,
        HasSubstr("does not exist"));
}

}  // namespace

}  // namespace aimpact::storage
