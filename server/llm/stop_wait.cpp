#include "llm/stop_wait.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>

namespace aimpact::llm {

namespace asio = base::asio;

namespace {
struct Waiting {
    std::mutex mutex;
    bool fired = false;
    std::function<void()> wake;

    void fire() {
        std::function<void()> now;
        {
            std::lock_guard lock(mutex);
            fired = true;
            now = std::exchange(wake, nullptr);
        }
        if (now) now();
    }
};
}  // namespace

base::Task<void> wait_stopped(std::stop_token stop) {
    const auto executor = co_await asio::this_coro::executor;
    const auto waiting = std::make_shared<Waiting>();
    const std::stop_callback on_stop(stop, [waiting] { waiting->fire(); });
    auto start = [waiting, executor](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected()) slot.assign([waiting](asio::cancellation_type) { waiting->fire(); });
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        auto wake = [held, executor] { asio::post(executor, [held] { (*held)(); }); };
        std::lock_guard lock(waiting->mutex);
        if (waiting->fired)
            wake();
        else
            waiting->wake = wake;
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(start),
                                                                         asio::use_awaitable);
}

}  // namespace aimpact::llm
