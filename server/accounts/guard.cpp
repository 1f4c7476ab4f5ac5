#include "accounts/guard.hpp"

namespace aimpact::accounts {

namespace {

net::Response refusal(const Error& error, const net::Request& request) {
    net::Response response = net::problem(error, request);
    // RFC 9110, 11.6.1: a 401 names the scheme that would help.
    if (error.code == base::ErrorCode::unauthenticated)
        response.headers.set("WWW-Authenticate", "Bearer realm=\"aimpact\"");
    return response;
}

Task<net::Response> guard(Authenticator& authenticator, std::optional<Permission> permission,
                          const AuthorizedHandler& handler, net::Request& request) {
    const Result<Principal> principal = co_await authenticator.authenticate(request);
    if (principal.has_error()) co_return refusal(principal.error(), request);
    if (permission) {
        const Result<> may = authorize(*principal, *permission);
        if (may.has_error()) co_return refusal(may.error(), request);
    }
    co_return co_await handler(request, *principal);
}

}  // namespace

net::Handler guarded(Authenticator& authenticator, Permission permission, AuthorizedHandler handler) {
    return [&authenticator, permission, handler = std::move(handler)](net::Request& request) {
        return guard(authenticator, permission, handler, request);
    };
}

net::Handler signed_in(Authenticator& authenticator, AuthorizedHandler handler) {
    return [&authenticator, handler = std::move(handler)](net::Request& request) {
        return guard(authenticator, std::nullopt, handler, request);
    };
}

}  // namespace aimpact::accounts
