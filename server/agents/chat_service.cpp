#include "agents/chat_service.hpp"

#include <algorithm>

#include "base/id.hpp"

namespace aimpact::agents {

using base::ErrorCode;

Task<Result<ChatService::Prepared>> ChatService::prepare(const accounts::Principal& who,
                                                         ChatCompletionRequest request) {
    const bool kept = request.store || !request.conversation_id.empty();
    const auto built_in = parts_.models.built_in();
    const bool plain =
        request.model == "local" ||
        std::any_of(built_in.begin(), built_in.end(), [&](const auto& m) { return m.id == request.model; });
    Agent agent;
    if (plain) {
        if (!who.agent_id.empty())
            co_return base::Error{
                ErrorCode::permission_denied, "This client secret is bound to one agent.", {}, "model"};
        if (kept)
            co_return base::invalid_argument(
                "Only conversations with an agent are kept. Name an agent as the model, or leave store out.",
                "store");
        if (!request.variables.empty())
            co_return base::invalid_argument("Only an agent has variables.", "metadata");
        agent.id = agent.name = request.model;
    } else {
        AIMPACT_CO_TRY(agent, co_await parts_.agents.resolve(who.org_id, request.model));
        if (!who.agent_id.empty() && who.agent_id != agent.id)
            co_return base::Error{
                ErrorCode::permission_denied, "This client secret is bound to another agent.", {}, "model"};
    }

    Prepared out;
    out.kept = kept;
    if (kept) {
        AIMPACT_CO_TRY(out.loop,
                       co_await parts_.conversations.open(who.org_id, who.user_id, agent.id, "chat",
                                                          request.variables, request.conversation_id));
    } else {
        AIMPACT_CO_TRY(out.loop, parts_.conversations.open_unsaved(agent, request.variables));
    }
    for (Item& item : request.items) {
        item.created_at = parts_.clock.now();
        item.id = base::make_id("item", parts_.clock, parts_.random);
        if (item.type == ItemType::message && item.role == llm::ChatRole::user) out.user_item_id = item.id;
        AIMPACT_CO_CHECK(out.loop->add(std::move(item)));
    }
    out.options = std::move(request.options);
    out.head.id = "chatcmpl-" + base::random_token(18, parts_.random);
    out.head.created = base::unix_seconds(parts_.clock.now());
    out.head.model = request.model;
    if (kept) out.head.conversation_id = out.loop->conversation_id();
    co_return out;
}

Task<Result<ResponseResult>> ChatService::run(Prepared& prepared, llm::OnDelta on_delta,
                                              std::stop_token stop) {
    Turn turn;
    turn.user_item_id = prepared.user_item_id;
    turn.timeline.started_at = parts_.clock.now();
    const auto asked_at = parts_.clock.steady();
    const llm::OnDelta timed = [&](const llm::ChatDelta& delta) -> Result<> {
        if (turn.timeline.first_token_ms < 0)
            turn.timeline.first_token_ms =
                std::chrono::duration<double, std::milli>(parts_.clock.steady() - asked_at).count();
        return on_delta ? on_delta(delta) : Result<>{};
    };
    auto result = co_await prepared.loop->respond(prepared.options, timed, stop);
    if (prepared.kept) {
        if (result.has_value()) {
            turn.usage = result->usage;
            for (const Item& item : result->items)
                if (turn.assistant_item_id.empty()) turn.assistant_item_id = item.id;
        } else {
            turn.error = base::to_string(result.error().code);
        }
        co_await prepared.loop->record_turn(std::move(turn));
        co_await prepared.loop->finish();
    }
    co_return result;
}

}  // namespace aimpact::agents
