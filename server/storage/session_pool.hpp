// A fixed set of sessions, leased one at a time; a session that broke is reopened by whoever leases it next.
// Internal to storage. Thread-safe.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/engine.hpp"

namespace aimpact::storage {

class SessionPool {
    struct Session {
        soci::session sql;
        bool open = false;
    };

  public:
    class Lease {
      public:
        Lease(SessionPool& pool, Session& session) : pool_(&pool), session_(&session) {}
        Lease(Lease&& other) noexcept
            : pool_(std::exchange(other.pool_, nullptr)), session_(other.session_) {}
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Lease& operator=(Lease&&) = delete;
        ~Lease() {
            if (pool_) pool_->give_back(*session_);
        }

        soci::session& sql() { return session_->sql; }
        // Closes it, so that the next lease reopens it.
        void discard();

      private:
        SessionPool* pool_;
        Session* session_;
    };

    // `engine` must outlive the pool. Opens nothing yet.
    SessionPool(const Engine& engine, Access access, int sessions);

    // An open session. `overloaded` if none becomes free within 5 s, `unavailable` if it cannot be opened.
    Result<Lease> lease();
    // Opens all; the first error ends it.
    Result<> open_all();

  private:
    void give_back(Session& session);
    Result<> ensure_open(Session& session);

    const Engine& engine_;
    const Access access_;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::deque<Session*> free_;
};

}  // namespace aimpact::storage
