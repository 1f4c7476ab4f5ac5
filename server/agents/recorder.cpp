#include "agents/recorder.hpp"

#include "base/log.hpp"

namespace aimpact::agents {

namespace {
// A database that is down for long must not fill the memory with what waits for it.
constexpr std::size_t kQueueMax = 4096;
constexpr std::size_t kBatchMax = 256;
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

base::Task<void> Recorder::flushed() {
    auto barrier = std::make_shared<llm::Stream<bool>>();
    {
        std::unique_lock lock(mutex_);
        if (!writing_ && queue_.empty()) co_return;
        queue_.push_back({nullptr, barrier});
        start(lock);
    }
    while (true) {
        co_await barrier->next();
        if (barrier->take_result()) co_return;
    }
}

void Recorder::start(std::unique_lock<std::mutex>& lock) {
    if (std::exchange(writing_, true)) return;
    lock.unlock();
    base::asio::co_spawn(executor_, write(shared_from_this()), base::asio::detached);
}

base::Task<void> Recorder::apply(std::shared_ptr<std::vector<Operation>> batch) {
    auto together = [batch](soci::session& sql) {
        for (const Operation& operation : *batch) operation(sql);
    };
    if (const auto written = co_await database_.write(std::move(together)); written.has_value()) co_return;
    // Once more (the database has retried by itself what is transient), each alone, so that one doesn't take
    // the others down. A conversation that was deleted while it went on ends here.
    co_await base::sleep_for(std::chrono::milliseconds{200});
    for (const Operation& operation : *batch) {
        auto alone = [&operation](soci::session& sql) { operation(sql); };
        const auto written = co_await database_.write(std::move(alone));
        if (written.has_error())
            base::log_error("conversation.record_failed", {{"conversation_id", conversation_id_},
                                                           {"code", base::to_string(written.error().code)},
                                                           {"detail", written.error().detail}});
    }
}

base::Task<void> Recorder::write(std::shared_ptr<Recorder> self) {
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
        if (!batch->empty()) co_await self->apply(batch);
        for (const auto& barrier : barriers) barrier->finish(true);
    }
}

}  // namespace aimpact::agents
