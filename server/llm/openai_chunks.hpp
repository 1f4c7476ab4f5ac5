// Reads the events of a streaming chat completion (OpenAI's wire) into one ChatResult. Internal to llm.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "llm/chat.hpp"

namespace aimpact::llm {

// The body of POST /chat/completions. `openai`: the provider is OpenAI itself, which names the length limit
// anew.
boost::json::object chat_completion_body(const ChatRequest& request, bool openai);

class ChunkReader {
  public:
    explicit ChunkReader(const OnDelta& on_delta) : on_delta_(on_delta) {}

    // One event's data. Errors: upstream_failed (not a chunk, an error object, too much), or on_delta's own.
    Result<> event(std::string_view data);
    // After the last byte. upstream_failed if the stream broke off or held nothing.
    Result<ChatResult> finish();
    bool started() const { return started_; }  // something was handed to on_delta

  private:
    Result<> delta(const boost::json::object& delta);
    Result<> tool_pieces(const boost::json::array& pieces);

    const OnDelta& on_delta_;
    ChatResult result_;
    std::map<int, ToolCall> calls_;
    std::size_t bytes_ = 0;
    bool started_ = false, finished_ = false;
};

// What a provider's error body says, shortened and without anything that looks like a key.
std::string provider_words(std::string_view body, const std::string& api_key);

}  // namespace aimpact::llm
