#include "agents/prompt_builder.hpp"

#include <algorithm>
#include <set>

#include "base/wire.hpp"

namespace aimpact::agents {

namespace {
constexpr int kTokensPerMessage = 8;        // role and separators
constexpr double kKeptAfterDropping = 0.6;  // of the budget
constexpr std::size_t kExactCountBytes =
    8 << 10;  // longer texts are estimated: counting must not stall a session

// Arguments that a model got wrong went to the client as they were; here they would make providers that read
// them refuse this conversation for ever.
llm::ToolCall call_of(const Item& item) {
    const auto arguments = base::parse_json(item.arguments);
    const bool usable = arguments.has_value() && arguments->is_object();
    return {item.call_id, item.name, usable ? item.arguments : "{}"};
}

bool usable(const Item& item) {
    if (item.status == ItemStatus::in_progress) return false;
    if (item.type == ItemType::message) return !item.text.empty();
    // A call that was cut short has arguments that cannot be parsed, and nobody ran it.
    return item.type != ItemType::function_call || item.status == ItemStatus::completed;
}
}  // namespace

std::vector<llm::ChatMessage> messages_of(std::span<const Item> items) {
    std::unordered_map<std::string, const Item*> results;
    std::set<std::string> called;
    for (const Item& item : items)
        if (item.type == ItemType::function_call_output) results[item.call_id] = &item;

    std::vector<llm::ChatMessage> out;
    std::vector<llm::ToolCall> open;  // calls of the assistant message in the making
    const auto close = [&] {
        if (open.empty()) return;
        if (out.empty() || out.back().role != llm::ChatRole::assistant)
            out.push_back({llm::ChatRole::assistant, "", {}, {}});
        out.back().tool_calls = open;
        for (const llm::ToolCall& call : std::exchange(open, {})) {
            const auto found = results.find(call.id);
            out.push_back(
                {llm::ChatRole::tool,
                 found != results.end() ? found->second->text : "(The function has not answered yet.)",
                 {},
                 call.id});
        }
    };
    for (const Item& item : items) {
        if (!usable(item)) continue;
        switch (item.type) {
            case ItemType::function_call:
                if (called.insert(item.call_id).second) open.push_back(call_of(item));
                break;
            case ItemType::function_call_output:
                break;  // placed after its call
            case ItemType::message:
                close();
                out.push_back({item.role, item.text, {}, {}});
                break;
        }
    }
    close();
    return out;
}

int PromptBuilder::tokens_of(const Item& item, const llm::ChatModel& model) {
    const std::size_t length = item.text.size() + item.arguments.size() + item.name.size();
    auto& [counted_length, tokens] = counted_[item.id];
    if (tokens == 0 || counted_length != length) {  // cut items change
        const std::string text = item.name + item.arguments + item.text;
        tokens = (length <= kExactCountBytes ? model.count_tokens(text) : llm::estimate_tokens(text)) +
                 kTokensPerMessage;
        counted_length = length;
    }
    return tokens;
}

std::vector<llm::ChatMessage> PromptBuilder::build(const std::string& instructions,
                                                   const std::vector<Item>& items,
                                                   const llm::ChatModel& model, Budget budget) {
    // Where the last prompt started; from the beginning if that item is gone.
    if (first_ > 0 && (first_ >= items.size() || items[first_].id != first_id_)) {
        const auto at =
            std::find_if(items.begin(), items.end(), [&](const Item& i) { return i.id == first_id_; });
        first_ = at == items.end() ? 0 : static_cast<std::size_t>(at - items.begin());
    }
    int fixed = budget.reserved;
    if (!instructions.empty())
        fixed += (instructions.size() <= kExactCountBytes ? model.count_tokens(instructions)
                                                          : llm::estimate_tokens(instructions)) +
                 kTokensPerMessage;
    const int room = budget.tokens - fixed;
    int used = 0;
    for (std::size_t i = first_; i < items.size(); ++i) used += tokens_of(items[i], model);
    if (used > room) {
        const int target = static_cast<int>(std::max(room, 0) * kKeptAfterDropping);
        std::size_t last_turn = items.size();  // where the last turn begins
        while (last_turn > 0 && items[last_turn - 1].role == llm::ChatRole::assistant) --last_turn;
        while (last_turn > 0 && !(items[last_turn - 1].type == ItemType::message &&
                                  items[last_turn - 1].role == llm::ChatRole::user))
            --last_turn;
        if (last_turn > 0) --last_turn;
        std::size_t first = first_;
        while (first < last_turn && used > target) {
            used -= tokens_of(items[first], model);
            ++first;
            // On to the start of a turn, so that no answer stands there without its question.
            while (first < last_turn &&
                   !(items[first].type == ItemType::message && items[first].role == llm::ChatRole::user)) {
                used -= tokens_of(items[first], model);
                ++first;
            }
        }
        first_ = first;
    }
    first_id_ = first_ < items.size() ? items[first_].id : "";
    std::vector<llm::ChatMessage> out;
    if (!instructions.empty()) out.push_back({llm::ChatRole::system, instructions, {}, {}});
    std::vector<llm::ChatMessage> rest = messages_of(std::span(items).subspan(first_));
    std::move(rest.begin(), rest.end(), std::back_inserter(out));
    return out;
}

}  // namespace aimpact::agents
