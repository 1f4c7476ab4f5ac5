#include "agents/agent_service.hpp"

#include "agents/agent_limits.hpp"
#include "agents/prompt_template.hpp"
#include "agents/testing.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {
namespace {

using base::ErrorCode;

class AgentServiceTest : public test::AgentsTest {
  protected:
    AgentService& service() { return module->agents(); }
    std::string refused(AgentInput input) {
        if (!input.name) input.name = "Name";
        const auto result = run(service().create(who(), std::move(input)));
        if (result.has_value()) return "(accepted)";
        EXPECT_EQ(result.error().code, ErrorCode::invalid_argument) << result.error().message;
        EXPECT_FALSE(result.error().message.empty());
        return result.error().param;
    }
};
AIMPACT_ON_BOTH_DATABASES(AgentServiceTest);

TEST_P(AgentServiceTest, KeepsWhatWasGiven) {
    AgentInput input = *decode_agent_input(R"({
        "name": "Réception", "description": "d", "instructions": "For {{practice}} on {{date}}.",
        "variables": {"practice": "Hill Street"}, "greeting": "Hello, {{practice}}!", "voice": "am_adam",
        "emotion": "calm", "emotion_intensity": 0.4, "speed": 1.25, "expressive": true, "language": "en-GB",
        "model": {"provider": "openai_compatible", "name": "gpt", "base_url": "https://host/v1", "api_key": "sk-secret",
                  "temperature": 0.3, "max_output_tokens": 99},
        "turn_detection": {"type": "server_vad", "threshold": 0.7, "silence_duration_ms": 700, "eagerness": "low",
                           "interrupt_response": false},
        "store_audio": true,
        "idle": {"after_seconds": 7.5, "prompts": ["Hello?"], "max_prompts": 1},
        "fillers": {"texts": ["One moment."], "after_ms": 800},
        "tools": [{"type": "function", "name": "f", "description": "x", "parameters": {"type": "object"}}]})");
    const auto made = run(service().create(who(), input));
    ASSERT_TRUE(made.has_value()) << made.error().message << made.error().param;
    restart();
    const auto agent = run(service().get("org_a", made->id));
    ASSERT_TRUE(agent.has_value());
    const auto json = agent_json(*agent);
    EXPECT_EQ(json, agent_json(*made));
    EXPECT_EQ(json.at("name").as_string(), "Réception");
    EXPECT_EQ(agent->style.intensity, 0.4);
    EXPECT_TRUE(json.at("expressive").as_bool());
    EXPECT_EQ(json.at("turn_detection").at("type").as_string(), "server_vad");
    EXPECT_FALSE(json.at("turn_detection").at("interrupt_response").as_bool());
    EXPECT_EQ(json.at("turn_detection").at("interruptions").as_string(), "vad");
    EXPECT_EQ(json.at("idle").at("after_seconds").as_double(), 7.5);
    EXPECT_EQ(json.at("fillers").at("after_ms").as_int64(), 800);
    EXPECT_EQ(json.at("fillers").at("every_ms").as_int64(), 6000);
    EXPECT_TRUE(json.at("model").at("has_api_key").as_bool());
    EXPECT_EQ(boost::json::serialize(json).find("sk-secret"), std::string::npos);
    EXPECT_EQ(agent->model.sealed_api_key.find("sk-secret"), std::string::npos);
    const auto route = service().model_route(*agent);
    ASSERT_TRUE(route.has_value());
    EXPECT_EQ(route->api_key, "sk-secret");
    EXPECT_EQ(route->base_url, "https://host/v1");
}

TEST_P(AgentServiceTest, FillsInDefaults) {
    const Agent agent = make_agent();
    const auto json = agent_json(agent);
    EXPECT_EQ(json.at("model").at("provider").as_string(), "local");
    EXPECT_EQ(json.at("model").at("name").as_string(), "tiny");
    EXPECT_EQ(json.at("model").at("temperature").as_double(), 0.7);
    EXPECT_EQ(json.at("voice").as_string(), "af_heart");
    EXPECT_EQ(json.at("turn_detection").at("type").as_string(), "semantic_vad");
    EXPECT_EQ(json.at("version").as_int64(), 1);
}

