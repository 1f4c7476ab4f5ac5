#include "realtime/client_secrets.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "base/wire.hpp"
#include "llm/openai_wire.hpp"
#include "realtime/openai_fields.hpp"
#include "realtime/openai_session.hpp"

namespace aimpact::realtime::openai {

using base::invalid_argument;

void SecretSessions::keep(const std::string& secret_id, json::object session, base::WallTime expires_at) {
    std::lock_guard lock(mutex_);
    const base::WallTime now = clock_.now();
    std::erase_if(entries_, [&](const auto& entry) { return entry.second.expires_at <= now; });
    if (entries_.size() >= kKeptMax)
        entries_.erase(std::min_element(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) {
            return a.second.expires_at < b.second.expires_at;
        }));
    entries_[secret_id] = {std::move(session), expires_at};
}

json::object SecretSessions::find(const std::string& secret_id) const {
    std::lock_guard lock(mutex_);
    const auto it = entries_.find(secret_id);
    return it == entries_.end() || it->second.expires_at <= clock_.now() ? json::object{}
                                                                         : it->second.session;
}

namespace {

struct Wanted {
    std::chrono::seconds life{600};
    json::object session;
    std::string model;
};

Result<Wanted> read_request(const std::string& body, bool beta) {
    Wanted out;
    if (body.empty()) return out;
    AIMPACT_TRY(const json::value value, base::parse_json(body));
    AIMPACT_TRY(const json::object request, read<json::object>(value, ""));
    // The beta has the session's fields at the top, and the life of the secret inside "client_secret".
    const json::object* holder = &request;
    std::string path;
    if (beta) {
        out.session = request;
        out.session.erase("client_secret");
        if (const auto* secret = member(request, "client_secret")) {
            if (!secret->is_object()) return base::wire::wrong_type("client_secret", "an object", *secret);
            holder = &secret->get_object();
            path = "client_secret";
        } else {
            holder = nullptr;
        }
    } else {
        AIMPACT_CHECK(read_if<json::object>(request, "session", "", out.session));
    }
    if (const auto* expires = holder ? member(*holder, "expires_after") : nullptr) {
        path = path_of(path, "expires_after");
        AIMPACT_TRY(const json::object after, read<json::object>(*expires, path));
        std::string anchor = "created_at";
        AIMPACT_CHECK(read_if<std::string>(after, "anchor", path, anchor));
        if (anchor != "created_at")
            return invalid_argument("anchor must be created_at.", path_of(path, "anchor"));
        int seconds = 600;
        AIMPACT_CHECK(read_if<int>(after, "seconds", path, seconds));
        if (seconds < 10 || seconds > 7200)
            return invalid_argument("seconds is between 10 and 7200.", path_of(path, "seconds"));
        out.life = std::chrono::seconds(seconds);
    }
    AIMPACT_CHECK(read_if<std::string>(out.session, "model", "session", out.model));
    return out;
}

Task<Result<json::object>> make_secret(const SecretRouteParts& parts, const accounts::Principal& who,
                                       const std::string& body, bool beta) {
    AIMPACT_CO_TRY(const Wanted wanted, read_request(body, beta));
    // Without a model the secret opens sessions with any agent; the session shown is then that of the default
    // one.
    auto agent = co_await parts.find_agent(who, wanted.model);
    if (agent.has_error() && !(wanted.model.empty() && agent.error().code == base::ErrorCode::not_found))
        co_return agent.error();
    const bool bound = !wanted.model.empty() && agent.has_value();
    WireSession session = initial_session(agent.has_value() ? *agent : agents::Agent{}, beta);
    if (!wanted.model.empty()) session.model = wanted.model;
    auto updated = updated_session(session, wanted.session, parts.synthesizer, parts.limits);
    if (updated.has_error()) co_return updated.error();
    auto secret = co_await parts.make_client_secret(who, bound ? agent->id : std::string{}, wanted.life);
    if (secret.has_error()) co_return secret.error();
    if (!wanted.session.empty()) parts.sessions.keep(secret->id, wanted.session, secret->expires_at);

    updated->id = "sess_" + secret->id;
    json::object rendered = render_session(*updated);
    rendered.erase("conversation_id");
    const std::int64_t expires_at = base::unix_seconds(secret->expires_at);
    if (beta) {
        rendered["client_secret"] = json::object{{"value", secret->value}, {"expires_at", expires_at}};
        co_return rendered;
    }
    co_return json::object{
        {"value", secret->value}, {"expires_at", expires_at}, {"session", std::move(rendered)}};
}

}  // namespace

accounts::AuthorizedHandler make_secret_handler(SecretRouteParts parts, bool beta) {
    return [parts = std::move(parts), beta](net::Request& request,
                                            const accounts::Principal& who) -> Task<net::Response> {
        auto made = co_await make_secret(parts, who, request.body, beta);
        if (made.has_error()) co_return llm::openai_problem(made.error(), request);
        co_return net::Response::json(base::to_text(*made));
    };
}

}  // namespace aimpact::realtime::openai
