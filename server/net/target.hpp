// The request-target of HTTP/1.1 (RFC 9112, 3.2): origin-form and absolute-form, percent-decoded with care.
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace aimpact::net {

// Decodes %XX. False (and `out` unspecified) on a broken escape, a NUL or another control character.
bool percent_decode(std::string_view text, std::string& out, bool plus_is_space = false);
// Encodes everything but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

// Fills request.path, raw_path and query. Errors (invalid_argument): broken escapes, control characters,
// "." or ".." segments (also encoded ones), authority-form, too many query parameters.
Result<> parse_target(std::string_view target, Request& request);

// "a=1&b=2" with "+" for a space: the query, and application/x-www-form-urlencoded bodies.
Result<> parse_query(std::string_view text, std::map<std::string, std::string, std::less<>>& out);

}  // namespace aimpact::net
