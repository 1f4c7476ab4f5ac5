// The queue of what is still to be written. What a database does to it: conversation_test.cpp.
#include "agents/recorder.hpp"

#include <future>

#include "agents/testing.hpp"

namespace aimpact::agents {
namespace {

class RecorderTest : public test::AgentsTest {
  protected:
    bool flushed() { return run(recorder->flushed()); }

    std::shared_ptr<Recorder> recorder;
    std::vector<int> written;
};
AIMPACT_ON_BOTH_DATABASES(RecorderTest);

TEST_P(RecorderTest, WritesInOrder) {
    recorder = std::make_shared<Recorder>(database(), "conv_1", io.get_executor());
    for (int i = 0; i < 1000; ++i) recorder->put([this, i](soci::session&) { written.push_back(i); });
    EXPECT_TRUE(flushed());
    ASSERT_EQ(written.size(), 1000u);
    EXPECT_TRUE(std::is_sorted(written.begin(), written.end()));
    EXPECT_TRUE(flushed()) << "nothing waits";
}

TEST_P(RecorderTest, WhatWaitsHasALimit) {
    recorder = std::make_shared<Recorder>(database(), "conv_1", io.get_executor());
    std::promise<void> entered, release;
    std::shared_future<void> released = release.get_future().share();
    recorder->put([&, released](soci::session&) {
        entered.set_value();
        released.wait();
        written.push_back(-1);
    });
    io.restart();
    io.poll();  // the first is on its way to the database
    entered.get_future().wait();
    constexpr int kQueueMax = 4096;
    for (int i = 0; i < kQueueMax + 100; ++i)
        recorder->put([this, i](soci::session&) { written.push_back(i); });
    release.set_value();
    EXPECT_TRUE(flushed());
    ASSERT_EQ(written.size(), kQueueMax + 1u) << "the newest are dropped, and nothing else";
    EXPECT_EQ(written.back(), kQueueMax - 1);
    recorder->put([this](soci::session&) { written.push_back(1'000'000); });
    EXPECT_TRUE(flushed());
    EXPECT_EQ(written.back(), 1'000'000) << "once there is room it goes on";
}

TEST_P(RecorderTest, OneThatFailsTakesNoOtherDown) {
    recorder = std::make_shared<Recorder>(database(), "conv_1", io.get_executor());
    const auto add = [this](const std::string& id) {
        recorder->put([id](soci::session& sql) {
            sql << "INSERT INTO organisations (id, name, created_at, updated_at) VALUES (:id, 'x', 0, 0)",
                soci::use(id);
        });
    };
    add("org_1");
    add("org_a");  // is there already
    add("org_2");
    EXPECT_TRUE(flushed());
    const auto kept = database().read_now([](soci::session& sql) {
        int n = 0;
        sql << "SELECT count(*) FROM organisations WHERE id IN ('org_1', 'org_2')", soci::into(n);
        return n;
    });
    EXPECT_EQ(kept.value(), 2);
}

TEST_P(RecorderTest, ARevokedOneTakesNothingMore) {
    recorder = std::make_shared<Recorder>(database(), "conv_1", io.get_executor());
    recorder->revoke();
    recorder->put([this](soci::session&) { written.push_back(1); });
    EXPECT_TRUE(flushed());
    EXPECT_TRUE(written.empty());
}

}  // namespace
}  // namespace aimpact::agents
