// libFuzzer target: any bytes as a client's event. Built with -DAIMPACT_FUZZ=ON (clang).
#include <cstdint>
#include <string_view>

#include "realtime/openai_events.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string event_id;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto event = aimpact::realtime::openai::parse_event(text, {}, event_id);
    // An error must be one that a client can act on.
    if (event.has_error() && event.error().message.empty()) __builtin_trap();
    return 0;
}
