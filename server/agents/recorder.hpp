// Writes a conversation down behind the talking: the caller of put() never waits. Operations are applied in
// order; those that queue up while one transaction runs go together into the next. A conversation's recorder
// is shared by its loop and whoever opens it next, so that nothing is read before it is written.
//
// A database that can't be written now (its disk is full, it is away) loses nothing: what waits is kept, up
// to a limit, and written once it can be. Nobody waits for that.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "llm/stream.hpp"
#include "storage/database.hpp"

namespace aimpact::agents {

// Thread-safe. `database` must outlive the writes.
class Recorder : public std::enable_shared_from_this<Recorder> {
  public:
    using Operation = std::function<void(soci::session&)>;

    // Writes run on `executor` (their SQL on the db pool).
    Recorder(storage::Database& database, std::string conversation_id, base::asio::any_io_executor executor)
        : database_(database), conversation_id_(std::move(conversation_id)), executor_(std::move(executor)) {}

    void put(Operation operation);
    // Returns once everything that was put before is written; false at once when the database can't take it
    // now.
    base::Task<bool> flushed();

    // Whoever held the conversation before must not write any more: its operations are dropped from now on.
    void revoke() { revoked_ = true; }
    bool revoked() const { return revoked_; }

  private:
    struct Entry {
        Operation operation;  // or
        std::shared_ptr<llm::Stream<bool>> barrier;
    };
    void start(std::unique_lock<std::mutex>& lock);
    base::Task<std::vector<Operation>> apply(std::shared_ptr<std::vector<Operation>> batch);
    static base::Task<void> write(std::shared_ptr<Recorder> self);

    storage::Database& database_;
    const std::string conversation_id_;
    const base::asio::any_io_executor executor_;
    std::atomic<bool> revoked_ = false;
    std::mutex mutex_;
    std::deque<Entry> queue_;
    bool writing_ = false;
    bool failing_ = false;  // the database takes nothing now
};

}  // namespace aimpact::agents
