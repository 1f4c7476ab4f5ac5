#include "realtime/realtime.hpp"

#include <mutex>

#include "llm/openai_wire.hpp"
#include "realtime/client_secrets.hpp"
#include "realtime/openai_adapter.hpp"

namespace aimpact::realtime {

using base::ErrorCode;

namespace {

bool lists(std::string_view header, std::string_view value) {
    while (!header.empty()) {
        const std::size_t comma = header.find(',');
        std::string_view one = header.substr(0, comma);
        while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
        while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
        if (one == value) return true;
        header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    }
    return false;
}

// What the upgrade check found out, for the handler: moved there by Request::state, which must be copyable.
struct Admitted {
    inference::Admission::Permit permit;
    std::unique_ptr<agents::TurnLoop> loop;
    openai::ConnectionOptions options;
};

}  // namespace

struct RealtimeModule::Impl {
    Impl(RealtimeParts parts_in, RealtimeOptions options_in)
        : parts(std::move(parts_in)),
          options(std::move(options_in)),
          metrics(parts.metrics),
          secrets(parts.clock) {}

    Task<Result<net::Upgrade>> admit(net::Request& request);
    Task<void> converse(net::Request& request, net::WebSocket& socket);
    Task<SessionParts> session_parts();

    const RealtimeParts parts;
    const RealtimeOptions options;
    SessionMetrics metrics;
    openai::SecretSessions secrets;
    std::mutex mutex;
    std::shared_ptr<const voice::SpokenChunk> fallback_audio;  // under mutex
};

Task<Result<net::Upgrade>> RealtimeModule::Impl::admit(net::Request& request) {
    auto principal = co_await parts.authenticator.authenticate(request);
    if (principal.has_error()) co_return principal.error();
    AIMPACT_CO_CHECK(accounts::authorize(*principal, accounts::Permission::converse));
    auto permit = parts.admission.admit();
    if (permit.has_error()) co_return permit.error();
    if (parts.ready) AIMPACT_CO_CHECK(co_await parts.ready());

    auto admitted = std::make_shared<Admitted>();
    admitted->permit = *std::move(permit);
    openai::ConnectionOptions& connection = admitted->options;
    connection.limits = options.openai;
    connection.model = request.query_value("model").value_or("");
    connection.additions = request.query_value("additions").value_or("true") != "false";
    const std::string intent = request.query_value("intent").value_or("");
    if (!intent.empty() && intent != "transcription" && intent != "conversation")
        co_return base::invalid_argument("intent must be transcription, or left out.", "intent");
    connection.transcription_only = intent == "transcription";
    const std::string_view offered = request.headers.get("sec-websocket-protocol");
    connection.beta =
        lists(offered, "openai-beta.realtime-v1") || lists(request.headers.get("openai-beta"), "realtime=v1");
    if (principal->credential == accounts::CredentialKind::client_secret)
        connection.session_update = secrets.find(principal->credential_id);
    if (connection.model.empty()) {
        const auto* model = connection.session_update.if_contains("model");
        if (model && model->is_string()) connection.model = std::string(model->get_string());
    }

    auto agent = co_await parts.find_agent(*principal, connection.model);
    if (agent.has_error()) co_return agent.error();
    std::map<std::string, std::string> variables;
    for (const auto& [name, value] : request.query)
        if (name.starts_with("var_")) variables[name.substr(4)] = value;
    auto loop =
        co_await parts.conversations.open(principal->org_id, principal->user_id, agent->id, "realtime",
                                          variables, request.query_value("conversation_id").value_or(""));
    if (loop.has_error()) co_return loop.error();
    admitted->loop = *std::move(loop);
    request.state = std::move(admitted);
    co_return net::Upgrade{lists(offered, "realtime") ? "realtime" : ""};
}

Task<void> RealtimeModule::Impl::converse(net::Request& request, net::WebSocket& socket) {
    const auto admitted = std::any_cast<std::shared_ptr<Admitted>>(std::exchange(request.state, {}));
    SessionParts session = co_await session_parts();
    auto connection = std::make_shared<openai::Connection>(socket, std::move(session), parts.recognizer,
                                                           std::move(admitted->options));
    co_await connection->serve(std::move(admitted->loop));
}

Task<SessionParts> RealtimeModule::Impl::session_parts() {
    std::shared_ptr<const voice::SpokenChunk> fallback;
    {
        std::lock_guard lock(mutex);
        fallback = fallback_audio;
    }
    if (!fallback) {
        auto chunk =
            co_await parts.synthesizer.clause(options.fallback_text, {}, inference::Priority::caller_waiting);
        if (chunk.has_value() && !chunk->samples.empty()) {
            fallback = std::make_shared<const voice::SpokenChunk>(*std::move(chunk));
            std::lock_guard lock(mutex);
            fallback_audio = fallback;
        }
    }
    SessionParts session{parts.clock,         parts.random,    parts.synthesizer,     metrics,
                         parts.make_listener, options.session, options.fallback_text, std::move(fallback)};
    session.early_answers = options.early_answers;
    session.sampler = parts.sampler;
    session.emotions = parts.emotions;
    co_return session;
}

RealtimeModule::RealtimeModule(RealtimeParts parts, RealtimeOptions options)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(options))) {}

RealtimeModule::~RealtimeModule() = default;

Task<SessionParts> RealtimeModule::session_parts() {
    return impl_->session_parts();
}

void RealtimeModule::register_routes(net::Router& router) {
    Impl* impl = impl_.get();
    net::Route live;
    live.pattern = "/v1/realtime";
    live.upgrade = [impl](net::Request& request) { return impl->admit(request); };
    live.socket = [impl](net::Request& request, net::WebSocket& socket) {
        return impl->converse(request, socket);
    };
    live.limits.ws_message_bytes_max = impl->options.openai.event_bytes_max;
    live.permission = "converse";
    router.add(std::move(live));

    const openai::SecretRouteParts secrets{impl->parts.find_agent, impl->parts.make_client_secret,
                                           impl->parts.synthesizer, impl->secrets, impl->options.openai};
    for (const bool beta : {false, true}) {
        net::Route route;
        route.method = net::Method::post;
        route.pattern = beta ? "/v1/realtime/sessions" : "/v1/realtime/client_secrets";
        route.handler = llm::openai_guarded(impl->parts.authenticator, accounts::Permission::converse,
                                            openai::make_secret_handler(secrets, beta));
        route.permission = "converse";
        router.add(std::move(route));
    }
}

}  // namespace aimpact::realtime
