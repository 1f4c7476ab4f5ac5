#include "agents/openai_routes.hpp"

#include <algorithm>

#include "base/wire.hpp"
#include "llm/openai_wire.hpp"

namespace aimpact::agents {

namespace json = boost::json;
using accounts::Permission;
using accounts::Principal;
using net::Method;
using net::Request;
using net::Response;

namespace {
json::object model_json(const std::string& id, std::int64_t created, const std::string& owner,
                        const std::string& name) {
    json::object out{{"id", id}, {"object", "model"}, {"created", created}, {"owned_by", owner}};
    if (!name.empty()) out["name"] = name;
    return out;
}

json::object agent_model_json(const Agent& agent) {
    return model_json(agent.id, base::unix_seconds(agent.created_at), agent.org_id, agent.name);
}

std::vector<llm::ModelInfo> server_models(const OpenAiRouteParts& parts) {
    std::vector<llm::ModelInfo> out = parts.models.built_in();
    if (parts.embedder) out.push_back({parts.embedder->name(), "aimpact"});
    out.insert(out.end(), parts.other_models.begin(), parts.other_models.end());
    return out;
}
}  // namespace

Task<Response> list_models(const OpenAiRouteParts& parts, Request& request, const Principal& who) {
    json::array data;
    // OpenAI's list has no pages: all agents, in pages of our own.
    PageRequest page;
    page.limit = kPageMax;
    while (who.agent_id.empty()) {
        auto agents = co_await parts.agents.list(who.org_id, "", page);
        if (agents.has_error()) co_return llm::openai_problem(agents.error(), request);
        for (const Agent& agent : agents->items) data.push_back(agent_model_json(agent));
        if (agents->next_cursor.empty() || agents->items.empty()) break;
        const Agent& last = agents->items.back();
        page.after = {std::to_string(base::unix_millis(last.updated_at)), last.id};
    }
    for (const llm::ModelInfo& model : server_models(parts))
        data.push_back(model_json(model.id, 0, model.owned_by, ""));
    co_return Response::json(base::to_text(json::object{{"object", "list"}, {"data", std::move(data)}}));
}

Task<Response> get_model(const OpenAiRouteParts& parts, Request& request, const Principal& who) {
    const std::string id(request.param("model"));
    for (const llm::ModelInfo& model : server_models(parts))
        if (model.id == id)
            co_return Response::json(base::to_text(model_json(model.id, 0, model.owned_by, "")));
    auto agent = co_await parts.agents.resolve(who.org_id, id);
    if (agent.has_error()) co_return llm::openai_problem(agent.error(), request);
    co_return Response::json(base::to_text(agent_model_json(*agent)));
}

void register_openai_routes(net::Router& router, accounts::Authenticator& authenticator,
                            OpenAiRouteParts given) {
    const auto parts = std::make_shared<const OpenAiRouteParts>(std::move(given));
    const auto add = [&](Method method, std::string pattern, Permission permission, const char* name,
                         accounts::AuthorizedHandler handler,
                         std::chrono::seconds timeout = std::chrono::seconds{60}) {
        net::Route route;
        route.method = method;
        route.pattern = std::move(pattern);
        route.permission = name;
        route.limits.timeout = timeout;
        route.handler = llm::openai_guarded(authenticator, permission, std::move(handler));
        router.add(std::move(route));
    };
    // A little longer than a provider may take, so that its own error is what the client sees.
    add(
        Method::post, "/v1/chat/completions", Permission::converse, "converse",
        [parts](Request& request, const Principal& who) {
            return chat_completion(parts->chat, request, who);
        },
        std::chrono::seconds{150});
    add(Method::post, "/v1/embeddings", Permission::speech, "speech",
        [parts](Request& request, const Principal&) { return embeddings(parts->embedder, request); });
    add(Method::get, "/v1/models", Permission::agents_read, "agents_read",
        [parts](Request& request, const Principal& who) { return list_models(*parts, request, who); });
    add(Method::get, "/v1/models/{model}", Permission::agents_read, "agents_read",
        [parts](Request& request, const Principal& who) { return get_model(*parts, request, who); });
}

}  // namespace aimpact::agents
