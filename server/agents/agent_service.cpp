#include "agents/agent_service.hpp"

#include <algorithm>
#include <regex>
#include <set>

#include "accounts/audit_log.hpp"
#include "agents/agent_limits.hpp"
#include "agents/prompt_template.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"
#include "llm/openai_model.hpp"

namespace aimpact::agents {

using base::ErrorCode;
using base::invalid_argument;

namespace {
constexpr std::string_view kKeyPurpose = "agent.model_key";
constexpr double kDefaultTemperature = 0.7;
constexpr int kDefaultOutputTokens = 512;

base::Error no_agent() {
    return base::not_found("There is no agent with this id in your organisation.");
}

Result<> check_text(std::string_view text, std::size_t most, const std::string& param) {
    if (text.find('\0') != std::string_view::npos)
        return invalid_argument(param + " must not hold NUL characters.", param);
    if (const std::size_t n = character_count(text); n > most)
        return invalid_argument(param + " is " + std::to_string(n) + " characters long; at most " +
                                    std::to_string(most) + " are allowed.",
                                param);
    return {};
}

Result<> check_range(double value, double low, double high, const std::string& param) {
    if (value >= low && value <= high) return {};  // false for NaN
    const auto text = [](double x) {
        std::string s = base::to_text(boost::json::value(x));
        if (const auto e = s.find("E0"); e != std::string::npos) s.resize(e);
        return s;
    };
    return invalid_argument(param + " must be between " + text(low) + " and " + text(high) + ".", param);
}

bool is_tool_name(std::string_view name) {
    return !name.empty() && name.size() <= limits::kToolNameChars &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
           });
}

Result<> check_texts(const Agent& agent) {
    if (agent.name.find_first_not_of(" \t") == std::string::npos)
        return invalid_argument("An agent needs a name.", "name");
    AIMPACT_CHECK(check_text(agent.name, limits::kNameChars, "name"));
    AIMPACT_CHECK(check_text(agent.description, limits::kDescriptionChars, "description"));
    AIMPACT_CHECK(check_text(agent.instructions, limits::kInstructionsChars, "instructions"));
    AIMPACT_CHECK(check_text(agent.greeting, limits::kGreetingChars, "greeting"));
    if (agent.variables.size() > limits::kVariables)
        return invalid_argument("An agent has at most " + std::to_string(limits::kVariables) + " variables.",
                                "variables");
    Variables known = agent.variables;
    for (const auto& [name, value] : agent.variables) {
        if (!is_variable_name(name))
            return invalid_argument("\"" + name.substr(0, 80) +
                                        "\" cannot be a variable's name: use lower-case "
                                        "letters, digits and _, 64 at most, and don't start "
                                        "with a digit.",
                                    "variables");
        AIMPACT_CHECK(check_text(value, limits::kVariableValueChars, "variables." + name));
    }
    known.merge(builtin_variables({}, {}));
    AIMPACT_TRY(const auto instructions, PromptTemplate::parse(agent.instructions, "instructions"));
    AIMPACT_CHECK(instructions.check(known, "instructions"));
    AIMPACT_TRY(const auto greeting, PromptTemplate::parse(agent.greeting, "greeting"));
    return greeting.check(known, "greeting");
}

Result<> check_tools(const Agent& agent) {
    if (agent.tools.size() > limits::kTools)
        return invalid_argument("An agent has at most " + std::to_string(limits::kTools) + " tools.",
                                "tools");
    std::set<std::string> names;
    for (std::size_t i = 0; i < agent.tools.size(); ++i) {
        const llm::Tool& tool = agent.tools[i];
        const std::string at = "tools[" + std::to_string(i) + "]";
        if (!is_tool_name(tool.name))
            return invalid_argument("A tool's name has 1 to 64 letters, digits, _ and -.", at + ".name");
        if (!names.insert(tool.name).second)
            return invalid_argument("There are two tools named \"" + tool.name + "\".", at + ".name");
        AIMPACT_CHECK(check_text(tool.description, limits::kToolDescriptionChars, at + ".description"));
        if (base::to_text(tool.parameters).size() > limits::kToolParametersBytes)
            return invalid_argument("The schema of a tool's parameters is longer than 32 KiB.",
                                    at + ".parameters");
        if (!tool.parameters.empty()) {
            const auto* type = tool.parameters.if_contains("type");
            if (!type || !type->is_string() || type->get_string() != "object")
                return invalid_argument(
                    "The parameters of a tool are a JSON Schema with \"type\": \"object\".",
                    at + ".parameters");
        }
    }
    return {};
}

