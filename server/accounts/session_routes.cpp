#include "accounts/account_routes.hpp"
#include "accounts/account_wire.hpp"
#include "accounts/browser_rules.hpp"
#include "accounts/guard.hpp"
#include "base/wire.hpp"

namespace aimpact::accounts {

namespace {

using net::Method;
using net::Request;
using net::Response;
namespace json = boost::json;

// Small forms: a megabyte of password is no password.
constexpr net::RouteLimits kForm{.body_bytes_max = 16 * 1024, .timeout = std::chrono::seconds{30}};

Client client_of(const Request& request) {
    return {request.remote_address, std::string(request.headers.get("User-Agent"))};
}

Response signed_in_response(const SignedIn& signed_in, const Request& request, int status) {
    Response response = Response::json(base::to_text(wire::render(signed_in)), status);
    set_refresh_cookie(response, request, signed_in.refresh_token, signed_in.refresh_expires_in);
    return response;
}

Task<Response> get_setup(SetupService& setup, Request& request) {
    const Result<bool> needed = co_await setup.needed();
    if (needed.has_error()) co_return net::problem(needed.error(), request);
    co_return Response::json(base::to_text(json::object{{"needed", *needed}}));
}

Task<Result<SignedIn>> complete_setup(SetupService& setup, const std::string& base_url, Request& request) {
    AIMPACT_CO_CHECK(check_same_origin(request, base_url));
    AIMPACT_CO_TRY(wire::Setup in, base::decode_text<wire::Setup>(request.body));
    NewOwner owner{std::move(in.name), std::move(in.email), std::move(in.password),
                   std::move(in.organisation)};
    co_return co_await setup.complete(std::move(in.token), std::move(owner), client_of(request));
}

Task<Result<SignedIn>> sign_in(SessionService& sessions, const std::string& base_url, Request& request) {
    AIMPACT_CO_CHECK(check_same_origin(request, base_url));
    AIMPACT_CO_TRY(wire::SignIn in, base::decode_text<wire::SignIn>(request.body));
    co_return co_await sessions.sign_in(std::move(in.email), std::move(in.password), client_of(request));
}

Task<Result<SignedIn>> refresh(SessionService& sessions, const std::string& base_url, Request& request) {
    AIMPACT_CO_CHECK(check_same_origin(request, base_url));
    co_return co_await sessions.refresh(std::string(refresh_cookie(request)));
}

Task<Result<>> sign_out(SessionService& sessions, const std::string& base_url, Request& request) {
    AIMPACT_CO_CHECK(check_same_origin(request, base_url));
    co_return co_await sessions.sign_out(std::string(refresh_cookie(request)));
}

Task<Response> answer_sign_in(Task<Result<SignedIn>> task, Request& request, int status) {
    const Result<SignedIn> done = co_await std::move(task);
    if (done.has_error()) co_return net::problem(done.error(), request);
    co_return signed_in_response(*done, request, status);
}

Task<Response> answer_refresh(Task<Result<SignedIn>> task, Request& request) {
    const Result<SignedIn> done = co_await std::move(task);
    if (done.has_value()) co_return signed_in_response(*done, request, 200);
    Response response = net::problem(done.error(), request);
    // A cookie that works no more is of no use to the browser.
    if (done.error().code == base::ErrorCode::unauthenticated && !refresh_cookie(request).empty())
        clear_refresh_cookie(response, request);
    co_return response;
}

Task<Response> answer_sign_out(Task<Result<>> task, Request& request) {
    const Result<> done = co_await std::move(task);
    if (done.has_error()) co_return net::problem(done.error(), request);
    Response response = Response::empty();
    clear_refresh_cookie(response, request);
    co_return response;
}

Task<Response> get_jwks(const AccessTokens& tokens) {
    Response response = Response::json(tokens.jwks());
    response.headers.set("Cache-Control", "public, max-age=300");
    co_return response;
}

}  // namespace

void register_session_routes(net::Router& router, const AccountRoutes& routes) {
    const std::string base_url = routes.base_url;
    router.add({.method = Method::get,
                .pattern = "/api/v1/setup",
                .handler = [&setup = routes.setup](Request& request) { return get_setup(setup, request); },
                .permission = "public"});
    router.add({.method = Method::post,
                .pattern = "/api/v1/setup",
                .handler =
                    [&setup = routes.setup, base_url](Request& request) {
                        return answer_sign_in(complete_setup(setup, base_url, request), request, 201);
                    },
                .limits = kForm,
                .permission = "public"});
    router.add({.method = Method::post,
                .pattern = "/api/v1/auth/sign-in",
                .handler =
                    [&sessions = routes.sessions, base_url](Request& request) {
                        return answer_sign_in(sign_in(sessions, base_url, request), request, 200);
                    },
                .limits = kForm,
                .permission = "public"});
    router.add({.method = Method::post,
                .pattern = "/api/v1/auth/refresh",
                .handler =
                    [&sessions = routes.sessions, base_url](Request& request) {
                        return answer_refresh(refresh(sessions, base_url, request), request);
                    },
                .limits = kForm,
                .permission = "public"});
    router.add({.method = Method::post,
                .pattern = "/api/v1/auth/sign-out",
                .handler =
                    [&sessions = routes.sessions, base_url](Request& request) {
                        return answer_sign_out(sign_out(sessions, base_url, request), request);
                    },
                .limits = kForm,
                .permission = "public"});
    router.add({.method = Method::get,
                .pattern = "/.well-known/jwks.json",
                .handler = [&tokens = routes.tokens](Request&) { return get_jwks(tokens); },
                .permission = "public"});
}

}  // namespace aimpact::accounts
