#include "realtime/audio_routes.hpp"

#include <boost/json.hpp>

#include "base/wire.hpp"
#include "llm/openai_wire.hpp"
#include "realtime/audio_answers.hpp"

namespace aimpact::realtime {
namespace {

namespace json = boost::json;
using base::Task;

std::string_view describe(std::string_view emotion) {
    static constexpr std::pair<std::string_view, std::string_view> kTexts[] = {
        {"neutral", "As the voice speaks by itself"},
        {"happy", "Brighter and livelier"},
        {"sad", "Lower, softer and slower"},
        {"angry", "Louder, with strong accents"},
        {"calm", "Even and unhurried"},
        {"fearful", "Higher, unsteady and faster"},
        {"surprised", "Wide rises in pitch"},
        {"excited", "Fast, high and lively"},
        {"empathetic", "Warm, soft and a little slower"},
    };
    for (const auto& [name, text] : kTexts)
        if (name == emotion) return text;
    return "";
}

// An own voice as one among the others, with what tells it apart.
json::object own_voice_row(const agents::OwnVoice& voice) {
    const bool ready = voice.status == agents::VoiceStatus::ready;
    return {{"id", voice.id},
            {"name", voice.name},
            {"language", "und"},
            {"gender", "unknown"},
            {"description", voice.engine == "matched" ? "Your own: matched to a sample" : "Your own voice"},
            {"available", ready},
            {"unavailable_reason", ready ? "" : "It isn't ready: GET /v1/audio/voices/" + voice.id},
            {"engine", voice.engine},
            {"consent_id", voice.consent_id}};
}

// The organisation's own voices first.
Task<net::Response> list_voices(const AudioRouteParts& parts, net::Request& request,
                                const accounts::Principal& who) {
    const voice::Synthesizer& synthesizer = parts.synthesizer;
    json::array data;
    if (parts.own_voices) {
        auto own = co_await parts.own_voices->list(who.org_id, {}, agents::limits::kVoicesPerOrganisation);
        if (own.has_error()) co_return net::problem(own.error(), request);
        for (const agents::OwnVoice& voice : own->items) data.push_back(own_voice_row(voice));
    }
    for (const voice::Voice& voice : synthesizer.voices())
        data.push_back({{"id", voice.id},
                        {"name", voice.name},
                        {"language", voice.language},
                        {"gender", voice.gender},
                        {"description", voice.description},
                        {"available", voice.unavailable.empty()},
                        {"unavailable_reason", voice.unavailable}});
    co_return net::Response::json(base::to_text(json::object{{"data", std::move(data)}}));
}

Task<net::Response> list_emotions(const AudioRouteParts& parts, net::Request&, const accounts::Principal&) {
    const voice::Synthesizer& synthesizer = parts.synthesizer;
    json::array data;
    for (const std::string& emotion : synthesizer.emotions()) {
        std::string name = emotion;
        if (!name.empty() && name[0] >= 'a' && name[0] <= 'z')
            name[0] = static_cast<char>(name[0] - 'a' + 'A');
        data.push_back({{"id", emotion}, {"name", name}, {"description", describe(emotion)}});
    }
    co_return net::Response::json(base::to_text(json::object{{"data", std::move(data)}}));
}

}  // namespace

void register_audio_routes(net::Router& router, const AudioRouteParts& given) {
    // Shared by the handlers; lives as long as the router.
    auto parts = std::make_shared<const AudioRouteParts>(given);

    net::Route transcriptions;
    transcriptions.method = net::Method::post;
    transcriptions.pattern = "/v1/audio/transcriptions";
    transcriptions.handler =
        llm::openai_guarded(parts->authenticator, accounts::Permission::speech,
                            [parts](net::Request& request, const accounts::Principal& who) {
                                return answer_transcription(*parts, request, who);
                            });
    transcriptions.limits.body_bytes_max =
        parts->limits.upload_bytes_max + parts->limits.form_bytes_max +
        parts->limits.known_speakers_max * parts->limits.reference_bytes_max / 3 * 4;  // as base64
    transcriptions.limits.timeout = std::chrono::seconds(600);  // an hour of speech on one busy core
    transcriptions.permission = "speech";
    router.add(std::move(transcriptions));

    net::Route speech;
    speech.method = net::Method::post;
    speech.pattern = "/v1/audio/speech";
    speech.handler = llm::openai_guarded(parts->authenticator, accounts::Permission::speech,
                                         [parts](net::Request& request, const accounts::Principal& who) {
                                             return answer_speech(*parts, request, who);
                                         });
    speech.permission = "speech";
    router.add(std::move(speech));

    using List = Task<net::Response> (*)(const AudioRouteParts&, net::Request&, const accounts::Principal&);
    const auto add_list = [&](const char* pattern, List list) {
        net::Route route;
        route.pattern = pattern;
        route.handler =
            accounts::guarded(parts->authenticator, accounts::Permission::voices_read,
                              [parts, list](net::Request& request, const accounts::Principal& who) {
                                  return list(*parts, request, who);
                              });
        route.permission = "voices_read";
        router.add(std::move(route));
    };
    add_list("/api/v1/voices", list_voices);
    add_list("/api/v1/emotions", list_emotions);
}

}  // namespace aimpact::realtime
