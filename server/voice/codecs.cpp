// The codecs of live wires. G.711 by the formulas of ITU-T G.711 (11/88), tables 1a to 2b, with decoder
// output scaled to 16 bits (mu-law's 14 and A-law's 13 bits, left-aligned).
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "voice/audio.hpp"

namespace aimpact::voice {

namespace {

constexpr float kScale = 32'768.0F;

std::int16_t to_int16(float sample) {
    if (!std::isfinite(sample)) return 0;
    return static_cast<std::int16_t>(std::lrint(std::clamp(sample * kScale, -32'768.0F, 32'767.0F)));
}

// Value of a mu-law code: the sign bit is set for positive values after inversion of all bits on the wire.
constexpr int ulaw_value(std::uint8_t code) {
    code = static_cast<std::uint8_t>(~code);
    const int exponent = (code >> 4) & 7, mantissa = code & 15;
    const int magnitude = (((2 * mantissa + 33) << exponent) - 33) * 4;
    return code & 0x80 ? -magnitude : magnitude;
}

constexpr int alaw_value(std::uint8_t code) {
    code ^= 0x55;
    const int exponent = (code >> 4) & 7, mantissa = code & 15;
    const int magnitude = (exponent == 0 ? 2 * mantissa + 1 : (2 * mantissa + 33) << (exponent - 1)) * 8;
    return code & 0x80 ? magnitude : -magnitude;
}

template <auto Value>
constexpr std::array<float, 256> decode_table() {
    std::array<float, 256> table{};
    for (int i = 0; i < 256; ++i)
        table[static_cast<std::size_t>(i)] = static_cast<float>(Value(static_cast<std::uint8_t>(i))) / kScale;
    return table;
}
constexpr auto kUlaw = decode_table<ulaw_value>();
constexpr auto kAlaw = decode_table<alaw_value>();

std::uint8_t to_ulaw(std::int16_t sample) {
    constexpr int kBias = 33 * 4, kClip = 32'635;
    const bool negative = sample < 0;
    const int magnitude = std::min<int>(negative ? -static_cast<int>(sample) : sample, kClip) + kBias;
    const int exponent = std::bit_width(static_cast<unsigned>(magnitude)) - 8;  // bias makes it >= 0
    const int mantissa = (magnitude >> (exponent + 3)) & 15;
    return static_cast<std::uint8_t>(~((negative ? 0x80 : 0) | (exponent << 4) | mantissa));
}

std::uint8_t to_alaw(std::int16_t sample) {
    const bool negative = sample < 0;
    // One's complement for negatives, so that both signs have the same decision values.
    const int magnitude = (negative ? ~static_cast<int>(sample) : sample) >> 3;  // 12 bits
    const int exponent = magnitude < 32 ? 0 : std::bit_width(static_cast<unsigned>(magnitude)) - 5;
    const int mantissa = (exponent == 0 ? magnitude >> 1 : magnitude >> exponent) & 15;
    return static_cast<std::uint8_t>(((negative ? 0 : 0x80) | (exponent << 4) | mantissa) ^ 0x55);
}

std::vector<float> by_table(std::string_view bytes, const std::array<float, 256>& table) {
    std::vector<float> out(bytes.size());
    std::transform(bytes.begin(), bytes.end(), out.begin(),
                   [&](char c) { return table[static_cast<std::uint8_t>(c)]; });
    return out;
}

template <auto Encode>
std::string by_code(std::span<const float> samples) {
    std::string out(samples.size(), '\0');
    std::transform(samples.begin(), samples.end(), out.begin(),
                   [](float sample) { return static_cast<char>(Encode(to_int16(sample))); });
    return out;
}

}  // namespace

std::vector<float> pcm16_to_float(std::string_view bytes) {
    std::vector<float> out(bytes.size() / 2);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto low = static_cast<std::uint8_t>(bytes[2 * i]),
                   high = static_cast<std::uint8_t>(bytes[2 * i + 1]);
        out[i] = static_cast<float>(static_cast<std::int16_t>(low | (high << 8))) / kScale;
    }
    return out;
}

std::string float_to_pcm16(std::span<const float> samples) {
    std::string out(samples.size() * 2, '\0');
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const auto value = static_cast<std::uint16_t>(to_int16(samples[i]));
        out[2 * i] = static_cast<char>(value & 0xFF);
        out[2 * i + 1] = static_cast<char>(value >> 8);
    }
    return out;
}

std::vector<float> ulaw_to_float(std::string_view bytes) {
    return by_table(bytes, kUlaw);
}
std::string float_to_ulaw(std::span<const float> samples) {
    return by_code<to_ulaw>(samples);
}
std::vector<float> alaw_to_float(std::string_view bytes) {
    return by_table(bytes, kAlaw);
}
std::string float_to_alaw(std::span<const float> samples) {
    return by_code<to_alaw>(samples);
}

double level_dbfs(std::span<const float> samples) {
    double sum = 0;
    for (const float sample : samples) sum += static_cast<double>(sample) * sample;
    if (samples.empty() || sum <= 0) return -120.0;
    return std::max(-120.0, 10.0 * std::log10(sum / static_cast<double>(samples.size())));
}

}  // namespace aimpact::voice
