#include "telephony/telephony.hpp"

#include <algorithm>
#include <atomic>
#include <optional>

#include "base/log.hpp"
#include "llm/openai_wire.hpp"
#include "net/target.hpp"
#include "telephony/twilio_signature.hpp"
#include "telephony/twiml.hpp"

namespace aimpact::telephony {

using accounts::Principal;
using base::ErrorCode;

namespace {

constexpr std::string_view kStreamPath = "/v1/telephony/media-stream";
constexpr std::string_view kTwimlPath = "/v1/telephony/twiml/{agent}/{token}";
constexpr std::size_t kFormBytesMax = 32 << 10;

using Values = std::map<std::string, std::string, std::less<>>;

std::string value_of(const Values& values, std::string_view name) {
    const auto it = values.find(name);
    return it == values.end() ? std::string{} : it->second;
}

// Counts streams that are connected and nobody yet. Movable through a shared_ptr.
class UnknownStream {
  public:
    explicit UnknownStream(std::atomic<int>& count) : count_(count) { ++count_; }
    ~UnknownStream() { --count_; }
    UnknownStream(const UnknownStream&) = delete;
    UnknownStream& operator=(const UnknownStream&) = delete;

  private:
    std::atomic<int>& count_;
};

// What the handshake found out, for the call.
struct Stream {
    std::optional<Principal> principal;
    std::optional<inference::Admission::Permit> permit;
    std::unique_ptr<UnknownStream> unknown;
    Values query;
};

}  // namespace

Result<> fit_for_provider(const Principal& principal) {
    if (principal.credential == accounts::CredentialKind::client_secret) return {};
    const bool talks_only = principal.credential == accounts::CredentialKind::api_key &&
                            principal.scopes.size() == 1 &&
                            principal.scopes.front() == accounts::Permission::converse;
    if (talks_only) return {};
    return Error{ErrorCode::permission_denied,
                 "A credential that a telephone provider holds must not be able to do more than talk: make "
                 "an API key with the scope converse alone, and use that.",
                 {},
                 "token"};
}

struct TelephonyModule::Impl {
    Impl(TelephonyParts parts_in, TelephonyOptions options_in)
        : parts(std::move(parts_in)), options(std::move(options_in)) {}

    Task<Result<Principal>> identify(const net::Request& request, std::string token);
    Task<Result<Principal>> identify(std::string token);
    Result<> check_signature(const net::Request& request, const Form& form, bool websocket) const;
    Task<Result<net::Upgrade>> admit(net::Request& request);
    Task<void> serve(net::Request& request, net::WebSocket& socket);
    Task<Result<OpenedCall>> open(std::shared_ptr<Stream> stream, Start start);
    Task<net::Response> twiml(net::Request& request);
    Task<Result<std::string>> answer(net::Request& request);

