// Errors as values. Every fallible call returns Result<T>; exceptions are for programmer errors and start-up.
//
// `message` is for the person who made the request: it says what is wrong and what to do next, and never
// holds internal detail. `detail` is for the log only. `param` names the offending input field, if any.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aimpact::base {

enum class ErrorCode {
    invalid_argument,     // 400: the input is malformed or out of range
    unauthenticated,      // 401: no valid credential
    permission_denied,    // 403: the credential is valid but not allowed to do this
    not_found,            // 404
    method_not_allowed,   // 405
    conflict,             // 409: already exists, or changed by somebody else
    failed_precondition,  // 412/409-like: the state does not allow this now
    payload_too_large,    // 413
    unsupported_media,    // 415: a content type or audio format we cannot read
    rate_limited,         // 429: the caller asks too often
    overloaded,           // 503: our own limit was reached; try again after retry_after
    cancelled,            // 499: the caller went away or asked to stop
    timeout,              // 504: a deadline passed
    unavailable,          // 503: a part that is needed is not ready or not configured
    upstream_failed,      // 502: a provider answered with an error
    internal,             // 500: our fault
};

// The stable snake_case name used on every wire ("invalid_argument").
std::string_view to_string(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;
    std::string detail = {};
    std::string param = {};
    std::optional<std::chrono::seconds> retry_after = {};

    bool operator==(const Error&) const = default;
};

template <class T = void>
using Result = boost::system::result<T, Error>;

// Result<T> for a T that is not one already.
template <class T>
struct as_result {
    using type = Result<T>;
};
template <class T>
struct as_result<Result<T>> {
    using type = Result<T>;
};
template <class T>
using AsResult = typename as_result<T>::type;

// Called by Result::value() on an error; a programmer error, so it throws std::logic_error.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

inline Error invalid_argument(std::string message, std::string param = {}) {
    return Error{ErrorCode::invalid_argument, std::move(message), {}, std::move(param)};
}
inline Error not_found(std::string message) {
    return Error{ErrorCode::not_found, std::move(message)};
}
inline Error internal_error(std::string detail) {
    return Error{
        ErrorCode::internal,
        "Something went wrong on our side. Try again; if it goes on, give the request id to the operator.",
        std::move(detail)};
}

// HTTP status and process exit code of an error: the only two places where codes are mapped.
int http_status(ErrorCode code);
int exit_code(ErrorCode code);

}  // namespace aimpact::base

// AIMPACT_TRY(auto value, expression): binds the value, or returns the error from the enclosing function.
// AIMPACT_CO_TRY is the same inside a coroutine. AIMPACT_CHECK(expr) / AIMPACT_CO_CHECK discard the value.
#define AIMPACT_CONCAT_(a, b) a##b
#define AIMPACT_CONCAT(a, b) AIMPACT_CONCAT_(a, b)
#define AIMPACT_TRY_(tmp, ret, decl, ...)            \
    auto tmp = (__VA_ARGS__);                        \
    if (tmp.has_error()) ret std::move(tmp).error(); \
    decl = *std::move(tmp)
#define AIMPACT_CHECK_(tmp, ret, ...) \
    if (auto tmp = (__VA_ARGS__); tmp.has_error()) ret std::move(tmp).error()
#define AIMPACT_TRY(decl, ...) AIMPACT_TRY_(AIMPACT_CONCAT(try_, __LINE__), return, decl, __VA_ARGS__)
#define AIMPACT_CO_TRY(decl, ...) AIMPACT_TRY_(AIMPACT_CONCAT(try_, __LINE__), co_return, decl, __VA_ARGS__)
#define AIMPACT_CHECK(...) AIMPACT_CHECK_(AIMPACT_CONCAT(check_, __LINE__), return, __VA_ARGS__)
#define AIMPACT_CO_CHECK(...) AIMPACT_CHECK_(AIMPACT_CONCAT(check_, __LINE__), co_return, __VA_ARGS__)
