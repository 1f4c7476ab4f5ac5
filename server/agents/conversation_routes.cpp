#include "agents/conversation_routes.hpp"

#include "agents/conversation_wire.hpp"
#include "agents/page_response.hpp"
#include "agents/service_routes.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {

using accounts::Permission;
using accounts::Principal;
using net::Method;
using net::Request;
using net::Response;

namespace {
Result<conversation_store::Filter> filter_of(const Request& request) {
    conversation_store::Filter filter;
    filter.agent_id = request.query_value("agent_id").value_or("");
    if (!filter.agent_id.empty() && !base::is_id(filter.agent_id, "agt"))
        return base::invalid_argument("agent_id is not the id of an agent.", "agent_id");
    filter.channel = request.query_value("channel").value_or("");
    if (!filter.channel.empty() && filter.channel != "realtime" && filter.channel != "chat" &&
        filter.channel != "command_line" && filter.channel != "phone")
        return base::invalid_argument("channel must be one of realtime, phone, chat, command_line.",
                                      "channel");
    const auto time = [&](const char* name, std::optional<base::WallTime>& out) -> Result<> {
        const auto text = request.query_value(name);
        if (!text) return {};
        base::WallTime value;
        if (!base::parse_time(*text, value))
            return base::invalid_argument(
                std::string(name) + " must be a time like 2026-11-24T08:00:00.000Z.", name);
        out = value;
        return {};
    };
    AIMPACT_CHECK(time("started_after", filter.started_after));
    AIMPACT_CHECK(time("started_before", filter.started_before));
    return filter;
}

Task<Response> list(ConversationService& service, Request& request, const Principal& who) {
    auto page = page_request(request, 1);
    if (page.has_error()) co_return net::problem(page.error(), request);
    auto filter = filter_of(request);
    if (filter.has_error()) co_return net::problem(filter.error(), request);
    auto found = co_await service.list(who.org_id, *std::move(filter), *page);
    if (found.has_error()) co_return net::problem(found.error(), request);
    const auto render = [&](const Conversation& one) { return conversation_json(one, service.ended(one)); };
    co_return page_response(*found, render);
}

Task<Response> get(ConversationService& service, Request& request, const Principal& who) {
    auto record = co_await service.get(who.org_id, std::string(request.param("conversation_id")));
    if (record.has_error()) co_return net::problem(record.error(), request);
    co_return Response::json(base::to_text(record_json(*record, service.ended(record->conversation))));
}

Task<Response> audio(ConversationService& service, Request& request, const Principal& who) {
    auto response = co_await service.audio(who.org_id, std::string(request.param("conversation_id")));
    if (response.has_error()) co_return net::problem(response.error(), request);
    co_return *std::move(response);
}

Task<Response> remove(ConversationService& service, Request& request, const Principal& who) {
    auto done = co_await service.remove(who.org_id, std::string(request.param("conversation_id")));
    if (done.has_error()) co_return net::problem(done.error(), request);
    co_return Response::empty();
}
}  // namespace

void register_conversation_routes(net::Router& router, accounts::Authenticator& authenticator,
                                  ConversationService& service) {
    ServiceRoutes routes(router, authenticator, service);
    routes.add(Method::get, "/api/v1/conversations", Permission::conversations_read, list);
    routes.add(Method::get, "/api/v1/conversations/{conversation_id}", Permission::conversations_read, get);
    routes.add(Method::del, "/api/v1/conversations/{conversation_id}", Permission::conversations_write,
               remove);
    routes.add(Method::get, "/api/v1/conversations/{conversation_id}/audio", Permission::conversations_read,
               audio);
}

}  // namespace aimpact::agents
