// Renders a conversation as the text that a local model was trained on. Internal to llm.
#pragma once

#include <llama.h>

#include <string>
#include <vector>

#include "llm/chat.hpp"

namespace aimpact::llm {

// Immutable after load(); thread-safe.
class ChatPrompt {
  public:
    // The GGUF's own chat template, or `template_override` (a Jinja text or a built-in name, "chatml") if not
    // empty. invalid_argument if llama.cpp doesn't know the template.
    static base::Result<ChatPrompt> load(const llama_model* model, const std::string& template_override);

    // Everything up to the start of the assistant's turn. Tools are described in the system message; calls
    // and their results are shown as the JSON that the model is told to write. Control tokens that somebody
    // wrote into a message are defused, so that words cannot pose as another speaker's turn.
    std::vector<llama_token> tokens(const std::vector<ChatMessage>& messages, const std::vector<Tool>& tools,
                                    bool must_call) const;
    std::string text(const std::vector<ChatMessage>& messages, const std::vector<Tool>& tools,
                     bool must_call) const;

  private:
    std::string defused(std::string content) const;

    const llama_vocab* vocab_ = nullptr;
    std::string template_;
    std::vector<std::string> control_;  // written forms of control tokens
};

}  // namespace aimpact::llm
