// Private to net: the head of a response as bytes, with the headers that every response carries.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace aimpact::net {

struct HeadOptions {
    bool keep_alive = true;
    bool http_1_0 = false;
    bool secure = false;  // came over TLS
    std::string_view request_id = {};
    std::string_view allow_origin = {};  // CORS: the origin that may read the answer, or empty
    std::optional<std::uint64_t>
        content_length;  // empty: chunked (or until the connection ends, for HTTP/1.0)
};

// Appends status line and headers to `out`. Header fields that would break the framing (Content-Length,
// Transfer-Encoding, Connection, line breaks in values) are ours alone and taken out of what a handler set.
void write_head(std::string& out, const Response& response, const HeadOptions& options);

// The current time as HTTP wants it (RFC 9110, 5.6.7), formatted once a second for each thread.
std::string_view http_date(std::int64_t unix_seconds);

}  // namespace aimpact::net