TEST_P(AgentServiceTest, EveryUpdateIsAVersion) {
    const Agent agent = make_agent();
    clock.advance(std::chrono::seconds{5});
    AgentInput change;
    change.version = 1;
    change.greeting = "Hi!";
    const auto second = run(service().update(who(), agent.id, change));
    ASSERT_TRUE(second.has_value()) << second.error().message;
    EXPECT_EQ(second->version, 2);
    EXPECT_GT(second->updated_at, agent.updated_at);
    EXPECT_EQ(second->instructions, "Be kind.");

    const auto late = run(service().update(who(), agent.id, change));  // still based on 1
    ASSERT_TRUE(late.has_error());
    EXPECT_EQ(late.error().code, ErrorCode::conflict);
    change.version = 2;
    EXPECT_EQ(run(service().update(who(), agent.id, change))->version, 2)
        << "nothing changed: no new version";
    change.version.reset();
    EXPECT_EQ(run(service().update(who(), agent.id, change)).error().param, "version");

    const auto versions = run(service().versions("org_a", agent.id, {}));
    ASSERT_TRUE(versions.has_value());
    ASSERT_EQ(versions->items.size(), 2u);
    EXPECT_EQ(versions->items[0].version, 2);
    EXPECT_EQ(versions->items[0].agent.greeting, "Hi!");
    EXPECT_EQ(versions->items[1].agent.greeting, "");
    EXPECT_EQ(versions->items[1].created_by, "usr_1");
    PageRequest one;
    one.limit = 1;
    const auto page = run(service().versions("org_a", agent.id, one));
    EXPECT_FALSE(page->next_cursor.empty());
}

TEST_P(AgentServiceTest, KeepsAndForgetsTheKey) {
    AgentInput input;
    input.name = "With key";
    input.model = ModelInput{"openai_compatible", "m", "https://host/v1", "sk-1", {}, {}};
    const Agent agent = *run(service().create(who(), input));
    AgentInput change;
    change.version = 1;
    change.model = ModelInput{"openai_compatible", "m2", "https://host/v1", {}, {}, {}};
    const Agent kept = *run(service().update(who(), agent.id, change));
    EXPECT_EQ(service().model_route(kept)->api_key, "sk-1");

    change.version = 2;
    change.model->base_url = "https://elsewhere/v1";  // the key must not be sent there unasked
    EXPECT_EQ(run(service().update(who(), agent.id, change)).error().param, "model.api_key");
    change.model->api_key = "sk-2";
    const Agent moved = *run(service().update(who(), agent.id, change));
    EXPECT_EQ(service().model_route(moved)->api_key, "sk-2");

    change.version = 3;
    change.model->api_key = "";
    const Agent without = *run(service().update(who(), agent.id, change));
    EXPECT_TRUE(without.model.sealed_api_key.empty());
    EXPECT_EQ(without.version, 4);
}

