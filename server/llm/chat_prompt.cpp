#include "llm/chat_prompt.hpp"

#include "llm/llama_runtime.hpp"

namespace aimpact::llm {

namespace json = boost::json;

namespace {
std::string tools_text(const std::vector<Tool>& tools, bool must_call) {
    std::string out =
        must_call ? "Answer with a call of one of these functions:" : "You can call these functions:";
    for (const Tool& tool : tools)
        out += "\n" +
               json::serialize(json::object{
                   {"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}});
    out += must_call ? "\nWrite" : "\nOnly when one is needed, write";
    out += " nothing but the call, as JSON: {\"name\": \"function name\", \"arguments\": {...}}";
    return out;
}

std::string calls_text(const ChatMessage& message) {
    std::string out = message.content;
    for (const ToolCall& call : message.tool_calls) {
        if (!out.empty()) out += "\n";
        out += "{\"name\": " + json::serialize(json::string(call.name)) +
               ", \"arguments\": " + (call.arguments.empty() ? "{}" : call.arguments) + "}";
    }
    return out;
}

std::string render(const std::string& tmpl, const std::vector<std::pair<const char*, std::string>>& turns) {
    std::vector<llama_chat_message> chat;
    std::size_t bytes = 256;
    for (const auto& [role, content] : turns) {
        chat.push_back({role, content.c_str()});
        bytes += 2 * content.size() + 64;
    }
    std::string out(bytes, '\0');
    int length = llama_chat_apply_template(tmpl.c_str(), chat.data(), chat.size(), true, out.data(),
                                           static_cast<int>(out.size()));
    if (length > static_cast<int>(out.size())) {
        out.resize(length);
        length = llama_chat_apply_template(tmpl.c_str(), chat.data(), chat.size(), true, out.data(),
                                           static_cast<int>(out.size()));
    }
    out.resize(std::max(length, 0));
    return out;
}
}  // namespace

base::Result<ChatPrompt> ChatPrompt::load(const llama_model* model, const std::string& template_override) {
    ChatPrompt prompt;
    prompt.vocab_ = llama_model_get_vocab(model);
    const char* own = llama_model_chat_template(model, nullptr);
    prompt.template_ = !template_override.empty() ? template_override : own ? own : "";
    const llama_chat_message probe{"user", "Hello"};
    char buffer[1024];
    if (prompt.template_.empty() ||
        llama_chat_apply_template(prompt.template_.c_str(), &probe, 1, true, buffer, sizeof buffer) < 0)
        return base::invalid_argument(
            prompt.template_.empty()
                ? "The model has no chat template. Name one in the settings (for example \"chatml\")."
                : "The model's chat template is not one that llama.cpp renders. Name a built-in one in the "
                  "settings "
                  "(for example \"chatml\").");
    for (llama_token token = 0; token < llama_vocab_n_tokens(prompt.vocab_); ++token)
        if (llama_vocab_is_control(prompt.vocab_, token)) {
            const std::string text = llama_vocab_get_text(prompt.vocab_, token);
            if (text.size() > 1) prompt.control_.push_back(text);
        }
    return prompt;
}

std::string ChatPrompt::defused(std::string content) const {
    for (const std::string& control : control_)
        for (std::size_t at = content.find(control); at != std::string::npos;
             at = content.find(control, at + 1))
            content.insert(at + 1, 1, ' ');
    return content;
}

std::string ChatPrompt::text(const std::vector<ChatMessage>& messages, const std::vector<Tool>& tools,
                             bool must_call) const {
    std::vector<std::pair<const char*, std::string>> turns;
    std::string system_extra = tools.empty() ? "" : tools_text(tools, must_call);
    const bool has_system = !messages.empty() && messages.front().role == ChatRole::system;
    if (!has_system && !system_extra.empty()) turns.emplace_back("system", defused(system_extra));
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const ChatMessage& message = messages[i];
        switch (message.role) {
            case ChatRole::system: {
                std::string content = message.content;
                if (i == 0 && !system_extra.empty())
                    content += (content.empty() ? "" : "\n\n") + system_extra;
                turns.emplace_back("system", defused(content));
                break;
            }
            case ChatRole::user:
                turns.emplace_back("user", defused(message.content));
                break;
            case ChatRole::assistant:
                turns.emplace_back("assistant", defused(calls_text(message)));
                break;
            // Small models were not trained on a role of its own for results.
            case ChatRole::tool:
                turns.emplace_back("user", defused("Function result: " + message.content));
                break;
        }
    }
    return render(template_, turns);
}

std::vector<llama_token> ChatPrompt::tokens(const std::vector<ChatMessage>& messages,
                                            const std::vector<Tool>& tools, bool must_call) const {
    return tokenize(vocab_, text(messages, tools, must_call), true);
}

}  // namespace aimpact::llm
