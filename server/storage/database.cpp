#include "storage/database.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "base/log.hpp"
#include "storage/engine.hpp"
#include "storage/session_pool.hpp"

namespace aimpact::storage {

namespace {

// Eight runs of a transaction with pauses of 1, 2, 4 .. 64 ms (each up to twice that) outlast any burst of
// conflicts that the bounded db pool can produce.
constexpr int kRunsMax = 8;

void back_off(int run) {
    thread_local std::minstd_rand jitter(
        static_cast<unsigned>(std::hash<std::thread::id>{}(std::this_thread::get_id())));
    const double pause_ms =
        static_cast<double>(1 << run) * std::uniform_real_distribution<>(1.0, 2.0)(jitter);
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(pause_ms));
}

Result<std::unique_ptr<Engine>> make_engine(const DatabaseOptions& options) {
    const std::string& url = options.url;
    if (url.starts_with("postgres://") || url.starts_with("postgresql://")) return make_postgres_engine(url);
    if (url.starts_with("sqlite:")) {
        std::string path = url.substr(7);
        if (path.empty() || path.find_first_of("\"?") != std::string::npos || path.starts_with("file:"))
            return base::invalid_argument(
                "The database URL names no usable file. Write sqlite:PATH, with a path without quotes and "
                "question marks.",
                "database.url");
        return make_sqlite_engine(std::move(path), options.sqlite_vec_extension);
    }
    return base::invalid_argument("The database URL must start with sqlite: or postgres://.", "database.url");
}

}  // namespace

struct Database::Impl {
    Impl(std::unique_ptr<Engine> chosen, const DatabaseOptions& options, base::Metrics& metrics)
        : engine(std::move(chosen)),
          read_seconds(metrics.histogram("aimpact_database_transaction_seconds",
                                         "Time of one transaction, with its retries", {{"kind", "read"}})),
          write_seconds(metrics.histogram("aimpact_database_transaction_seconds",
                                          "Time of one transaction, with its retries", {{"kind", "write"}})),
          retries(metrics.counter("aimpact_database_retries_total",
                                  "Transactions run again after a conflict or a lost connection")),
          failures(metrics.counter("aimpact_database_failures_total",
                                   "Transactions that failed for a reason of the database's")) {
        const int sessions = engine->single_session() ? 1 : std::clamp(options.connections, 1, 256);
        if (engine->single_writer() && !engine->single_session()) {
            read_sessions = std::make_unique<SessionPool>(*engine, Access::read, sessions);
            write_sessions = std::make_unique<SessionPool>(*engine, Access::write, 1);
            read_pool = std::make_unique<base::ThreadPool>(
                base::ThreadPool::Options{"db-read", sessions, options.queue_max});
            write_pool = std::make_unique<base::ThreadPool>(
                base::ThreadPool::Options{"db-write", 1, options.queue_max});
        } else {
            write_sessions = std::make_unique<SessionPool>(*engine, Access::write, sessions);
            write_pool = std::make_unique<base::ThreadPool>(
                base::ThreadPool::Options{"db", sessions, options.queue_max});
        }
    }

    SessionPool& sessions(Access access) {
        return access == Access::read && read_sessions ? *read_sessions : *write_sessions;
    }

    std::unique_ptr<Engine> engine;
    prometheus::Histogram& read_seconds;
    prometheus::Histogram& write_seconds;
    prometheus::Counter& retries;
    prometheus::Counter& failures;
    std::unique_ptr<SessionPool> read_sessions;  // null: the write sessions do both
    std::unique_ptr<SessionPool> write_sessions;
    // Last, so that their threads end before the sessions do.
    std::unique_ptr<base::ThreadPool> read_pool;
    std::unique_ptr<base::ThreadPool> write_pool;
};

Database::Database() = default;
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(DatabaseOptions options, base::Metrics& metrics) {
    AIMPACT_TRY(auto engine, make_engine(options));
    std::unique_ptr<Database> database(new Database);
    database->impl_ = std::make_unique<Impl>(std::move(engine), options, metrics);
    // The writer first: it creates the file and turns the write-ahead log on.
    AIMPACT_CHECK(database->impl_->write_sessions->open_all());
    if (database->impl_->read_sessions) AIMPACT_CHECK(database->impl_->read_sessions->open_all());
    return database;
}

Dialect Database::dialect() const {
    return impl_->engine->dialect();
}

base::ThreadPool& Database::pool(bool write) {
    return !write && impl_->read_pool ? *impl_->read_pool : *impl_->write_pool;
}

Result<> Database::attempt(bool write, const std::function<Result<>(soci::session&)>& body) {
    const Access access = write ? Access::write : Access::read;
    const Engine& engine = *impl_->engine;
    const auto started = std::chrono::steady_clock::now();
    const auto observe = [&] {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
        (write ? impl_->write_seconds : impl_->read_seconds).Observe(took.count());
    };
    for (int run = 0;; ++run) {
        AIMPACT_TRY(SessionPool::Lease lease, impl_->sessions(access).lease());
        soci::session& sql = lease.sql();
        bool committing = false;
        Failure failure{base::internal_error("")};
        try {
            engine.begin(sql, access);
            Result<> result = body(sql);
            if (result.has_error()) {
                if (!engine.rollback(sql)) lease.discard();
                observe();
                return result;
            }
            committing = true;
            engine.commit(sql);
            observe();
            return result;
        } catch (const soci::soci_error& error) {
            failure = engine.classify(sql, error);
        } catch (const std::exception& error) {
            failure.error = base::internal_error(error.what());
        }
        if (failure.connection_lost || !engine.rollback(sql)) lease.discard();
        // A connection lost during COMMIT may or may not have committed; only the caller can find out.
        const bool again = failure.transient || (failure.connection_lost && !(write && committing));
        if (!again || run + 1 == kRunsMax) {
            observe();
            // A conflict or a broken reference is an answer, not a failure of the database.
            const bool answer = failure.error.code == base::ErrorCode::conflict ||
                                failure.error.code == base::ErrorCode::failed_precondition ||
                                failure.error.code == base::ErrorCode::invalid_argument;
            if (!answer) {
                impl_->failures.Increment();
                base::log_error("database.failed", {{"code", base::to_string(failure.error.code)},
                                                    {"detail", failure.error.detail}});
            }
            return std::move(failure.error);
        }
        impl_->retries.Increment();
        back_off(run);
    }
}

Result<> Database::ping() {
    return read_now([](soci::session& sql) {
        int one = 0;
        sql << "SELECT 1", soci::into(one);
    });
}

void Database::checkpoint() {
    Result<SessionPool::Lease> lease = impl_->write_sessions->lease();
    if (lease.has_error()) return;
    try {
        impl_->engine->checkpoint(lease->sql());
    } catch (const soci::soci_error& error) {
        base::log_warn("database.checkpoint_failed", {{"detail", without_values(error)}});
    }
}

}  // namespace aimpact::storage
