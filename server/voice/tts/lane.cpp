#include "voice/tts/lane.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <memory>

namespace aimpact::voice {

base::Task<Lane::Permit> Lane::enter(inference::Priority priority) {
    auto executor = co_await base::asio::this_coro::executor;
    auto start = [this, executor, priority](auto handler) {
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        std::function<void()> resume = [held, executor] {
            base::asio::post(executor, [held] { (*held)(); });
        };
        {
            std::lock_guard lock(mutex_);
            if (busy_) {
                waiting_[static_cast<std::size_t>(priority)].push_back(std::move(resume));
                return;
            }
            busy_ = true;
        }
        resume();
    };
    co_await base::asio::async_initiate<const base::asio::use_awaitable_t<>, void()>(
        std::move(start), base::asio::use_awaitable);
    co_return Permit(*this);
}

void Lane::leave() {
    std::function<void()> next;
    {
        std::lock_guard lock(mutex_);
        for (auto& queue : waiting_) {
            if (queue.empty()) continue;
            next = std::move(queue.front());
            queue.pop_front();
            break;
        }
        if (!next) busy_ = false;
    }
    if (next) next();
}

}  // namespace aimpact::voice
