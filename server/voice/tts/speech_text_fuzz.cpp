// libFuzzer: what a language model may write, on its way to speech: clauses, Markdown, normalisation,
// pronunciation. The first byte chooses the accent and how the text is cut into deltas.
#include <filesystem>

#include "base/fuzzing.hpp"
#include "base/log.hpp"
#include "base/wire.hpp"
#include "voice/synthesizer.hpp"
#include "voice/tts/pronouncer.hpp"
#include "voice/tts/test_models.hpp"
#include "voice/tts/text_normalizer.hpp"

using namespace aimpact;
using namespace aimpact::voice;

using base::require;

namespace {
bool valid_utf8(std::string_view text) {
    const std::string quoted = base::to_text(boost::json::string(text));
    return base::parse_json(quoted, {.bytes_max = 1 << 24}).has_value();
}

// Null where the model is not installed: then only the text is tried.
std::shared_ptr<const Pronouncer> load(Accent accent) {
    base::configure_log(base::LogLevel::off, base::LogFormat::json);
    auto loaded = Pronouncer::load(kokoro_folder() / "dict", accent);
    if (loaded.has_error()) return nullptr;
    return *std::move(loaded);
}

std::string_view without_end_space(std::string_view text) {
    while (!text.empty() && std::string_view(" \t\r\n\v\f").find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    return text;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto american = load(Accent::american), british = load(Accent::british);
    if (size < 1 || size > 2000) return 0;
    const bool uk = data[0] & 1;
    const std::size_t piece = 1 + (data[0] >> 1);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);

    ClauseSplitter splitter;
    std::string joined;
    const auto take = [&](const std::vector<std::string>& clauses) {
        for (const std::string& clause : clauses) joined += clause;
    };
    for (std::size_t at = 0; at < text.size(); at += piece) take(splitter.push(text.substr(at, piece)));
    take(splitter.finish());
    if (valid_utf8(text)) require(without_end_space(joined) == without_end_space(text));

    require(valid_utf8(strip_markup(text)));
    const std::string spoken = normalize_text(text, {.british = uk});
    require(valid_utf8(spoken));
    require(spoken.size() <= 64 * size + 256);
    if (const auto& pronouncer = uk ? british : american) pronouncer->pronounce(spoken);
    return 0;
}
