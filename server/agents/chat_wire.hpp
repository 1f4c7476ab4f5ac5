// POST /v1/chat/completions in OpenAI's format: the request as native structs, the answer as JSON.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agents/turn_loop.hpp"

namespace aimpact::agents {

struct ChatCompletionRequest {
    std::string model;
    std::vector<Item> items;  // the messages, as a conversation has them
    ResponseOptions options;
    bool stream = false, include_usage = false;
    // Keeping the context here: store makes a new conversation, conversation_id goes on with one.
    bool store = false;
    std::string conversation_id;
    std::map<std::string, std::string> variables;  // metadata "var_<name>"
};

// Fields that are not known are ignored, as OpenAI's own clients send more than we need. invalid_argument for
// what is malformed, out of range, or asked for and not possible here (n > 1, images, audio, logprobs).
Result<ChatCompletionRequest> read_chat_completion(const std::string& body);

// What all pieces of one answer share.
struct CompletionHead {
    std::string id;  // "chatcmpl-..."
    std::int64_t created = 0;
    std::string model;
    std::string conversation_id;  // empty: nothing is kept
};

boost::json::object completion_json(const CompletionHead& head, const ResponseResult& result);

// Chunks of a streamed answer.
boost::json::object role_chunk(const CompletionHead& head);
boost::json::object delta_chunk(const CompletionHead& head, const llm::ChatDelta& delta);
boost::json::object finish_chunk(const CompletionHead& head, llm::FinishReason finish);
boost::json::object usage_chunk(const CompletionHead& head, const llm::Usage& usage);

}  // namespace aimpact::agents
