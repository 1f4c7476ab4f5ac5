#include "agents/voice_maker.hpp"

#include "agents/voice_store.hpp"
#include "base/log.hpp"
#include "voice/audio.hpp"

namespace aimpact::agents {

using base::ErrorCode;

VoiceMaker::VoiceMaker(storage::Database& database, const base::Clock& clock, accounts::AuditLog& audit,
                       const voice::VoiceEngines& engines, VoiceDirectory& directory,
                       const VoiceFiles& recordings)
    : database_(database),
      clock_(clock),
      audit_(audit),
      engines_(engines),
      directory_(directory),
      recordings_(recordings) {}

VoiceMaker::~VoiceMaker() {
    {
        std::lock_guard lock(mutex_);
        for (auto& [id, source] : making_) source.request_stop();
    }
    thread_.stop();
}

Result<> VoiceMaker::start(OwnVoice voice, std::string language) {
    std::stop_token token;
    {
        std::lock_guard lock(mutex_);
        token = making_[voice.id].get_token();
    }
    const std::string id = voice.id;
    const bool taken = thread_.try_post([this, voice = std::move(voice), language = std::move(language),
                                         token]() mutable { make(std::move(voice), language, token); });
    if (taken) return {};
    std::lock_guard lock(mutex_);
    making_.erase(id);
    return Error{ErrorCode::overloaded,
                 "Many voices are being made already. Try again in a few minutes.",
                 {},
                 {},
                 std::chrono::seconds{60}};
}

void VoiceMaker::stop(const std::string& voice_id) {
    std::lock_guard lock(mutex_);
    if (const auto at = making_.find(voice_id); at != making_.end()) at->second.request_stop();
}

bool VoiceMaker::keep(OwnVoice& voice, const char* action) {
    voice.updated_at = clock_.now();
    auto work = [this, &voice, action](soci::session& sql) -> Result<bool> {
        if (!voice_store::update_voice(sql, voice)) return false;
        if (action) {
            accounts::AuditEntry line;
            line.org_id = voice.org_id;
            line.action = action;
            line.target = voice.id;
            line.detail = {{"consent_id", voice.consent_id}, {"engine", voice.engine}};
            if (!voice.error.empty()) line.detail["error"] = voice.error;
            audit_.append(sql, std::move(line));
        }
        return true;
    };
    const Result<bool> kept = database_.write_now(std::move(work));
    if (kept.has_error()) {
        base::log_error(
            "voice.not_kept",
            {{"voice_id", voice.id}, {"message", kept.error().message}, {"detail", kept.error().detail}});
        return true;  // it may yet be
    }
    if (*kept) directory_.put(voice);
    return *kept;
}

Result<> VoiceMaker::run(OwnVoice& voice, const std::string& language, const std::stop_token& stop) {
    voice::VoiceEngine* engine = voice::find_engine(engines_, voice.engine);
    if (!engine)
        return Error{ErrorCode::unavailable, "The engine \"" + voice.engine + "\" isn't configured."};
    voice::VoiceSource source;
    source.org_id = voice.org_id;
    source.voice_id = voice.id;
    source.name = voice.name;
    source.language = language;
    AIMPACT_TRY(source.sample_file, recordings_.read(voice.org_id, voice.id));
    AIMPACT_TRY(source.consent_file, recordings_.read(voice.org_id, voice.consent_id));
    AIMPACT_TRY(voice::AudioClip clip, voice::decode_audio(source.sample_file, {}, voice::kRecognitionRate));
    source.sample_16k = std::make_shared<const std::vector<float>>(std::move(clip.samples));

    // A voice that was ready before a restart keeps speaking while it is made better.
    const bool again = voice.status == VoiceStatus::ready;
    bool first = true;
    std::stop_source over;  // also stopped when the voice is found to be over
    const std::stop_callback pass_on(stop, [&over] { over.request_stop(); });
    auto on_made = [&](voice::MadeVoice made) {
        if (over.stop_requested()) return;
        if (!(again && first)) {
            voice.data = std::move(made.data);
            voice.scores = std::move(made.scores);
            voice.status = VoiceStatus::ready;
            if (!keep(voice, first ? "voice.ready" : "voice.refined")) over.request_stop();
        }
        first = false;
    };
    base::SteadyTime told = clock_.steady();
    auto progress = [&](double share) {
        if (share <= voice.progress || share >= 1 || over.stop_requested()) return;
        voice.progress = share;
        if (clock_.steady() - told < kProgressEvery) return;
        told = clock_.steady();
        if (!keep(voice, nullptr)) over.request_stop();
    };
    return base::run_sync(engine->make(std::move(source), on_made, progress, over.get_token()));
}

void VoiceMaker::make(OwnVoice voice, const std::string& language, const std::stop_token& stop) {
    const std::string id = voice.id;
    Result<> done =
        stop.stop_requested() ? Result<>(Error{ErrorCode::cancelled, "stopped"}) : run(voice, language, stop);
    const bool stopped = stop.stop_requested();
    {
        std::lock_guard lock(mutex_);
        making_.erase(id);
    }
    if (stopped) return;  // it is over, or goes on with the next start
    if (done.has_error()) {
        base::log_warn("voice.making_failed", {{"voice_id", id},
                                               {"engine", voice.engine},
                                               {"code", base::to_string(done.error().code)},
                                               {"message", done.error().message},
                                               {"detail", done.error().detail}});
        // One that speaks goes on speaking as it is.
        if (voice.status != VoiceStatus::ready) {
            voice.status = VoiceStatus::failed;
            voice.error = done.error().message;
            voice.progress = 0;
            (void)keep(voice, "voice.failed");
            return;
        }
    }
    voice.progress = 1;
    if (!keep(voice, nullptr)) return;
    const voice::VoiceEngine* engine = voice::find_engine(engines_, voice.engine);
    if (engine && engine->keeps_sample()) return;
    if (const auto wiped = recordings_.wipe(voice.org_id, id); wiped.has_error())
        base::log_error("voice.sample_not_deleted", {{"voice_id", id}, {"detail", wiped.error().detail}});
}

}  // namespace aimpact::agents
