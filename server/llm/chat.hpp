// Chat models: one interface for the local model and every OpenAI-compatible provider.
#pragma once

#include <boost/describe/enum.hpp>
#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.hpp"
#include "base/error.hpp"

namespace aimpact::llm {

using base::Error;
using base::Result;
using base::Task;

struct ToolCall {
    std::string id, name;
    std::string arguments;  // JSON text
};

enum class ChatRole { system, user, assistant, tool };
BOOST_DESCRIBE_ENUM(ChatRole, system, user, assistant, tool)

struct ChatMessage {
    ChatRole role = ChatRole::user;
    std::string content;
    std::vector<ToolCall> tool_calls;  // assistant
    std::string tool_call_id;          // tool
};

struct Tool {
    std::string name, description;
    boost::json::object parameters;  // JSON Schema
};

struct ChatRequest {
    std::string model;  // provider's name for it; empty: the provider's default
    std::vector<ChatMessage> messages;
    std::vector<Tool> tools;
    std::string tool_choice = "auto";  // "auto", "none", "required", or a tool's name
    std::optional<double> temperature, top_p;
    std::optional<int> output_tokens_max;
    std::vector<std::string> stop;
    std::optional<boost::json::object> response_schema;  // answer must be JSON of this schema
    std::optional<std::uint64_t> seed;
    std::string
        session_id;  // keeps a warm prefix between turns of the same conversation, where the engine can
};

struct Usage {
    int input_tokens = 0, output_tokens = 0, cached_tokens = 0;
};

enum class FinishReason { stop, length, tool_calls, content_filter, cancelled };

struct ChatResult {
    ChatMessage message;  // complete
    FinishReason finish = FinishReason::stop;
    Usage usage;
    std::string model;
};

struct ChatDelta {
    std::string text;  // piece of content, valid UTF-8
    // Or a piece of a tool call: index in the message, id and name with the first piece, then arguments.
    struct ToolCallPiece {
        int index = 0;
        std::string id, name, arguments;
    };
    std::optional<ToolCallPiece> tool_call;
};

// About three bytes a token: English takes four, so this errs on the safe side.
int estimate_tokens(std::string_view text);

using OnDelta = std::function<Result<>(const ChatDelta&)>;

// Thread-safe. on_delta is called on the awaiting coroutine's executor, in order. Stopping the token ends the
// stream soon with `cancelled`. Errors: upstream_failed (the provider's own words, without secrets), timeout,
// rate_limited, unavailable, invalid_argument (context too long: says how long and how much is allowed).
class ChatModel {
  public:
    virtual ~ChatModel() = default;
    virtual Task<Result<ChatResult>> chat(ChatRequest request, OnDelta on_delta = {},
                                          std::stop_token stop = {}) = 0;
    virtual int context_tokens() const = 0;  // 0: unknown
    // Tokens of a text, exact where the engine can tell; otherwise estimated on the high side.
    virtual int count_tokens(std::string_view text) const { return estimate_tokens(text); }
};

// What every model refuses alike: no messages, temperature outside 0..2, top_p outside (0, 1], an answer
// shorter than a token, more than 4 stop strings or an empty one, more than 128 tools, two tools of one name.
Result<> check_request(const ChatRequest& request);

// Where an agent's words come from.
struct ModelRoute {
    std::string provider = "local";  // "local" or "openai_compatible"
    std::string name;                // model name at the provider; empty: its default
    std::string base_url;            // "https://host/v1"
    std::string api_key;             // in clear only in memory
};

// A model that exists without any agent, as /v1/models lists it.
struct ModelInfo {
    std::string id;        // what a request calls it
    std::string owned_by;  // "aimpact"
};

// Finds or builds the model behind a route; caches by route. Thread-safe.
class ChatModels {
  public:
    virtual ~ChatModels() = default;
    virtual Result<std::shared_ptr<ChatModel>> get(const ModelRoute& route) = 0;
    // The local model by every name it answers to; empty where none is installed.
    virtual std::vector<ModelInfo> built_in() const { return {}; }
};

// Sentence embeddings (all-MiniLM-L6-v2: 384 dimensions, unit length). Thread-safe.
class Embedder {
  public:
    virtual ~Embedder() = default;
    struct Answer {
        std::vector<std::vector<float>> vectors;
        int tokens = 0;
    };
    virtual Task<Result<Answer>> embed(std::vector<std::string> texts, std::stop_token stop = {}) = 0;
    virtual int dimensions() const = 0;
    virtual const std::string& name() const = 0;  // what /v1/models and /v1/embeddings call it
};

}  // namespace aimpact::llm