Result<> check_model(const AgentModel& model, const std::vector<llm::ModelInfo>& built_in) {
    AIMPACT_CHECK(check_text(model.name, limits::kModelNameChars, "model.name"));
    if (model.temperature)
        AIMPACT_CHECK(check_range(*model.temperature, 0, limits::kTemperatureMax, "model.temperature"));
    if (model.output_tokens_max)
        AIMPACT_CHECK(
            check_range(*model.output_tokens_max, 1, limits::kOutputTokensMax, "model.max_output_tokens"));
    if (model.provider == "local") {
        if (!model.base_url.empty())
            return invalid_argument("Only an openai_compatible model has a base_url.", "model.base_url");
        const bool known =
            std::any_of(built_in.begin(), built_in.end(), [&](const auto& m) { return m.id == model.name; });
        if (!known && !built_in.empty() && !model.name.empty())
            return invalid_argument("This server has no local model \"" + model.name + "\". It has \"" +
                                        built_in.back().id + "\".",
                                    "model.name");
        return {};
    }
    if (model.provider != "openai_compatible")
        return invalid_argument("model.provider must be \"local\" or \"openai_compatible\".",
                                "model.provider");
    if (model.name.empty()) return invalid_argument("Say what the provider calls the model.", "model.name");
    if (auto ok = llm::check_base_url(model.base_url); ok.has_error()) {
        base::Error error = ok.error();
        error.param = "model.base_url";
        return error;
    }
    return {};
}

Result<> check_turn_detection(const voice::ListenerOptions& options) {
    AIMPACT_CHECK(check_range(options.threshold, 0, 1, "turn_detection.threshold"));
    AIMPACT_CHECK(check_range(static_cast<double>(options.prefix_padding.count()), 0,
                              limits::kPrefixPaddingMsMax, "turn_detection.prefix_padding_ms"));
    return check_range(static_cast<double>(options.silence_duration.count()), limits::kSilenceMsMin,
                       limits::kSilenceMsMax, "turn_detection.silence_duration_ms");
}
}  // namespace

Result<> AgentService::check(const Agent& agent) const {
    AIMPACT_CHECK(check_texts(agent));
    AIMPACT_CHECK(check_tools(agent));
    AIMPACT_CHECK(check_model(agent.model, parts_.models.built_in()));
    AIMPACT_CHECK(check_turn_detection(agent.turn_detection));
    AIMPACT_CHECK(check_range(agent.style.intensity, 0, 1, "emotion_intensity"));
    AIMPACT_CHECK(check_range(agent.style.speed, limits::kSpeedMin, limits::kSpeedMax, "speed"));
    static const std::regex language("[a-z]{2,3}(-[A-Z]{2})?");
    if (!std::regex_match(agent.language, language))
        return invalid_argument("language must look like \"en\" or \"en-US\".", "language");
    AIMPACT_CHECK(check_text(agent.style.voice, 64, "voice"));
    return parts_.check_style ? parts_.check_style(agent.style) : Result<>{};
}

Result<> AgentService::build(const AgentInput& input, Agent& agent) const {
    AIMPACT_CHECK(apply(input, agent));
    if (agent.model.provider == "local" && agent.model.name.empty())
        if (const auto built_in = parts_.models.built_in(); !built_in.empty())
            agent.model.name = built_in.back().id;
    if (!agent.model.temperature) agent.model.temperature = kDefaultTemperature;
    if (!agent.model.output_tokens_max) agent.model.output_tokens_max = kDefaultOutputTokens;
    AIMPACT_CHECK(check(agent));
    if (input.model && input.model->api_key) {
        const std::string& key = *input.model->api_key;
        if (key.size() > limits::kApiKeyChars ||
            std::any_of(key.begin(), key.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7F; }))
            return invalid_argument("The API key has at most 512 visible ASCII characters and no blanks.",
                                    "model.api_key");
        agent.model.sealed_api_key = key.empty() ? "" : parts_.secrets.seal(agent.org_id, kKeyPurpose, key);
    }
    // A local model has no use for a key: don't keep one that nobody sees any more.
    if (agent.model.provider == "local") agent.model.sealed_api_key.clear();
    return {};
}

