#include "voice/tts/lane.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <memory>

namespace aimpact::voice {

base::Task<Lane::Permit> Lane::enter(inference::Priority priority, Time due) {
    auto executor = co_await base::asio::this_coro::executor;
    auto start = [this, executor, priority, due](auto handler) {
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        std::function<void()> resume = [held, executor] {
            base::asio::post(executor, [held] { (*held)(); });
        };
        {
            std::lock_guard lock(mutex_);
            if (busy_) {
                waiting_.emplace(std::pair(priority == inference::Priority::batch, due), std::move(resume));
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
        if (waiting_.empty())
            busy_ = false;
        else
            next = std::move(waiting_.extract(waiting_.begin()).mapped());
    }
    if (next) next();
}

}  // namespace aimpact::voice
