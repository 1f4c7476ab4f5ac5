#include "base/thread_pool.hpp"

#include <pthread.h>

namespace aimpact::base {

ThreadPool::ThreadPool(Options options) : options_(std::move(options)) {
    for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
    stop();
}

void ThreadPool::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

bool ThreadPool::try_post(std::function<void()> job) {
    {
        std::lock_guard lock(mutex_);
        if (stopping_ || queue_.size() >= options_.queue_max) return false;
        queue_.push_back(std::move(job));
    }
    ready_.notify_one();
    return true;
}

std::size_t ThreadPool::queued() const {
    std::lock_guard lock(mutex_);
    return queue_.size();
}

Error ThreadPool::full_error() const {
    return Error{ErrorCode::overloaded,
                 "The server is at its limit. Try again in a moment.",
                 "pool '" + options_.name + "' is full",
                 {},
                 std::chrono::seconds{1}};
}

void ThreadPool::work() {
    pthread_setname_np(pthread_self(), options_.name.substr(0, 15).c_str());
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            job = std::move(queue_.front());
            queue_.pop_front();
        }
        job();
    }
}

}  // namespace aimpact::base
