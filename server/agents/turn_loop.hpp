// One agent in one conversation: keeps the context, asks the model, streams its words, runs tools, and writes
// down each completed item and turn. Knows nothing of audio or wires; the realtime session, chat completions
// and the command line all drive it.
//
// Lives on one executor. One response at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "agents/agent.hpp"
#include "agents/conversation.hpp"
#include "llm/chat.hpp"

namespace aimpact::agents {

inline constexpr std::chrono::seconds kTouchInterval{60};

struct ResponseOptions {
    std::optional<std::string> instructions;  // for this response only
    std::optional<std::vector<llm::Tool>> tools;
    std::optional<std::string> tool_choice;
    std::optional<double> temperature, top_p;
    std::optional<int> output_tokens_max;
    std::vector<std::string> stop;
    std::optional<std::uint64_t> seed;
    std::optional<boost::json::object> response_schema;
    std::optional<std::vector<Item>> input;  // instead of the conversation's items
    bool out_of_band = false;                // don't add the answer to the conversation
    bool spoken = false;                     // the words will be said aloud: the message's Item::spoken
    // Names the answer's items before they are complete, so that a wire can speak of them while they stream:
    // (message, 0) for the words, (function_call, ChatDelta::ToolCallPiece::index) for a call. Called at most
    // once for each, before on_delta gets its first piece. Empty: the loop makes ids.
    std::function<std::string(ItemType type, int index)> item_id = {};
    // What is kept of a message, from all that the model wrote (which may hold marks of how to say it). It
    // isn't called for an answer without words. Not set: all.
    std::function<std::string(const std::string& written)> words = {};
    // An answer that is begun before it is sure that the caller's turn is over. The prompt ends with `turn`,
    // which isn't an item of the conversation yet. The model's words stream as ever, but nothing is kept, and
    // no tool may run, until `adopted` says that the answer is wanted: by then `turn` is the conversation's
    // last item. If it says no, the result is `cancelled` and nothing is left of it. The next answer may
    // begin before a draft that isn't wanted has ended.
    struct Draft {
        Item turn;
        std::function<Task<bool>()> adopted;
    };
    std::optional<Draft> draft = {};
};

struct ResponseResult {
    std::vector<Item> items;  // what was added: a message and/or function calls
    llm::Usage usage;
    llm::FinishReason finish = llm::FinishReason::stop;
};

class TurnLoop {
  public:
    virtual ~TurnLoop() = default;

    virtual const Agent& agent() const = 0;
    virtual const std::string& conversation_id() const = 0;
    // Session-level overrides (session.update): replace the agent's own for this conversation.
    virtual void set_instructions(std::string text) = 0;
    virtual void set_tools(std::vector<llm::Tool> tools) = 0;
    // Other values for the agent's variables, from the next answer on: its instructions and greeting are
    // rendered anew. invalid_argument for a name that the agent doesn't declare.
    virtual Result<> set_variables(const std::map<std::string, std::string>& values) {
        (void)values;
        return Error{base::ErrorCode::failed_precondition, "This conversation has no variables."};
    }

    // Items in order. Adding at `previous_id` ("" = at the end, "root" = first). Errors: conflict (id taken),
    // not_found (previous id), invalid_argument, payload_too_large (context limit).
    virtual const std::vector<Item>& items() const = 0;
    virtual Result<> add(Item item, const std::string& previous_id = {}) = 0;
    virtual Result<> remove(const std::string& id) = 0;
    virtual const Item* find(const std::string& id) const = 0;
    // The caller heard only this much of a spoken assistant message: the rest leaves the context and the
    // record.
    virtual Result<> truncate(const std::string& id, std::string heard_text) = 0;

    // Asks the model with the current context. on_text gets the words as they come. Old turns are dropped
    // from the prompt (never from the record) when the model's context is full. When the token stops, what
    // was made so far is kept as an incomplete item and the result is `cancelled`.
    virtual Task<Result<ResponseResult>> respond(ResponseOptions options, llm::OnDelta on_delta,
                                                 std::stop_token stop) = 0;

    // Persists a completed turn (items are persisted as they complete). Never fails the caller: problems are
    // logged and retried once.
    virtual Task<void> record_turn(Turn turn) = 0;
    // Optional audio of the conversation, 24 kHz mono pieces by speaker, stored if the agent says so.
    virtual void record_audio(llm::ChatRole who, double at_ms, std::span<const float> samples, int rate) = 0;
    // Says that the conversation goes on though nobody speaks. Call it every kTouchInterval: one that shows
    // no sign of life for longer is held to be abandoned, by a process that was killed or cut off.
    virtual void touch() {}
    // Writes ended_at; idempotent. A loop that is destroyed without it ends all the same, behind its back.
    virtual Task<void> finish() = 0;
};

// Opens loops. Thread-safe.
class Conversations {
  public:
    virtual ~Conversations() = default;
    // A new conversation with the agent's newest version, or (conversation_id given) an existing one of the
    // same organisation and agent, with its items: how context survives a reconnect or a restart.
    virtual Task<Result<std::unique_ptr<TurnLoop>>> open(const std::string& org_id,
                                                         const std::string& user_id,
                                                         const std::string& agent_id,
                                                         const std::string& channel,
                                                         const std::map<std::string, std::string>& variables,
                                                         const std::string& conversation_id = {}) = 0;
    // An agent that is in no database (aimpact converse --agent FILE; plain model names at
    // /v1/chat/completions).
    virtual Result<std::unique_ptr<TurnLoop>> open_unsaved(Agent agent) = 0;
};

}  // namespace aimpact::agents
