#include "llm/chat.hpp"

#include <cmath>
#include <set>

namespace aimpact::llm {

using base::invalid_argument;

int estimate_tokens(std::string_view text) {
    return static_cast<int>((text.size() + 2) / 3);
}

Result<> check_request(const ChatRequest& request) {
    if (request.messages.empty()) return invalid_argument("There are no messages to answer.", "messages");
    if (request.temperature && !(*request.temperature >= 0 && *request.temperature <= 2))
        return invalid_argument("temperature must be between 0 and 2.", "temperature");
    if (request.top_p && !(*request.top_p > 0 && *request.top_p <= 1))
        return invalid_argument("top_p must be above 0 and at most 1.", "top_p");
    if (request.output_tokens_max && *request.output_tokens_max < 1)
        return invalid_argument("An answer needs at least 1 token: raise the limit.", "max_tokens");
    if (request.stop.size() > 4) return invalid_argument("At most 4 stop strings are allowed.", "stop");
    for (const std::string& stop : request.stop)
        if (stop.empty() || stop.size() > 256)
            return invalid_argument("A stop string has 1 to 256 bytes.", "stop");
    if (request.tools.size() > 128) return invalid_argument("At most 128 tools are allowed.", "tools");
    std::set<std::string_view> names;
    for (const Tool& tool : request.tools)
        if (!names.insert(tool.name).second)
            return invalid_argument("There are two tools named \"" + tool.name + "\".", "tools");
    return {};
}

}  // namespace aimpact::llm
