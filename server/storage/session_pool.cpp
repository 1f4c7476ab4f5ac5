#include "storage/session_pool.hpp"

#include <chrono>

#include "base/log.hpp"

namespace aimpact::storage {

SessionPool::SessionPool(const Engine& engine, Access access, int sessions)
    : engine_(engine), access_(access) {
    for (int i = 0; i < sessions; ++i) {
        sessions_.push_back(std::make_unique<Session>());
        free_.push_back(sessions_.back().get());
    }
}

Result<SessionPool::Lease> SessionPool::lease() {
    Session* session = nullptr;
    {
        std::unique_lock lock(mutex_);
        if (!freed_.wait_for(lock, std::chrono::seconds{5}, [this] { return !free_.empty(); }))
            return Error{base::ErrorCode::overloaded,
                         "The database is busy. Try again in a moment.",
                         "no free session within 5 s",
                         {},
                         std::chrono::seconds{1}};
        session = free_.front();
        free_.pop_front();
    }
    Lease lease(*this, *session);
    AIMPACT_CHECK(ensure_open(*session));
    return lease;
}

Result<> SessionPool::open_all() {
    for (const auto& session : sessions_) AIMPACT_CHECK(ensure_open(*session));
    return {};
}

Result<> SessionPool::ensure_open(Session& session) {
    if (session.open) return {};
    try {
        engine_.open(session.sql, access_);
    } catch (const soci::soci_error& error) {
        return engine_.open_error(error);
    }
    session.open = true;
    return {};
}

void SessionPool::give_back(Session& session) {
    {
        std::lock_guard lock(mutex_);
        // Last in, first out: the warm session is used again.
        free_.push_front(&session);
    }
    freed_.notify_one();
}

void SessionPool::Lease::discard() {
    if (!session_->open) return;
    session_->open = false;
    try {
        session_->sql.close();
    } catch (const soci::soci_error& error) {
        base::log_debug("database.close_failed", {{"detail", without_values(error)}});
    }
}

}  // namespace aimpact::storage
