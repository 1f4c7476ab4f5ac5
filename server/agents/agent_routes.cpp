#include "agents/agent_routes.hpp"

#include "agents/etag.hpp"
#include "agents/page_response.hpp"
#include "agents/service_routes.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {

using accounts::Permission;
using accounts::Principal;
using net::Method;
using net::Request;
using net::Response;

namespace {
Response agent_response(const Agent& agent, int status) {
    Response response = Response::json(base::to_text(agent_json(agent)), status);
    response.headers.set("ETag", etag(agent.version));
    return response;
}

// page_response for items that are JSON already. A cursor is base64url, and needs no escaping.
Response rendered_page_response(const Page<RenderedAgents::Text>& page) {
    std::size_t bytes = 64 + page.next_cursor.size();
    for (const auto& item : page.items) bytes += item->size() + 1;
    std::string out;
    out.reserve(bytes);
    out += R"({"data":[)";
    for (std::size_t i = 0; i < page.items.size(); ++i) {
        if (i > 0) out += ',';
        out += *page.items[i];
    }
    out += ']';
    if (!page.next_cursor.empty()) out += R"(,"next_cursor":")" + page.next_cursor + '"';
    out += '}';
    return Response::json(std::move(out));
}

Task<Response> create(AgentService& service, Request& request, const Principal& who) {
    auto input = decode_agent_input(request.body);
    if (input.has_error()) co_return net::problem(input.error(), request);
    auto agent = co_await service.create(who, *std::move(input));
    if (agent.has_error()) co_return net::problem(agent.error(), request);
    Response response = agent_response(*agent, 201);
    response.headers.set("Location", "/api/v1/agents/" + agent->id);
    co_return response;
}

Task<Response> update(AgentService& service, Request& request, const Principal& who) {
    auto input = decode_agent_input(request.body);
    if (input.has_error()) co_return net::problem(input.error(), request);
    auto version = based_on(request, input->version, "agent");
    if (version.has_error()) co_return net::problem(version.error(), request);
    input->version = *version;
    auto agent = co_await service.update(who, std::string(request.param("agent_id")), *std::move(input));
    if (agent.has_error()) co_return net::problem(agent.error(), request);
    co_return agent_response(*agent, 200);
}

Task<Response> get(AgentService& service, Request& request, const Principal& who) {
    auto agent = co_await service.get(who.org_id, std::string(request.param("agent_id")));
    if (agent.has_error()) co_return net::problem(agent.error(), request);
    co_return agent_response(*agent, 200);
}

Task<Response> list(AgentService& service, Request& request, const Principal& who) {
    auto page = page_request(request, 2);
    if (page.has_error()) co_return net::problem(page.error(), request);
    auto found = co_await service.list_json(who.org_id, request.query_value("search").value_or(""), *page);
    if (found.has_error()) co_return net::problem(found.error(), request);
    co_return rendered_page_response(*found);
}

Task<Response> versions(AgentService& service, Request& request, const Principal& who) {
    auto page = page_request(request, 1);
    if (page.has_error()) co_return net::problem(page.error(), request);
    auto found = co_await service.versions(who.org_id, std::string(request.param("agent_id")), *page);
    if (found.has_error()) co_return net::problem(found.error(), request);
    co_return page_response(*found, agent_version_json);
}

Task<Response> remove(AgentService& service, Request& request, const Principal& who) {
    auto done = co_await service.remove(who, std::string(request.param("agent_id")));
    if (done.has_error()) co_return net::problem(done.error(), request);
    co_return Response::empty();
}
}  // namespace

void register_agent_routes(net::Router& router, accounts::Authenticator& authenticator,
                           AgentService& service) {
    ServiceRoutes routes(router, authenticator, service);
    routes.add(Method::get, "/api/v1/agents", Permission::agents_read, list);
    routes.add(Method::post, "/api/v1/agents", Permission::agents_write, create);
    routes.add(Method::get, "/api/v1/agents/{agent_id}", Permission::agents_read, get);
    routes.add(Method::patch, "/api/v1/agents/{agent_id}", Permission::agents_write, update);
    routes.add(Method::del, "/api/v1/agents/{agent_id}", Permission::agents_write, remove);
    routes.add(Method::get, "/api/v1/agents/{agent_id}/versions", Permission::agents_read, versions);
}

}  // namespace aimpact::agents
