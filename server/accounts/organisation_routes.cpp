#include <charconv>

#include "accounts/account_routes.hpp"
#include "accounts/account_wire.hpp"
#include "accounts/guard.hpp"
#include "base/wire.hpp"

namespace aimpact::accounts {

namespace {

using net::Method;
using net::Request;
using net::Response;
namespace json = boost::json;

constexpr net::RouteLimits kForm{.body_bytes_max = 16 * 1024, .timeout = std::chrono::seconds{30}};

Response render(const json::object& body, int status = 200) {
    return Response::json(base::to_text(body), status);
}

// A service's answer as a response: the one place where this file turns values and errors into HTTP.
template <class T, class Render>
Response respond(const Result<T>& result, const Request& request, Render body, int status = 200) {
    if (result.has_error()) return net::problem(result.error(), request);
    return render(body(*result), status);
}
Response respond(const Result<>& result, const Request& request) {
    return result.has_error() ? net::problem(result.error(), request) : Response::empty();
}
constexpr auto kPlain = [](const auto& value) { return wire::render(value); };

Result<PageRequest> page_of(const Request& request) {
    PageRequest page;
    page.cursor = request.query_value("cursor").value_or("");
    if (const std::optional<std::string> limit = request.query_value("limit")) {
        const auto [end, ec] = std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
        if (ec != std::errc() || end != limit->data() + limit->size())
            return base::invalid_argument("The limit is a number from 1 to 100.", "limit");
    }
    return page;
}

Task<Response> get_me(OrganisationService& service, Request& request, const Principal& principal) {
    const Result<Caller> done = co_await service.caller(principal);
    co_return respond(done, request, [&](const Caller& caller) { return wire::render(caller, principal); });
}

Task<Response> patch_me(OrganisationService& service, Request& request, const Principal& principal) {
    Result<wire::MePatch> in = base::decode_text<wire::MePatch>(request.body);
    if (in.has_error()) co_return net::problem(in.error(), request);
    const Result<Caller> done =
        co_await service.update_caller(principal, std::move(in->name), std::move(in->email));
    co_return respond(done, request, [&](const Caller& caller) { return wire::render(caller, principal); });
}

Task<Response> post_password(SessionService& sessions, Request& request, const Principal& principal) {
    Result<wire::PasswordChange> in = base::decode_text<wire::PasswordChange>(request.body);
    if (in.has_error()) co_return net::problem(in.error(), request);
    Client client{request.remote_address, std::string(request.headers.get("User-Agent"))};
    const Result<> done = co_await sessions.change_password(principal, std::move(in->current_password),
                                                            std::move(in->new_password), std::move(client));
    co_return respond(done, request);
}

Task<Response> get_organisation(OrganisationService& service, Request& request, const Principal& principal) {
    const Result<Organisation> done = co_await service.organisation(principal);
    co_return respond(done, request, kPlain);
}

Task<Response> patch_organisation(OrganisationService& service, Request& request,
                                  const Principal& principal) {
    Result<wire::Rename> in = base::decode_text<wire::Rename>(request.body);
    if (in.has_error()) co_return net::problem(in.error(), request);
    const Result<Organisation> done = co_await service.rename(principal, std::move(in->name));
    co_return respond(done, request, kPlain);
}

Task<Response> get_members(OrganisationService& service, Request& request, const Principal& principal) {
    Result<PageRequest> page = page_of(request);
    if (page.has_error()) co_return net::problem(page.error(), request);
    const Result<Page<Member>> done = co_await service.members(principal, *std::move(page));
    co_return respond(done, request, kPlain);
}

Task<Response> post_member(OrganisationService& service, Request& request, const Principal& principal) {
    Result<wire::NewMember> in = base::decode_text<wire::NewMember>(request.body);
    if (in.has_error()) co_return net::problem(in.error(), request);
    NewMember member{std::move(in->email), std::move(in->name), std::move(in->password), in->role};
    const Result<Member> done = co_await service.add_member(principal, std::move(member));
    co_return respond(done, request, kPlain, 201);
}

Task<Response> patch_member(OrganisationService& service, Request& request, const Principal& principal) {
    const Result<wire::RoleChange> in = base::decode_text<wire::RoleChange>(request.body);
    if (in.has_error()) co_return net::problem(in.error(), request);
    const Result<Member> done =
        co_await service.set_role(principal, std::string(request.param("user_id")), in->role);
    co_return respond(done, request, kPlain);
}

Task<Response> delete_member(OrganisationService& service, Request& request, const Principal& principal) {
    const Result<> done = co_await service.remove_member(principal, std::string(request.param("user_id")));
    co_return respond(done, request);
}

Task<Response> get_api_keys(ApiKeyService& service, Request& request, const Principal& principal) {
    Result<PageRequest> page = page_of(request);
    if (page.has_error()) co_return net::problem(page.error(), request);
    const Result<Page<ApiKey>> done = co_await service.list(principal, *std::move(page));
    co_return respond(done, request, kPlain);
}

Task<Response> post_api_key(ApiKeyService& service, Request& request, const Principal& principal) {
    Result<wire::NewApiKey> in = base::decode_text<wire::NewApiKey>(request.body);
    if (in.has_error()) co_return net::problem(in.error(), request);
    NewApiKey wanted{std::move(in->name), in->scopes.value_or(std::vector<Permission>{}), {}};
    if (in->expires_at) {
        WallTime at;
        if (!base::parse_time(*in->expires_at, at))
            co_return net::problem(
                base::invalid_argument("Write the time like 2030-01-31T12:00:00Z.", "expires_at"), request);
        wanted.expires_at = at;
    }
    const Result<CreatedApiKey> done = co_await service.create(principal, std::move(wanted));
    Response response = respond(done, request, kPlain, 201);
    response.headers.set("Cache-Control", "no-store");
    co_return response;
}

Task<Response> delete_api_key(ApiKeyService& service, Request& request, const Principal& principal) {
    const Result<> done = co_await service.revoke(principal, std::string(request.param("api_key_id")));
    co_return respond(done, request);
}

// handler(service, request, principal) as an AuthorizedHandler.
template <class Service>
AuthorizedHandler with(Service& service, Task<Response> (*handler)(Service&, Request&, const Principal&)) {
    return [&service, handler](Request& request, const Principal& principal) {
        return handler(service, request, principal);
    };
}

}  // namespace

void register_organisation_routes(net::Router& router, const AccountRoutes& routes) {
    const auto add = [&](Method method, std::string pattern, Permission permission,
                         AuthorizedHandler handler) {
        router.add({.method = method,
                    .pattern = std::move(pattern),
                    .handler = guarded(routes.authenticator, permission, std::move(handler)),
                    .limits = kForm,
                    .permission = boost::describe::enum_to_string(permission, "")});
    };
    const auto add_for_anybody = [&](Method method, std::string pattern, AuthorizedHandler handler) {
        router.add({.method = method,
                    .pattern = std::move(pattern),
                    .handler = signed_in(routes.authenticator, std::move(handler)),
                    .limits = kForm,
                    .permission = "any"});
    };
    OrganisationService& organisations = routes.organisations;
    ApiKeyService& api_keys = routes.api_keys;
    add_for_anybody(Method::get, "/api/v1/me", with(organisations, get_me));
    add_for_anybody(Method::patch, "/api/v1/me", with(organisations, patch_me));
    add_for_anybody(Method::post, "/api/v1/me/password", with(routes.sessions, post_password));
    add(Method::get, "/api/v1/organisation", Permission::organisation_read,
        with(organisations, get_organisation));
    add(Method::patch, "/api/v1/organisation", Permission::organisation_write,
        with(organisations, patch_organisation));
    add(Method::get, "/api/v1/members", Permission::members_read, with(organisations, get_members));
    add(Method::post, "/api/v1/members", Permission::members_write, with(organisations, post_member));
    add(Method::patch, "/api/v1/members/{user_id}", Permission::members_write,
        with(organisations, patch_member));
    add(Method::del, "/api/v1/members/{user_id}", Permission::members_write,
        with(organisations, delete_member));
    add(Method::get, "/api/v1/api-keys", Permission::api_keys_read, with(api_keys, get_api_keys));
    add(Method::post, "/api/v1/api-keys", Permission::api_keys_write, with(api_keys, post_api_key));
    add(Method::del, "/api/v1/api-keys/{api_key_id}", Permission::api_keys_write,
        with(api_keys, delete_api_key));
}

void register_account_routes(net::Router& router, const AccountRoutes& routes) {
    register_session_routes(router, routes);
    register_organisation_routes(router, routes);
}

}  // namespace aimpact::accounts
