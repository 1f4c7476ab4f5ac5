#include "agents/agent_limits.hpp"
#include "agents/testing.hpp"

namespace aimpact::agents {
namespace {

using base::ErrorCode;
using llm::ChatRole;

class ConversationTest : public test::AgentsTest {
  protected:
    ConversationService& service() { return module->conversations(); }
    ConversationRecord record(const std::string& id) {
        auto found = run(service().get("org_a", id));
        EXPECT_TRUE(found.has_value()) << found.error().message << found.error().detail;
        return found.has_value() ? *found : ConversationRecord{};
    }
    void one_turn(TurnLoop& loop, const std::string& question, const std::string& answer, int index) {
        scripted->answers.push_back({answer, {}, llm::FinishReason::stop, {}});
        ASSERT_TRUE(loop.add(says(question)).has_value());
        const auto result = respond(loop);
        ASSERT_TRUE(result.has_value()) << result.error().message;
        Turn turn;
        turn.index = index;
        turn.user_item_id = loop.items()[loop.items().size() - 2].id;
        turn.assistant_item_id = loop.items().back().id;
        turn.timeline.started_at = clock.now();
        turn.timeline.speech_ms = 1000;
        turn.timeline.first_audio_ms = 300 + 100 * index;
        turn.usage = result->usage;
        run(loop.record_turn(turn));
    }
    std::string prompt() const {  // all that the model was asked with, last time
        std::string out;
        for (const auto& m : scripted->requests.back().messages) out += m.content + "\n";
        return out;
    }
};
AIMPACT_ON_BOTH_DATABASES(ConversationTest);

TEST_P(ConversationTest, ContextLastsOverTurnsReconnectsAndRestarts) {
    const Agent agent = make_agent("Desk", "You are {{agent_name}}.");
    auto loop = open(agent);
    const std::string id = loop->conversation_id();
    one_turn(*loop, "My name is Ann.", "Hello Ann.", 0);
    for (int i = 1; i < 10; ++i)
        one_turn(*loop, "Question " + std::to_string(i), "Answer " + std::to_string(i), i);
    EXPECT_NE(prompt().find("My name is Ann."), std::string::npos) << "turn 10 knows turn 1";
    EXPECT_NE(prompt().find("You are Desk."), std::string::npos);
    EXPECT_EQ(scripted->requests.back().session_id, id);

    loop.reset();  // the connection broke, without finish()
    loop = open(agent, id);
    EXPECT_EQ(loop->items().size(), 20u);
    one_turn(*loop, "After the reconnect", "Still here.", 0);
    EXPECT_NE(prompt().find("My name is Ann."), std::string::npos);

    loop.reset();
    restart();
    loop = open(agent, id);
    ASSERT_EQ(loop->items().size(), 22u);
    EXPECT_EQ(loop->items()[0].text, "My name is Ann.");
    EXPECT_EQ(loop->items()[1].role, ChatRole::assistant);
    one_turn(*loop, "After the restart", "And still.", 0);
    EXPECT_NE(prompt().find("My name is Ann."), std::string::npos);
    run(loop->finish());

    const ConversationRecord kept = record(id);
    EXPECT_EQ(kept.items.size(), 24u);
    ASSERT_EQ(kept.turns.size(), 12u) << "turns of later connections follow those before";
    EXPECT_EQ(kept.turns.back().index, 11);
    EXPECT_TRUE(kept.conversation.ended_at.has_value());
    EXPECT_EQ(kept.conversation.turns, 12);
    EXPECT_GT(kept.conversation.input_tokens, 0);
    EXPECT_EQ(kept.conversation.preview, "My name is Ann.");
    EXPECT_EQ(kept.conversation.latency_p50_ms, 600);
    EXPECT_EQ(kept.conversation.latency_p95_ms, 1200);
}

TEST_P(ConversationTest, ACompletedTurnSurvivesACrash) {
    const Agent agent = make_agent();
    auto loop = open(agent);
    const std::string id = loop->conversation_id();
    one_turn(*loop, "Keep this", "Kept.", 0);
    // Another process (or this one after SIGKILL) reads what is on disk now.
    const auto second = held().open_again();
    const auto items =
        second->read_now([&](soci::session& sql) { return conversation_store::items(sql, "org_a", id); });
    ASSERT_TRUE(items.has_value());
    ASSERT_EQ(items->size(), 2u);
    EXPECT_EQ((*items)[1].text, "Kept.");
}

TEST_P(ConversationTest, OpeningItAgainTakesItOver) {
    const Agent agent = make_agent();
    auto first = open(agent);
    ASSERT_TRUE(first->add(says("One")).has_value());
    auto second = open(agent, first->conversation_id());
    ASSERT_EQ(second->items().size(), 1u) << "what the first one wrote is there";
    EXPECT_EQ(first->add(says("Two")).error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(respond(*first).error().code, ErrorCode::failed_precondition);
    run(first->finish());
    ASSERT_TRUE(second->add(says("Three")).has_value());
    EXPECT_TRUE(respond(*second).has_value());
    run(second->record_turn({}));
    const auto kept = record(second->conversation_id());
    EXPECT_EQ(kept.items.size(), 3u);
    EXPECT_FALSE(kept.conversation.ended_at.has_value()) << "the first one's end is not the second one's";
}

TEST_P(ConversationTest, OnlyItsOwnOrganisationAndAgentMayOpenIt) {
    const Agent agent = make_agent(), other = make_agent("Other");
    auto loop = open(agent);
    const std::string id = loop->conversation_id();
    const auto code = [&](const std::string& org, const std::string& agent_id,
                          const std::string& conversation) {
        return run(service().open(org, "", agent_id, "realtime", {}, conversation)).error().code;
    };
    EXPECT_EQ(code("org_b", agent.id, id), ErrorCode::not_found);
    EXPECT_EQ(code("org_a", other.id, id), ErrorCode::failed_precondition);
    EXPECT_EQ(code("org_a", agent.id, "conv_nonsense"), ErrorCode::not_found);
    EXPECT_EQ(run(service().get("org_b", id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().remove("org_b", id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().audio("org_b", id)).error().code, ErrorCode::not_found);
    EXPECT_TRUE(run(service().list("org_b", {}, {}))->items.empty());
    EXPECT_TRUE(loop->add(says("still mine")).has_value());
}

TEST_P(ConversationTest, VariablesAreGivenWhenItOpens) {
    AgentInput input;
    input.name = "Desk";
    input.instructions = "You work for {{company}}.";
    input.greeting = "Welcome to {{company}}!";
    input.variables = std::map<std::string, std::string>{{"company", "Acme"}};
    const Agent agent = *run(module->agents().create(who(), input));
    EXPECT_EQ(open(agent)->agent().greeting, "Welcome to Acme!");
    auto loop = open(agent, {}, {{"company", "Hill Street"}});
    EXPECT_EQ(loop->agent().instructions, "You work for Hill Street.");
    const std::string id = loop->conversation_id();
    EXPECT_EQ(open(agent, id)->agent().greeting, "Welcome to Hill Street!") << "kept with the conversation";
    EXPECT_TRUE(loop->set_variables({{"company", "Z"}}).has_value());
    EXPECT_EQ(loop->agent().instructions, "You work for Z.");
    EXPECT_EQ(loop->set_variables({{"compny", "Z"}}).error().code, ErrorCode::invalid_argument);
    const auto bad = run(service().open("org_a", "", agent.id, "realtime", {{"nope", "x"}}));
    EXPECT_EQ(bad.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(run(service().list("org_a", {}, {}))->items.size(), 2u)
        << "nothing was begun with bad variables";
}

TEST_P(ConversationTest, ItemsHaveAnOrderThatLasts) {
    const Agent agent = make_agent();
    auto loop = open(agent);
    const auto add = [&](const std::string& id, const std::string& after = {}) {
        Item item = says("text of " + id);
        item.id = id;
        return loop->add(item, after);
    };
    ASSERT_TRUE(add("b").has_value());
    ASSERT_TRUE(add("d").has_value());
    ASSERT_TRUE(add("c", "b").has_value());
    ASSERT_TRUE(add("a", "root").has_value());
    EXPECT_EQ(add("a").error().code, ErrorCode::conflict);
    EXPECT_EQ(add("x", "nowhere").error().code, ErrorCode::not_found);
    EXPECT_EQ(add(std::string(65, 'i')).error().code, ErrorCode::invalid_argument);
    ASSERT_TRUE(loop->remove("b").has_value());
    EXPECT_EQ(loop->remove("b").error().code, ErrorCode::not_found);
    ASSERT_TRUE(add("b2", "a").has_value());
    const auto order = [](const std::vector<Item>& items) {
        std::string out;
        for (const Item& item : items) out += item.id + " ";
        return out;
    };
    EXPECT_EQ(order(loop->items()), "a b2 c d ");
    const std::string id = loop->conversation_id();
    run(loop->record_turn({}));
    EXPECT_EQ(order(record(id).items), "a b2 c d ");
    loop = open(agent, id);
    ASSERT_TRUE(add("c2", "c").has_value());
    run(loop->record_turn({}));
    EXPECT_EQ(order(record(id).items), "a b2 c c2 d ");
}

TEST_P(ConversationTest, WhatWasNotHeardLeavesContextAndRecord) {
    const Agent agent = make_agent();
    auto loop = open(agent);
    one_turn(*loop, "Tell me", "One two three four.", 0);
    const std::string id = loop->items().back().id;
    ASSERT_TRUE(loop->truncate(id, "One two").has_value());
    EXPECT_EQ(loop->find(id)->status, ItemStatus::incomplete);
    ASSERT_TRUE(loop->truncate(id, "One two three").has_value());  // the caller's side knows better
    EXPECT_EQ(loop->find(id)->text, "One two three");
    ASSERT_TRUE(loop->truncate(id, "One two").has_value());
    EXPECT_EQ(loop->truncate("nowhere", "").error().code, ErrorCode::not_found);
    EXPECT_TRUE(loop->truncate(loop->items().front().id, "").has_error())
        << "the caller's words are not ours to cut";
    one_turn(*loop, "Go on", "Yes.", 1);
    EXPECT_EQ(prompt().find("three"), std::string::npos);
    EXPECT_NE(prompt().find("One two"), std::string::npos);
    EXPECT_EQ(record(loop->conversation_id()).items[1].text, "One two");
}

TEST_P(ConversationTest, AStoppedAnswerStaysAsFarAsItCame) {
    auto loop = open(make_agent());
    ASSERT_TRUE(loop->add(says("Tell me")).has_value());
    scripted->answers.push_back({"One two three four", {}, llm::FinishReason::stop, {}});
    std::stop_source stop;
    std::string heard;
    llm::OnDelta on_delta = [&](const llm::ChatDelta& delta) -> Result<> {
        heard += delta.text;
        if (heard == "One two") stop.request_stop();
        return {};
    };
    ResponseOptions options;
    options.spoken = true;
    options.item_id = [](ItemType, int) { return std::string("item_mine"); };
    const auto result = run(loop->respond(options, on_delta, stop.get_token()));
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, ErrorCode::cancelled);
    const Item* kept = loop->find("item_mine");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->text, "One two");
    EXPECT_EQ(kept->status, ItemStatus::incomplete);
    EXPECT_TRUE(kept->spoken);
    EXPECT_TRUE(respond(*loop).has_value()) << "the next answer is not blocked";
}

TEST_P(ConversationTest, CallsFunctionsAndUsesTheirResults) {
    auto loop = open(make_agent());
    loop->set_tools({{"get_time", "The time", {}}, {"get_date", "The date", {}}});
    ASSERT_TRUE(loop->add(says("What time is it?")).has_value());
    scripted->answers.push_back({"",
                                 {{"call_1", "get_time", "{}"}, {"call_2", "get_date", "{\"zone\":1}"}},
                                 llm::FinishReason::tool_calls,
                                 {}});
    const auto called = respond(*loop);
    ASSERT_TRUE(called.has_value());
    ASSERT_EQ(called->items.size(), 2u);
    EXPECT_EQ(called->items[1].name, "get_date");
    EXPECT_EQ(called->items[1].arguments, "{\"zone\":1}");
    EXPECT_EQ(scripted->requests.back().tools.size(), 2u);

    Item output;
    output.type = ItemType::function_call_output;
    output.call_id = "call_2";
    output.text = "24 November";
    ASSERT_TRUE(loop->add(output).has_value());
    ASSERT_TRUE(respond(*loop).has_value());
    const auto& messages = scripted->requests.back().messages;
    ASSERT_EQ(messages.size(), 5u);  // system, user, calls, two results
    EXPECT_EQ(messages[2].tool_calls.size(), 2u);
    EXPECT_EQ(messages[3].tool_call_id, "call_1");
    EXPECT_NE(messages[3].content.find("not answered yet"), std::string::npos);
    EXPECT_EQ(messages[4].content, "24 November");
    run(loop->record_turn({}));
    EXPECT_EQ(record(loop->conversation_id()).items[1].call_id, "call_1");
    Item nameless = output;
    nameless.call_id.clear();
    nameless.id.clear();
    EXPECT_TRUE(loop->add(nameless).has_error());
}

// Only where it is heard, and only if wanted.
TEST_P(ConversationTest, TellsAnExpressiveAgentsModelOfTheTags) {
    int agents = 0;
    const auto told = [&](bool expressive, bool spoken) {
        AgentInput input;
        input.name = "Desk " + std::to_string(++agents);
        input.instructions = "Be kind.";
        input.expressive = expressive;
        const auto agent = run(module->agents().create(who(), input));
        EXPECT_TRUE(agent.has_value());
        auto loop = open(*agent);
        EXPECT_TRUE(loop->add(says("Hello")).has_value());
        ResponseOptions options;
        options.spoken = spoken;
        EXPECT_TRUE(run(loop->respond(options, {}, {})).has_value());
        const std::string system = scripted->requests.back().messages.front().content;
        EXPECT_TRUE(system.starts_with("Be kind."));
        EXPECT_EQ(loop->agent().instructions.find("[happy]"), std::string::npos) << "not part of the agent";
        return system.find("[happy]") != std::string::npos && system.find("empathetic") != std::string::npos;
    };
    EXPECT_TRUE(told(true, true));
    EXPECT_FALSE(told(true, false));
    EXPECT_FALSE(told(false, true));
}

TEST_P(ConversationTest, AnOutOfBandAnswerLeavesNoTrace) {
    auto loop = open(make_agent());
    ASSERT_TRUE(loop->add(says("In the conversation")).has_value());
    ResponseOptions aside;
    aside.out_of_band = true;
    aside.instructions = "Classify.";
    aside.input = std::vector<Item>{says("Something else")};
    const auto result = respond(*loop, aside);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->items.size(), 1u);
    EXPECT_EQ(loop->items().size(), 1u);
    EXPECT_EQ(prompt(), "Classify.\nSomething else\n");
    EXPECT_NE(scripted->requests.back().session_id, loop->conversation_id());
}

TEST_P(ConversationTest, ADraftIsKeptOnlyWhenItIsAdopted) {
    auto loop = open(make_agent("Desk", "Be kind."));
    ASSERT_TRUE(loop->add(says("Before")).has_value());
    Item turn = says("I would like");
    turn.id = "item_turn";

    ResponseOptions options;
    bool next_answered = false;
    options.draft = {turn, [&]() -> Task<bool> {
                         EXPECT_EQ(loop->items().size(), 1u) << "nothing is kept yet";
                         ResponseOptions next;
                         const auto other = co_await loop->respond(std::move(next), {}, {});
                         next_answered = other.has_value();
                         co_return false;
                     }};
    const auto dropped = respond(*loop, options);
    ASSERT_TRUE(dropped.has_error());
    EXPECT_EQ(dropped.error().code, ErrorCode::cancelled);
    EXPECT_TRUE(next_answered) << "the next answer may begin before a draft has ended";
    ASSERT_EQ(scripted->requests.size(), 2u);
    EXPECT_EQ(scripted->requests[0].messages.back().content, "I would like");
    EXPECT_EQ(scripted->requests[0].session_id, loop->conversation_id()) << "it warms the prefix";
    EXPECT_EQ(scripted->requests[1].messages.back().content, "Before");
    EXPECT_EQ(loop->items().size(), 2u) << "the turn before and its answer";

    turn.text = "I would like some tea";
    options.draft = {turn, [&]() -> Task<bool> {
                         EXPECT_TRUE(loop->add(turn).has_value());
                         co_return true;
                     }};
    scripted->answers.push_back({"With milk?", {}, llm::FinishReason::stop, {}});
    const auto adopted = respond(*loop, options);
    ASSERT_TRUE(adopted.has_value());
    ASSERT_EQ(loop->items().size(), 4u);
    EXPECT_EQ(loop->items()[2].text, "I would like some tea");
    EXPECT_EQ(loop->items()[3].text, "With milk?");
    run(loop->record_turn({}));
    EXPECT_EQ(record(loop->conversation_id()).items.size(), 4u);

    turn.id = "item_other";
    scripted->answers.push_back(
        {"Half", {}, llm::FinishReason::stop, Error{ErrorCode::upstream_failed, "down"}});
    options.draft = {turn, [&]() -> Task<bool> { co_return false; }};
    EXPECT_EQ(respond(*loop, options).error().code, ErrorCode::cancelled);
    EXPECT_EQ(loop->items().size(), 4u) << "not even the half of it";
}

TEST_P(ConversationTest, AFailedAnswerKeepsWhatWasSaid) {
    auto loop = open(make_agent());
    ASSERT_TRUE(loop->add(says("Hello")).has_value());
    scripted->answers.push_back({"", {}, llm::FinishReason::stop, Error{ErrorCode::upstream_failed, "down"}});
    EXPECT_EQ(respond(*loop).error().code, ErrorCode::upstream_failed);
    EXPECT_EQ(loop->items().size(), 1u);
    scripted->answers.push_back(
        {"Half a", {}, llm::FinishReason::stop, Error{ErrorCode::upstream_failed, "down"}});
    EXPECT_TRUE(respond(*loop).has_error());
    ASSERT_EQ(loop->items().size(), 2u);
    EXPECT_EQ(loop->items()[1].status, ItemStatus::incomplete);
    scripted->answers.push_back({"Too lo", {}, llm::FinishReason::length, {}});
    const auto cut = respond(*loop);
    EXPECT_EQ(cut->items[0].status, ItemStatus::incomplete);
}

TEST_P(ConversationTest, AnswersOneAtATimeAndNotToNothing) {
    auto silent = open(make_agent("Silent", ""));
    EXPECT_EQ(respond(*silent).error().code, ErrorCode::invalid_argument)
        << "nothing was said, nothing is told";
    EXPECT_TRUE(scripted->requests.empty());
    auto loop = open(make_agent());
    ASSERT_TRUE(loop->add(says("Tell me")).has_value());
    scripted->answers.push_back({"One two three", {}, llm::FinishReason::stop, {}});
    std::optional<Result<ResponseResult>> second;
    const auto ask_again = [&]() -> Task<void> { second.emplace(co_await loop->respond({}, {}, {})); };
    llm::OnDelta on_delta = [&](const llm::ChatDelta&) -> Result<> {
        if (!second) base::asio::co_spawn(io, ask_again(), base::asio::detached);
        return {};
    };
    const auto first = run(loop->respond({}, on_delta, {}));
    ASSERT_TRUE(first.has_value()) << first.error().message;
    ASSERT_TRUE(second);
    EXPECT_EQ(second->error().code, ErrorCode::conflict);
    EXPECT_EQ(loop->items().back().text, "One two three");
    EXPECT_TRUE(respond(*loop).has_value());
}

TEST_P(ConversationTest, LimitsOfAConversation) {
    auto loop = open(make_agent());
    EXPECT_EQ(loop->add(says(std::string(limits::kItemTextBytes + 1, 'x'))).error().code,
              ErrorCode::payload_too_large);
    EXPECT_EQ(loop->add(says(std::string("a\0b", 3))).error().code, ErrorCode::invalid_argument);
    Item output;
    output.type = ItemType::function_call_output;
    EXPECT_EQ(loop->add(output).error().param, "item.call_id") << "an output of no call";
    output.call_id = std::string(257, 'c');
    EXPECT_EQ(loop->add(output).error().param, "item.call_id");
    Item named = says("x");
    named.id = std::string(limits::kItemIdChars + 1, 'i');
    EXPECT_EQ(loop->add(named).error().param, "item.id");
    auto unsaved = *service().open_unsaved(loop->agent());
    for (std::size_t i = 0; i < limits::kItems; ++i) ASSERT_TRUE(unsaved->add(says("x")).has_value());
    EXPECT_EQ(unsaved->add(says("x")).error().code, ErrorCode::payload_too_large);
}

TEST_P(ConversationTest, ListsFiltersAndDeletes) {
    const Agent agent = make_agent(), other = make_agent("Other");
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        clock.advance(std::chrono::seconds{10});
        ids.push_back(open(i == 2 ? other : agent)->conversation_id());
    }
    PageRequest page;
    page.limit = 2;
    const auto first = run(service().list("org_a", {}, page));
    ASSERT_EQ(first->items.size(), 2u);
    EXPECT_EQ(first->items[0].id, ids[4]);
    EXPECT_EQ(first->items[0].agent_name, "Front desk");
    page.after = {first->items[1].id};
    const auto second = run(service().list("org_a", {}, page));
    EXPECT_EQ(second->items[0].id, ids[2]);
    conversation_store::Filter filter;
    filter.agent_id = other.id;
    EXPECT_EQ(run(service().list("org_a", filter, {}))->items.size(), 1u);
    filter = {};
    filter.channel = "chat";
    EXPECT_TRUE(run(service().list("org_a", filter, {}))->items.empty());
    filter = {};
    filter.started_after = first->items[1].started_at;
    EXPECT_EQ(run(service().list("org_a", filter, {}))->items.size(), 2u);

    ASSERT_TRUE(run(service().remove("org_a", ids[0])).has_value());
    EXPECT_EQ(run(service().get("org_a", ids[0])).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().remove("org_a", ids[0])).error().code, ErrorCode::not_found);
    ASSERT_TRUE(run(module->agents().remove(who(), agent.id)).has_value());
    EXPECT_TRUE(run(service().get("org_a", ids[1])).has_value()) << "conversations outlive their agent";
}

TEST_P(ConversationTest, DeletingOneThatIsOpenEndsIt) {
    auto loop = open(make_agent());
    ASSERT_TRUE(loop->add(says("x")).has_value());
    ASSERT_TRUE(run(service().remove("org_a", loop->conversation_id())).has_value());
    EXPECT_EQ(loop->add(says("y")).error().code, ErrorCode::failed_precondition);
    run(loop->record_turn({}));
    run(loop->finish());
    EXPECT_EQ(run(service().get("org_a", loop->conversation_id())).error().code, ErrorCode::not_found);
}

TEST_P(ConversationTest, ASignOfLifeKeepsASilentConversationOpen) {
    auto loop = open(make_agent());
    for (int i = 0; i < 5; ++i) {
        clock.advance(kTouchInterval);
        loop->touch();
        run(loop->record_turn({}));
    }
    EXPECT_FALSE(service().ended(record(loop->conversation_id()).conversation));
    clock.advance(4 * kTouchInterval);
    EXPECT_TRUE(service().ended(record(loop->conversation_id()).conversation));
}

TEST_P(ConversationTest, ALoopThatIsNeverFinishedEndsAllTheSame) {
    auto loop = open(make_agent());
    const std::string id = loop->conversation_id();
    ASSERT_TRUE(loop->add(says("And then the line was")).has_value());
    loop.reset();
    io.restart();
    io.run();
    const ConversationRecord kept = record(id);
    EXPECT_TRUE(kept.conversation.ended_at.has_value());
    EXPECT_EQ(kept.items.size(), 1u);
}

TEST_P(ConversationTest, WhatAKilledProcessLeftOpenEndsAtTheNextStart) {
    auto loop = open(make_agent());
    one_turn(*loop, "Hello", "Hi.", 0);
    const std::string id = loop->conversation_id();
    const base::WallTime last = clock.now();
    clock.advance(std::chrono::seconds{10});
    // Another server may serve the same PostgreSQL database: there only what shows no sign of life ends.
    if (database().dialect() == storage::Dialect::postgres) {
        EXPECT_EQ(service().end_abandoned().value(), 0);
        EXPECT_FALSE(service().ended(record(id).conversation));
        clock.advance(4 * kTouchInterval);
    }
    EXPECT_EQ(service().end_abandoned().value(), 1);
    const Conversation kept = record(id).conversation;
    EXPECT_EQ(kept.ended_at, last) << "at its last sign of life";
    EXPECT_EQ(service().end_abandoned().value(), 0);
    // One that is open after all says so.
    loop->touch();
    run(loop->record_turn({}));
    EXPECT_FALSE(record(id).conversation.ended_at.has_value());
}

TEST_P(ConversationTest, AFullDatabaseLosesNothing) {
    if (database().dialect() != storage::Dialect::sqlite) GTEST_SKIP() << "a limit of pages is SQLite's";
    const auto pages_max = [&](int pages) {
        const auto set = database().write_now(
            [&](soci::session& sql) { sql << "PRAGMA max_page_count = " + std::to_string(pages); });
        ASSERT_TRUE(set.has_value()) << set.error().detail;
    };
    auto loop = open(make_agent());
    const std::string id = loop->conversation_id();
    pages_max(1);  // never less than there are
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(loop->add(says(std::to_string(i) + std::string(60'000, 'x'))).has_value());
    bool told = false;
    const auto finish = [](TurnLoop& of, bool& done) -> Task<void> {
        co_await of.record_turn({});
        done = true;
    };
    base::asio::co_spawn(io, finish(*loop, told), base::asio::detached);
    io.restart();
    while (!told) ASSERT_GT(io.run_one(), 0u) << "who waits for the record is let go";
    const auto written =
        database().read_now([&](soci::session& sql) { return conversation_store::items(sql, "org_a", id); });
    ASSERT_TRUE(written.has_value());
    EXPECT_TRUE(written->empty());
    // It can't be taken over while its end is not written.
    std::optional<Result<std::unique_ptr<TurnLoop>>> again;
    const auto reopen = [&]() -> Task<void> {
        again.emplace(co_await service().open("org_a", "usr_1", loop->agent().id, "realtime", {}, id));
    };
    base::asio::co_spawn(io, reopen(), base::asio::detached);
    while (!again) ASSERT_GT(io.run_one(), 0u);
    EXPECT_EQ(again->error().code, ErrorCode::unavailable);
    pages_max(1'000'000);
    io.run();  // ends once all is written
    const ConversationRecord kept = record(id);
    ASSERT_EQ(kept.items.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(kept.items[i].text.front(), static_cast<char>('0' + i));
    EXPECT_EQ(kept.turns.size(), 1u);
}

TEST_P(ConversationTest, ASilentConversationCountsAsEnded) {
    auto loop = open(make_agent());
    const auto conversation = record(loop->conversation_id()).conversation;
    EXPECT_FALSE(service().ended(conversation));
    clock.advance(std::chrono::hours{2});
    EXPECT_TRUE(service().ended(conversation));
}

}  // namespace
}  // namespace aimpact::agents
