#include "base/error.hpp"

#include <stdexcept>

namespace aimpact::base {

namespace {
struct Row {
    ErrorCode code;
    std::string_view name;
    int http;
    int exit;  // sysexits(3) where one fits
};
constexpr Row kRows[] = {
    {ErrorCode::invalid_argument, "invalid_argument", 400, 64},
    {ErrorCode::unauthenticated, "unauthenticated", 401, 77},
    {ErrorCode::permission_denied, "permission_denied", 403, 77},
    {ErrorCode::not_found, "not_found", 404, 66},
    {ErrorCode::method_not_allowed, "method_not_allowed", 405, 64},
    {ErrorCode::conflict, "conflict", 409, 73},
    {ErrorCode::failed_precondition, "failed_precondition", 409, 65},
    {ErrorCode::payload_too_large, "payload_too_large", 413, 65},
    {ErrorCode::unsupported_media, "unsupported_media", 415, 65},
    {ErrorCode::rate_limited, "rate_limited", 429, 75},
    {ErrorCode::overloaded, "overloaded", 503, 75},
    {ErrorCode::cancelled, "cancelled", 499, 130},
    {ErrorCode::timeout, "timeout", 504, 75},
    {ErrorCode::unavailable, "unavailable", 503, 69},
    {ErrorCode::upstream_failed, "upstream_failed", 502, 69},
    {ErrorCode::internal, "internal", 500, 70},
};
const Row& row(ErrorCode code) {
    for (const Row& r : kRows)
        if (r.code == code) return r;
    return kRows[std::size(kRows) - 1];
}
}  // namespace

std::string_view to_string(ErrorCode code) {
    return row(code).name;
}
int http_status(ErrorCode code) {
    return row(code).http;
}
int exit_code(ErrorCode code) {
    return row(code).exit;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
    throw std::logic_error("unchecked error at " + where.to_string() + ": " + error.message + " " +
                           error.detail);
}

}  // namespace aimpact::base
