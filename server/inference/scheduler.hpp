// Where all model inference of the process runs: a fixed number of worker threads (one per core given to
// inference) and three queues by urgency. A live caller who waits in silence goes before everything else.
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

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

class Scheduler {
  public:
    struct Options {
        int threads = 2;
        std::size_t queue_max = 256;  // per priority; past it `overloaded`
    };
    Scheduler(Options options, base::Metrics& metrics);
    ~Scheduler();

    // co_await run(priority, f): as base::ThreadPool::run. A job whose token is stopped before it starts is
    // not run: the result is `cancelled`.
    template <class F>
    Task<base::AsResult<std::invoke_result_t<F&>>> run(Priority priority, F f, std::stop_token stop = {});

    // On the calling thread's behalf, without a coroutine: blocks until done (CLI, tests).
    template <class F>
    base::AsResult<std::invoke_result_t<F&>> run_blocking(Priority priority, F f);

    // False if that queue is full.
    bool try_post(Priority priority, std::function<void()> job);
    int threads() const;

  private:
    void work(int index);
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace aimpact::inference
