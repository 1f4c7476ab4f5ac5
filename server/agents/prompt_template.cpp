#include "agents/prompt_template.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "agents/agent_limits.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {

using base::invalid_argument;

namespace {
std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

base::Error unknown_variable(const std::string& name, const Variables& known, std::string_view param) {
    std::vector<std::string_view> names;
    for (const auto& [key, value] : known) names.push_back(key);
    const std::string_view nearest = base::nearest_name(name, names);
    return invalid_argument(
        "There is no variable \"" + name + "\"." +
            (nearest.empty() ? " Add it to the agent's variables, or take it out of the text."
                             : " Did you mean \"" + std::string(nearest) + "\"?"),
        std::string(param));
}
}  // namespace

std::size_t character_count(std::string_view text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

bool is_variable_name(std::string_view name) {
    if (name.empty() || name.size() > limits::kVariableNameChars) return false;
    if (name.front() >= '0' && name.front() <= '9') return false;
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

base::Result<PromptTemplate> PromptTemplate::parse(std::string_view text, std::string_view param) {
    PromptTemplate out;
    std::string literal;
    while (!text.empty()) {
        const std::size_t open = text.find("{{");
        if (open == std::string_view::npos) {
            literal += text;
            break;
        }
        literal += text.substr(0, open);
        text.remove_prefix(open + 2);
        if (text.starts_with("{{")) {
            literal += "{{";
            text.remove_prefix(2);
            continue;
        }
        const std::size_t close = text.find("}}");
        if (close == std::string_view::npos)
            return invalid_argument(
                "A \"{{\" has no \"}}\". Close it, or write \"{{{{\" where the text should say \"{{\".",
                std::string(param));
        const std::string_view name = trimmed(text.substr(0, close));
        if (!is_variable_name(name))
            return invalid_argument(
                "\"{{" + std::string(text.substr(0, std::min<std::size_t>(close, 40))) +
                    "}}\" is no variable: names have lower-case letters, digits and _, and "
                    "don't start with a digit.",
                std::string(param));
        if (!literal.empty()) out.pieces_.push_back({std::exchange(literal, {}), false});
        out.pieces_.push_back({std::string(name), true});
        text.remove_prefix(close + 2);
    }
    if (!literal.empty()) out.pieces_.push_back({std::move(literal), false});
    return out;
}

std::vector<std::string> PromptTemplate::names() const {
    std::vector<std::string> out;
    for (const Piece& piece : pieces_)
        if (piece.variable && std::find(out.begin(), out.end(), piece.text) == out.end())
            out.push_back(piece.text);
    return out;
}

base::Result<> PromptTemplate::check(const Variables& known, std::string_view param) const {
    for (const std::string& name : names())
        if (!known.contains(name)) return unknown_variable(name, known, param);
    return {};
}

std::string PromptTemplate::render(const Variables& values) const {
    std::string out;
    for (const Piece& piece : pieces_) {
        if (!piece.variable) {
            out += piece.text;
        } else if (const auto found = values.find(piece.text); found != values.end()) {
            out += found->second;
        }
    }
    return out;
}

Variables builtin_variables(const std::string& agent_name, base::WallTime now) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm local{};
    localtime_r(&seconds, &local);
    return {{"agent_name", agent_name},
            {"date", std::to_string(local.tm_mday) + fmt::format(" {:%B %Y}", local)},
            {"time", fmt::format("{:%H:%M}", local)},
            {"weekday", fmt::format("{:%A}", local)}};
}

base::Result<Variables> merge_variables(const Variables& defaults, const Variables& given,
                                        const Variables& builtin) {
    Variables out = defaults;
    for (const auto& [name, value] : given) {
        if (!defaults.contains(name)) return unknown_variable(name, defaults, "variables." + name);
        if (character_count(value) > limits::kVariableValueChars)
            return invalid_argument("The value of the variable \"" + name + "\" is longer than " +
                                        std::to_string(limits::kVariableValueChars) + " characters.",
                                    "variables." + name);
        out[name] = value;
    }
    // The agent's own variables win over built-in ones of the same name.
    out.insert(builtin.begin(), builtin.end());
    return out;
}

}  // namespace aimpact::agents