Task<Result<Agent>> AgentService::create(const accounts::Principal& who, AgentInput input) {
    if (input.version) co_return invalid_argument("A new agent has no version yet: leave it out.", "version");
    if (!input.name) co_return invalid_argument("An agent needs a name.", "name");
    Agent agent;
    agent.org_id = who.org_id;
    agent.language = "en-US";
    AIMPACT_CO_TRY(agent.style.own_voices, co_await own_voices(who.org_id, accounts::actor_of(who)));
    AIMPACT_CO_CHECK(build(input, agent));
    agent.id = base::make_id("agt", parts_.clock, parts_.random);
    agent.created_at = agent.updated_at = parts_.clock.now();
    auto work = [agent, user = who.user_id](soci::session& sql) -> Result<Agent> {
        if (agent_store::count(sql, agent.org_id) >= static_cast<int>(limits::kAgentsPerOrganisation))
            return base::Error{ErrorCode::failed_precondition,
                               "Your organisation has 10000 agents, which is the limit. Delete some first."};
        AIMPACT_TRY(const auto taken, agent_store::find_by_name(sql, agent.org_id, agent.name));
        if (taken)
            return base::Error{
                ErrorCode::conflict, "There is an agent named \"" + agent.name + "\" already.", {}, "name"};
        agent_store::insert(sql, agent, user);
        return agent;
    };
    co_return co_await parts_.database.write(std::move(work));
}

Task<Result<Agent>> AgentService::update(const accounts::Principal& who, std::string id, AgentInput input) {
    if (!base::is_id(id, "agt")) co_return no_agent();
    if (!input.version)
        co_return invalid_argument(
            "Say which version the change is based on: \"version\" in the body, or If-Match.", "version");
    AIMPACT_CO_TRY(auto own, co_await own_voices(who.org_id, accounts::actor_of(who)));
    auto work = [this, org = who.org_id, user = who.user_id, id, input, own,
                 now = parts_.clock.now()](soci::session& sql) -> Result<Agent> {
        AIMPACT_TRY(auto found, agent_store::find(sql, org, id));
        if (!found) return no_agent();
        if (found->version != *input.version)
            return base::Error{ErrorCode::conflict,
                               "The agent has changed meanwhile: it is at version " +
                                   std::to_string(found->version) + ", your change is based on " +
                                   std::to_string(*input.version) + ". Load it again and repeat the change.",
                               {},
                               "version"};
        Agent agent = *found;
        agent.style.own_voices = own;
        AIMPACT_CHECK(build(input, agent));
        // Whoever may edit an agent must not learn its key by sending it to a server of their own.
        if (!agent.model.sealed_api_key.empty() && agent.model.base_url != found->model.base_url &&
            !input.model->api_key)
            return invalid_argument("The base URL changes: give the API key for the new address too.",
                                    "model.api_key");
        const bool key_changed = agent.model.sealed_api_key != found->model.sealed_api_key;
        if (!key_changed && definition_text(agent) == definition_text(*found)) return agent;
        if (agent.name != found->name) {
            AIMPACT_TRY(const auto taken, agent_store::find_by_name(sql, org, agent.name));
            if (taken)
                return base::Error{ErrorCode::conflict,
                                   "There is an agent named \"" + agent.name + "\" already.",
                                   {},
                                   "name"};
        }
        agent.version += 1;
        agent.updated_at = now;
        if (!agent_store::update(sql, agent, user))
            return base::Error{
                ErrorCode::conflict, "The agent has changed meanwhile. Load it again.", {}, "version"};
        return agent;
    };
    co_return co_await parts_.database.write(std::move(work));
}

Task<Result<>> AgentService::remove(const accounts::Principal& who, std::string id) {
    if (!base::is_id(id, "agt")) co_return no_agent();
    auto work = [org = who.org_id, id, now = parts_.clock.now()](soci::session& sql) -> Result<> {
        if (!agent_store::remove(sql, org, id, now)) return no_agent();
        return {};
    };
    co_return co_await parts_.database.write(std::move(work));
}