TEST_P(AgentServiceTest, NamesAreTakenOnceUntilDeleted) {
    const Agent agent = make_agent("Desk");
    AgentInput input;
    input.name = "Desk";
    const auto again = run(service().create(who(), input));
    ASSERT_TRUE(again.has_error());
    EXPECT_EQ(again.error().code, ErrorCode::conflict);
    EXPECT_TRUE(run(service().create(who("org_b"), input)).has_value());
    const Agent other = make_agent("Other");
    AgentInput rename;
    rename.version = 1;
    rename.name = "Desk";
    EXPECT_EQ(run(service().update(who(), other.id, rename)).error().code, ErrorCode::conflict);
    ASSERT_TRUE(run(service().remove(who(), agent.id)).has_value());
    EXPECT_EQ(run(service().get("org_a", agent.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().remove(who(), agent.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().versions("org_a", agent.id, {})).error().code, ErrorCode::not_found);
    EXPECT_TRUE(run(service().create(who(), input)).has_value());
}

TEST_P(AgentServiceTest, OtherOrganisationsSeeNothing) {
    const Agent agent = make_agent();
    AgentInput change;
    change.version = 1;
    change.name = "Stolen";
    EXPECT_EQ(run(service().get("org_b", agent.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().update(who("org_b"), agent.id, change)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().remove(who("org_b"), agent.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().versions("org_b", agent.id, {})).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().resolve("org_b", agent.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().resolve("org_b", "Front desk")).error().code, ErrorCode::not_found);
    EXPECT_TRUE(run(service().list("org_b", "", {}))->items.empty());
    EXPECT_EQ(run(service().get("org_a", agent.id))->name, "Front desk");
    EXPECT_EQ(run(service().get("org_a", "agt_1' OR '1'='1")).error().code, ErrorCode::not_found);
}

TEST_P(AgentServiceTest, ListsInPagesLastUpdatedFirst) {
    for (int i = 0; i < 7; ++i) {
        make_agent("Agent " + std::to_string(i));
        if (i % 2) clock.advance(std::chrono::seconds{1});  // some share their time
    }
    std::vector<std::string> names;
    PageRequest page;
    page.limit = 3;
    for (int round = 0; round < 4; ++round) {
        const auto found = run(service().list("org_a", "", page));
        ASSERT_TRUE(found.has_value());
        for (const Agent& agent : found->items) names.push_back(agent.name);
        if (found->next_cursor.empty()) break;
        const Agent& last = found->items.back();
        page.after = {std::to_string(base::unix_millis(last.updated_at)), last.id};
    }
    ASSERT_EQ(names.size(), 7u);
    EXPECT_EQ(names.front(), "Agent 6");
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 7u);
    EXPECT_EQ(run(service().list("org_a", "aGENT 3", {}))->items.size(), 1u);
    EXPECT_EQ(run(service().list("org_a", "100%_", {}))->items.size(), 0u) << "wildcards are just characters";
    EXPECT_TRUE(run(service().list("org_a", std::string(101, 'x'), {})).has_error());
}

TEST_P(AgentServiceTest, AListAsJsonIsTheListOfNow) {
    const auto lists = [this](const std::string& org, const std::string& search = "", PageRequest page = {}) {
        const auto found = run(service().list(org, search, page));
        const auto json = run(service().list_json(org, search, page));
        EXPECT_TRUE(found.has_value() && json.has_value());
        EXPECT_EQ(found->next_cursor, json->next_cursor);
        std::vector<std::string> expected, got;
        for (const Agent& agent : found->items) expected.push_back(base::to_text(agent_json(agent)));
        for (const auto& text : json->items) got.push_back(*text);
        EXPECT_EQ(got, expected);
        return got;
    };
    std::vector<Agent> made;
    for (int i = 0; i < 5; ++i) {
        made.push_back(make_agent("Agent " + std::to_string(i)));
        clock.advance(std::chrono::seconds{1});
    }
    ASSERT_EQ(lists("org_a").size(), 5u);
    EXPECT_EQ(lists("org_a").size(), 5u) << "from memory";
    EXPECT_EQ(lists("org_a", "agent 3").size(), 1u);
    PageRequest page;
    page.limit = 2;
    EXPECT_EQ(lists("org_a", "", page).size(), 2u);
    page.after = {std::to_string(base::unix_millis(made[3].updated_at)), made[3].id};
    EXPECT_NE(lists("org_a", "", page).front().find("Agent 2"), std::string::npos);
    EXPECT_TRUE(lists("org_b").empty()) << "what is in memory is nobody else's";

    // Another process changes an agent: this one's service knows nothing of it.
    AgentsModule other({database(), clock, random, models, nullptr, secrets, folder.path, {}, {}});
    AgentInput change;
    change.version = 1;
    change.greeting = "Good morning!";
    ASSERT_TRUE(run(other.agents().update(who(), made[1].id, change)).has_value());
    const auto changed = lists("org_a");
    ASSERT_EQ(changed.size(), 5u);
    EXPECT_NE(changed.front().find("Good morning!"), std::string::npos);
    change.version = 2;
    change.greeting.reset();
    change.model = ModelInput{"openai_compatible", "m", "https://host/v1", "sk-1", {}, {}};
    ASSERT_TRUE(run(other.agents().update(who(), made[1].id, change)).has_value());
    EXPECT_NE(lists("org_a").front().find("\"has_api_key\":true"), std::string::npos);
    ASSERT_TRUE(run(other.agents().remove(who(), made[1].id)).has_value());
    EXPECT_EQ(lists("org_a").size(), 4u);
    EXPECT_TRUE(run(service().list_json("org_a", std::string(101, 'x'), {})).has_error());
}

TEST_P(AgentServiceTest, AnOrganisationHasALimitOfAgents) {
    const Agent first = make_agent();
    const auto filled = database().write_now([](soci::session& sql) {
        const int more = static_cast<int>(limits::kAgentsPerOrganisation) - 1;
        sql << "INSERT INTO agents (id, org_id, version, name, description, model_key_sealed, created_at, "
               "updated_at) "
               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                   std::to_string(more) +
                   ") SELECT 'filler' || i, 'org_a', 1, 'Filler ' || i, '', '', 0, 0 FROM n";
    });
    ASSERT_TRUE(filled.has_value()) << filled.error().detail;
    AgentInput input;
    input.name = "One too many";
    const auto refused = run(service().create(who(), input));
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
    EXPECT_NE(refused.error().message.find("10000"), std::string::npos);
    EXPECT_TRUE(run(service().create(who("org_b"), input)).has_value()) << "others have their own";
    ASSERT_TRUE(run(service().remove(who(), first.id)).has_value());
    EXPECT_TRUE(run(service().create(who(), input)).has_value());
}

TEST_P(AgentServiceTest, ResolvesIdsAndNames) {
    const Agent agent = make_agent("Front desk");
    EXPECT_EQ(run(service().resolve("org_a", agent.id))->id, agent.id);
    EXPECT_EQ(run(service().resolve("org_a", "Front desk"))->id, agent.id);
    const auto none = run(service().resolve("org_a", "gpt-17"));
    EXPECT_EQ(none.error().code, ErrorCode::not_found);
    EXPECT_EQ(none.error().param, "model");
}

TEST_P(AgentServiceTest, EveryLimitIsKept) {
    if (GetParam() != storage::Dialect::sqlite) GTEST_SKIP() << "no database is involved";
    AgentInput in;
    in.name = std::string(limits::kNameChars + 1, 'x');
    EXPECT_EQ(refused(in), "name");
    in.name = "  ";
    EXPECT_EQ(refused(in), "name");
    in = {};
    in.version = 1;
    EXPECT_EQ(refused(in), "version");
    in = {};
    in.description = std::string(limits::kDescriptionChars + 1, 'x');
    EXPECT_EQ(refused(in), "description");
    in = {};
    in.instructions = std::string(limits::kInstructionsChars + 1, 'x');
    EXPECT_EQ(refused(in), "instructions");
    in.instructions = std::string("a\0b", 3);
    EXPECT_EQ(refused(in), "instructions");
    in.instructions = "Hello {{nobody}}";
    EXPECT_EQ(refused(in), "instructions");
    in = {};
    in.greeting = std::string(limits::kGreetingChars + 1, 'x');
    EXPECT_EQ(refused(in), "greeting");
    in.greeting = "{{";
    EXPECT_EQ(refused(in), "greeting");
    in = {};
    in.variables.emplace();
    for (std::size_t i = 0; i <= limits::kVariables; ++i) (*in.variables)["v" + std::to_string(i)] = "";
    EXPECT_EQ(refused(in), "variables");
    in.variables = Variables{std::pair<const std::string, std::string>("Bad-Name", "")};
    EXPECT_EQ(refused(in), "variables");
    in.variables = Variables{{"v", std::string(limits::kVariableValueChars + 1, 'x')}};
    EXPECT_EQ(refused(in), "variables.v");
    in = {};
    in.voice = "nobody";
    EXPECT_EQ(refused(in), "voice");
    in = {};
    in.emotion_intensity = 1.01;
    EXPECT_EQ(refused(in), "emotion_intensity");
    in.emotion_intensity = -0.01;
    EXPECT_EQ(refused(in), "emotion_intensity");
    in = {};
    in.speed = 2.01;
    EXPECT_EQ(refused(in), "speed");
    in = {};
    in.language = "english";
    EXPECT_EQ(refused(in), "language");
    const auto tool = [](std::string name) { return ToolInput{"function", std::move(name), {}, {}}; };
    in = {};
    in.tools = std::vector<ToolInput>(limits::kTools + 1, tool("f"));
    EXPECT_EQ(refused(in), "tools");
    in.tools = std::vector{tool("f"), tool("f")};
    EXPECT_EQ(refused(in), "tools[1].name");
    in.tools = std::vector{tool("no blanks")};
    EXPECT_EQ(refused(in), "tools[0].name");
    in.tools = std::vector{tool(std::string(limits::kToolNameChars + 1, 'f'))};
    EXPECT_EQ(refused(in), "tools[0].name");
    in.tools = std::vector{ToolInput{"magic", "f", {}, {}}};
    EXPECT_EQ(refused(in), "tools[0].type");
    in.tools =
        std::vector{ToolInput{"function", "f", std::string(limits::kToolDescriptionChars + 1, 'x'), {}}};
    EXPECT_EQ(refused(in), "tools[0].description");
    in.tools = std::vector{ToolInput{"function", "f", {}, boost::json::object{{"type", "string"}}}};
    EXPECT_EQ(refused(in), "tools[0].parameters");
    in.tools = std::vector{ToolInput{
        "function",
        "f",
        {},
        boost::json::object{{"type", "object"}, {"x", std::string(limits::kToolParametersBytes, 'x')}}}};
    EXPECT_EQ(refused(in), "tools[0].parameters");
    in = {};
    in.model = ModelInput{"magic", {}, {}, {}, {}, {}};
    EXPECT_EQ(refused(in), "model.provider");
    in.model = ModelInput{"local", "huge", {}, {}, {}, {}};
    EXPECT_EQ(refused(in), "model.name");
    in.model = ModelInput{"local", {}, "https://host/v1", {}, {}, {}};
    EXPECT_EQ(refused(in), "model.base_url");
    in.model = ModelInput{"openai_compatible", {}, "https://host/v1", {}, {}, {}};
    EXPECT_EQ(refused(in), "model.name");
    in.model = ModelInput{"openai_compatible", "m", "ftp://host", {}, {}, {}};
    EXPECT_EQ(refused(in), "model.base_url");
    in.model = ModelInput{
        "openai_compatible", std::string(limits::kModelNameChars + 1, 'm'), "https://h/v1", {}, {}, {}};
    EXPECT_EQ(refused(in), "model.name");
    in.model = ModelInput{
        "openai_compatible", "m", "https://h/v1", std::string(limits::kApiKeyChars + 1, 'k'), {}, {}};
    EXPECT_EQ(refused(in), "model.api_key");
    in.model->api_key = "two words";
    EXPECT_EQ(refused(in), "model.api_key");
    in.model = ModelInput{"local", {}, {}, {}, 2.1, {}};
    EXPECT_EQ(refused(in), "model.temperature");
    in.model = ModelInput{"local", {}, {}, {}, {}, 16'385};
    EXPECT_EQ(refused(in), "model.max_output_tokens");
    in = {};
    in.turn_detection = TurnDetectionInput{"sometimes", {}, {}, {}, {}, {}, {}, {}};
    EXPECT_EQ(refused(in), "turn_detection.type");
    in.turn_detection = TurnDetectionInput{{}, {}, 1.1, {}, {}, {}, {}, {}};
    EXPECT_EQ(refused(in), "turn_detection.threshold");
    in.turn_detection = TurnDetectionInput{{}, {}, {}, 2001, {}, {}, {}, {}};
    EXPECT_EQ(refused(in), "turn_detection.prefix_padding_ms");
    in.turn_detection = TurnDetectionInput{{}, {}, {}, {}, 99, {}, {}, {}};
    EXPECT_EQ(refused(in), "turn_detection.silence_duration_ms");
    in.turn_detection = TurnDetectionInput{{}, {}, {}, {}, {}, {}, {}, "never"};
    EXPECT_EQ(refused(in), "turn_detection.interruptions");
    in = {};
    const std::vector<std::string> many(limits::kMannerTexts + 1, "Hello?"),
        too_long{std::string(limits::kMannerTextBytes + 1, 'x')}, nothing{""};
    for (const double seconds : {-1.0, 1.9, 600.1, std::nan("")}) {
        in.idle = IdleInput{seconds, {}, {}};
        EXPECT_EQ(refused(in), "idle.after_seconds") << seconds;
    }
    for (const auto& texts : {many, too_long, nothing}) {
        in.idle = IdleInput{5.0, texts, {}};
        EXPECT_EQ(refused(in), "idle.prompts");
    }
    for (const int prompts : {-1, 11}) {
        in.idle = IdleInput{5.0, {}, prompts};
        EXPECT_EQ(refused(in), "idle.max_prompts");
    }
    in = {};
    for (const auto& texts : {many, too_long, nothing}) {
        in.fillers = FillersInput{texts, {}, {}};
        EXPECT_EQ(refused(in), "fillers.texts");
    }
    for (const int ms : {199, 60'001}) {
        in.fillers = FillersInput{{}, ms, {}};
        EXPECT_EQ(refused(in), "fillers.after_ms");
    }
    for (const int ms : {999, 60'001}) {
        in.fillers = FillersInput{{}, {}, ms};
        EXPECT_EQ(refused(in), "fillers.every_ms");
    }
    in = {};

    // At the limit, everything together, in characters of more than a byte.
    in = {};
    std::string name;
    for (std::size_t i = 0; i < limits::kNameChars; ++i) name += "é";
    in.name = name;
    in.instructions = std::string(limits::kInstructionsChars, 'x');
    in.greeting = std::string(limits::kGreetingChars, 'x');
    in.speed = 2.0;
    EXPECT_EQ(refused(in), "(accepted)");
}

}  // namespace
}  // namespace aimpact::agents
