// libFuzzer: what a language model's provider streams, one event a line. Never a crash; text is handed on as
// valid UTF-8, and the result is what was handed on.
#include "base/fuzzing.hpp"
#include "base/wire.hpp"
#include "llm/openai_chunks.hpp"

using namespace aimpact;
using namespace aimpact::llm;

using base::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    std::string heard;
    const OnDelta on_delta = [&](const ChatDelta& delta) -> Result<> {
        heard += delta.text;
        if (delta.tool_call) require(delta.tool_call->index >= 0);
        return {};
    };
    ChunkReader reader(on_delta);
    while (!text.empty()) {
        const std::size_t line = std::min(text.find('\n'), text.size());
        if (const auto taken = reader.event(text.substr(0, line)); taken.has_error()) {
            require(!taken.error().message.empty());
            return 0;
        }
        text.remove_prefix(std::min(line + 1, text.size()));
    }
    const auto result = reader.finish();
    if (result.has_error()) {
        require(!result.error().message.empty());
        return 0;
    }
    require(result->message.content == heard);
    require(base::parse_json(base::to_text(boost::json::string(heard)), {.bytes_max = 1 << 24}).has_value());
    provider_words(std::string_view(reinterpret_cast<const char*>(data), size), "sk-secret");
    return 0;
}
