// What shape the local model's answer must have, as a grammar (GBNF) that sampling obeys. Internal to llm.
//
// Small models don't know any tool-call syntax, so a call is a JSON object, {"name": ..., "arguments":
// {...}}, and the grammar sees to it that it's valid: with tool_choice "required" or a tool's name the answer
// can be nothing else; with "auto" an answer that starts with "{" can only be a call, any other is text.
#pragma once

#include <string>
#include <vector>

#include "llm/chat.hpp"

namespace aimpact::llm {

enum class OutputShape { text, json, tool_call, text_or_tool_call };

struct OutputRule {
    OutputShape shape = OutputShape::text;
    std::string grammar;  // empty for plain text
};

// The tools that the request lets the model call: none with tool_choice "none", one with a name.
base::Result<std::vector<Tool>> callable_tools(const ChatRequest& request);

// Errors: invalid_argument naming tool_choice, tools or response_schema.
base::Result<OutputRule> output_rule(const ChatRequest& request);

// The call in an answer of shape tool_call (the grammar made sure of the form); `id` is left empty. False if
// the answer was cut short.
bool parse_tool_call(const std::string& answer, ToolCall& call);

}  // namespace aimpact::llm
