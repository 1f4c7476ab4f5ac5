#include "base/thread_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace aimpact::base {
namespace {

Task<Result<int>> on_pool(ThreadPool& pool) {
    auto job = [] { return 41; };
    AIMPACT_CO_TRY(const int value, co_await pool.run(job));
    co_return value + 1;
}

Task<Result<>> failing(ThreadPool& pool) {
    auto job = []() -> Result<> { return not_found("nothing there"); };
    co_return co_await pool.run(job);
}

TEST(ThreadPool, RunsAndResumesTheCaller) {
    ThreadPool pool({.name = "t", .threads = 2, .queue_max = 4});
    EXPECT_EQ(*run_sync(on_pool(pool)), 42);
    const auto failed = run_sync(failing(pool));
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().code, ErrorCode::not_found);
}

TEST(ThreadPool, PastItsQueueItRefusesAtOnce) {
    std::latch release(1);
    std::latch started(1);
    {
        ThreadPool pool({.name = "small", .threads = 1, .queue_max = 2});
        ASSERT_TRUE(pool.try_post([&] {
            started.count_down();
            release.wait();
        }));
        started.wait();
        EXPECT_TRUE(pool.try_post([] {}));
        EXPECT_TRUE(pool.try_post([] {}));
        EXPECT_FALSE(pool.try_post([] {}));
        const auto refused = run_sync(on_pool(pool));
        ASSERT_TRUE(refused.has_error());
        EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
        EXPECT_TRUE(refused.error().retry_after.has_value());
        release.count_down();
    }
}

TEST(ThreadPool, StopRunsWhatIsQueuedAndTakesNoMore) {
    std::atomic<int> done{0};
    ThreadPool pool({.name = "s", .threads = 1, .queue_max = 100});
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(pool.try_post([&] { ++done; }));
    pool.stop();
    EXPECT_EQ(done, 50);
    EXPECT_FALSE(pool.try_post([&] { ++done; }));
}

}  // namespace
}  // namespace aimpact::base
