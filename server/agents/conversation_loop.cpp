#include "agents/conversation_loop.hpp"

#include <algorithm>

#include "agents/agent_limits.hpp"
#include "agents/conversation_store.hpp"
#include "agents/expressive_note.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {

using base::ErrorCode;

namespace {
// Where the model doesn't say how much it takes: long enough for any call, short enough to stay quick and
// cheap.
constexpr int kPromptTokensDefault = 32'000;
constexpr int kTemplateTokens = 32;  // what a chat template adds around everything
constexpr int kOutputTokensDefault = 512;

base::Error gone() {
    return base::Error{
        ErrorCode::failed_precondition,
        "This conversation was continued by another connection, or deleted. Open it again to go on here."};
}
base::Error no_item(const std::string& id) {
    return base::not_found("There is no item with id \"" + id.substr(0, 64) + "\" in this conversation.");
}
}  // namespace

// What a model has said so far in one answer.
struct ConversationLoop::Answer {
    std::string message_id, text;
    struct Call {
        std::string item_id;
        llm::ToolCall call;
    };
    std::map<int, Call> calls;  // by index
    llm::FinishReason finish = llm::FinishReason::stop;
};

Result<std::unique_ptr<ConversationLoop>> ConversationLoop::make(Agent agent, const Variables& variables,
                                                                 Parts parts) {
    std::unique_ptr<ConversationLoop> loop(new ConversationLoop(std::move(agent), std::move(parts)));
    AIMPACT_CHECK(loop->set_variables(variables));
    return loop;
}

ConversationLoop::ConversationLoop(Agent agent, Parts parts)
    : agent_(agent),
      templates_(std::move(agent)),
      parts_(std::move(parts)),
      items_(std::move(parts_.items)),
      positions_(std::move(parts_.positions)) {}

Result<> ConversationLoop::set_variables(const std::map<std::string, std::string>& values) {
    const Variables builtin = builtin_variables(templates_.name, parts_.clock.now());
    AIMPACT_TRY(const Variables merged, merge_variables(templates_.variables, values, builtin));
    AIMPACT_TRY(const auto instructions, PromptTemplate::parse(templates_.instructions, "instructions"));
    AIMPACT_TRY(const auto greeting, PromptTemplate::parse(templates_.greeting, "greeting"));
    agent_.instructions = instructions.render(merged);
    agent_.greeting = greeting.render(merged);
    return {};
}

// ---------------------------------------------------------------------------------------------- items

std::size_t ConversationLoop::index_of(const std::string& id) const {
    // From the end: what is asked for is nearly always new.
    for (std::size_t i = items_.size(); i > 0; --i)
        if (items_[i - 1].id == id) return i - 1;
    return items_.size();
}

const Item* ConversationLoop::find(const std::string& id) const {
    const std::size_t at = index_of(id);
    return at < items_.size() ? &items_[at] : nullptr;
}

Result<> ConversationLoop::add(Item item, const std::string& previous_id) {
    if (taken_over()) return gone();
    if (items_.size() >= limits::kItems)
        return base::Error{ErrorCode::payload_too_large,
                           "The conversation has reached its limit of " + std::to_string(limits::kItems) +
                               " items: delete some, or start a new one.",
                           {},
                           "item"};
    if (item.text.size() + item.arguments.size() > limits::kItemTextBytes)
        return base::Error{ErrorCode::payload_too_large,
                           "An item holds at most " + std::to_string(limits::kItemTextBytes >> 10) +
                               " KiB of text. Shorten it, or split it.",
                           {},
                           "item.content"};
    for (const std::string* text : {&item.id, &item.text, &item.name, &item.call_id, &item.arguments})
        if (text->find('\0') != std::string::npos)
            return base::invalid_argument("An item must not hold NUL characters.", "item");
    if (item.id.empty()) item.id = base::make_id("item", parts_.clock, parts_.random);
    if (item.id.size() > limits::kItemIdChars)
        return base::invalid_argument("An item's id has at most 64 characters.", "item.id");
    if (item.call_id.size() > 256 || item.name.size() > 256)
        return base::invalid_argument("A call's id and name have at most 256 bytes.", "item.call_id");
    if (item.type == ItemType::function_call_output && item.call_id.empty())
        return base::invalid_argument("A function's output names its call by call_id.", "item.call_id");
    if (find(item.id))
        return base::Error{
            ErrorCode::conflict, "An item with the id \"" + item.id + "\" exists already.", {}, "item.id"};
    if (item.created_at == base::WallTime{}) item.created_at = parts_.clock.now();

    std::size_t at = items_.size();
    if (previous_id == "root") {
        at = 0;
    } else if (!previous_id.empty()) {
        at = index_of(previous_id);
        if (at == items_.size()) return no_item(previous_id);
        ++at;
    }
    const int position = at < items_.size() ? positions_[at] : positions_.empty() ? 0 : positions_.back() + 1;
    if (at < items_.size()) {
        for (std::size_t i = at; i < positions_.size(); ++i) ++positions_[i];
        if (parts_.recorder)
            parts_.recorder->put(
                [org = parts_.org_id, id = parts_.conversation_id, position](soci::session& sql) {
                    conversation_store::shift_items(sql, org, id, position);
                });
    }
    items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(at), std::move(item));
    positions_.insert(positions_.begin() + static_cast<std::ptrdiff_t>(at), position);
    put_item(at);
    return {};
}

