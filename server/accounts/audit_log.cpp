#include "accounts/audit_log.hpp"

#include "accounts/audit_store.hpp"
#include "accounts/paging.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/wire.hpp"

namespace aimpact::accounts {

namespace {

constexpr std::chrono::seconds kRetry{5};

prometheus::Counter& counter(base::Metrics& metrics, const char* what) {
    return metrics.counter("aimpact_audit_lines_total", "Lines of the audit log, by what became of them.",
                           {{"outcome", what}});
}

}  // namespace

std::string actor_of(const Principal& principal) {
    return principal.user_id.empty() ? principal.credential_id : principal.user_id;
}

AuditLog::AuditLog(storage::Database& database, const base::Clock& clock, base::Random& random,
                   base::Metrics& metrics)
    : database_(database),
      clock_(clock),
      random_(random),
      written_(counter(metrics, "written")),
      dropped_(counter(metrics, "dropped")),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

AuditLog::~AuditLog() {
    thread_.request_stop();
    thread_.join();
    if (const Result<> done = flush(); done.has_error())
        base::log_error("audit.lost", {{"message", done.error().message}, {"lines", waiting_.size()}});
}

void AuditLog::stamp(AuditEntry& entry) const {
    entry.id = base::make_id("aud", clock_, random_);
    entry.at = clock_.now();
    if (base::to_text(entry.detail).size() > kDetailBytesMax) entry.detail = {{"left_out", "too long"}};
}

void AuditLog::append(soci::session& sql, AuditEntry entry) const {
    stamp(entry);
    audit_store::append(sql, {&entry, 1});
}

bool AuditLog::record(AuditEntry entry) {
    stamp(entry);
    {
        std::lock_guard lock(mutex_);
        if (waiting_.size() < kQueueMax) {
            waiting_.push_back(std::move(entry));
            return true;
        }
    }
    dropped_.Increment();
    base::log_error("audit.dropped",
                    {{"org_id", entry.org_id}, {"action", entry.action}, {"target", entry.target}});
    return false;
}

Result<> AuditLog::write(const std::deque<AuditEntry>& entries) {
    std::vector<AuditEntry> batch(entries.begin(), entries.end());
    auto work = [&batch](soci::session& sql) { audit_store::append(sql, batch); };
    const Result<> done = database_.write_now(std::move(work));
    if (done.has_value()) written_.Increment(static_cast<double>(batch.size()));
    return done;
}

Result<> AuditLog::flush() {
    std::lock_guard one_writer(writing_);
    std::deque<AuditEntry> batch;
    {
        std::lock_guard lock(mutex_);
        batch.swap(waiting_);
    }
    if (batch.empty()) return {};
    Result<> done = write(batch);
    if (done.has_value()) return {};
    // One bad line (of an organisation that is gone) must not keep the others out for ever.
    const bool by_line = done.error().code == base::ErrorCode::failed_precondition;
    std::deque<AuditEntry> rest;
    for (AuditEntry& entry : batch) {
        const Result<> alone = by_line ? write({entry}) : done;
        if (alone.has_value()) continue;
        if (alone.error().code != base::ErrorCode::failed_precondition) {
            rest.push_back(std::move(entry));
            continue;
        }
        dropped_.Increment();
        base::log_error("audit.refused",
                        {{"org_id", entry.org_id}, {"action", entry.action}, {"target", entry.target}});
    }
    std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.begin(), std::make_move_iterator(rest.begin()),
                    std::make_move_iterator(rest.end()));
    return rest.empty() ? Result<>{} : done;
}

void AuditLog::work(const std::stop_token& stop) {
    std::chrono::milliseconds pause = kWriteWithin;
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, stop, pause, [] { return false; });
        }
        if (stop.stop_requested()) return;  // the destructor writes the rest
        const Result<> done = flush();
        pause = done.has_value() ? kWriteWithin : kRetry;
        if (done.has_error())
            base::log_error("audit.not_written",
                            {{"message", done.error().message}, {"detail", done.error().detail}});
    }
}

Task<Result<Page<AuditEntry>>> AuditLog::list(std::string org_id, AuditFilter filter, PageRequest page) {
    AIMPACT_CO_CHECK(check_page(page, "aud"));
    auto look_up = [org_id, filter, page](soci::session& sql) {
        return audit_store::list(sql, org_id, filter, page.cursor, page.limit + 1);
    };
    AIMPACT_CO_TRY(std::vector<AuditEntry> found, co_await database_.read(std::move(look_up)));
    co_return make_page(std::move(found), page, [](const AuditEntry& entry) { return entry.id; });
}

}  // namespace aimpact::accounts
