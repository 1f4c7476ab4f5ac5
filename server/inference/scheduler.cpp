#include "inference/scheduler.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace aimpact::inference {

namespace {
using Clock = std::chrono::steady_clock;

struct Job {
    std::function<void()> run;
    Clock::time_point queued_at;
};

struct Queue {
    std::deque<Job> jobs;
    prometheus::Gauge* length = nullptr;
    prometheus::Histogram* wait = nullptr;
    prometheus::Histogram* run = nullptr;
    prometheus::Counter* refused = nullptr;
};

double seconds(Clock::duration d) {
    return std::chrono::duration<double>(d).count();
}
}  // namespace

std::string_view to_string(Priority priority) {
    switch (priority) {
        case Priority::caller_waiting:
            return "caller_waiting";
        case Priority::live:
            return "live";
        case Priority::batch:
            return "batch";
    }
    return "batch";
}

struct Scheduler::Impl {
    Options options;
    mutable std::mutex mutex;
    std::condition_variable ready;
    std::array<Queue, kPriorities> queues;
    bool stopping = false;
    int batch_running = 0;
    Clock::time_point last_live{};  // when a live job was last posted
    std::vector<std::thread> threads;

    // With the mutex held. How many workers batch jobs may take now.
    int batch_limit(Clock::time_point now) const {
        const bool live = last_live != Clock::time_point{} && now - last_live < options.live_window;
        return live && !stopping ? std::max(1, options.threads - 1) : options.threads;
    }

    // With the mutex held. The queue to serve next, or -1.
    int next(Clock::time_point now) const {
        for (int i = 0; i < kPriorities; ++i) {
            if (queues[i].jobs.empty()) continue;
            if (i == static_cast<int>(Priority::batch) && batch_running >= batch_limit(now)) continue;
            return i;
        }
        return -1;
    }

    void work(int index) {
        pthread_setname_np(pthread_self(), ("inference-" + std::to_string(index)).substr(0, 15).c_str());
        std::unique_lock lock(mutex);
        for (;;) {
            const int chosen = next(Clock::now());
            if (chosen < 0) {
                const bool batch_held_back = !queues[static_cast<int>(Priority::batch)].jobs.empty();
                if (stopping && !batch_held_back) return;
                // The live window ends without anybody telling us.
                if (batch_held_back)
                    ready.wait_until(lock, last_live + options.live_window);
                else
                    ready.wait(lock);
                continue;
            }
            Queue& queue = queues[chosen];
            Job job = std::move(queue.jobs.front());
            queue.jobs.pop_front();
            queue.length->Set(static_cast<double>(queue.jobs.size()));
            const bool batch = chosen == static_cast<int>(Priority::batch);
            if (batch) ++batch_running;
            lock.unlock();
            const auto started = Clock::now();
            queue.wait->Observe(seconds(started - job.queued_at));
            job.run();
            job.run = nullptr;  // what it captured goes before the next wait
            queue.run->Observe(seconds(Clock::now() - started));
            lock.lock();
            if (batch) {
                --batch_running;
                ready.notify_one();
            }
        }
    }
};

Scheduler::Scheduler(Options options, base::Metrics& metrics) : impl_(std::make_unique<Impl>()) {
    options.threads = std::max(1, options.threads);
    impl_->options = options;
    for (int i = 0; i < kPriorities; ++i) {
        Queue& queue = impl_->queues[i];
        const base::Labels labels{{"priority", std::string(to_string(static_cast<Priority>(i)))}};
        queue.length = &metrics.gauge("aimpact_inference_queue_length", "Inference jobs waiting", labels);
        queue.wait = &metrics.histogram("aimpact_inference_wait_seconds",
                                        "Time an inference job waited for a worker", labels);
        queue.run = &metrics.histogram("aimpact_inference_run_seconds", "Time an inference job ran", labels);
        queue.refused = &metrics.counter("aimpact_inference_refused_total",
                                         "Inference jobs refused: the queue was full", labels);
    }
    for (int i = 0; i < options.threads; ++i) impl_->threads.emplace_back([this, i] { impl_->work(i); });
}

Scheduler::~Scheduler() {
    {
        std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->ready.notify_all();
    for (std::thread& thread : impl_->threads) thread.join();
}

bool Scheduler::try_post(Priority priority, std::function<void()> job) {
    Queue& queue = impl_->queues[static_cast<int>(priority)];
    {
        std::lock_guard lock(impl_->mutex);
        const auto now = Clock::now();
        if (impl_->stopping || queue.jobs.size() >= impl_->options.queue_max) {
            queue.refused->Increment();
            return false;
        }
        if (priority != Priority::batch) impl_->last_live = now;
        queue.jobs.push_back({std::move(job), now});
        queue.length->Set(static_cast<double>(queue.jobs.size()));
    }
    impl_->ready.notify_one();
    return true;
}

int Scheduler::threads() const {
    return impl_->options.threads;
}

std::size_t Scheduler::queued(Priority priority) const {
    std::lock_guard lock(impl_->mutex);
    return impl_->queues[static_cast<int>(priority)].jobs.size();
}

Error Scheduler::full_error(Priority priority) {
    return Error{base::ErrorCode::overloaded,
                 "The server is at its limit. Try again in a moment.",
                 "inference queue '" + std::string(to_string(priority)) + "' is full",
                 {},
                 std::chrono::seconds{1}};
}

Error Scheduler::cancelled_error() {
    return Error{base::ErrorCode::cancelled, "The work was cancelled before it started."};
}

}  // namespace aimpact::inference
