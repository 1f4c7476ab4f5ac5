// multipart/form-data (RFC 7578) of a body that is in memory already: uploads of audio, files and fields.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.hpp"

namespace aimpact::net {

struct MultipartLimits {
    std::size_t parts_max = 64;
    std::size_t header_bytes_max = 8 << 10;  // of one part
    std::size_t name_bytes_max = 1 << 10;    // of a field's or a file's name
};

struct MultipartPart {
    std::string name;
    std::optional<std::string> filename;  // without directories
    std::string content_type;             // as sent; empty if there was none
    std::string_view data;                // into the body that was parsed
};

struct Multipart {
    std::vector<MultipartPart> parts;

    // The first part of that name, or null.
    const MultipartPart* find(std::string_view name) const;
    // All parts of that name (OpenAI clients send "timestamp_granularities[]" several times).
    std::vector<const MultipartPart*> find_all(std::string_view name) const;
    std::optional<std::string> value(std::string_view name) const;
};

// `content_type` is the request's header. Errors: unsupported_media (not multipart/form-data),
// invalid_argument (no boundary, malformed or cut short), payload_too_large (a limit).
Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body,
                                  MultipartLimits limits = {});
// From the request's own header and body; the parts point into request.body.
Result<Multipart> parse_multipart(const Request& request, MultipartLimits limits = {});

}  // namespace aimpact::net
