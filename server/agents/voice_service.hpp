// The rules of consents and own voices. Thread-safe.
//
// A voice is made with a consent: a recording in which its owner says so (voice/cloning/consent_check.hpp).
// It ends with it: withdrawing or deleting the consent deletes every voice made with it, at once, also for
// conversations in progress. Every step is in the audit log, refusals too.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "accounts/audit_log.hpp"
#include "accounts/principal.hpp"
#include "agents/cursor.hpp"
#include "agents/voice_directory.hpp"
#include "agents/voice_files.hpp"
#include "agents/voice_maker.hpp"
#include "base/thread_pool.hpp"
#include "voice/cloning/consent_check.hpp"

namespace aimpact::agents {

using base::Task;

// Who asks, and from where.
struct VoiceCaller {
    accounts::Principal who;
    std::string address = {};
};

struct NewConsent {
    std::string name, language;
    std::string recording;  // a file's bytes
};

struct NewVoice {
    std::string name, consent_id;
    std::string sample;  // a file's bytes
    std::string engine;  // empty: the first of the server's
};

struct ConsentSettings {
    std::vector<std::string> languages{"en"};  // that the recogniser can be trusted to hear
    std::chrono::seconds wait_for_voice{45};   // how long create() waits for one that speaks
};

class VoiceService {
  public:
    struct Parts {
        storage::Database& database;
        const base::Clock& clock;
        base::Random& random;
        base::ThreadPool& files;
        accounts::AuditLog& audit;
        const voice::ConsentChecker& checker;
        const voice::VoiceEngines& engines;
        VoiceDirectory& directory;
        const VoiceFiles& recordings;
        VoiceMaker& maker;
        ConsentSettings settings = {};
    };
    explicit VoiceService(Parts parts) : parts_(std::move(parts)) {}

    // Errors: invalid_argument (param names the field, the message says what is wrong with the recording),
    // failed_precondition (too many), unsupported_media, payload_too_large, unavailable.
    Task<Result<VoiceConsent>> create_consent(VoiceCaller caller, NewConsent wanted);
    Task<Result<VoiceConsent>> get_consent(const std::string& org_id, std::string id);
    Task<Result<Page<VoiceConsent>>> list_consents(const std::string& org_id, std::string after, int limit);
    Task<Result<VoiceConsent>> rename_consent(VoiceCaller caller, std::string id, std::string name);
    // The voices made with it are deleted; the recording stays as the proof of what was done before.
    Task<Result<VoiceConsent>> withdraw_consent(VoiceCaller caller, std::string id);
    // The same, and the recording and all else of it is deleted too.
    Task<Result<>> delete_consent(VoiceCaller caller, std::string id);
    // The recording, as FLAC. not_found when it isn't on this server.
    Task<Result<std::string>> consent_recording(const std::string& org_id, std::string id);
    // The sentence to be said, in a language and with the names that are accepted.
    Task<Result<std::string>> phrase(const std::string& org_id, std::string language);
    const std::vector<std::string>& languages() const { return parts_.settings.languages; }

    // The voice as it is when it speaks for the first time, or has failed; still `processing` when that takes
    // longer than settings.wait_for_voice. Errors as above, and permission_denied: another person than the
    // one who consented, or the consent was withdrawn.
    Task<Result<OwnVoice>> create(VoiceCaller caller, NewVoice wanted);
    Task<Result<OwnVoice>> get(const std::string& org_id, std::string id);
    Task<Result<Page<OwnVoice>>> list(const std::string& org_id, std::string after, int limit);
    Task<Result<OwnVoice>> rename(VoiceCaller caller, std::string id, std::string name);
    // Sample, model and all else of it. A provider that can't be reached now doesn't keep it alive here; then
    // the answer is `upstream_failed`, which says so.
    Task<Result<>> remove(VoiceCaller caller, std::string id);

    // For who speaks for the organisation.
    Task<Result<std::shared_ptr<voice::OwnVoices>>> for_speech(std::string org_id, std::string actor) {
        return parts_.directory.of(std::move(org_id), std::move(actor));
    }
    // For the command line: whose voice this is.
    Task<Result<OwnVoice>> find_anywhere(std::string id);

    const voice::VoiceEngines& engines() const { return parts_.engines; }
    const voice::ConsentLimits& recording_limits() const { return parts_.checker.limits(); }

    // Goes on with what a stopped server has left in the making. Blocks shortly; call it once, when the
    // engines are there.
    Result<int> resume();

  private:
    // Without the blanks around it; invalid_argument that names the limit.
    static Result<std::string> checked_name(const std::string& given);
    Task<Result<voice::AudioClip>> decode(std::string bytes, double seconds_max, const char* param) const;
    Task<Result<std::vector<float>>> recording_of(std::string org_id, std::string id) const;
    Task<Result<std::vector<std::string>>> accepted_names(std::string org_id) const;
    Task<Result<VoiceConsent>> usable_consent(std::string org_id, std::string id) const;
    Task<Result<OwnVoice>> wait_until_it_speaks(OwnVoice voice) const;
    // Ends the voices of a consent, and the consent if `end` says so, in one transaction.
    Task<Result<std::vector<OwnVoice>>> end_consent(VoiceCaller caller, std::string id, VoiceStatus status);
    // What is left of voices that are over, on disk, in the engines and in what speaks.
    Task<Result<>> clear(std::vector<OwnVoice> voices, VoiceStatus status) const;
    void refused(const VoiceCaller& caller, const std::string& action, const std::string& target,
                 const Error& error) const;
    accounts::AuditEntry line(const VoiceCaller& caller, std::string action, std::string target,
                              boost::json::object detail) const;

    const Parts parts_;
};

}  // namespace aimpact::agents
