// libFuzzer: however a stream is cut into pieces, its events are the same; what we write, we read back.
#include <cstdlib>

#include "net/client.hpp"

using namespace aimpact::net;

namespace {
using Events = std::vector<std::pair<std::string, std::string>>;

Events parse(std::string_view bytes, std::size_t piece) {
    Events events;
    SseParser parser([&](std::string_view name, std::string_view data) -> Result<> {
        events.emplace_back(name, data);
        return {};
    });
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        if (parser.feed(bytes.substr(at, piece)).has_error()) std::abort();
    return events;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Events whole = parse(bytes, size + 1);
    if (parse(bytes, 1) != whole || parse(bytes, 3) != whole) std::abort();
    if (bytes.find('\r') == std::string_view::npos) {
        const Events back = parse(sse_event(bytes), size + 1);
        if (back != Events{{"message", std::string(bytes)}}) std::abort();
    }
    return 0;
}
