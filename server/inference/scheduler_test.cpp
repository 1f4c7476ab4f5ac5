#include "inference/scheduler.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <memory>

#include "inference/admission.hpp"

namespace aimpact::inference {
namespace {

using base::ErrorCode;

// Holds every worker until released. A worker may still be looking at the latch when the gate is gone, so the
// jobs own it too.
struct Gate {
    explicit Gate(Scheduler& scheduler, int workers, Priority priority = Priority::caller_waiting) {
        const auto started = std::make_shared<std::latch>(workers);
        for (int i = 0; i < workers; ++i)
            EXPECT_TRUE(scheduler.try_post(priority, [started, latch = latch_] {
                started->count_down();
                latch->wait();
            }));
        started->wait();
    }

  private:
    std::shared_ptr<std::latch> latch_ = std::make_shared<std::latch>(1);

  public:
    std::latch& open = *latch_;
};

TEST(Scheduler, RunsTheMostUrgentFirst) {
    base::Metrics metrics;
    std::vector<std::string> order;
    {
        Scheduler scheduler({.threads = 1}, metrics);
        Gate gate(scheduler, 1);
        ASSERT_TRUE(scheduler.try_post(Priority::batch, [&] { order.push_back("batch"); }));
        ASSERT_TRUE(scheduler.try_post(Priority::live, [&] { order.push_back("live"); }));
        ASSERT_TRUE(scheduler.try_post(Priority::caller_waiting, [&] { order.push_back("waiting"); }));
        gate.open.count_down();
    }
    EXPECT_EQ(order, (std::vector<std::string>{"waiting", "live", "batch"}));
}

TEST(Scheduler, RefusesPastTheQueueLimitOfThatPriorityOnly) {
    base::Metrics metrics;
    Scheduler scheduler({.threads = 1, .queue_max = 2}, metrics);
    Gate gate(scheduler, 1);
    EXPECT_TRUE(scheduler.try_post(Priority::live, [] {}));
    EXPECT_TRUE(scheduler.try_post(Priority::live, [] {}));
    EXPECT_FALSE(scheduler.try_post(Priority::live, [] {}));
    EXPECT_TRUE(scheduler.try_post(Priority::batch, [] {}));
    EXPECT_EQ(scheduler.queued(Priority::live), 2u);
    auto refused = base::run_sync(scheduler.run(Priority::live, [] { return 1; }));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
    EXPECT_TRUE(refused.error().retry_after.has_value());
    const std::string text = metrics.render();
    EXPECT_NE(text.find("aimpact_inference_refused_total{priority=\"live\"} 2"), std::string::npos) << text;
    EXPECT_NE(text.find("aimpact_inference_queue_length{priority=\"live\"} 2"), std::string::npos) << text;
    gate.open.count_down();
}

TEST(Scheduler, CoroutineGetsTheValueOrTheError) {
    base::Metrics metrics;
    Scheduler scheduler({.threads = 2}, metrics);
    EXPECT_EQ(base::run_sync(scheduler.run(Priority::live, [] { return 7; })).value(), 7);
    auto failing = []() -> Result<int> { return base::not_found("no such voice"); };
    EXPECT_EQ(base::run_sync(scheduler.run(Priority::live, failing)).error().code, ErrorCode::not_found);
    EXPECT_TRUE(base::run_sync(scheduler.run(Priority::live, [] {})).has_value());
    EXPECT_EQ(scheduler.run_blocking(Priority::batch, [] { return std::string("x"); }).value(), "x");
}

TEST(Scheduler, DoesNotRunAJobThatWasStoppedInTheQueue) {
    base::Metrics metrics;
    std::stop_source stop;
    bool ran = false;
    base::asio::io_context io;  // outlives the worker that posts to it
    Scheduler scheduler({.threads = 1}, metrics);
    Gate gate(scheduler, 1);
    std::optional<Result<>> result;
    auto task = [&]() -> Task<void> {
        auto job = [&] { ran = true; };
        result = co_await scheduler.run(Priority::live, job, stop.get_token());
    };
    base::asio::co_spawn(io, task(), base::asio::detached);
    io.poll();
    stop.request_stop();
    gate.open.count_down();
    io.run();
    ASSERT_TRUE(result && result->has_error());
    EXPECT_EQ(result->error().code, ErrorCode::cancelled);
    EXPECT_FALSE(ran);
}

TEST(Scheduler, BatchWorkLeavesAWorkerForLiveSessions) {
    base::Metrics metrics;
    std::atomic<bool> second_batch_ran = false;  // outlives the scheduler, which still runs what is queued
    Scheduler scheduler({.threads = 2, .live_window = std::chrono::hours(1)}, metrics);
    scheduler.run_blocking(Priority::live, [] {}).value();
    Gate gate(scheduler, 1, Priority::batch);
    ASSERT_TRUE(scheduler.try_post(Priority::batch, [&] { second_batch_ran = true; }));
    // A live job gets the free worker although a batch job was there first.
    scheduler.run_blocking(Priority::live, [] {}).value();
    EXPECT_FALSE(second_batch_ran);
    EXPECT_EQ(scheduler.queued(Priority::batch), 1u);
    gate.open.count_down();
}

TEST(Scheduler, BatchWorkTakesEveryWorkerWhenNobodyIsLive) {
    base::Metrics metrics;
    Scheduler scheduler({.threads = 2}, metrics);
    Gate gate(scheduler, 2, Priority::batch);  // returns only once both run at the same time
    gate.open.count_down();
}

TEST(Scheduler, BatchWorkResumesWhenTheLiveWindowEnds) {
    base::Metrics metrics;
    Scheduler scheduler({.threads = 2, .live_window = std::chrono::milliseconds(30)}, metrics);
    scheduler.run_blocking(Priority::live, [] {}).value();
    Gate gate(scheduler, 2, Priority::batch);  // the second one starts by itself after the window
    gate.open.count_down();
}

TEST(Scheduler, RunsWhatIsQueuedBeforeItEnds) {
    base::Metrics metrics;
    std::atomic<int> ran = 0;
    {
        Scheduler scheduler({.threads = 2}, metrics);
        for (int i = 0; i < 100; ++i)
            ASSERT_TRUE(scheduler.try_post(static_cast<Priority>(i % 3), [&] { ++ran; }));
    }
    EXPECT_EQ(ran, 100);
}

TEST(Admission, RefusesPastTheLimitAndGivesPlacesBack) {
    base::Metrics metrics;
    Admission admission(2, metrics);
    auto one = admission.admit();
    {
        auto two = admission.admit();
        ASSERT_TRUE(one && two);
        auto three = admission.admit();
        ASSERT_TRUE(three.has_error());
        EXPECT_EQ(three.error().code, ErrorCode::overloaded);
        EXPECT_TRUE(three.error().retry_after.has_value());
        EXPECT_EQ(admission.active(), 2);
        Admission::Permit moved = std::move(*two);
        EXPECT_EQ(admission.active(), 2);
    }
    EXPECT_EQ(admission.active(), 1);
    EXPECT_TRUE(admission.admit());
    EXPECT_EQ(admission.active(), 1) << "a permit that is dropped gives its place back";
    EXPECT_NE(metrics.render().find("aimpact_live_sessions_refused_total 1"), std::string::npos);
}

}  // namespace
}  // namespace aimpact::inference
