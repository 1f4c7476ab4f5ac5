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

#include "base/error.hpp"

namespace aimpact::base {

namespace asio = boost::asio;

template <class T = void>
using Task = asio::awaitable<T>;

// Suspends the current coroutine; returns early (without an error) when the coroutine is cancelled.
Task<void> sleep_for(std::chrono::nanoseconds duration);

// Runs `task` on a private io_context until it ends and returns its value: for tests and command-line tools.
template <class T>
T run_sync(Task<T> task) {
    asio::io_context io;
    std::exception_ptr failure;
    std::optional<T> value;
    asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T v) {
        failure = e;
        if (!e) value.emplace(std::move(v));
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
}
inline void run_sync(Task<void> task) {
    asio::io_context io;
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(task), [&](std::exception_ptr e) { failure = e; });
    io.run();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace aimpact::base
