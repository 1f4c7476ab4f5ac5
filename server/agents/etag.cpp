#include "agents/etag.hpp"

#include <charconv>

namespace aimpact::agents {

std::string etag(int version) {
    return "\"" + std::to_string(version) + "\"";
}

base::Result<std::optional<int>> if_match(const net::Request& request, const char* what) {
    std::string_view text = request.headers.get("If-Match");
    if (text.empty()) return std::optional<int>{};
    if (text.starts_with("W/")) text.remove_prefix(2);
    int version = 0;
    if (text.size() >= 3 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
        const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), version);
        if (ec == std::errc{} && end == text.data() + text.size() && version > 0)
            return std::optional<int>{version};
    }
    return base::invalid_argument(
        std::string("If-Match must be the ETag of the ") + what + ", for example \"3\" in quotes.",
        "If-Match");
}

base::Result<std::optional<int>> based_on(const net::Request& request, std::optional<int> in_body,
                                          const char* what) {
    AIMPACT_TRY(const std::optional<int> matched, if_match(request, what));
    if (matched && in_body && *matched != *in_body)
        return base::invalid_argument("version and If-Match name different versions.", "version");
    return matched ? matched : in_body;
}

}  // namespace aimpact::agents
