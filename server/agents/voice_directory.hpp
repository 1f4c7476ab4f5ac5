// The own voices of organisations as their speech takes them: read from the database, opened by their
// engines, and shared by all who speak for the organisation.
//
// A change in this process holds at once, also for conversations in progress; one in another process (on
// PostgreSQL) within kFreshFor.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "accounts/audit_log.hpp"
#include "agents/voice_record.hpp"
#include "voice/own_voices.hpp"

namespace aimpact::agents {

// Thread-safe.
class VoiceDirectory {
  public:
    static constexpr std::chrono::seconds kFreshFor{5};

    // All outlive it; it outlives whoever speaks.
    VoiceDirectory(storage::Database& database, const base::Clock& clock, accounts::AuditLog* audit,
                   const voice::VoiceEngines& engines)
        : database_(database), clock_(clock), audit_(audit), engines_(engines) {}

    // For `actor` (a user or a key), who speaks for the organisation. Costs a look-up, and a short read of
    // the database every kFreshFor.
    base::Task<Result<std::shared_ptr<voice::OwnVoices>>> of(std::string org_id, std::string actor);

    // The voice has changed, or is over, as of now. Only what is newer than what is known counts.
    void put(const OwnVoice& voice);

  private:
    struct Entry {
        OwnVoice record;  // without data
        std::shared_ptr<const voice::CustomVoice> voice;
        std::string problem;  // why a stored voice can't be opened
    };
    struct Organisation {
        std::mutex mutex;
        std::map<std::string, Entry> voices;
        base::SteadyTime fresh_until{};
    };
    class Handle;
    class Use;

    std::shared_ptr<Organisation> organisation(const std::string& org_id);
    base::Task<Result<>> refresh(std::shared_ptr<Organisation> organisation, std::string org_id);
    Entry open(OwnVoice record) const;
    void account(const std::string& org_id, const std::string& actor, const std::string& where,
                 const std::string& reference, const Entry& entry, std::size_t characters) const;

    storage::Database& database_;
    const base::Clock& clock_;
    accounts::AuditLog* const audit_;  // null: nothing is accounted for (tests of other things)
    const voice::VoiceEngines& engines_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Organisation>> organisations_;
};

}  // namespace aimpact::agents
