// The half of VoiceService that deals with consents.
#include <algorithm>

#include "agents/voice_service.hpp"
#include "agents/voice_store.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace aimpact::agents {

using base::ErrorCode;
using base::invalid_argument;

namespace {
Error no_consent() {
    return base::not_found("There is no consent with this id in your organisation.");
}
}  // namespace

Task<Result<std::string>> VoiceService::phrase(const std::string& org_id, std::string language) {
    AIMPACT_CO_TRY(const std::vector<std::string> names, co_await accepted_names(org_id));
    const std::string first = language.substr(0, language.find_first_of("-_"));
    std::string out = voice::consent_phrase(language, names.front());
    const bool trusted =
        std::ranges::find(parts_.settings.languages, first) != parts_.settings.languages.end();
    if (out.empty() || !trusted) {
        std::string known;
        for (const std::string& one : parts_.settings.languages) known += (known.empty() ? "" : ", ") + one;
        co_return invalid_argument("Consent can be given in these languages here: " + known +
                                       ". (speech.consent_languages; the recogniser must hear the language.)",
                                   "language");
    }
    co_return out;
}

Task<Result<VoiceConsent>> VoiceService::create_consent(VoiceCaller caller, NewConsent wanted) {
    const std::string org_id = caller.who.org_id;
    VoiceConsent consent;
    AIMPACT_CO_TRY(consent.name, checked_name(wanted.name));
    if (wanted.language.empty() || wanted.language.size() > limits::kLanguageTagChars)
        co_return invalid_argument("language is a BCP 47 tag like \"en-US\".", "language");
    const auto suggested = co_await phrase(org_id, wanted.language);
    if (suggested.has_error()) co_return suggested.error();
    auto count = [org_id](soci::session& sql) { return voice_store::count_consents(sql, org_id); };
    AIMPACT_CO_TRY(const int there, co_await parts_.database.read(std::move(count)));
    const Error too_many{ErrorCode::failed_precondition,
                         "Your organisation has " + std::to_string(limits::kConsentsPerOrganisation) +
                             " consents, which is the most. Delete one first."};
    if (there >= limits::kConsentsPerOrganisation) co_return too_many;

    auto clip =
        co_await decode(std::move(wanted.recording), recording_limits().recording_seconds_max, "recording");
    if (clip.has_error()) co_return clip.error();
    AIMPACT_CO_TRY(std::vector<std::string> names, co_await accepted_names(org_id));
    auto convert = [samples = clip->samples] {
        return voice::resample(samples, voice::kSynthesisRate, voice::kRecognitionRate);
    };
    AIMPACT_CO_TRY(std::vector<float> samples, co_await parts_.files.run(std::move(convert)));
    auto heard = co_await parts_.checker.check_recording(std::move(samples), wanted.language, names);
    if (heard.has_error()) {
        refused(caller, "consent.refused", "", heard.error());
        co_return heard.error();
    }
    consent.id = base::make_id("cons", parts_.clock, parts_.random);
    consent.org_id = org_id;
    consent.language = std::move(wanted.language);
    consent.phrase = voice::consent_phrase(consent.language, heard->match.name);
    consent.transcript = std::move(heard->transcript);
    consent.created_by = accounts::actor_of(caller.who);
    consent.consented_at = parts_.clock.now();
    auto keep = [this, samples_24k = std::move(clip->samples), org_id, id = consent.id]() -> Result<> {
        AIMPACT_TRY(const std::string flac, to_flac(samples_24k));
        return parts_.recordings.write(org_id, id, flac);
    };
    AIMPACT_CO_CHECK(co_await parts_.files.run(std::move(keep)));
    auto work =
        [this, consent, too_many,
         entry = line(caller, "consent.created", consent.id,
                      {{"language", consent.language},
                       {"name_said", heard->match.name},
                       {"word_error_rate", heard->match.word_error_rate}})](soci::session& sql) -> Result<> {
        if (voice_store::count_consents(sql, consent.org_id) >= limits::kConsentsPerOrganisation)
            return too_many;
        voice_store::insert_consent(sql, consent);
        parts_.audit.append(sql, entry);
        return {};
    };
    if (auto done = co_await parts_.database.write(std::move(work)); done.has_error()) {
        auto wipe = [this, org_id, id = consent.id] { return parts_.recordings.wipe(org_id, id); };
        (void)co_await parts_.files.run(std::move(wipe));
        co_return done.error();
    }
    co_return consent;
}