Task<Result<Agent>> AgentService::get(const std::string& org_id, std::string id) {
    if (!base::is_id(id, "agt")) co_return no_agent();
    auto work = [org_id, id](soci::session& sql) -> Result<Agent> {
        AIMPACT_TRY(auto found, agent_store::find(sql, org_id, id));
        if (!found) return no_agent();
        return *std::move(found);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<Page<Agent>>> AgentService::list(const std::string& org_id, std::string search,
                                             PageRequest page) {
    if (character_count(search) > 100)
        co_return invalid_argument("search has at most 100 characters.", "search");
    auto work = [org_id, search, page](soci::session& sql) {
        return agent_store::list(sql, org_id, search, page);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Result<Page<RenderedAgents::Text>> AgentService::render(soci::session& sql, const std::string& org_id,
                                                        const std::string& search, const PageRequest& page) {
    Page<RenderedAgents::Text> out;
    AIMPACT_TRY(const Page<AgentRevision> revisions, agent_store::list_revisions(sql, org_id, search, page));
    out.next_cursor = revisions.next_cursor;
    out.items.reserve(revisions.items.size());
    bool complete = true;
    for (const AgentRevision& revision : revisions.items) {
        out.items.push_back(rendered_.find(revision));
        complete = complete && out.items.back();
    }
    if (complete) return out;
    // One query for all that is missing: the same page, since a read sees one snapshot.
    AIMPACT_TRY(const Page<Agent> agents, agent_store::list(sql, org_id, search, page));
    if (agents.items.size() != out.items.size())
        return base::internal_error("a page changed within one transaction");
    for (std::size_t i = 0; i < agents.items.size(); ++i) {
        if (out.items[i]) continue;
        const Agent& agent = agents.items[i];
        out.items[i] = std::make_shared<const std::string>(base::to_text(agent_json(agent)));
        rendered_.put({agent.id, agent.version, agent.updated_at}, out.items[i]);
    }
    return out;
}

Task<Result<Page<RenderedAgents::Text>>> AgentService::list_json(const std::string& org_id,
                                                                 std::string search, PageRequest page) {
    if (character_count(search) > 100)
        co_return invalid_argument("search has at most 100 characters.", "search");
    auto work = [this, org_id, search, page](soci::session& sql) {
        return render(sql, org_id, search, page);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<Page<AgentVersion>>> AgentService::versions(const std::string& org_id, std::string id,
                                                        PageRequest page) {
    if (!base::is_id(id, "agt")) co_return no_agent();
    auto work = [org_id, id, page](soci::session& sql) -> Result<Page<AgentVersion>> {
        AIMPACT_TRY(auto out, agent_store::versions(sql, org_id, id, page));
        if (out.items.empty() && page.after.empty()) return no_agent();
        return out;
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<Agent>> AgentService::resolve(const std::string& org_id, std::string model) {
    if (base::is_id(model, "agt")) co_return co_await get(org_id, model);
    auto work = [org_id, model](soci::session& sql) -> Result<Agent> {
        AIMPACT_TRY(auto found, agent_store::find_by_name(sql, org_id, model));
        if (!found)
            return base::Error{ErrorCode::not_found,
                               "There is no agent or model \"" + model.substr(0, 128) +
                                   "\". GET /v1/models lists those that you can use.",
                               {},
                               "model"};
        return *std::move(found);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Result<llm::ModelRoute> AgentService::model_route(const Agent& agent) const {
    llm::ModelRoute route;
    route.provider = agent.model.provider;
    route.name = agent.model.name;
    route.base_url = agent.model.base_url;
    if (!agent.model.sealed_api_key.empty()) {
        AIMPACT_TRY(route.api_key,
                    parts_.secrets.open(agent.org_id, kKeyPurpose, agent.model.sealed_api_key));
    }
    return route;
}

Task<Result<std::shared_ptr<voice::OwnVoices>>> AgentService::own_voices(std::string org_id,
                                                                         std::string actor) const {
    if (!parts_.own_voices) co_return std::shared_ptr<voice::OwnVoices>();
    co_return co_await parts_.own_voices(std::move(org_id), std::move(actor));
}

Result<Agent> AgentService::unsaved(const AgentInput& input) const {
    if (!input.name) return invalid_argument("An agent needs a name.", "name");
    Agent agent;
    agent.id = "unsaved";
    agent.language = "en-US";
    agent.created_at = agent.updated_at = parts_.clock.now();
    AIMPACT_CHECK(build(input, agent));
    return agent;
}

}  // namespace aimpact::agents
