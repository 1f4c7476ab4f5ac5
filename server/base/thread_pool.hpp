// A named pool of threads with a bounded queue: where everything that blocks or computes runs, so that I/O
// threads never do. A full queue is an `overloaded` error at once, never a longer wait.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/async.hpp"
#include "base/error.hpp"

namespace aimpact::base {

class ThreadPool {
  public:
    struct Options {
        std::string name;             // shown as the thread name and in metrics
        int threads = 1;              // >= 1
        std::size_t queue_max = 256;  // jobs waiting, not counting those that run
    };

    explicit ThreadPool(Options options);
    // Runs what is queued, then joins.
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    // False if the queue is full or the pool is stopping. `job` must not throw.
    bool try_post(std::function<void()> job);

    // co_await pool.run(f): runs f on the pool and resumes the caller on its own executor. If f returns
    // Result<T>, so does run; if it returns T, run returns Result<T>. `overloaded` when the queue is full.
    // f is moved in; what it refers to must outlive it, also if the awaiting coroutine is cancelled.
    template <class F>
    Task<AsResult<std::invoke_result_t<F&>>> run(F f);

    std::size_t queued() const;
    const std::string& name() const { return options_.name; }
    // Stops taking work, runs what is queued, joins. Idempotent; not from a pool thread.
    void stop();

  private:
    void work();
    Error full_error() const;

    const Options options_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::function<void()>> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

template <class F>
Task<AsResult<std::invoke_result_t<F&>>> ThreadPool::run(F f) {
    using Raw = std::invoke_result_t<F&>;
    using Out = AsResult<Raw>;
    // The slot is shared: a cancelled coroutine may be gone when the job ends.
    struct Slot {
        F f;
        std::optional<Out> out;
    };
    auto slot = std::make_shared<Slot>(Slot{std::move(f), {}});
    auto executor = co_await asio::this_coro::executor;
    auto start = [this, slot, executor](auto handler) {
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        auto finish = [held, executor] { asio::post(executor, [held] { (*held)(); }); };
        const bool taken = try_post([slot, finish] {
            if constexpr (std::is_void_v<Raw>) {
                slot->f();
                slot->out.emplace();
            } else {
                slot->out.emplace(slot->f());
            }
            finish();
        });
        if (!taken) {
            slot->out.emplace(full_error());
            finish();
        }
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(start),
                                                                         asio::use_awaitable);
    co_return std::move(*slot->out);
}

}  // namespace aimpact::base