void ConversationLoop::put_item(std::size_t index) {
    if (!parts_.recorder) return;
    parts_.recorder->put([org = parts_.org_id, id = parts_.conversation_id, item = items_[index],
                          position = positions_[index], now = parts_.clock.now()](soci::session& sql) {
        conversation_store::put_item(sql, org, id, item, position, now);
    });
}

Result<> ConversationLoop::remove(const std::string& id) {
    if (taken_over()) return gone();
    const std::size_t at = index_of(id);
    if (at == items_.size()) return no_item(id);
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(at));
    positions_.erase(positions_.begin() + static_cast<std::ptrdiff_t>(at));
    if (parts_.recorder)
        parts_.recorder->put(
            [org = parts_.org_id, conversation = parts_.conversation_id, id](soci::session& sql) {
                conversation_store::remove_item(sql, org, conversation, id);
            });
    return {};
}

Result<> ConversationLoop::truncate(const std::string& id, std::string heard_text) {
    if (taken_over()) return gone();
    const std::size_t at = index_of(id);
    if (at == items_.size()) return no_item(id);
    Item& item = items_[at];
    if (item.type != ItemType::message || item.role != llm::ChatRole::assistant)
        return base::invalid_argument("Only a message of the assistant can be truncated.", "item_id");
    // All of it was heard. An item that was cut before may grow again: the caller's side knows better than an
    // estimate what was heard.
    if (item.status == ItemStatus::completed && heard_text.size() >= item.text.size()) return {};
    item.text = std::move(heard_text);
    item.status = ItemStatus::incomplete;
    put_item(at);
    return {};
}

// ---------------------------------------------------------------------------------------------- answers

Result<llm::ChatRequest> ConversationLoop::request(const ResponseOptions& options) {
    llm::ChatRequest request;
    request.model = agent_.model.provider == "local" ? "" : agent_.model.name;
    request.tools = options.tools.value_or(agent_.tools);
    request.tool_choice = options.tool_choice.value_or("auto");
    request.temperature = options.temperature ? options.temperature : agent_.model.temperature;
    request.top_p = options.top_p;
    request.output_tokens_max =
        options.output_tokens_max ? options.output_tokens_max : agent_.model.output_tokens_max;
    request.stop = options.stop;
    request.seed = options.seed;
    request.response_schema = options.response_schema;
    // A side question must not push the conversation's own prefix out of the model's cache.
    const bool aside = options.out_of_band || options.input.has_value();
    if (!parts_.conversation_id.empty())
        request.session_id = parts_.conversation_id + (aside ? "/aside" : "");

    PromptBuilder::Budget budget;
    const int context = parts_.model->context_tokens();
    budget.tokens = context > 0 ? context : kPromptTokensDefault;
    const int answer = request.output_tokens_max.value_or(kOutputTokensDefault);
    budget.reserved = kTemplateTokens + std::min(answer, budget.tokens / 2);
    for (const llm::Tool& tool : request.tools)
        budget.reserved +=
            parts_.model->count_tokens(tool.name + tool.description + base::to_text(tool.parameters)) + 16;
    std::string instructions = options.instructions ? *options.instructions : agent_.instructions;
    if (agent_.expressive && options.spoken) add_expressive_note(instructions);
    if (options.input) {
        PromptBuilder aside_prompt;
        request.messages = aside_prompt.build(instructions, *options.input, *parts_.model, budget);
    } else if (options.draft) {
        std::vector<Item> items = items_;
        items.push_back(options.draft->turn);
        request.messages = prompt_.build(instructions, items, *parts_.model, budget);
    } else {
        request.messages = prompt_.build(instructions, items_, *parts_.model, budget);
    }
    if (request.messages.empty())
        return base::invalid_argument(
            "There is nothing to answer yet: add a message first, or give the agent "
            "instructions.");
    return request;
}

