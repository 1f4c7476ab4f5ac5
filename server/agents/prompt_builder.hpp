// Turns a conversation's items into the messages that a model is asked with, within its token budget.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "agents/conversation.hpp"
#include "llm/chat.hpp"

namespace aimpact::agents {

// Items as messages, without any budget: calls made together become one assistant message, each followed by
// its result (wherever in the conversation it came; models demand it right there), or by a note that there is
// none yet. Items in progress and empty messages are left out.
std::vector<llm::ChatMessage> messages_of(std::span<const Item> items);

// Keeps what it dropped: prompts of following turns start at the same item until the budget is exceeded
// again, and then a good part is dropped at once. A model's warm prefix so stays valid for most turns.
class PromptBuilder {
  public:
    struct Budget {
        int tokens = 0;    // for the whole prompt
        int reserved = 0;  // of it, for what isn't items: tools, the template's own tokens
    };

    // The system message (if not empty) and the newest items that fit. Whole turns are dropped, the oldest
    // first; the last turn always stays (if it alone is too long, the model says so).
    std::vector<llm::ChatMessage> build(const std::string& instructions, const std::vector<Item>& items,
                                        const llm::ChatModel& model, Budget budget);
    // Items that the last prompt left out.
    std::size_t dropped() const { return first_; }

  private:
    int tokens_of(const Item& item, const llm::ChatModel& model);

    std::size_t first_ = 0;  // index of the first item in the prompt
    std::string first_id_;   // and its id: items may be inserted or removed before it
    std::unordered_map<std::string, std::pair<std::size_t, int>> counted_;  // item id -> text length, tokens
};

}  // namespace aimpact::agents
