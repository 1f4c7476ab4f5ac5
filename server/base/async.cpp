#include "base/async.hpp"

#include <boost/asio/redirect_error.hpp>
#include <mutex>
#include <vector>

namespace aimpact::base {

namespace {
struct IdleContexts {
    std::mutex mutex;
    std::vector<std::unique_ptr<asio::io_context>> list;
};
// Never destroyed: a thread may still be in one at the end of the process.
IdleContexts& idle_contexts() {
    static auto* idle = new IdleContexts;
    return *idle;
}
}  // namespace

PrivateContext::PrivateContext() {
    IdleContexts& idle = idle_contexts();
    std::lock_guard lock(idle.mutex);
    if (idle.list.empty()) {
        context_ = std::make_unique<asio::io_context>();
    } else {
        context_ = std::move(idle.list.back());
        idle.list.pop_back();
    }
}

// A context that a handler left by an exception may hold more work, and goes.
PrivateContext::~PrivateContext() {
    if (!done_) return;
    IdleContexts& idle = idle_contexts();
    std::lock_guard lock(idle.mutex);
    idle.list.push_back(std::move(context_));
}

void PrivateContext::run() {
    context_->restart();
    context_->run();
    done_ = true;
}

Task<void> sleep_for(std::chrono::nanoseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(duration));
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace aimpact::base
