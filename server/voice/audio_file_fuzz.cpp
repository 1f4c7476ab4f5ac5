// libFuzzer: any bytes as an uploaded audio file. What is decoded is finite, in range, within the limits, and
// of the rate that was asked for. Seeds of every kind of file are made by tests/fuzz/make_audio_seeds.py.
#include <cmath>

#include "base/fuzzing.hpp"
#include "voice/audio.hpp"

using namespace aimpact;
using namespace aimpact::voice;

using base::require;

namespace {
constexpr AudioLimits kLimits{.bytes_max = 1 << 16, .seconds_max = 20};

void check(std::string_view bytes, int rate) {
    const auto clip = decode_audio(bytes, kLimits, rate);
    if (clip.has_error()) {
        require(!clip.error().message.empty());
        return;
    }
    require(bytes.size() <= kLimits.bytes_max && !clip->samples.empty());
    require(rate > 0 ? clip->sample_rate == rate
                     : clip->sample_rate >= 1000 && clip->sample_rate <= kFileRateMax);
    require(clip->seconds() <= kLimits.seconds_max + 0.1);
    // A resampler overshoots at jumps; only what is not resampled keeps to the range.
    for (const float sample : clip->samples) require(std::isfinite(sample) && std::abs(sample) <= 4.0F);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check(bytes, 0);
    check(bytes, kRecognitionRate);
    return 0;
}
