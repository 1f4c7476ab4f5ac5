#include "agents/manners.hpp"

#include <fmt/format.h>

#include "agents/agent_limits.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {

namespace json = boost::json;
using base::invalid_argument;
using base::Result;

namespace {

Result<> check_texts(const std::vector<std::string>& texts, const std::string& path) {
    if (texts.size() > limits::kMannerTexts)
        return invalid_argument(path + " has at most " + std::to_string(limits::kMannerTexts) + " texts.",
                                path);
    for (const std::string& text : texts)
        if (text.empty() || text.size() > limits::kMannerTextBytes || text.find('\0') != std::string::npos)
            return invalid_argument("A text of " + path + " has 1 to " +
                                        std::to_string(limits::kMannerTextBytes) + " bytes and no NUL.",
                                    path);
    return {};
}

Result<> check_range(double value, double low, double high, const std::string& path) {
    if (value >= low && value <= high) return {};
    return invalid_argument(fmt::format("{} must be between {:g} and {:g}.", path, low, high), path);
}

json::array texts_json(const std::vector<std::string>& texts) {
    json::array out;
    for (const std::string& text : texts) out.emplace_back(text);
    return out;
}

}  // namespace

Result<IdlePolicy> idle_of(const IdleInput& input, const std::string& path) {
    IdlePolicy idle;
    const double after = input.after_seconds.value_or(0);
    if (after != 0)  // also for a NaN
        AIMPACT_CHECK(
            check_range(after, limits::kIdleSecondsMin, limits::kIdleSecondsMax, path + ".after_seconds"));
    idle.after = std::chrono::milliseconds(static_cast<std::int64_t>(after * 1000));
    if (input.prompts) idle.prompts = *input.prompts;
    AIMPACT_CHECK(check_texts(idle.prompts, path + ".prompts"));
    idle.prompts_max = input.max_prompts.value_or(idle.prompts_max);
    AIMPACT_CHECK(check_range(idle.prompts_max, 0, limits::kIdlePromptsMax, path + ".max_prompts"));
    return idle;
}

Result<Fillers> fillers_of(const FillersInput& input, const std::string& path) {
    Fillers fillers;
    if (input.texts) fillers.texts = *input.texts;
    AIMPACT_CHECK(check_texts(fillers.texts, path + ".texts"));
    if (input.after_ms) {
        AIMPACT_CHECK(check_range(*input.after_ms, limits::kFillerAfterMsMin, limits::kFillerMsMax,
                                  path + ".after_ms"));
        fillers.after = std::chrono::milliseconds(*input.after_ms);
    }
    if (input.every_ms) {
        AIMPACT_CHECK(check_range(*input.every_ms, limits::kFillerEveryMsMin, limits::kFillerMsMax,
                                  path + ".every_ms"));
        fillers.every = std::chrono::milliseconds(*input.every_ms);
    }
    return fillers;
}

json::object idle_json(const IdlePolicy& idle) {
    return {{"after_seconds", static_cast<double>(idle.after.count()) / 1000.0},
            {"prompts", texts_json(idle.prompts)},
            {"max_prompts", idle.prompts_max}};
}

json::object fillers_json(const Fillers& fillers) {
    return {{"texts", texts_json(fillers.texts)},
            {"after_ms", fillers.after.count()},
            {"every_ms", fillers.every.count()}};
}

}  // namespace aimpact::agents
