// Voices; consents to them are in voice_consents.cpp.
#include "agents/voice_service.hpp"

#include <algorithm>

#include "accounts/user_store.hpp"
#include "agents/prompt_template.hpp"
#include "agents/voice_store.hpp"
#include "base/id.hpp"
#include "base/log.hpp"

namespace aimpact::agents {

using base::ErrorCode;
using base::invalid_argument;

namespace {

Error no_voice() {
    return base::not_found("There is no voice with this id in your organisation.");
}

Error with_param(Error error, const char* param) {
    error.param = param;
    return error;
}

}  // namespace

Result<std::string> VoiceService::checked_name(const std::string& given) {
    const auto first = given.find_first_not_of(" \t");
    if (first == std::string::npos) return invalid_argument("A voice needs a name.", "name");
    const std::string name = given.substr(first, given.find_last_not_of(" \t") - first + 1);
    if (character_count(name) > limits::kVoiceNameChars)
        return invalid_argument(
            "The name has at most " + std::to_string(limits::kVoiceNameChars) + " characters.", "name");
    if (std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
        return invalid_argument("The name must not hold control characters.", "name");
    return name;
}

accounts::AuditEntry VoiceService::line(const VoiceCaller& caller, std::string action, std::string target,
                                        boost::json::object detail) const {
    accounts::AuditEntry out;
    out.org_id = caller.who.org_id;
    out.actor = accounts::actor_of(caller.who);
    out.action = std::move(action);
    out.target = std::move(target);
    out.detail = std::move(detail);
    out.address = caller.address;
    return out;
}

void VoiceService::refused(const VoiceCaller& caller, const std::string& action, const std::string& target,
                           const Error& error) const {
    // What failed on our side is no refusal.
    if (base::http_status(error.code) >= 500) return;
    parts_.audit.record(line(caller, action, target,
                             {{"code", base::to_string(error.code)},
                              {"param", error.param},
                              {"reason", error.message.substr(0, 300)}}));
}

Task<Result<voice::AudioClip>> VoiceService::decode(std::string bytes, double seconds_max,
                                                    const char* param) const {
    if (bytes.empty()) co_return invalid_argument("The file is empty: upload a recording.", param);
    if (bytes.size() > recording_limits().bytes_max)
        co_return Error{ErrorCode::payload_too_large, "A recording has at most 10 MiB. Cut it.", {}, param};
    auto job = [bytes = std::move(bytes), seconds_max, param,
                most = recording_limits().bytes_max]() -> Result<voice::AudioClip> {
        auto clip = voice::decode_audio(bytes, {most, seconds_max}, voice::kSynthesisRate);
        if (clip.has_value()) return clip;
        if (clip.error().code == ErrorCode::payload_too_large)
            return invalid_argument("A recording for this may be at most " +
                                        std::to_string(static_cast<int>(seconds_max)) +
                                        " seconds long. Cut it.",
                                    param);
        return with_param(clip.error(), param);
    };
    co_return co_await parts_.files.run(std::move(job));
}

Task<Result<std::vector<float>>> VoiceService::recording_of(std::string org_id, std::string id) const {
    auto job = [this, org_id, id]() -> Result<std::vector<float>> {
        AIMPACT_TRY(const std::string flac, parts_.recordings.read(org_id, id));
        AIMPACT_TRY(voice::AudioClip clip, voice::decode_audio(flac, {}, voice::kRecognitionRate));
        return std::move(clip.samples);
    };
    co_return co_await parts_.files.run(std::move(job));
}

Task<Result<std::vector<std::string>>> VoiceService::accepted_names(std::string org_id) const {
    auto work = [org_id](soci::session& sql) -> Result<std::vector<std::string>> {
        const auto organisation = accounts::UserStore(sql).find_organisation(org_id);
        std::vector<std::string> names{voice::kProductName};
        if (organisation) names.push_back(organisation->name);
        names.emplace_back("OpenAI");
        return names;
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<VoiceConsent>> VoiceService::usable_consent(std::string org_id, std::string id) const {
    auto work = [org_id, id](soci::session& sql) { return voice_store::find_consent(sql, org_id, id); };
    AIMPACT_CO_TRY(auto found, co_await parts_.database.read(std::move(work)));
    if (!found)
        co_return invalid_argument(
            "There is no consent with this id in your organisation. Upload the recording of the consent "
            "first: POST /v1/audio/voice_consents.",
            "consent");
    if (found->withdrawn_at)
        co_return Error{ErrorCode::permission_denied,
                        "This consent was withdrawn: no voice can be made with it.",
                        {},
                        "consent"};
    co_return *std::move(found);
}

Task<Result<OwnVoice>> VoiceService::create(VoiceCaller caller, NewVoice wanted) {
    const std::string org_id = caller.who.org_id;
    OwnVoice voice;
    AIMPACT_CO_TRY(voice.name, checked_name(wanted.name));
    if (parts_.engines.empty())
        co_return Error{ErrorCode::failed_precondition,
                        "This server has nothing that makes voices. Set speech.cloning_model or "
                        "speech.cloning_provider (docs/VOICES.md)."};
    voice.engine = wanted.engine.empty() ? std::string(parts_.engines.front()->name()) : wanted.engine;
    const voice::VoiceEngine* engine = voice::find_engine(parts_.engines, voice.engine);
    if (!engine) {
        std::string known;
        for (const auto& one : parts_.engines)
            known += (known.empty() ? "" : ", ") + std::string(one->name());
        co_return invalid_argument("This server makes voices by " + known + ".", "engine");
    }
    AIMPACT_CO_CHECK(engine->available());
    AIMPACT_CO_TRY(const VoiceConsent consent, co_await usable_consent(org_id, wanted.consent_id));
    const Error too_many{ErrorCode::failed_precondition, "Your organisation has " +
                                                             std::to_string(limits::kVoicesPerOrganisation) +
                                                             " voices, which is the most. Delete one first."};
    auto count = [org_id](soci::session& sql) { return voice_store::count_voices(sql, org_id); };
    AIMPACT_CO_TRY(const int there, co_await parts_.database.read(std::move(count)));
    if (there >= limits::kVoicesPerOrganisation) co_return too_many;

    auto clip =
        co_await decode(std::move(wanted.sample), recording_limits().sample_seconds_max, "audio_sample");
    if (clip.has_error()) co_return clip.error();
    AIMPACT_CO_TRY(std::vector<float> recording, co_await recording_of(org_id, consent.id));
    auto convert = [samples = clip->samples] {
        return voice::resample(samples, voice::kSynthesisRate, voice::kRecognitionRate);
    };
    AIMPACT_CO_TRY(std::vector<float> sample, co_await parts_.files.run(std::move(convert)));
    auto compared = co_await parts_.checker.check_sample(
        std::make_shared<const std::vector<float>>(std::move(sample)), std::move(recording));
    if (compared.has_error()) {
        refused(caller, "voice.refused", consent.id, compared.error());
        co_return compared.error();
    }
    voice.id = base::make_id("voice", parts_.clock, parts_.random);
    voice.org_id = org_id;
    voice.consent_id = consent.id;
    voice.created_by = accounts::actor_of(caller.who);
    voice.created_at = voice.updated_at = parts_.clock.now();
    auto keep = [this, samples = std::move(clip->samples), org_id, id = voice.id]() -> Result<> {
        AIMPACT_TRY(const std::string flac, to_flac(samples));
        return parts_.recordings.write(org_id, id, flac);
    };
    AIMPACT_CO_CHECK(co_await parts_.files.run(std::move(keep)));
    auto work = [this, voice, too_many, cosine = compared->cosine,
                 entry = line(caller, "voice.created", voice.id,
                              {{"consent_id", consent.id},
                               {"engine", voice.engine},
                               {"speaker_cosine", compared->cosine}})](soci::session& sql) -> Result<> {
        (void)cosine;
        if (voice_store::count_voices(sql, voice.org_id) >= limits::kVoicesPerOrganisation) return too_many;
        // Withdrawn while we listened?
        const auto consent_now = voice_store::find_consent(sql, voice.org_id, voice.consent_id);
        if (!consent_now || consent_now->withdrawn_at)
            return Error{ErrorCode::permission_denied, "The consent was withdrawn meanwhile.", {}, "consent"};
        voice_store::insert_voice(sql, voice);
        parts_.audit.append(sql, entry);
        return {};
    };
    Result<> begun = co_await parts_.database.write(std::move(work));
    if (begun.has_value()) {
        parts_.directory.put(voice);
        begun = parts_.maker.start(voice, consent.language);
        if (begun.has_error()) {
            auto undo = [org_id, id = voice.id, now = parts_.clock.now()](soci::session& sql) {
                voice_store::end_voice(sql, org_id, id, VoiceStatus::deleted, now);
            };
            (void)co_await parts_.database.write(std::move(undo));
        }
    }
    if (begun.has_error()) {
        auto wipe = [this, org_id, id = voice.id] { return parts_.recordings.wipe(org_id, id); };
        (void)co_await parts_.files.run(std::move(wipe));
        co_return begun.error();
    }
    co_return co_await wait_until_it_speaks(std::move(voice));
}

Task<Result<OwnVoice>> VoiceService::wait_until_it_speaks(OwnVoice voice) const {
    const auto until = std::chrono::steady_clock::now() + parts_.settings.wait_for_voice;
    while (std::chrono::steady_clock::now() < until) {
        auto work = [org_id = voice.org_id, id = voice.id](soci::session& sql) {
            return voice_store::find_voice(sql, org_id, id);
        };
        AIMPACT_CO_TRY(auto found, co_await parts_.database.read(std::move(work)));
        if (!found || is_over(found->status)) co_return no_voice();
        voice = *std::move(found);
        if (voice.status == VoiceStatus::ready) break;
        if (voice.status == VoiceStatus::failed) break;
        co_await base::sleep_for(std::chrono::milliseconds{100});
    }
    co_return voice;
}

Task<Result<OwnVoice>> VoiceService::get(const std::string& org_id, std::string id) {
    if (!base::is_id(id, "voice")) co_return no_voice();
    auto work = [org_id, id](soci::session& sql) -> Result<OwnVoice> {
        AIMPACT_TRY(auto found, voice_store::find_voice(sql, org_id, id));
        if (!found || is_over(found->status)) return no_voice();
        return *std::move(found);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<Page<OwnVoice>>> VoiceService::list(const std::string& org_id, std::string after, int limit) {
    if (!after.empty() && !base::is_id(after, "voice"))
        co_return invalid_argument("after is the id of a voice: the last one of the page before.", "after");
    auto work = [org_id, after, limit](soci::session& sql) -> Result<Page<OwnVoice>> {
        Page<OwnVoice> page;
        AIMPACT_TRY(page.items, voice_store::list_voices(sql, org_id, after, limit));
        if (page.items.size() > static_cast<std::size_t>(limit)) {
            page.items.pop_back();
            page.next_cursor = page.items.back().id;
        }
        return page;
    };
    co_return co_await parts_.database.read(std::move(work));
}

Task<Result<OwnVoice>> VoiceService::rename(VoiceCaller caller, std::string id, std::string name) {
    if (!base::is_id(id, "voice")) co_return no_voice();
    AIMPACT_CO_TRY(name, checked_name(name));
    auto work = [this, org_id = caller.who.org_id, id, name, now = parts_.clock.now(),
                 entry = line(caller, "voice.renamed", id, {})](soci::session& sql) -> Result<> {
        if (!voice_store::rename_voice(sql, org_id, id, name, now)) return no_voice();
        parts_.audit.append(sql, entry);
        return {};
    };
    AIMPACT_CO_CHECK(co_await parts_.database.write(std::move(work)));
    co_return co_await get(caller.who.org_id, id);
}

Task<Result<>> VoiceService::remove(VoiceCaller caller, std::string id) {
    if (!base::is_id(id, "voice")) co_return no_voice();
    auto work = [this, caller, id, now = parts_.clock.now()](soci::session& sql) -> Result<OwnVoice> {
        const std::string& org_id = caller.who.org_id;
        AIMPACT_TRY(auto found, voice_store::find_voice(sql, org_id, id));
        if (!found || !voice_store::end_voice(sql, org_id, id, VoiceStatus::deleted, now)) return no_voice();
        parts_.audit.append(sql, line(caller, "voice.deleted", id,
                                      {{"consent_id", found->consent_id}, {"because", "asked for"}}));
        return *std::move(found);
    };
    AIMPACT_CO_TRY(OwnVoice ended, co_await parts_.database.write(std::move(work)));
    std::vector<OwnVoice> voices;
    voices.push_back(std::move(ended));
    co_return co_await clear(std::move(voices), VoiceStatus::deleted);
}

Task<Result<OwnVoice>> VoiceService::find_anywhere(std::string id) {
    if (!base::is_id(id, "voice")) co_return no_voice();
    auto work = [id](soci::session& sql) -> Result<OwnVoice> {
        AIMPACT_TRY(auto found, voice_store::find_anywhere(sql, id));
        if (!found || is_over(found->status)) return no_voice();
        return *std::move(found);
    };
    co_return co_await parts_.database.read(std::move(work));
}

Result<int> VoiceService::resume() {
    auto work = [](soci::session& sql) -> Result<std::vector<std::pair<OwnVoice, std::string>>> {
        AIMPACT_TRY(const std::vector<OwnVoice> voices, voice_store::unfinished(sql));
        std::vector<std::pair<OwnVoice, std::string>> out;
        for (const OwnVoice& voice : voices)
            if (const auto consent = voice_store::find_consent(sql, voice.org_id, voice.consent_id))
                out.emplace_back(voice, consent->language);
        return out;
    };
    AIMPACT_TRY(auto left, parts_.database.read_now(std::move(work)));
    int begun = 0;
    for (auto& [voice, language] : left) {
        // A sample that another server holds is that server's affair.
        if (parts_.recordings.read(voice.org_id, voice.id).has_error()) continue;
        if (parts_.maker.start(std::move(voice), std::move(language)).has_error()) break;
        ++begun;
    }
    return begun;
}

}  // namespace aimpact::agents
