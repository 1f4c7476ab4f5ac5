#include "agents/conversation_service.hpp"

#include "agents/conversation_loop.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace aimpact::agents {

using base::ErrorCode;

namespace {
constexpr auto kSilentMax = 3 * kTouchInterval;

base::Error no_conversation() {
    return base::not_found("There is no conversation with this id in your organisation.");
}

// An agent whose own voice has ended (its consent was withdrawn, say) goes on in the default one.
void settle_voice(Agent& agent) {
    if (!voice::is_own_voice(agent.style.voice) || !agent.style.own_voices) return;
    const auto found = agent.style.own_voices->find(agent.style.voice);
    if (found.has_value() && *found) return;
    base::log_warn("conversation.voice_is_gone",
                   {{"org_id", agent.org_id}, {"agent_id", agent.id}, {"voice_id", agent.style.voice}});
    agent.style.voice = voice::SpeechStyle{}.voice;
}
}  // namespace

bool ConversationService::ended(const Conversation& conversation) const {
    return conversation.ended_at || parts_.clock.now() - conversation.active_at > kSilentMax;
}

Result<int> ConversationService::end_abandoned() {
    const bool alone = parts_.database.dialect() == storage::Dialect::sqlite;
    // A moment that is yet to come: all of them.
    const base::WallTime before = parts_.clock.now() + (alone ? kTouchInterval : -kSilentMax);
    return parts_.database.write_now(
        [before](soci::session& sql) { return conversation_store::end_abandoned(sql, before); });
}

Task<Result<std::shared_ptr<Recorder>>> ConversationService::take(std::string id) {
    auto mine = std::make_shared<Recorder>(parts_.database, id, co_await base::asio::this_coro::executor);
    std::shared_ptr<Recorder> before;
    {
        std::lock_guard lock(mutex_);
        std::erase_if(open_, [](const auto& entry) { return entry.second.expired(); });
        auto& held = open_[id];
        before = held.lock();
        held = mine;
    }
    if (before) {
        before->revoke();
        if (!co_await before->flushed())
            co_return base::Error{
                ErrorCode::unavailable,
                "The end of this conversation cannot be written at the moment, so it cannot "
                "go on here. Try again in a moment.",
                {},
                {},
                std::chrono::seconds{5}};
    }
    co_return mine;
}

Task<Result<std::unique_ptr<TurnLoop>>> ConversationService::open(
    const std::string& org_id, const std::string& user_id, const std::string& agent_id,
    const std::string& channel, const std::map<std::string, std::string>& variables,
    const std::string& conversation_id) {
    AIMPACT_CO_TRY(Agent agent, co_await parts_.agents.get(org_id, agent_id));
    AIMPACT_CO_TRY(const CompiledWords words, co_await parts_.words.of(org_id));
    agent.style.lexicon = words.lexicon;
    AIMPACT_CO_TRY(agent.style.own_voices, co_await parts_.agents.own_voices(org_id, user_id));
    settle_voice(agent);
    agent.turn_detection.recognition.vocabulary = words.vocabulary;
    AIMPACT_CO_TRY(const llm::ModelRoute route, parts_.agents.model_route(agent));
    ConversationLoop::Parts loop{
        parts_.clock, parts_.random, nullptr, nullptr, &parts_.recordings, org_id, {}, {}, {}, 0};
    AIMPACT_CO_TRY(loop.model, parts_.models.get(route));

    Conversation conversation;
    conversation.org_id = org_id;
    conversation.agent_id = agent.id;
    conversation.agent_version = agent.version;
    conversation.channel = channel == "converse" ? "command_line" : channel;
    conversation.user_id = user_id;
    conversation.variables = variables;
    conversation.started_at = parts_.clock.now();
    if (conversation_id.empty()) {
        conversation.id = base::make_id("conv", parts_.clock, parts_.random);
        // Before anything is written: bad variables must not leave an empty conversation behind.
        const Variables builtin = builtin_variables(agent.name, parts_.clock.now());
        AIMPACT_CO_CHECK(merge_variables(agent.variables, variables, builtin));
        AIMPACT_CO_TRY(loop.recorder, co_await take(conversation.id));
        auto work = [conversation](soci::session& sql) { conversation_store::insert(sql, conversation); };
        AIMPACT_CO_CHECK(co_await parts_.database.write(std::move(work)));
    } else {
        if (!base::is_id(conversation_id, "conv")) co_return no_conversation();
        auto check = [org_id, conversation_id](soci::session& sql) {
            return conversation_store::find(sql, org_id, conversation_id);
        };
        AIMPACT_CO_TRY(const auto found, co_await parts_.database.read(std::move(check)));
        if (!found) co_return no_conversation();
        if (found->agent_id != agent.id)
            co_return base::Error{ErrorCode::failed_precondition,
                                  "This conversation is with another agent (" + found->agent_id + ").",
                                  {},
                                  "conversation_id"};
        // Only now may it be taken from whoever has it open.
        AIMPACT_CO_TRY(loop.recorder, co_await take(conversation_id));
        struct Before {
            std::vector<Item> items;
            std::vector<int> positions;
            int turns = 0;
        };
        auto work = [org_id, conversation_id, version = agent.version,
                     now = parts_.clock.now()](soci::session& sql) -> Result<Before> {
            if (!conversation_store::reopen(sql, org_id, conversation_id, version, now))
                return no_conversation();
            Before out;
            out.items = conversation_store::items(sql, org_id, conversation_id, &out.positions);
            if (const auto turns = conversation_store::turns(sql, org_id, conversation_id); !turns.empty())
                out.turns = turns.back().index + 1;
            return out;
        };
        AIMPACT_CO_TRY(Before before, co_await parts_.database.write(std::move(work)));
        conversation.id = conversation_id;
        conversation.variables = found->variables;
        for (const auto& [name, value] : variables) conversation.variables[name] = value;
        // A variable that the newest version no longer has is of no use to it.
        std::erase_if(conversation.variables, [&](const auto& v) {
            return !agent.variables.contains(v.first) && !variables.contains(v.first);
        });
        loop.turns = before.turns;
        loop.items = std::move(before.items);
        loop.positions = std::move(before.positions);
    }
    loop.conversation_id = conversation.id;
    AIMPACT_CO_TRY(auto made,
                   ConversationLoop::make(std::move(agent), conversation.variables, std::move(loop)));
    co_return std::unique_ptr<TurnLoop>(std::move(made));
}

