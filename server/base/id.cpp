#include "base/id.hpp"

#include <array>
#include <cstdint>

namespace aimpact::base {

namespace {
constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view kStd = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode64(std::string_view bytes, std::string_view alphabet, bool pad) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    std::size_t i = 0;
    const auto at = [&](std::size_t k) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[k]));
    };
    for (; i + 2 < bytes.size(); i += 3) {
        const std::uint32_t v = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        for (int shift = 18; shift >= 0; shift -= 6) out += alphabet[v >> shift & 63];
    }
    if (const std::size_t left = bytes.size() - i; left > 0) {
        const std::uint32_t v = at(i) << 16 | (left == 2 ? at(i + 1) << 8 : 0);
        out += alphabet[v >> 18 & 63];
        out += alphabet[v >> 12 & 63];
        if (left == 2) out += alphabet[v >> 6 & 63];
        if (pad) out.append(left == 2 ? 1 : 2, '=');
    }
    return out;
}

std::array<std::int8_t, 256> table_of(std::string_view alphabet) {
    std::array<std::int8_t, 256> table;
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
}

bool decode64(std::string_view text, const std::array<std::int8_t, 256>& table, std::string& out) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() % 4 == 1) return false;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t v = 0;
    int bits = 0;
    for (const char c : text) {
        const std::int8_t digit = table[static_cast<unsigned char>(c)];
        if (digit < 0) return false;
        v = v << 6 | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(v >> bits & 255);
        }
    }
    out = std::move(bytes);
    return true;
}
}  // namespace

std::string make_id(std::string_view prefix, const Clock& clock, Random& random) {
    std::array<std::uint8_t, 16> raw;
    random.fill(raw);
    const auto millis = static_cast<std::uint64_t>(unix_millis(clock.now()));
    for (int i = 0; i < 6; ++i)
        raw[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
    std::string id(prefix);
    id += '_';
    // 128 bits in 26 digits of 5 bits: the first digit holds the top 3.
    int bits = 2;  // two leading zero bits make 130
    std::uint32_t v = 0;
    for (const std::uint8_t byte : raw) {
        v = v << 8 | byte;
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            id += kCrockford[v >> bits & 31];
        }
    }
    return id;
}

bool is_id(std::string_view id, std::string_view prefix) {
    if (id.size() != prefix.size() + 27 || !id.starts_with(prefix) || id[prefix.size()] != '_') return false;
    for (const char c : id.substr(prefix.size() + 1))
        if (kCrockford.find(c) == std::string_view::npos) return false;
    return true;
}

std::string random_token(std::size_t bytes, Random& random) {
    std::string raw(bytes, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(raw.data()), raw.size()});
    return base64url_encode(raw);
}

std::string base64url_encode(std::string_view bytes) {
    return encode64(bytes, kUrl, false);
}
std::string base64_encode(std::string_view bytes) {
    return encode64(bytes, kStd, true);
}

bool base64url_decode(std::string_view text, std::string& out) {
    static const auto table = table_of(kUrl);
    return decode64(text, table, out);
}

bool base64_decode(std::string_view text, std::string& out) {
    static const auto table = table_of(kStd);
    return decode64(text, table, out);
}

}  // namespace aimpact::base
