#include "agents/voice_wire.hpp"

#include <boost/describe/enum_to_string.hpp>

#include "base/wire.hpp"

namespace aimpact::agents {

namespace json = boost::json;

namespace {

json::object scores_json(const OwnVoice& voice) {
    const voice::VoiceScores& s = voice.scores;
    json::object out;
    if (s.similarity)
        out["similarity"] =
            json::object{{"raw", *s.similarity}, {"relative", s.relative_similarity.value_or(0)}};
    if (!s.nearest_stock_voice.empty())
        out["nearest_stock_voice"] = json::object{{"id", s.nearest_stock_voice},
                                                  {"similarity", s.nearest_stock_similarity.value_or(0)}};
    if (s.speech_seconds)
        out["quality"] = json::object{{"speech_seconds", *s.speech_seconds},
                                      {"level_dbfs", s.level_dbfs.value_or(0)},
                                      {"snr_db", s.snr_db.value_or(0)},
                                      {"clipped_share", s.clipped_share.value_or(0)}};
    return out;
}

}  // namespace

json::object consent_json(const VoiceConsent& consent) {
    json::object own{
        {"phrase", consent.phrase}, {"transcript", consent.transcript}, {"created_by", consent.created_by}};
    if (consent.withdrawn_at) own["withdrawn_at"] = base::unix_seconds(*consent.withdrawn_at);
    return {{"id", consent.id},
            {"object", "audio.voice_consent"},
            {"created_at", base::unix_seconds(consent.consented_at)},
            {"name", consent.name},
            {"language", consent.language},
            {"aimpact", std::move(own)}};
}

json::object own_voice_json(const OwnVoice& voice, const VoiceConsent* consent) {
    json::object own = scores_json(voice);
    own["engine"] = voice.engine;
    own["status"] = boost::describe::enum_to_string(voice.status, "");
    own["progress"] = voice.progress;
    if (!voice.error.empty()) own["error"] = voice.error;
    own["created_by"] = voice.created_by;
    json::object of{{"id", voice.consent_id}};
    if (consent) {
        of["name"] = consent->name;
        of["consented_at"] = base::unix_seconds(consent->consented_at);
    }
    own["consent"] = std::move(of);
    return {{"id", voice.id},
            {"object", "audio.voice"},
            {"created_at", base::unix_seconds(voice.created_at)},
            {"name", voice.name},
            {"aimpact", std::move(own)}};
}

json::object openai_list(json::array data, bool has_more) {
    const auto id_of = [](const json::value& one) { return one.get_object().at("id"); };
    json::object out{{"object", "list"},
                     {"first_id", data.empty() ? json::value(nullptr) : id_of(data.front())},
                     {"last_id", data.empty() ? json::value(nullptr) : id_of(data.back())},
                     {"has_more", has_more}};
    out["data"] = std::move(data);
    return out;
}

}  // namespace aimpact::agents