Result<std::unique_ptr<TurnLoop>> ConversationService::open_unsaved(Agent agent) {
    return open_unsaved(std::move(agent), {});
}

Result<std::unique_ptr<TurnLoop>> ConversationService::open_unsaved(
    Agent agent, const std::map<std::string, std::string>& variables) {
    AIMPACT_TRY(const llm::ModelRoute route, parts_.agents.model_route(agent));
    ConversationLoop::Parts loop{parts_.clock, parts_.random, nullptr, nullptr, nullptr, {}, {}, {}, {}, 0};
    AIMPACT_TRY(loop.model, parts_.models.get(route));
    loop.conversation_id = base::make_id("conv", parts_.clock, parts_.random);
    AIMPACT_TRY(auto made, ConversationLoop::make(std::move(agent), variables, std::move(loop)));
    return std::unique_ptr<TurnLoop>(std::move(made));
}

Task<Result<ConversationRecord>> ConversationService::get(const std::string& org_id, std::string id) {
    if (!base::is_id(id, "conv")) co_return no_conversation();
    auto work = [org_id, id](soci::session& sql) -> Result<ConversationRecord> {
        auto found = conversation_store::find(sql, org_id, id);
        if (!found) return no_conversation();
        return ConversationRecord{*std::move(found), conversation_store::items(sql, org_id, id),
                                  conversation_store::turns(sql, org_id, id)};
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<Page<Conversation>>> ConversationService::list(const std::string& org_id,
                                                           conversation_store::Filter filter,
                                                           PageRequest page) {
    auto work = [org_id, filter, page](soci::session& sql) {
        return conversation_store::list(sql, org_id, filter, page);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<>> ConversationService::remove(const std::string& org_id, std::string id) {
    if (!base::is_id(id, "conv")) co_return no_conversation();
    auto work = [org_id, id](soci::session& sql) -> Result<> {
        if (!conversation_store::remove(sql, org_id, id)) return no_conversation();
        return {};
    };
    AIMPACT_CO_CHECK(co_await parts_.database.write(std::move(work)));
    {
        std::lock_guard lock(mutex_);
        if (const auto held = open_.find(id); held != open_.end())
            if (const auto recorder = held->second.lock()) recorder->revoke();
    }
    co_return co_await parts_.recordings.remove(org_id, id);
}

Task<Result<net::Response>> ConversationService::audio(const std::string& org_id, std::string id) {
    if (!base::is_id(id, "conv")) co_return no_conversation();
    auto work = [org_id, id](soci::session& sql) { return conversation_store::find(sql, org_id, id); };
    AIMPACT_CO_TRY(const auto found, co_await parts_.database.read(std::move(work)));
    if (!found) co_return no_conversation();
    if (!found->has_audio || !ended(*found))
        co_return base::not_found(
            "There is no recording of this conversation (yet): the agent must have store_audio on, and the "
            "conversation must have ended.");
    co_return co_await parts_.recordings.wav(org_id, id);
}

}  // namespace aimpact::agents
