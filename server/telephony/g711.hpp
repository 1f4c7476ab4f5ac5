// The codecs of telephone wires, by name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telephony/media_stream.hpp"
#include "voice/audio.hpp"

namespace aimpact::telephony {

inline std::vector<float> decode(Codec codec, std::string_view bytes) {
    return codec == Codec::alaw ? voice::alaw_to_float(bytes) : voice::ulaw_to_float(bytes);
}
inline std::string encode(Codec codec, std::span<const float> samples) {
    return codec == Codec::alaw ? voice::float_to_alaw(samples) : voice::float_to_ulaw(samples);
}
// The largest magnitude of a decoded sample (ITU-T G.711).
inline float full_scale(Codec codec) {
    return (codec == Codec::alaw ? 32'256.0F : 32'124.0F) / 32'768.0F;
}

}  // namespace aimpact::telephony
