#include "agents/routes_testing.hpp"

namespace aimpact::agents {
namespace {

using net::Method;

class AgentRoutesTest : public test::RoutesTest {};
INSTANTIATE_TEST_SUITE_P(OnSqlite, AgentRoutesTest, ::testing::Values(storage::Dialect::sqlite),
                         storage::dialect_name);

TEST_P(AgentRoutesTest, AgentsFromCreationToDeletion) {
    const auto made = send(Method::post, "/api/v1/agents",
                           R"({"name":"Desk","variables":{"x":"1"},"greeting":"Hi {{x}}"})");
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.headers.get("ETag"), "\"1\"");
    const std::string id(parsed(made).at("id").as_string());
    const std::string path = "/api/v1/agents/" + id;
    EXPECT_EQ(parsed(send(Method::get, path)).at("greeting").as_string(), "Hi {{x}}");

    EXPECT_EQ(send(Method::patch, path, R"({"emotion":"happy"})").status, 400)
        << "a change names its version";
    const auto changed = send(Method::patch, path, R"({"emotion":"happy"})", "a", "\"1\"");
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(changed.headers.get("ETag"), "\"2\"");
    EXPECT_EQ(send(Method::patch, path, R"({"version":1,"emotion":"sad"})").status, 409);
    EXPECT_EQ(send(Method::patch, path, R"({"version":1})", "a", "\"2\"").status, 400);
    EXPECT_EQ(send(Method::patch, path, R"({})", "a", "two").status, 400);
    EXPECT_EQ(parsed(send(Method::get, path + "/versions")).at("data").as_array().size(), 2u);

    const auto typo = send(Method::post, "/api/v1/agents", R"({"nmae":"Desk"})");
    EXPECT_EQ(typo.status, 400);
    EXPECT_EQ(parsed(typo).at("param").as_string(), "nmae");
    EXPECT_EQ(send(Method::post, "/api/v1/agents", R"({"name":"Desk"})").status, 409);
    EXPECT_EQ(send(Method::post, "/api/v1/agents", R"({"name":"X"})", "viewer").status, 403);
    EXPECT_EQ(send(Method::get, "/api/v1/agents", {}, "nobody").status, 401);
    EXPECT_EQ(send(Method::get, path, {}, "b").status, 404);
    EXPECT_EQ(send(Method::del, path, {}, "b").status, 404);
    EXPECT_EQ(send(Method::del, path).status, 204);
    EXPECT_EQ(send(Method::get, path).status, 404);
}

TEST_P(AgentRoutesTest, ListsWalkThroughPages) {
    for (int i = 0; i < 5; ++i) create("Agent " + std::to_string(i));
    std::set<std::string> seen;
    std::string cursor;
    for (int page = 0; page < 3; ++page) {
        const auto list =
            parsed(send(Method::get, "/api/v1/agents?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor)));
        for (const auto& agent : list.at("data").as_array()) seen.emplace(agent.at("name").as_string());
        const auto* next = list.as_object().if_contains("next_cursor");
        EXPECT_EQ(next == nullptr, page == 2);
        cursor = next ? std::string(next->as_string()) : "";
    }
    EXPECT_EQ(seen.size(), 5u);
    EXPECT_EQ(send(Method::get, "/api/v1/agents?limit=0").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/agents?limit=101").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/agents?cursor=nonsense").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/agents?cursor=WyJhIiwiYiJd").status, 400)
        << "well-formed, but not ours";
    EXPECT_EQ(send(Method::get, "/api/v1/conversations?cursor=WyJhIiwiYiJd").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/conversations?channel=pigeon").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/conversations?agent_id=7").status, 400);
    EXPECT_EQ(send(Method::get, "/api/v1/conversations?started_after=yesterday").status, 400);
}

TEST_P(AgentRoutesTest, ARecordingIsAWavOfBothSides) {
    AgentInput input;
    input.name = "Recorded";
    input.store_audio = true;
    const Agent agent = *run(module->agents().create(who(), input));
    auto loop = open(agent);
    const std::vector<float> second(24'000, 0.5f);
    loop->record_audio(llm::ChatRole::user, 0, second, 24'000);
    loop->record_audio(llm::ChatRole::assistant, 1000, second, 24'000);
    const std::string path = "/api/v1/conversations/" + loop->conversation_id() + "/audio";
    run(loop->record_turn({}));
    EXPECT_EQ(send(Method::get, path).status, 404) << "it has not ended yet";
    run(loop->finish());
    const auto wav = send(Method::get, path);
    ASSERT_EQ(wav.status, 200) << wav.body.substr(0, 200);
    EXPECT_EQ(wav.headers.get("Content-Type"), "audio/wav");
    ASSERT_EQ(wav.body.size(), 44u + 2 * 24'000 * 4);
    EXPECT_EQ(wav.body.substr(0, 4), "RIFF");
    EXPECT_TRUE(parsed(send(Method::get, "/api/v1/conversations/" + loop->conversation_id()))
                    .at("has_audio")
                    .as_bool());
    EXPECT_EQ(send(Method::get, path, {}, "b").status, 404);
}

}  // namespace
}  // namespace aimpact::agents
