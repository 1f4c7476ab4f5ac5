// Texts with variables: "You work for {{company}}." Blanks inside the braces are allowed; "{{{{" writes "{{".
//
// Besides the agent's own variables there are {{date}} ("24 November 2026"), {{time}} ("14:05"), {{weekday}}
// ("Tuesday") of the server's time zone, and {{agent_name}}; all are fixed when a conversation opens, so that
// the prompt's beginning stays the same from turn to turn. A variable's value is text, never a template.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace aimpact::agents {

using Variables = std::map<std::string, std::string>;

// "^[a-z_][a-z0-9_]{0,63}$"
bool is_variable_name(std::string_view name);

class PromptTemplate {
  public:
    // invalid_argument (param `param`) for braces that don't close and for names that cannot be a variable's.
    static base::Result<PromptTemplate> parse(std::string_view text, std::string_view param);

    // Names that occur, in order, without repeats.
    std::vector<std::string> names() const;
    // Every name must be in `known`; the error names the nearest one.
    base::Result<> check(const Variables& known, std::string_view param) const;
    // Names that `values` lacks become empty: check() first.
    std::string render(const Variables& values) const;

  private:
    struct Piece {
        std::string text;  // or the variable's name
        bool variable = false;
    };
    std::vector<Piece> pieces_;
};

// What every template may use beside the agent's variables.
Variables builtin_variables(const std::string& agent_name, base::WallTime now);

// Defaults overlaid with given values, and the built-in ones. invalid_argument for a given name that the
// agent doesn't declare (naming the nearest) or a value that is too long.
base::Result<Variables> merge_variables(const Variables& defaults, const Variables& given,
                                        const Variables& builtin);

// Characters (code points) of UTF-8 text.
std::size_t character_count(std::string_view text);

}  // namespace aimpact::agents
