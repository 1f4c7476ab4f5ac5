// The tables of consents and own voices; the only place that names them. Every call takes the organisation,
// but for find_anywhere. Runs inside a transaction of the caller's.
#pragma once

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

#include "agents/cursor.hpp"
#include "agents/voice_record.hpp"

namespace aimpact::agents::voice_store {

void insert_consent(soci::session& sql, const VoiceConsent& consent);
std::optional<VoiceConsent> find_consent(soci::session& sql, const std::string& org_id,
                                         const std::string& id);
// Newest first; those before `after`, if it isn't empty. One more than `limit` if there is more.
std::vector<VoiceConsent> list_consents(soci::session& sql, const std::string& org_id,
                                        const std::string& after, int limit);
int count_consents(soci::session& sql, const std::string& org_id);
bool rename_consent(soci::session& sql, const std::string& org_id, const std::string& id,
                    const std::string& name);
// False if there is none, or it was withdrawn before.
bool withdraw_consent(soci::session& sql, const std::string& org_id, const std::string& id,
                      base::WallTime now);
bool remove_consent(soci::session& sql, const std::string& org_id, const std::string& id);

void insert_voice(soci::session& sql, const OwnVoice& voice);
// Also one that is over.
Result<std::optional<OwnVoice>> find_voice(soci::session& sql, const std::string& org_id,
                                           const std::string& id);
// For the command line, which is asked by who may read the database anyway.
Result<std::optional<OwnVoice>> find_anywhere(soci::session& sql, const std::string& id);
// Those that are not over, newest first.
Result<std::vector<OwnVoice>> list_voices(soci::session& sql, const std::string& org_id,
                                          const std::string& after, int limit);
// Those that are not over and were made with this consent.
Result<std::vector<OwnVoice>> voices_of_consent(soci::session& sql, const std::string& org_id,
                                                const std::string& consent_id);
// Voices of the organisation as its speech needs them: all that aren't over, and the latest that are.
Result<std::vector<OwnVoice>> all_for_speech(soci::session& sql, const std::string& org_id);
// Of all organisations, those that a stopped process left in the making.
Result<std::vector<OwnVoice>> unfinished(soci::session& sql);
int count_voices(soci::session& sql, const std::string& org_id);
// Writes status, progress, error, data and scores. False if the voice is over, or gone.
bool update_voice(soci::session& sql, const OwnVoice& voice);
bool rename_voice(soci::session& sql, const std::string& org_id, const std::string& id,
                  const std::string& name, base::WallTime now);
// `status`: deleted or withdrawn. What is of the person leaves the row. False if it is over already.
bool end_voice(soci::session& sql, const std::string& org_id, const std::string& id, VoiceStatus status,
               base::WallTime now);

}  // namespace aimpact::agents::voice_store