Task<Result<VoiceConsent>> VoiceService::get_consent(const std::string& org_id, std::string id) {
    if (!base::is_id(id, "cons")) co_return no_consent();
    auto work = [org_id, id](soci::session& sql) -> Result<VoiceConsent> {
        auto found = voice_store::find_consent(sql, org_id, id);
        if (!found) return no_consent();
        return *std::move(found);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<Page<VoiceConsent>>> VoiceService::list_consents(const std::string& org_id, std::string after,
                                                             int limit) {
    if (!after.empty() && !base::is_id(after, "cons"))
        co_return invalid_argument("after is the id of a consent: the last one of the page before.", "after");
    auto work = [org_id, after, limit](soci::session& sql) {
        Page<VoiceConsent> page{voice_store::list_consents(sql, org_id, after, limit), {}};
        if (page.items.size() > static_cast<std::size_t>(limit)) {
            page.items.pop_back();
            page.next_cursor = page.items.back().id;
        }
        return page;
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<VoiceConsent>> VoiceService::rename_consent(VoiceCaller caller, std::string id,
                                                        std::string name) {
    if (!base::is_id(id, "cons")) co_return no_consent();
    AIMPACT_CO_TRY(name, checked_name(name));
    auto work = [this, org_id = caller.who.org_id, id, name,
                 entry = line(caller, "consent.renamed", id, {})](soci::session& sql) -> Result<> {
        if (!voice_store::rename_consent(sql, org_id, id, name)) return no_consent();
        parts_.audit.append(sql, entry);
        return {};
    };
    AIMPACT_CO_CHECK(co_await parts_.database.write(std::move(work)));
    co_return co_await get_consent(caller.who.org_id, id);
}

Task<Result<std::vector<OwnVoice>>> VoiceService::end_consent(VoiceCaller caller, std::string id,
                                                              VoiceStatus status) {
    const bool withdraws = status == VoiceStatus::withdrawn;
    auto work = [this, caller, id, withdraws,
                 now = parts_.clock.now()](soci::session& sql) -> Result<std::vector<OwnVoice>> {
        const std::string& org_id = caller.who.org_id;
        AIMPACT_TRY(std::vector<OwnVoice> voices, voice_store::voices_of_consent(sql, org_id, id));
        const bool done = withdraws ? voice_store::withdraw_consent(sql, org_id, id, now)
                                    : voice_store::remove_consent(sql, org_id, id);
        if (!done) {
            if (!voice_store::find_consent(sql, org_id, id)) return no_consent();
            return Error{ErrorCode::failed_precondition, "This consent was withdrawn before."};
        }
        boost::json::array ended;
        for (const OwnVoice& voice : voices) {
            // Its owner consents no more, whether or not the record of it stays.
            voice_store::end_voice(sql, org_id, voice.id, VoiceStatus::withdrawn, now);
            ended.emplace_back(voice.id);
            parts_.audit.append(sql, line(caller, "voice.deleted", voice.id,
                                          {{"consent_id", id}, {"because", "consent ended"}}));
        }
        parts_.audit.append(sql, line(caller, withdraws ? "consent.withdrawn" : "consent.deleted", id,
                                      {{"voices", std::move(ended)}}));
        return voices;
    };
    co_return co_await parts_.database.write(std::move(work));
}

Task<Result<>> VoiceService::clear(std::vector<OwnVoice> voices, VoiceStatus status) const {
    Result<> out;
    // First of all nobody speaks in it any more.
    for (OwnVoice& voice : voices) {
        parts_.maker.stop(voice.id);
        OwnVoice over = voice;
        over.status = status;
        over.data.clear();
        over.scores = {};
        over.updated_at = parts_.clock.now();
        parts_.directory.put(over);
    }
    for (const OwnVoice& voice : voices) {
        auto wipe = [this, org_id = voice.org_id, id = voice.id] {
            return parts_.recordings.wipe(org_id, id);
        };
        if (auto wiped = co_await parts_.files.run(std::move(wipe)); wiped.has_error()) out = wiped.error();
        voice::VoiceEngine* engine = voice::find_engine(parts_.engines, voice.engine);
        if (!engine || voice.data.empty()) continue;
        auto forgotten = co_await engine->forget(voice.data);
        if (forgotten.has_error()) {
            base::log_error("voice.provider_keeps_it",
                            {{"voice_id", voice.id}, {"message", forgotten.error().message}});
            out = Error{ErrorCode::upstream_failed,
                        "The voice is deleted here, but the provider couldn't be told: " +
                            forgotten.error().message + " Delete it there by hand."};
        }
    }
    // Folds the write-ahead log back, so that what was deleted isn't in it either.
    auto fold = [this] { parts_.database.checkpoint(); };
    (void)co_await parts_.files.run(std::move(fold));
    co_return out;
}

Task<Result<VoiceConsent>> VoiceService::withdraw_consent(VoiceCaller caller, std::string id) {
    if (!base::is_id(id, "cons")) co_return no_consent();
    AIMPACT_CO_TRY(std::vector<OwnVoice> ended, co_await end_consent(caller, id, VoiceStatus::withdrawn));
    AIMPACT_CO_CHECK(co_await clear(std::move(ended), VoiceStatus::withdrawn));
    co_return co_await get_consent(caller.who.org_id, id);
}

Task<Result<>> VoiceService::delete_consent(VoiceCaller caller, std::string id) {
    if (!base::is_id(id, "cons")) co_return no_consent();
    AIMPACT_CO_TRY(std::vector<OwnVoice> ended, co_await end_consent(caller, id, VoiceStatus::deleted));
    auto wipe = [this, org_id = caller.who.org_id, id] { return parts_.recordings.wipe(org_id, id); };
    const Result<> wiped = co_await parts_.files.run(std::move(wipe));
    AIMPACT_CO_CHECK(co_await clear(std::move(ended), VoiceStatus::withdrawn));
    co_return wiped;
}

Task<Result<std::string>> VoiceService::consent_recording(const std::string& org_id, std::string id) {
    AIMPACT_CO_TRY(const VoiceConsent consent, co_await get_consent(org_id, id));
    auto read = [this, org_id, id = consent.id] { return parts_.recordings.read(org_id, id); };
    co_return co_await parts_.files.run(std::move(read));
}

}  // namespace aimpact::agents
