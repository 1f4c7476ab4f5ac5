// One database behind all stores: SQLite (default) or PostgreSQL, chosen by a URL.
//
// A store names its tables in SQL that both dialects understand (numbered migrations smooth over the rest)
// and runs inside read() or write(). Those run on the `db` pool, never on an I/O thread; SOCI's exceptions
// are turned into Results here and nowhere else.
#pragma once

#include <soci/soci.h>

#include <functional>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "base/metrics.hpp"
#include "base/thread_pool.hpp"

namespace aimpact::storage {

using base::Error;
using base::Result;
using base::Task;

enum class Dialect { sqlite, postgres };

struct DatabaseOptions {
    // "sqlite:PATH" (or "sqlite::memory:" for tests) or "postgres://user:password@host:port/name".
    std::string url;
    int connections = 4;  // SQLite: this many readers plus one writer
    std::size_t queue_max = 1024;
    std::string sqlite_vec_extension;  // path of vec0.so; empty: no vectors on SQLite
};

class Database {
  public:
    // Connects (no migrations). Errors say what to do: missing folder, no permission, server down, wrong
    // password.
    static Result<std::unique_ptr<Database>> open(DatabaseOptions options, base::Metrics& metrics);
    ~Database();

    Dialect dialect() const;

    // f(soci::session&) -> T or Result<T>. Read-only; sees one snapshot.
    template <class F>
    auto read(F f) {
        return run(std::move(f), false);
    }
    // f runs in one transaction: committed if it returns a value, rolled back if it returns an error or
    // throws. Retried a few times on a serialisation failure or a busy database, so f must have no other
    // effects. A unique violation becomes `conflict`, a broken foreign key `failed_precondition`, a full disk
    // `unavailable`.
    template <class F>
    auto write(F f) {
        return run(std::move(f), true);
    }

    // The same, on the calling thread: for migrations, command-line tools and tests.
    template <class F>
    base::AsResult<std::invoke_result_t<F&, soci::session&>> read_now(F f) {
        return in_session<F>(f, false);
    }
    template <class F>
    base::AsResult<std::invoke_result_t<F&, soci::session&>> write_now(F f) {
        return in_session<F>(f, true);
    }

    // Cheap check for /readyz.
    Result<> ping();
    // SQLite: folds the write-ahead log back. Call at shutdown.
    void checkpoint();

  private:
    Database();
    template <class F>
    Task<base::AsResult<std::invoke_result_t<F&, soci::session&>>> run(F f, bool write) {
        auto job = [this, f = std::move(f), write]() mutable { return in_session<F>(f, write); };
        co_return co_await pool(write).run(std::move(job));
    }
    template <class F>
    base::AsResult<std::invoke_result_t<F&, soci::session&>> in_session(F& f, bool write) {
        using Raw = std::invoke_result_t<F&, soci::session&>;
        using Out = base::AsResult<Raw>;
        std::optional<Out> out;
        const Result<> done = attempt(write, [&](soci::session& sql) -> Result<> {
            if constexpr (std::is_void_v<Raw>) {
                f(sql);
                out.emplace();
            } else {
                out.emplace(f(sql));
            }
            if (out->has_error()) return out->error();
            return {};
        });
        if (done.has_error()) return done.error();
        return *std::move(out);
    }
    // Leases a session, begins, runs, commits or rolls back, retries, maps exceptions.
    Result<> attempt(bool write, const std::function<Result<>(soci::session&)>& body);
    base::ThreadPool& pool(bool write);

    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Applies the numbered migrations that are not applied yet, under a lock, in order; checks the checksums of
// those that are. Returns how many were applied.
Result<int> migrate(Database& database);
// Names of migrations not applied yet: empty when up to date.
Result<std::vector<std::string>> pending_migrations(Database& database);

}  // namespace aimpact::storage
