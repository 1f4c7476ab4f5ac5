// Where all model inference of the process runs: a fixed number of worker threads (one per core given to
// inference) and three queues by urgency. A live caller who waits in silence goes before everything else.
//
// A job isn't interrupted by a more urgent one, so batch work (files, REST) leaves one worker free as long as
// live sessions have asked for something within the last seconds; when nobody is live it takes every worker.
//
// Metrics: aimpact_inference_queue_length, aimpact_inference_wait_seconds, aimpact_inference_run_seconds and
// aimpact_inference_refused_total, all by `priority`.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/async.hpp"
#include "base/metrics.hpp"
#include "base/thread_pool.hpp"

namespace aimpact::inference {

using base::Error;
using base::Result;
using base::Task;

enum class Priority {
    caller_waiting,  // end of turn, final transcript, first clause of a reply
    live,            // later clauses, partial transcripts of live sessions
    batch,           // files, REST calls without a person listening
};
inline constexpr int kPriorities = 3;
std::string_view to_string(Priority priority);

// Thread-safe.
class Scheduler {
  public:
    struct Options {
        int threads = 2;
        std::size_t queue_max = 256;                   // per priority; past it `overloaded`
        std::chrono::milliseconds live_window{5'000};  // how long after a live job batch work holds back
    };
    Scheduler(Options options, base::Metrics& metrics);
    // Runs what is queued, then joins. What jobs refer to must live until then.
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    // co_await run(priority, f): as base::ThreadPool::run. A job whose token is stopped before it starts is
    // not run: the result is `cancelled`.
    template <class F>
    Task<base::AsResult<std::invoke_result_t<F&>>> run(Priority priority, F f, std::stop_token stop = {});

    // On the calling thread's behalf, without a coroutine: blocks until done (CLI, tests). Never from a
    // worker.
    template <class F>
    base::AsResult<std::invoke_result_t<F&>> run_blocking(Priority priority, F f);

    // False if that queue is full or the scheduler is stopping. `job` must not throw.
    bool try_post(Priority priority, std::function<void()> job);
    int threads() const;
    std::size_t queued(Priority priority) const;

  private:
    struct Impl;
    static Error full_error(Priority priority);
    static Error cancelled_error();

    std::unique_ptr<Impl> impl_;
};

template <class F>
Task<base::AsResult<std::invoke_result_t<F&>>> Scheduler::run(Priority priority, F f, std::stop_token stop) {
    using Raw = std::invoke_result_t<F&>;
    using Out = base::AsResult<Raw>;
    // The slot is shared: a cancelled coroutine may be gone when the job ends.
    struct Slot {
        F f;
        std::optional<Out> out;
    };
    auto slot = std::make_shared<Slot>(Slot{std::move(f), {}});
    auto executor = co_await base::asio::this_coro::executor;
    auto start = [this, slot, executor, priority, stop](auto handler) {
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        auto finish = [held, executor] { base::asio::post(executor, [held] { (*held)(); }); };
        const bool taken = try_post(priority, [slot, finish, stop] {
            if (stop.stop_requested()) {
                slot->out.emplace(cancelled_error());
            } else if constexpr (std::is_void_v<Raw>) {
                slot->f();
                slot->out.emplace();
            } else {
                slot->out.emplace(slot->f());
            }
            finish();
        });
        if (!taken) {
            slot->out.emplace(full_error(priority));
            finish();
        }
    };
    co_await base::asio::async_initiate<const base::asio::use_awaitable_t<>, void()>(
        std::move(start), base::asio::use_awaitable);
    co_return std::move(*slot->out);
}

template <class F>
base::AsResult<std::invoke_result_t<F&>> Scheduler::run_blocking(Priority priority, F f) {
    using Raw = std::invoke_result_t<F&>;
    using Out = base::AsResult<Raw>;
    std::promise<Out> promise;
    const bool taken = try_post(priority, [&] {
        if constexpr (std::is_void_v<Raw>) {
            f();
            promise.set_value(Out{});
        } else {
            promise.set_value(Out{f()});
        }
    });
    if (!taken) return full_error(priority);
    return promise.get_future().get();
}

}  // namespace aimpact::inference
