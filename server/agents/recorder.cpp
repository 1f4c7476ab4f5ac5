#include "agents/recorder.hpp"

#include "base/log.hpp"

namespace aimpact::agents {

namespace {
// A database that is down for long must not fill the memory with what waits for it.
constexpr std::size_t kQueueMax = 4096;
constexpr std::size_t kBatchMax = 256;
// Between two tries while the database takes nothing.
constexpr std::chrono::milliseconds kPauseMin{500}, kPauseMax{10'000};
}  // namespace

void Recorder::put(Operation operation) {
    if (revoked_) return;
    std::unique_lock lock(mutex_);
    if (queue_.size() >= kQueueMax) {
        lock.unlock();
        base::log_error("conversation.record_dropped", {{"conversation_id", conversation_id_}});
        return;
    }
    queue_.push_back({std::move(operation), nullptr});
    start(lock);
}

base::Task<bool> Recorder::flushed() {
    auto barrier = std::make_shared<llm::Stream<bool>>();
    {
        std::unique_lock lock(mutex_);
        if (failing_) co_return false;
        if (!writing_ && queue_.empty()) co_return true;
        queue_.push_back({nullptr, barrier});
        start(lock);
    }
    while (true) {
        co_await barrier->next();
        if (const auto written = barrier->take_result()) co_return written->has_value() && **written;
    }
}

void Recorder::start(std::unique_lock<std::mutex>& lock) {
    if (std::exchange(writing_, true)) return;
    lock.unlock();
    base::asio::co_spawn(executor_, write(shared_from_this()), base::asio::detached);
}

// Returns what the database could not take now, in order.
base::Task<std::vector<Recorder::Operation>> Recorder::apply(std::shared_ptr<std::vector<Operation>> batch) {
    std::vector<Operation> left;
    auto together = [batch](soci::session& sql) {
        for (const Operation& operation : *batch) operation(sql);
    };
    if (const auto written = co_await database_.write(std::move(together)); written.has_value())
        co_return left;
    // Once more (the database has retried by itself what is transient), each alone, so that one doesn't take
    // the others down. A conversation that was deleted while it went on ends here.
    co_await base::sleep_for(std::chrono::milliseconds{200});
    for (std::size_t i = 0; i < batch->size(); ++i) {
        auto alone = [batch, i](soci::session& sql) { (*batch)[i](sql); };
        const auto written = co_await database_.write(std::move(alone));
        if (!written.has_error()) continue;
        const base::ErrorCode code = written.error().code;
        if (code == base::ErrorCode::unavailable || code == base::ErrorCode::overloaded) {
            left.assign(batch->begin() + static_cast<std::ptrdiff_t>(i), batch->end());
            break;
        }
        base::log_error("conversation.record_failed", {{"conversation_id", conversation_id_},
                                                       {"code", base::to_string(code)},
                                                       {"detail", written.error().detail}});
    }
    co_return left;
}

base::Task<void> Recorder::write(std::shared_ptr<Recorder> self) {
    std::chrono::milliseconds pause = kPauseMin;
    while (true) {
        auto batch = std::make_shared<std::vector<Operation>>();
        std::vector<std::shared_ptr<llm::Stream<bool>>> barriers;
        {
            std::lock_guard lock(self->mutex_);
            while (!self->queue_.empty() && batch->size() < kBatchMax) {
                Entry entry = std::move(self->queue_.front());
                self->queue_.pop_front();
                if (entry.operation)
                    batch->push_back(std::move(entry.operation));
                else
                    barriers.push_back(std::move(entry.barrier));
            }
            if (batch->empty() && barriers.empty()) {
                self->writing_ = false;
                co_return;
            }
        }
        std::vector<Operation> left;
        if (!batch->empty()) left = co_await self->apply(batch);
        const bool failing = !left.empty();
        {
            std::lock_guard lock(self->mutex_);
            for (auto at = left.rbegin(); at != left.rend(); ++at)
                self->queue_.push_front({std::move(*at), nullptr});
            if (failing)  // who waits for what is still queued need not wait any longer
                std::erase_if(self->queue_, [&](Entry& entry) {
                    if (entry.operation) return false;
                    barriers.push_back(std::move(entry.barrier));
                    return true;
                });
            if (std::exchange(self->failing_, failing) != failing)
                base::log_warn(
                    failing ? "conversation.record_delayed" : "conversation.record_caught_up",
                    {{"conversation_id", self->conversation_id_}, {"waiting", self->queue_.size()}});
        }
        for (const auto& barrier : barriers) barrier->finish(!failing);
        if (failing) {
            co_await base::sleep_for(pause);
            pause = std::min(2 * pause, kPauseMax);
        } else {
            pause = kPauseMin;
        }
    }
}

}  // namespace aimpact::agents
