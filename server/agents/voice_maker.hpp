// Makes voices in the background, one after the other on a thread of its own (the work itself runs on the
// scheduler, behind everybody who waits). What is reached is written down as it comes: first a voice that
// speaks, then better ones.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "accounts/audit_log.hpp"
#include "agents/voice_directory.hpp"
#include "agents/voice_files.hpp"
#include "base/thread_pool.hpp"

namespace aimpact::agents {

// Thread-safe.
class VoiceMaker {
  public:
    static constexpr std::size_t kQueueMax = 32;
    // Progress that is only progress is written down this often.
    static constexpr std::chrono::seconds kProgressEvery{2};

    // All outlive it.
    VoiceMaker(storage::Database& database, const base::Clock& clock, accounts::AuditLog& audit,
               const voice::VoiceEngines& engines, VoiceDirectory& directory, const VoiceFiles& recordings);
    // Stops what is being made; it goes on with the next start.
    ~VoiceMaker();

    // `overloaded` when too many wait. The voice's row is there already, with its sample and its consent's
    // recording on disk.
    Result<> start(OwnVoice voice, std::string language);
    // The voice is over: its making stops, and writes nothing more.
    void stop(const std::string& voice_id);

  private:
    void make(OwnVoice voice, const std::string& language, const std::stop_token& stop);
    Result<> run(OwnVoice& voice, const std::string& language, const std::stop_token& stop);
    // Writes it down and tells those who speak. False when the voice is over meanwhile.
    bool keep(OwnVoice& voice, const char* action);

    storage::Database& database_;
    const base::Clock& clock_;
    accounts::AuditLog& audit_;
    const voice::VoiceEngines& engines_;
    VoiceDirectory& directory_;
    const VoiceFiles& recordings_;
    std::mutex mutex_;
    std::map<std::string, std::stop_source> making_;
    base::ThreadPool thread_{{"voices", 1, kQueueMax}};  // last: it uses the others
};

}  // namespace aimpact::agents
