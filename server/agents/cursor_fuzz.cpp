// libFuzzer: ?cursor= and ?limit= of lists. The first line is the limit, the rest the cursor.
#include "agents/cursor.hpp"
#include "base/fuzzing.hpp"

using namespace aimpact;
using namespace aimpact::agents;

using base::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), text.size());
    net::Request request;
    if (line > 0) request.query["limit"] = text.substr(0, line);
    request.query["cursor"] = text.substr(std::min(line + 1, size));
    const auto page = page_request(request, 2);
    if (page.has_error()) {
        require(!page.error().param.empty());
    } else {
        require(page->limit >= 1 && page->limit <= kPageMax);
        require(page->after.empty() || page->after.size() == 2);
    }
    // Any keys that we put in a cursor come back, if they are text and short.
    const std::string key(text.substr(0, std::min<std::size_t>(size, 40)));
    net::Request own;
    own.query["cursor"] = make_cursor({"k", key});
    if (const auto back = page_request(own, 2); back.has_value())
        require(back->after == std::vector<std::string>({"k", key}));
    return 0;
}
