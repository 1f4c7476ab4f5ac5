// onnx_metadata: the few fields of ONNX's ModelProto (protocol buffers) that say what a model is.
#include <cstdint>
#include <fstream>
#include <optional>

#include "inference/sherpa_model_files.hpp"

namespace aimpact::inference {

namespace {

constexpr std::uint64_t kMetadataField = 14;       // ModelProto.metadata_props
constexpr std::uint64_t kEntryBytesMax = 1 << 20;  // some hold a vocabulary

std::optional<std::uint64_t> read_varint(std::istream& in) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const int byte = in.get();
        if (byte < 0) return {};
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    return {};
}

std::optional<std::uint64_t> read_varint(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    return {};
}

// StringStringEntryProto: key = 1, value = 2. The value, if the key is the one.
std::optional<std::string> entry_value(std::string_view bytes, std::string_view key) {
    std::string_view found_key, value;
    while (!bytes.empty()) {
        const auto tag = read_varint(bytes);
        if (!tag || (*tag & 7) != 2) return {};
        const auto size = read_varint(bytes);
        if (!size || *size > bytes.size()) return {};
        if (*tag >> 3 == 1) found_key = bytes.substr(0, *size);
        if (*tag >> 3 == 2) value = bytes.substr(0, *size);
        bytes.remove_prefix(*size);
    }
    if (found_key != key) return {};
    return std::string(value);
}

}  // namespace

std::string onnx_metadata(const std::filesystem::path& file, std::string_view key) {
    std::error_code ec;
    const std::uintmax_t size = std::filesystem::file_size(file, ec);
    std::ifstream in(file, std::ios::binary);
    if (ec || !in) return {};
    while (true) {
        const auto tag = read_varint(in);
        if (!tag) return {};
        if ((*tag & 7) == 0) {
            if (!read_varint(in)) return {};
            continue;
        }
        if ((*tag & 7) != 2) return {};  // nothing else is in a ModelProto
        const auto length = read_varint(in);
        const auto at = in.tellg();
        if (!length || at < 0 || *length > size - static_cast<std::uintmax_t>(at)) return {};
        if (*tag >> 3 != kMetadataField || *length > kEntryBytesMax) {
            in.seekg(static_cast<std::streamoff>(*length), std::ios::cur);
            continue;
        }
        std::string entry(*length, '\0');
        if (!in.read(entry.data(), static_cast<std::streamsize>(entry.size()))) return {};
        if (auto value = entry_value(entry, key)) return *std::move(value);
    }
}

}  // namespace aimpact::inference
