#include "agents/cursor.hpp"

#include <boost/json.hpp>
#include <charconv>

#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {

std::string make_cursor(const std::vector<std::string>& keys) {
    return base::base64url_encode(base::to_text(boost::json::array(keys.begin(), keys.end())));
}

base::Result<PageRequest> page_request(const net::Request& request, std::size_t keys) {
    PageRequest page;
    if (const auto limit = request.query_value("limit")) {
        const auto [end, ec] = std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
        if (ec != std::errc{} || end != limit->data() + limit->size() || page.limit < 1 ||
            page.limit > kPageMax)
            return base::invalid_argument(
                "limit must be a whole number from 1 to " + std::to_string(kPageMax) + ".", "limit");
    }
    if (const auto cursor = request.query_value("cursor"); cursor && !cursor->empty()) {
        std::string text;
        const base::Error bad = base::invalid_argument(
            "This cursor is not one that this list gave out. Leave it out to start from the beginning.",
            "cursor");
        if (cursor->size() > 256 || !base::base64url_decode(*cursor, text)) return bad;
        auto value = base::decode_text<std::vector<std::string>>(text);
        if (value.has_error() || value->size() != keys) return bad;
        page.after = *std::move(value);
    }
    return page;
}

}  // namespace aimpact::agents
