// libFuzzer: an agent's texts with variables. What parses renders without a variable left, and a variable's
// value is text: whatever it holds, it is not read as a template.
#include "agents/prompt_template.hpp"
#include "base/fuzzing.hpp"

using namespace aimpact::agents;

using aimpact::base::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto parsed = PromptTemplate::parse(text, "instructions");
    if (parsed.has_error()) {
        require(parsed.error().param == "instructions" && !parsed.error().message.empty());
        return 0;
    }
    Variables empty, marked;
    for (const std::string& name : parsed->names()) {
        require(is_variable_name(name));
        empty[name] = "";
        marked[name] = "{{x}}";
    }
    require(parsed->check(empty, "p").has_value());
    const std::string bare = parsed->render(empty);
    require(bare == parsed->render({}));
    require(bare.size() <= size);
    if (text.find('{') == std::string_view::npos) require(bare == text);
    const std::string filled = parsed->render(marked);
    require(filled.size() >= bare.size() && (filled.size() - bare.size()) % 5 == 0);
    if (!parsed->names().empty()) require(!parsed->check({}, "p").has_value());
    return 0;
}
