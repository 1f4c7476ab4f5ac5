// The audit log: who did what that must be answered for, in the order in which it happened. Lines are added
// and read, never changed.
//
// What changes the database adds its line in the same transaction (append), so that neither is there without
// the other. What happens all the time, like speech in somebody's voice, is queued (record) and written by a
// thread of the log's own within kWriteWithin: nobody who speaks waits for a disk. A line that can't be
// written is tried again; at most kQueueMax wait. A stopping server writes what waits; a killed one loses at
// most what the last kWriteWithin brought.
#pragma once

#include <soci/soci.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "accounts/account.hpp"
#include "base/metrics.hpp"
#include "storage/database.hpp"

namespace aimpact::accounts {

struct AuditEntry {
    std::string org_id;
    std::string actor;   // "usr_..." or "key_..."; empty: the server itself
    std::string action;  // "voice.created"
    std::string target;  // the id of what it was done to
    boost::json::object detail = {};
    std::string address = {};  // numeric; where the request came from, if that is known
    // Given when it is recorded:
    std::string id = {};  // aud_...
    WallTime at = {};
    int position = 0;  // within the organisation, from 1 on, without a gap
};

struct AuditFilter {
    std::string target = {};  // empty: all
    std::string action = {};
};

// The person, or the key that acts for nobody in particular.
std::string actor_of(const Principal& principal);

// Thread-safe.
class AuditLog {
  public:
    static constexpr std::chrono::milliseconds kWriteWithin{500};
    static constexpr std::size_t kQueueMax = 20'000;
    static constexpr std::size_t kDetailBytesMax = 4096;  // a longer one is left out, and the line says so

    // All outlive it.
    AuditLog(storage::Database& database, const base::Clock& clock, base::Random& random,
             base::Metrics& metrics);
    // Writes what waits.
    ~AuditLog();
    AuditLog(const AuditLog&) = delete;
    AuditLog& operator=(const AuditLog&) = delete;

    // Inside a transaction of the caller's.
    void append(soci::session& sql, AuditEntry entry) const;
    // Later. False, and an error in the log, when too much waits: then it isn't in the audit log.
    bool record(AuditEntry entry);
    // Writes what waits now, on the calling thread.
    Result<> flush();

    // Newest first; the cursor is the last line's id.
    Task<Result<Page<AuditEntry>>> list(std::string org_id, AuditFilter filter, PageRequest page);

  private:
    void work(const std::stop_token& stop);
    Result<> write(const std::deque<AuditEntry>& entries);
    void stamp(AuditEntry& entry) const;

    storage::Database& database_;
    const base::Clock& clock_;
    base::Random& random_;
    prometheus::Counter &written_, &dropped_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<AuditEntry> waiting_;
    std::mutex writing_;   // one writer at a time: lines keep their order
    std::jthread thread_;  // last: it uses the others
};

}  // namespace aimpact::accounts
