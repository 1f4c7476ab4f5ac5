#include "llm/openai_wire.hpp"

#include "base/log.hpp"
#include "base/wire.hpp"

namespace aimpact::llm {

namespace json = boost::json;
using base::ErrorCode;

namespace {
std::string_view error_type(ErrorCode code) {
    switch (code) {
        case ErrorCode::unauthenticated:
            return "authentication_error";
        case ErrorCode::permission_denied:
            return "permission_error";
        case ErrorCode::rate_limited:
            return "rate_limit_error";
        default:
            return base::http_status(code) >= 500 ? "server_error" : "invalid_request_error";
    }
}
}  // namespace

json::object openai_error(const base::Error& error) {
    json::object out;
    out["message"] = error.message;
    out["type"] = error_type(error.code);
    out["param"] = error.param.empty() ? json::value(nullptr) : json::value(error.param);
    out["code"] = base::to_string(error.code);
    return out;
}

net::Response openai_problem(const base::Error& error, const net::Request& request) {
    return openai_problem(error, request, base::http_status(error.code));
}

net::Response openai_problem(const base::Error& error, const net::Request& request, int status) {
    if (status >= 500)
        base::log_warn("request.failed", {{"request_id", request.request_id},
                                          {"path", request.path},
                                          {"code", base::to_string(error.code)},
                                          {"message", error.message},
                                          {"detail", error.detail}});
    net::Response response =
        net::Response::json(base::to_text(json::object{{"error", openai_error(error)}}), status);
    if (error.retry_after) response.headers.set("Retry-After", std::to_string(error.retry_after->count()));
    if (error.code == ErrorCode::unauthenticated) response.headers.set("WWW-Authenticate", "Bearer");
    return response;
}

net::Handler openai_guarded(accounts::Authenticator& authenticator, accounts::Permission permission,
                            accounts::AuthorizedHandler handler) {
    return [&authenticator, permission,
            handler = std::move(handler)](net::Request& request) -> net::Task<net::Response> {
        auto principal = co_await authenticator.authenticate(request);
        if (principal.has_error()) co_return openai_problem(principal.error(), request);
        if (auto ok = accounts::authorize(*principal, permission); ok.has_error())
            co_return openai_problem(ok.error(), request);
        co_return co_await handler(request, *principal);
    };
}

}  // namespace aimpact::llm
