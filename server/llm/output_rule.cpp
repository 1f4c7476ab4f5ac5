#include "llm/output_rule.hpp"

#include <json-schema-to-grammar.h>

#include "base/wire.hpp"

namespace aimpact::llm {

namespace json = boost::json;

namespace {
// A schema or all tools together; beyond it a grammar costs too much to build while others wait.
constexpr std::size_t kSchemaBytesMax = 64 << 10;
constexpr std::size_t kGrammarBytesMax = 256 << 10;
// Of one enum or anyOf: each alternative is tested against the whole vocabulary when a token is refused.
constexpr std::size_t kAlternativesMax = 256;

base::Error bad_schema(const std::string& what, const std::string& param, const char* why) {
    base::Error error = base::invalid_argument(
        "The local model cannot follow the JSON Schema of " + what +
            ": it uses something that has no grammar. Simplify it (types, properties, enum, items, anyOf).",
        param);
    error.detail = why;
    return error;
}

enum class Patterns { refuse, drop };

// Keeps out of the grammar what could hold up everybody's answers. `pattern` is such: regular expressions
// with nested repetition blow up the parser, and the converter passes over what it doesn't know. An answer's
// schema is a promise, so there it's an error; on a tool's arguments it's advice that the tool has to check
// anyway.
Result<> tame(json::value& schema, Patterns patterns, const std::string& param) {
    if (json::array* list = schema.if_array()) {
        for (json::value& one : *list) AIMPACT_CHECK(tame(one, patterns, param));
        return {};
    }
    json::object* object = schema.if_object();
    if (!object) return {};
    if (const json::value* pattern = object->if_contains("pattern"); pattern && pattern->is_string()) {
        if (patterns == Patterns::refuse)
            return base::invalid_argument(
                "The local model cannot follow \"pattern\" in a JSON Schema. Use enum, format or maxLength, "
                "or check "
                "the answer yourself.",
                param);
        object->erase("pattern");
    }
    for (auto& [key, value] : *object) {
        if (key == "enum" || key == "anyOf" || key == "oneOf" || key == "allOf") {
            if (value.is_array() && value.get_array().size() > kAlternativesMax)
                return base::invalid_argument("The local model chooses between at most " +
                                                  std::to_string(kAlternativesMax) +
                                                  " alternatives in a JSON Schema.",
                                              param);
            if (key == "enum") continue;
        }
        if (key == "const" || key == "default" || key == "examples") continue;
        if (key == "properties" || key == "$defs" || key == "definitions") {
            if (json::object* named = value.if_object())  // its keys are names, not keywords
                for (auto& [name, inner] : *named) AIMPACT_CHECK(tame(inner, patterns, param));
            continue;
        }
        AIMPACT_CHECK(tame(value, patterns, param));
    }
    return {};
}

json::object call_schema(const std::vector<Tool>& tools) {
    json::array alternatives;
    for (const Tool& tool : tools) {
        json::object arguments = tool.parameters;
        if (arguments.empty()) arguments = {{"type", "object"}, {"properties", json::object{}}};
        // References inside the tool's own schema would point elsewhere once it is nested; the converter says
        // so.
        alternatives.push_back(json::object{
            {"type", "object"},
            {"properties",
             json::object{{"name", json::object{{"const", tool.name}}}, {"arguments", std::move(arguments)}}},
            {"required", json::array{"name", "arguments"}},
            {"additionalProperties", false}});
    }
    if (alternatives.size() == 1) return alternatives[0].as_object();
    return json::object{{"anyOf", std::move(alternatives)}};
}

base::Result<std::string> to_grammar(json::value schema, Patterns patterns, bool or_text,
                                     const std::string& what, const std::string& param) {
    AIMPACT_CHECK(tame(schema, patterns, param));
    const std::string text = json::serialize(schema);
    if (text.size() > kSchemaBytesMax)
        return base::invalid_argument("The JSON Schema of " + what + " is longer than " +
                                          std::to_string(kSchemaBytesMax >> 10) + " KiB. Shorten it.",
                                      param);
    std::string grammar;
    try {  // the converter's only way to report
        const common_chat_schema_document document = common_chat_schema_from_json(common_json::parse(text));
        grammar = build_grammar([&](const common_grammar_builder& builder) {
            if (!or_text) {
                builder.add_schema("root", *document.root);
                return;
            }
            const std::string call = builder.add_schema("call", *document.root);
            const std::string words = builder.add_rule("words", R"([^{ \t\r\n] [^\x00]*)");
            builder.add_rule("root", call + " | " + words);
        });
    } catch (const std::exception& e) {
        return bad_schema(what, param, e.what());
    }
    if (grammar.size() > kGrammarBytesMax) return bad_schema(what, param, "the grammar is too long");
    return grammar;
}
}  // namespace

base::Result<std::vector<Tool>> callable_tools(const ChatRequest& request) {
    if (request.tool_choice == "none") return std::vector<Tool>{};
    if (request.tool_choice == "auto" || request.tool_choice.empty()) return request.tools;
    if (request.tool_choice == "required") {
        if (request.tools.empty())
            return base::invalid_argument("tool_choice is \"required\", but there are no tools.",
                                          "tool_choice");
        return request.tools;
    }
    for (const Tool& tool : request.tools)
        if (tool.name == request.tool_choice) return std::vector<Tool>{tool};
    return base::invalid_argument(
        "tool_choice names \"" + request.tool_choice + "\", which is not one of the tools.", "tool_choice");
}

base::Result<OutputRule> output_rule(const ChatRequest& request) {
    AIMPACT_TRY(const std::vector<Tool> tools, callable_tools(request));
    const bool free_choice = request.tool_choice == "auto" || request.tool_choice.empty();
    OutputRule rule;
    if (!tools.empty()) {
        if (free_choice && request.response_schema)
            return base::invalid_argument(
                "The local model cannot choose between a tool and a JSON answer. Set tool_choice to "
                "\"none\", "
                "\"required\" or a tool's name.",
                "tool_choice");
        rule.shape = free_choice ? OutputShape::text_or_tool_call : OutputShape::tool_call;
        AIMPACT_TRY(rule.grammar,
                    to_grammar(call_schema(tools), Patterns::drop, free_choice, "the tools", "tools"));
    } else if (request.response_schema) {
        rule.shape = OutputShape::json;
        AIMPACT_TRY(rule.grammar, to_grammar(*request.response_schema, Patterns::refuse, false, "the answer",
                                             "response_schema"));
    }
    return rule;
}

bool parse_tool_call(const std::string& answer, ToolCall& call) {
    auto value = base::parse_json(answer);
    if (value.has_error() || !value->is_object()) return false;
    const json::object& object = value->get_object();
    const json::value* name = object.if_contains("name");
    const json::value* arguments = object.if_contains("arguments");
    if (!name || !name->is_string() || !arguments) return false;
    call.name = std::string(name->get_string());
    call.arguments = json::serialize(*arguments);
    return true;
}

}  // namespace aimpact::llm
