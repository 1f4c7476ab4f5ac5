#include "agents/prompt_builder.hpp"

#include <gtest/gtest.h>

#include "agents/testing.hpp"

namespace aimpact::agents {
namespace {

using llm::ChatRole;

Item message(const std::string& id, ChatRole role, std::string text) {
    Item item;
    item.id = id;
    item.role = role;
    item.text = std::move(text);
    return item;
}

std::vector<Item> conversation(int turns, std::size_t bytes) {
    std::vector<Item> items;
    for (int i = 0; i < turns; ++i) {
        items.push_back(message("u" + std::to_string(i), ChatRole::user, std::string(bytes, 'q')));
        items.push_back(message("a" + std::to_string(i), ChatRole::assistant, std::string(bytes, 'a')));
    }
    items.push_back(message("last", ChatRole::user, "last question"));
    return items;
}

TEST(PromptBuilder, EverythingThatFitsIsThere) {
    test::ScriptedModel model;
    PromptBuilder builder;
    const auto messages = builder.build("Be kind.", conversation(3, 30), model, {10'000, 100});
    ASSERT_EQ(messages.size(), 8u);
    EXPECT_EQ(messages[0].role, ChatRole::system);
    EXPECT_EQ(messages[7].content, "last question");
    EXPECT_EQ(builder.dropped(), 0u);
}

TEST(PromptBuilder, DropsWholeTurnsAndThenStaysPut) {
    test::ScriptedModel model;
    PromptBuilder builder;
    std::vector<Item> items = conversation(10, 300);  // about 2200 tokens
    const auto messages = builder.build("Be kind.", items, model, {1200, 100});
    EXPECT_EQ(messages[0].content, "Be kind.");
    EXPECT_EQ(messages[1].role, ChatRole::user) << "no answer without its question";
    EXPECT_EQ(messages.back().content, "last question");
    const std::size_t dropped = builder.dropped();
    EXPECT_GT(dropped, 5u);
    // The next turn starts at the same place, so that the model's warm prefix is of use.
    items.push_back(message("a10", ChatRole::assistant, "short"));
    items.push_back(message("u11", ChatRole::user, "more"));
    (void)builder.build("Be kind.", items, model, {1200, 100});
    EXPECT_EQ(builder.dropped(), dropped);
    // Removing what was before moves the start along with its item.
    items.erase(items.begin());
    (void)builder.build("Be kind.", items, model, {1200, 100});
    EXPECT_EQ(builder.dropped(), dropped - 1);
}

TEST(PromptBuilder, TheLastTurnStaysHoweverLong) {
    test::ScriptedModel model;
    PromptBuilder builder;
    std::vector<Item> items = conversation(3, 300);
    items.back().text = std::string(9000, 'x');
    const auto messages = builder.build("", items, model, {500, 100});
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].content.size(), 9000u);
}

TEST(MessagesOf, LeavesOutWhatIsNotFinishedOrEmpty) {
    std::vector<Item> items = {message("1", ChatRole::user, "hi"), message("2", ChatRole::assistant, ""),
                               message("3", ChatRole::user, "there")};
    items.push_back(message("4", ChatRole::user, "typing"));
    items.back().status = ItemStatus::in_progress;
    Item cut;
    cut.id = "5";
    cut.type = ItemType::function_call;
    cut.status = ItemStatus::incomplete;
    cut.call_id = "c";
    items.push_back(cut);
    const auto messages = messages_of(items);
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[1].content, "there");
}

TEST(MessagesOf, ArgumentsThatAreNoJsonObjectDoNotReachAModelAgain) {
    std::vector<Item> items = {message("1", ChatRole::user, "ask")};
    for (const char* arguments : {"{\"city\": ", "[1]", "", "{\"city\": \"Bath\"}"}) {
        Item call;
        call.id = std::to_string(items.size() + 1);
        call.type = ItemType::function_call;
        call.role = ChatRole::assistant;
        call.call_id = "c" + call.id;
        call.name = "f";
        call.arguments = arguments;
        items.push_back(call);
    }
    const auto messages = messages_of(items);
    ASSERT_EQ(messages.at(1).tool_calls.size(), 4u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(messages[1].tool_calls[i].arguments, "{}");
    EXPECT_EQ(messages[1].tool_calls[3].arguments, "{\"city\": \"Bath\"}");
}

TEST(MessagesOf, ResultsFollowTheirCallsWhereverTheyCame) {
    Item call;
    call.id = "2";
    call.type = ItemType::function_call;
    call.role = ChatRole::assistant;
    call.call_id = "c1";
    call.name = "f";
    call.arguments = "{}";
    Item result;
    result.id = "4";
    result.type = ItemType::function_call_output;
    result.call_id = "c1";
    result.text = "42";
    Item orphan = result;
    orphan.call_id = "nobody";
    const std::vector<Item> items = {message("1", ChatRole::user, "ask"),
                                     message("1a", ChatRole::assistant, "Let me see."),
                                     call,
                                     message("3", ChatRole::user, "hurry"),
                                     result,
                                     orphan};
    const auto messages = messages_of(items);
    ASSERT_EQ(messages.size(), 4u);
    EXPECT_EQ(messages[1].content, "Let me see.");
    ASSERT_EQ(messages[1].tool_calls.size(), 1u);
    EXPECT_EQ(messages[2].role, ChatRole::tool);
    EXPECT_EQ(messages[2].content, "42");
    EXPECT_EQ(messages[3].content, "hurry");
}

}  // namespace
}  // namespace aimpact::agents
