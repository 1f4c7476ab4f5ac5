#include "realtime/agent_lookup.hpp"

#include "accounts/audit_log.hpp"

namespace aimpact::realtime {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

bool is_realtime_alias(std::string_view model) {
    return model.empty() || model == "default" || model.starts_with("gpt-realtime") ||
           model.starts_with("gpt-audio") || model.starts_with("gpt-live") ||
           (model.starts_with("gpt-4o") && model.find("realtime") != std::string_view::npos);
}

namespace {

Task<Result<agents::Agent>> find_agent(agents::AgentService& service, accounts::Principal who,
                                       std::string model) {
    if (!who.agent_id.empty()) {
        auto bound = co_await service.get(who.org_id, who.agent_id);
        if (bound.has_error()) co_return bound.error();
        if (!is_realtime_alias(model) && model != bound->id && model != bound->name)
            co_return Error{
                ErrorCode::permission_denied, "This client secret is for another agent.", {}, "model"};
        co_return bound;
    }
    if (!model.empty()) {
        auto named = co_await service.resolve(who.org_id, model);
        if (named.has_value() || named.error().code != ErrorCode::not_found || !is_realtime_alias(model)) {
            if (named.has_error()) {
                Error error = named.error();
                error.param = "model";
                co_return error;
            }
            co_return named;
        }
    }
    agents::PageRequest first;
    first.limit = 1;
    auto page = co_await service.list(who.org_id, "", first);
    if (page.has_error()) co_return page.error();
    if (page->items.empty())
        co_return Error{ErrorCode::not_found,
                        "There is no agent yet: make one first, then name it as `model`.",
                        {},
                        "model"};
    co_return page->items.front();
}

}  // namespace

FindAgent find_agent_in(agents::AgentService& service) {
    return [&service](accounts::Principal who, std::string model) -> Task<Result<agents::Agent>> {
        auto found = co_await find_agent(service, who, std::move(model));
        if (found.has_error()) co_return found.error();
        AIMPACT_CO_TRY(found->style.own_voices,
                       co_await service.own_voices(who.org_id, accounts::actor_of(who)));
        co_return found;
    };
}

}  // namespace aimpact::realtime
