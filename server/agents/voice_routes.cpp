#include "agents/voice_routes.hpp"

#include <boost/describe/enum_to_string.hpp>
#include <charconv>

#include "agents/voice_wire.hpp"
#include "base/wire.hpp"
#include "llm/openai_wire.hpp"
#include "net/multipart.hpp"

namespace aimpact::agents {

namespace json = boost::json;
using accounts::Permission;
using accounts::Principal;
using base::invalid_argument;
using net::Method;
using net::Request;
using net::Response;

namespace {

constexpr int kListDefault = 20, kListMax = 100;  // as OpenAI has it
constexpr std::size_t kFormBytesMax = 64 << 10;   // of all that comes with the file

VoiceCaller caller_of(const Request& request, const Principal& who) {
    return {who, request.remote_address};
}

Response answer(const json::object& body, int status = 200) {
    return Response::json(base::to_text(body), status);
}

Result<std::string> field(const net::Multipart& form, const char* name) {
    const auto value = form.value(name);
    if (!value || value->empty()) return base::wire::missing(name);
    return *value;
}

Result<std::string> file(const net::Multipart& form, const char* name) {
    const net::MultipartPart* part = form.find(name);
    if (!part) return base::wire::missing(name);
    return std::string(part->data);
}

struct ListQuery {
    std::string after;
    int limit = kListDefault;
};

Result<ListQuery> list_query(const Request& request) {
    ListQuery out;
    out.after = request.query_value("after").value_or("");
    if (const auto limit = request.query_value("limit")) {
        const auto [end, ec] = std::from_chars(limit->data(), limit->data() + limit->size(), out.limit);
        if (ec != std::errc() || end != limit->data() + limit->size() || out.limit < 1 ||
            out.limit > kListMax)
            return invalid_argument("limit is a number from 1 to 100.", "limit");
    }
    return out;
}

Result<std::string> new_name(const Request& request) {
    AIMPACT_TRY(const json::value value, base::parse_json(request.body));
    if (!value.is_object()) return base::wire::wrong_type("", "an object", value);
    const json::value* name = value.get_object().if_contains("name");
    if (!name) return base::wire::missing("name");
    return base::wire::decode<std::string>(*name, "name", base::Unknown::ignore);
}

// ---------------------------------------------------------------------------------------- consents

Result<NewConsent> read_consent(const Request& request) {
    AIMPACT_TRY(const net::Multipart form, net::parse_multipart(request));
    NewConsent out;
    AIMPACT_TRY(out.name, field(form, "name"));
    AIMPACT_TRY(out.language, field(form, "language"));
    AIMPACT_TRY(out.recording, file(form, "recording"));
    return out;
}

Task<Response> create_consent(VoiceService& service, Request& request, const Principal& who) {
    auto wanted = read_consent(request);
    if (wanted.has_error()) co_return llm::openai_problem(wanted.error(), request);
    auto made = co_await service.create_consent(caller_of(request, who), *std::move(wanted));
    if (made.has_error()) co_return llm::openai_problem(made.error(), request);
    co_return answer(consent_json(*made));
}

Task<Response> list_consents(VoiceService& service, Request& request, const Principal& who) {
    auto query = list_query(request);
    if (query.has_error()) co_return llm::openai_problem(query.error(), request);
    auto page = co_await service.list_consents(who.org_id, query->after, query->limit);
    if (page.has_error()) co_return llm::openai_problem(page.error(), request);
    json::array data;
    for (const VoiceConsent& one : page->items) data.push_back(consent_json(one));
    co_return answer(openai_list(std::move(data), !page->next_cursor.empty()));
}

Task<Response> get_consent(VoiceService& service, Request& request, const Principal& who) {
    auto found = co_await service.get_consent(who.org_id, std::string(request.param("consent_id")));
    if (found.has_error()) co_return llm::openai_problem(found.error(), request);
    co_return answer(consent_json(*found));
}

Task<Response> rename_consent(VoiceService& service, Request& request, const Principal& who) {
    auto name = new_name(request);
    if (name.has_error()) co_return llm::openai_problem(name.error(), request);
    auto done = co_await service.rename_consent(caller_of(request, who),
                                                std::string(request.param("consent_id")), *std::move(name));
    if (done.has_error()) co_return llm::openai_problem(done.error(), request);
    co_return answer(consent_json(*done));
}

Task<Response> delete_consent(VoiceService& service, Request& request, const Principal& who) {
    const std::string id(request.param("consent_id"));
    auto done = co_await service.delete_consent(caller_of(request, who), id);
    if (done.has_error()) co_return llm::openai_problem(done.error(), request);
    co_return answer({{"id", id}, {"object", "audio.voice_consent"}, {"deleted", true}});
}

Task<Response> withdraw_consent(VoiceService& service, Request& request, const Principal& who) {
    auto done =
        co_await service.withdraw_consent(caller_of(request, who), std::string(request.param("consent_id")));
    if (done.has_error()) co_return net::problem(done.error(), request);
    co_return answer(consent_json(*done));
}

Task<Response> consent_recording(VoiceService& service, Request& request, const Principal& who) {
    const std::string id(request.param("consent_id"));
    auto flac = co_await service.consent_recording(who.org_id, id);
    if (flac.has_error()) co_return net::problem(flac.error(), request);
    Response response;
    response.headers.set("Content-Type", "audio/flac");
    response.headers.set("Content-Disposition", "attachment; filename=\"" + id + ".flac\"");
    response.body = *std::move(flac);
    co_return response;
}

Task<Response> consent_phrase(VoiceService& service, Request& request, const Principal& who) {
    const std::string language = request.query_value("language").value_or("en");
    auto phrase = co_await service.phrase(who.org_id, language);
    if (phrase.has_error()) co_return net::problem(phrase.error(), request);
    co_return answer(
        {{"language", language}, {"phrase", *phrase}, {"languages", base::encode(service.languages())}});
}

// ---------------------------------------------------------------------------------------- voices

Result<NewVoice> read_voice(const Request& request) {
    AIMPACT_TRY(const net::Multipart form, net::parse_multipart(request));
    if (const auto type = form.value("type"); type && *type != "audio_sample")
        return invalid_argument(
            "Voices are made of a sample here, with the consent of its speaker: type must be audio_sample.",
            "type");
    NewVoice out;
    AIMPACT_TRY(out.name, field(form, "name"));
    AIMPACT_TRY(out.consent_id, field(form, "consent"));
    AIMPACT_TRY(out.sample, file(form, "audio_sample"));
    out.engine = form.value("engine").value_or("");
    return out;
}

Task<json::object> with_consent(VoiceService& service, OwnVoice voice) {
    auto consent = co_await service.get_consent(voice.org_id, voice.consent_id);
    co_return own_voice_json(voice, consent.has_value() ? &*consent : nullptr);
}

Task<Response> create_voice(VoiceService& service, Request& request, const Principal& who) {
    auto wanted = read_voice(request);
    if (wanted.has_error()) co_return llm::openai_problem(wanted.error(), request);
    auto made = co_await service.create(caller_of(request, who), *std::move(wanted));
    if (made.has_error()) co_return llm::openai_problem(made.error(), request);
    co_return answer(co_await with_consent(service, *std::move(made)));
}

Task<Response> list_voices(VoiceService& service, Request& request, const Principal& who) {
    auto query = list_query(request);
    if (query.has_error()) co_return llm::openai_problem(query.error(), request);
    auto page = co_await service.list(who.org_id, query->after, query->limit);
    if (page.has_error()) co_return llm::openai_problem(page.error(), request);
    json::array data;
    for (OwnVoice& one : page->items) data.push_back(co_await with_consent(service, std::move(one)));
    co_return answer(openai_list(std::move(data), !page->next_cursor.empty()));
}

Task<Response> get_voice(VoiceService& service, Request& request, const Principal& who) {
    auto found = co_await service.get(who.org_id, std::string(request.param("voice_id")));
    if (found.has_error()) co_return llm::openai_problem(found.error(), request);
    co_return answer(co_await with_consent(service, *std::move(found)));
}

Task<Response> rename_voice(VoiceService& service, Request& request, const Principal& who) {
    auto name = new_name(request);
    if (name.has_error()) co_return llm::openai_problem(name.error(), request);
    auto done = co_await service.rename(caller_of(request, who), std::string(request.param("voice_id")),
                                        *std::move(name));
    if (done.has_error()) co_return llm::openai_problem(done.error(), request);
    co_return answer(co_await with_consent(service, *std::move(done)));
}

Task<Response> delete_voice(VoiceService& service, Request& request, const Principal& who) {
    const std::string id(request.param("voice_id"));
    auto done = co_await service.remove(caller_of(request, who), id);
    if (done.has_error()) co_return llm::openai_problem(done.error(), request);
    co_return answer({{"id", id}, {"object", "audio.voice.deleted"}, {"deleted", true}});
}

}  // namespace

void register_voice_routes(net::Router& router, accounts::Authenticator& authenticator,
                           VoiceService& service) {
    using Action = Task<Response> (*)(VoiceService&, Request&, const Principal&);
    const auto add = [&](Method method, std::string pattern, Permission permission, Action action,
                         bool openai = true, net::RouteLimits limits = {}) {
        auto handler = [&service, action](Request& request, const Principal& who) {
            return action(service, request, who);
        };
        router.add({.method = method,
                    .pattern = std::move(pattern),
                    .handler = openai ? llm::openai_guarded(authenticator, permission, std::move(handler))
                                      : accounts::guarded(authenticator, permission, std::move(handler)),
                    .limits = limits,
                    .permission = boost::describe::enum_to_string(permission, "")});
    };
    // Listening to the recording, and then to the voice being made, takes its time on a busy machine.
    const net::RouteLimits upload{.body_bytes_max = service.recording_limits().bytes_max + kFormBytesMax,
                                  .timeout = std::chrono::seconds{180}};
    const std::string consents = "/v1/audio/voice_consents", consent = consents + "/{consent_id}";
    const std::string voices = "/v1/audio/voices", voice = voices + "/{voice_id}";
    add(Method::post, consents, Permission::voices_write, create_consent, true, upload);
    add(Method::get, consents, Permission::voices_read, list_consents);
    add(Method::get, consent, Permission::voices_read, get_consent);
    add(Method::post, consent, Permission::voices_write, rename_consent);
    add(Method::del, consent, Permission::voices_write, delete_consent);
    add(Method::post, voices, Permission::voices_write, create_voice, true, upload);
    add(Method::get, voices, Permission::voices_read, list_voices);
    add(Method::get, voice, Permission::voices_read, get_voice);
    add(Method::post, voice, Permission::voices_write, rename_voice);
    add(Method::del, voice, Permission::voices_write, delete_voice);
    // What OpenAI has no form for.
    const std::string own = "/api/v1/voice-consents";
    add(Method::get, own + "/phrase", Permission::voices_read, consent_phrase, false);
    add(Method::post, own + "/{consent_id}/withdraw", Permission::voices_write, withdraw_consent, false);
    add(Method::get, own + "/{consent_id}/recording", Permission::audit_read, consent_recording, false);
}

}  // namespace aimpact::agents