    const TelephonyParts parts;
    const TelephonyOptions options;
    std::atomic<int> unknown{0};
};

Task<Result<Principal>> TelephonyModule::Impl::identify(std::string token) {
    auto principal = co_await parts.authenticator.authenticate_credential(std::move(token));
    if (principal.has_error()) co_return principal.error();
    AIMPACT_CO_CHECK(fit_for_provider(*principal));
    AIMPACT_CO_CHECK(accounts::authorize(*principal, accounts::Permission::converse));
    co_return *std::move(principal);
}

// By the address, or by a header where the caller can send one.
Task<Result<Principal>> TelephonyModule::Impl::identify(const net::Request& request, std::string token) {
    if (!token.empty()) co_return co_await identify(std::move(token));
    auto principal = co_await parts.authenticator.authenticate(request);
    if (principal.has_error()) co_return principal.error();
    AIMPACT_CO_CHECK(accounts::authorize(*principal, accounts::Permission::converse));
    co_return *std::move(principal);
}

Result<> TelephonyModule::Impl::check_signature(const net::Request& request, const Form& form,
                                                bool websocket) const {
    if (options.twilio_auth_token.empty()) return {};
    const std::string_view signature = request.headers.get("X-Twilio-Signature");
    // A stream is opened by other providers too; its token says who it is.
    if (signature.empty() && websocket) return {};
    const std::string url = called_url(request, options.public_url, websocket);
    if (signature_matches(options.twilio_auth_token, url, form, signature)) return {};
    return Error{ErrorCode::permission_denied,
                 "This request isn't signed by the Twilio account of telephony.twilio_auth_token. Check the "
                 "token, and that server.public_url is the address that Twilio calls.",
                 {},
                 "X-Twilio-Signature"};
}

// ---------------------------------------------------------------------------------------- the stream

Task<Result<net::Upgrade>> TelephonyModule::Impl::admit(net::Request& request) {
    AIMPACT_CO_CHECK(check_signature(request, {}, true));
    auto stream = std::make_shared<Stream>();
    stream->query = request.query;
    const std::string token = value_of(request.query, "token");
    if (!token.empty() || request.headers.has("Authorization")) {
        auto principal = co_await identify(request, token);
        if (principal.has_error()) co_return principal.error();
        stream->principal = *std::move(principal);
        auto permit = parts.admission.admit();
        if (permit.has_error()) co_return permit.error();
        stream->permit = *std::move(permit);
    } else {
        // Twilio can say it in the start message only.
        if (unknown.load() >= options.unknown_max)
            co_return Error{ErrorCode::overloaded,
                            "Too many streams wait for their start message.",
                            {},
                            {},
                            std::chrono::seconds(5)};
        stream->unknown = std::make_unique<UnknownStream>(unknown);
    }
    if (parts.ready) AIMPACT_CO_CHECK(co_await parts.ready());
    request.state = std::move(stream);
    co_return net::Upgrade{};
}

Task<void> TelephonyModule::Impl::serve(net::Request& request, net::WebSocket& socket) {
    const auto stream = std::any_cast<std::shared_ptr<Stream>>(std::exchange(request.state, {}));
    OpenCall let_in = [this, stream](const Start& start) { return open(stream, start); };
    auto call = std::make_shared<Call>(socket, parts.clock, std::move(let_in), options.call);
    co_await call->serve();
}

Task<Result<OpenedCall>> TelephonyModule::Impl::open(std::shared_ptr<Stream> stream, Start start) {
    const auto given = [&](const char* name) {
        const auto it = start.parameters.find(name);
        return it != start.parameters.end() ? it->second : value_of(stream->query, name);
    };
    if (!stream->principal) {
        auto principal = co_await identify(given("token"));
        if (principal.has_error()) co_return principal.error();
        stream->principal = *std::move(principal);
    }
    stream->unknown.reset();
    const Principal& who = *stream->principal;
    if (!stream->permit) {
        auto permit = parts.admission.admit();
        if (permit.has_error()) co_return permit.error();
        stream->permit = *std::move(permit);
    }
    const std::string name = given("agent");
    if (name.empty() && who.agent_id.empty())
        co_return base::invalid_argument(
            "Which agent? Name it as `agent`, in the address or as a custom parameter.", "agent");
    auto agent = co_await parts.find_agent(who, name);
    if (agent.has_error()) co_return agent.error();

    std::map<std::string, std::string> variables;
    for (const auto& [key, value] : stream->query)
        if (key.starts_with("var_")) variables[key.substr(4)] = value;
    for (const auto& [key, value] : start.parameters)
        if (key.starts_with("var_")) variables[key.substr(4)] = value;
    // Numbers are kept only where the agent asks for them: they are personal data.
    const auto number = [&](const char* variable, const char* parameter, const std::string& told) {
        if (!agent->variables.contains(variable) || variables.contains(variable)) return;
        const std::string value = given(parameter);
        if (!value.empty() || !told.empty()) variables[variable] = value.empty() ? told : value;
    };
    number("caller_number", "from", start.from);
    number("called_number", "to", start.to);
    auto loop = co_await parts.conversations.open(who.org_id, who.user_id, agent->id, "phone", variables, {});
    if (loop.has_error()) co_return loop.error();
    realtime::SessionParts session = co_await parts.session();
    co_return OpenedCall{std::move(session), *std::move(loop)};
}

// ---------------------------------------------------------------------------------------- TwiML

Task<Result<std::string>> TelephonyModule::Impl::answer(net::Request& request) {
    Form form;
    AIMPACT_CO_CHECK(net::parse_query(request.body, form));
    AIMPACT_CO_CHECK(check_signature(request, form, false));
    std::string token(request.param("token"));
    auto who = co_await identify(token);
    if (who.has_error()) co_return who.error();
    auto agent = co_await parts.find_agent(*who, std::string(request.param("agent")));
    if (agent.has_error()) co_return agent.error();
    if (auto place = parts.admission.admit(); place.has_error()) co_return busy_twiml();

    std::map<std::string, std::string> parameters{{"agent", agent->id}};
    // What the stream gets opens this agent, and soon nothing.
    if (who->credential != accounts::CredentialKind::client_secret) {
        auto secret = co_await parts.make_client_secret(*who, agent->id, options.secret_life);
        if (secret.has_error()) co_return secret.error();
        token = secret->value;
    }
    parameters["token"] = token;
    if (const std::string from = value_of(form, "From"); !from.empty()) parameters["from"] = from;
    if (const std::string to = value_of(form, "To"); !to.empty()) parameters["to"] = to;
    co_return connect_twiml(own_url(request, options.public_url, true, kStreamPath), parameters);
}

Task<net::Response> TelephonyModule::Impl::twiml(net::Request& request) {
    auto answered = co_await answer(request);
    if (answered.has_error()) co_return llm::openai_problem(answered.error(), request);
    net::Response response;
    response.headers.set("Content-Type", "text/xml; charset=utf-8");
    response.headers.set("Cache-Control", "no-store");
    response.body = *std::move(answered);
    co_return response;
}

// ---------------------------------------------------------------------------------------- the module

TelephonyModule::TelephonyModule(TelephonyParts parts, TelephonyOptions options)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(options))) {}

TelephonyModule::~TelephonyModule() = default;

void TelephonyModule::register_routes(net::Router& router) {
    Impl* impl = impl_.get();
    net::Route stream;
    stream.pattern = kStreamPath;
    stream.upgrade = [impl](net::Request& request) { return impl->admit(request); };
    stream.socket = [impl](net::Request& request, net::WebSocket& socket) {
        return impl->serve(request, socket);
    };
    stream.limits.ws_message_bytes_max = impl->options.call.stream.message_bytes_max;
    stream.permission = "public";  // the credential comes later, or in the address
    router.add(std::move(stream));

    net::Route twiml;
    twiml.method = net::Method::post;
    twiml.pattern = kTwimlPath;
    twiml.handler = [impl](net::Request& request) { return impl->twiml(request); };
    twiml.limits.body_bytes_max = kFormBytesMax;
    twiml.permission = "public";
    router.add(std::move(twiml));
}

}  // namespace aimpact::telephony
