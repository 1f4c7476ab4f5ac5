// The coroutine vocabulary of the whole server.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

#include "base/error.hpp"

namespace aimpact::base {

namespace asio = boost::asio;

template <class T = void>
using Task = asio::awaitable<T>;

// Suspends the current coroutine; returns early (without an error) when the coroutine is cancelled.
Task<void> sleep_for(std::chrono::nanoseconds duration);

// An io_context for run_sync. When run() returns, a pool's thread may still be on its way out of the post()
// that ended the work; so a context is not destroyed then, but kept for the next who needs one.
class PrivateContext {
  public:
    PrivateContext();
    ~PrivateContext();
    PrivateContext(const PrivateContext&) = delete;
    PrivateContext& operator=(const PrivateContext&) = delete;

    asio::io_context& context() { return *context_; }
    void run();  // until there is nothing left to do

  private:
    std::unique_ptr<asio::io_context> context_;
    bool done_ = false;
};

// Runs `task` on a private io_context until it ends and returns its value: for tests and command-line tools.
template <class T>
T run_sync(Task<T> task) {
    PrivateContext io;
    std::exception_ptr failure;
    std::optional<T> value;
    asio::co_spawn(io.context(), std::move(task), [&](std::exception_ptr e, T v) {
        failure = e;
        if (!e) value.emplace(std::move(v));
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
}
inline void run_sync(Task<void> task) {
    PrivateContext io;
    std::exception_ptr failure;
    asio::co_spawn(io.context(), std::move(task), [&](std::exception_ptr e) { failure = e; });
    io.run();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace aimpact::base