Task<Result<ResponseResult>> ConversationLoop::respond(ResponseOptions options, llm::OnDelta on_delta,
                                                       std::stop_token stop) {
    if (taken_over()) co_return gone();
    if (answering_)
        co_return base::Error{ErrorCode::conflict,
                              "The conversation is answering already. Wait, or cancel that answer."};
    AIMPACT_CO_TRY(llm::ChatRequest asked, request(options));
    struct Busy {
        bool& flag;
        explicit Busy(bool& f) : flag(f) { flag = true; }
        ~Busy() { flag = false; }
    };
    std::optional<Busy> busy;
    if (!options.draft) busy.emplace(answering_);

    Answer answer;
    const auto new_id = [&](ItemType type, int index) {
        return options.item_id ? options.item_id(type, index)
                               : base::make_id("item", parts_.clock, parts_.random);
    };
    const llm::OnDelta collect = [&](const llm::ChatDelta& delta) -> Result<> {
        if (!delta.text.empty()) {
            if (answer.message_id.empty()) answer.message_id = new_id(ItemType::message, 0);
            answer.text += delta.text;
        }
        if (delta.tool_call) {
            const auto [at, first] = answer.calls.try_emplace(delta.tool_call->index);
            Answer::Call& call = at->second;
            if (first) call.item_id = new_id(ItemType::function_call, delta.tool_call->index);
            if (call.call.id.empty()) call.call.id = delta.tool_call->id;
            if (call.call.name.empty()) call.call.name = delta.tool_call->name;
            call.call.arguments += delta.tool_call->arguments;
        }
        return on_delta ? on_delta(delta) : Result<>{};
    };
    auto result = co_await parts_.model->chat(std::move(asked), collect, stop);
    if (options.draft) {
        const bool wanted = co_await options.draft->adopted();
        if (!wanted) co_return base::Error{ErrorCode::cancelled, "The caller's turn was not over after all."};
        busy.emplace(answering_);
    }
    if (result.has_error()) {
        keep(answer, options, false);
        co_return std::move(result).error();
    }
    // The result is the whole; deltas may have left out what only it knows (ids that the provider didn't
    // send).
    const std::vector<llm::ToolCall>& calls = result->message.tool_calls;
    std::size_t next = 0;
    for (auto& [index, call] : answer.calls)
        if (next < calls.size()) call.call = calls[next++];
    answer.finish = result->finish;
    ResponseResult out;
    out.finish = result->finish;
    out.usage = result->usage;
    out.items = keep(answer, options, true);
    co_return out;
}

// Makes items of an answer and adds them to the conversation, unless it is out of band. Of an answer that was
// stopped or failed only the words stay, as incomplete.
std::vector<Item> ConversationLoop::keep(Answer& answer, const ResponseOptions& options, bool complete) {
    const bool whole = complete && answer.finish != llm::FinishReason::length &&
                       answer.finish != llm::FinishReason::content_filter;
    std::vector<Item> out;
    if (!answer.text.empty()) {
        Item item;
        item.id = answer.message_id;
        item.role = llm::ChatRole::assistant;
        item.text = options.words ? options.words(answer.text) : std::move(answer.text);
        item.spoken = options.spoken;
        item.status = whole ? ItemStatus::completed : ItemStatus::incomplete;
        out.push_back(std::move(item));
    }
    if (complete)
        for (auto& [index, call] : answer.calls) {
            Item item;
            item.id = call.item_id;
            item.type = ItemType::function_call;
            item.role = llm::ChatRole::assistant;
            item.call_id = std::move(call.call.id);
            item.name = std::move(call.call.name);
            item.arguments = std::move(call.call.arguments);
            item.status = whole ? ItemStatus::completed : ItemStatus::incomplete;
            out.push_back(std::move(item));
        }
    for (Item& item : out) {
        item.created_at = parts_.clock.now();
        if (options.out_of_band) continue;
        if (auto added = add(item); added.has_error())
            base::log_warn("conversation.item_not_kept", {{"conversation_id", parts_.conversation_id},
                                                          {"code", base::to_string(added.error().code)},
                                                          {"detail", added.error().message}});
    }
    return out;
}

// ---------------------------------------------------------------------------------------------- the record

Task<void> ConversationLoop::record_turn(Turn turn) {
    if (!parts_.recorder) co_return;
    turn.index += parts_.turns;  // turns of earlier connections keep their places
    parts_.recorder->put([org = parts_.org_id, id = parts_.conversation_id, turn = std::move(turn),
                          now = parts_.clock.now()](soci::session& sql) {
        conversation_store::put_turn(sql, org, id, turn, now);
    });
    co_await parts_.recorder->flushed();
}

void ConversationLoop::record_audio(llm::ChatRole who, double at_ms, std::span<const float> samples,
                                    int rate) {
    if (!parts_.recorder || !parts_.recordings || !agent_.store_audio || taken_over()) return;
    parts_.recordings->append(parts_.org_id, parts_.conversation_id, who, at_ms, samples, rate);
    if (!std::exchange(audio_marked_, true))
        parts_.recorder->put([org = parts_.org_id, id = parts_.conversation_id](soci::session& sql) {
            conversation_store::mark_audio(sql, org, id);
        });
}

void ConversationLoop::touch() {
    if (!parts_.recorder || finished_) return;
    parts_.recorder->put([org = parts_.org_id, id = parts_.conversation_id, now = parts_.clock.now()](
                             soci::session& sql) { conversation_store::touch(sql, org, id, now); });
}

void ConversationLoop::put_end() {
    parts_.recorder->put([org = parts_.org_id, id = parts_.conversation_id, now = parts_.clock.now()](
                             soci::session& sql) { conversation_store::end(sql, org, id, now); });
}

Task<void> ConversationLoop::finish() {
    if (!parts_.recorder || std::exchange(finished_, true)) co_return;
    put_end();
    co_await parts_.recorder->flushed();
}

// A connection that failed before or while it was used never calls finish(): its conversation has ended too.
ConversationLoop::~ConversationLoop() {
    if (parts_.recorder && !finished_) put_end();
}

}  // namespace aimpact::agents
