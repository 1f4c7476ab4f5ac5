#include "agents/rendered_agents.hpp"

#include <gtest/gtest.h>

namespace aimpact::agents {
namespace {

RenderedAgents::Text text(std::size_t bytes, char c = 'x') {
    return std::make_shared<const std::string>(bytes, c);
}

AgentRevision revision(std::string id, int version, int millis = 0) {
    return {std::move(id), version, base::from_unix_millis(millis)};
}

TEST(RenderedAgentsTest, FindsOnlyTheVeryRevision) {
    RenderedAgents rendered;
    rendered.put(revision("a", 1, 5), text(3));
    ASSERT_NE(rendered.find(revision("a", 1, 5)), nullptr);
    EXPECT_EQ(*rendered.find(revision("a", 1, 5)), "xxx");
    EXPECT_EQ(rendered.find(revision("a", 2, 5)), nullptr);
    EXPECT_EQ(rendered.find(revision("a", 1, 6)), nullptr) << "a restored database numbers versions again";
    EXPECT_EQ(rendered.find(revision("b", 1, 5)), nullptr);
}

TEST(RenderedAgentsTest, ANewRevisionReplacesTheOld) {
    RenderedAgents rendered;
    rendered.put(revision("a", 1), text(10));
    rendered.put(revision("a", 2), text(4, 'y'));
    EXPECT_EQ(rendered.find(revision("a", 1)), nullptr);
    EXPECT_EQ(*rendered.find(revision("a", 2)), "yyyy");
    EXPECT_EQ(rendered.bytes(), 4u);
}

TEST(RenderedAgentsTest, StaysWithinItsBytes) {
    RenderedAgents rendered(80);
    for (int i = 0; i < 8; ++i) rendered.put(revision(std::to_string(i), 1), text(10));
    EXPECT_EQ(rendered.bytes(), 80u);
    ASSERT_NE(rendered.find(revision("0", 1)), nullptr);  // now the last used
    rendered.put(revision("8", 1), text(10));
    EXPECT_EQ(rendered.bytes(), 80u);
    EXPECT_NE(rendered.find(revision("0", 1)), nullptr);
    EXPECT_EQ(rendered.find(revision("1", 1)), nullptr) << "the least recently used one goes";
    rendered.put(revision("0", 2), text(11));  // too large to keep; the old revision goes all the same
    EXPECT_EQ(rendered.find(revision("0", 2)), nullptr);
    EXPECT_EQ(rendered.find(revision("0", 1)), nullptr);
    EXPECT_EQ(rendered.bytes(), 70u);
}

}  // namespace
}  // namespace aimpact::agents
