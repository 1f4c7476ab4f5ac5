// libFuzzer: any text as a stored matched voice. What is read can be spoken: its numbers are finite and in
// range, and written again it reads back the same.
#include <cmath>

#include "base/fuzzing.hpp"
#include "voice/custom_voice.hpp"

using namespace aimpact;
using namespace aimpact::voice;

using base::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto voice = parse_matched_voice({reinterpret_cast<const char*>(data), size});
    if (voice.has_error()) {
        require(!voice.error().message.empty());
        return 0;
    }
    require(!voice->shares.empty() && voice->shares.size() <= 64);
    require(std::isfinite(voice->log_f0) && voice->rate >= 0.5 && voice->rate <= 2);
    for (const double gain : voice->equalizer) require(std::abs(gain) <= kEqualizerDbMax);
    const std::string text = to_json_text(*voice);
    require(text.size() <= kMatchedVoiceBytesMax);
    const auto again = parse_matched_voice(text);
    require(again.has_value() && to_json_text(*again) == text);
    return 0;
}
