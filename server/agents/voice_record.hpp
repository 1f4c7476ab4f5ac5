// Consents and own voices of an organisation: plain data and limits, no I/O.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "voice/cloning/voice_engine.hpp"

namespace aimpact::agents {

using base::Error;
using base::Result;

// openapi.yaml states the same numbers.
namespace limits {
inline constexpr int kConsentsPerOrganisation = 100;
inline constexpr int kVoicesPerOrganisation = 20;  // as OpenAI has it
inline constexpr std::size_t kVoiceNameChars = 80;
inline constexpr std::size_t kLanguageTagChars = 16;
}  // namespace limits

// Somebody's spoken consent to a voice made after theirs.
struct VoiceConsent {
    std::string id, org_id;  // cons_...
    std::string name;        // of the person, or a label
    std::string language;    // BCP 47, as it was given
    std::string phrase;      // what was to be said, with the accepted name that was heard
    std::string transcript;  // what was heard
    std::string created_by;  // who uploaded it: a user or a key
    base::WallTime consented_at;
    std::optional<base::WallTime> withdrawn_at;
};

// `deleted` and `withdrawn` are the end: nothing of the person is kept in such a row.
enum class VoiceStatus { processing, ready, failed, deleted, withdrawn };
BOOST_DESCRIBE_ENUM(VoiceStatus, processing, ready, failed, deleted, withdrawn)

struct OwnVoice {
    std::string id, org_id;  // voice_...
    std::string consent_id;
    std::string name;
    std::string engine;  // "matched", "zero_shot", "provider"
    VoiceStatus status = VoiceStatus::processing;
    double progress = 0;  // 0 .. 1; a ready voice below 1 is still being refined
    std::string error;    // why it failed
    std::string data;     // the engine's, JSON
    voice::VoiceScores scores;
    std::string created_by;
    base::WallTime created_at, updated_at;
};

inline bool is_over(VoiceStatus status) {
    return status == VoiceStatus::deleted || status == VoiceStatus::withdrawn;
}

}  // namespace aimpact::agents

namespace aimpact::voice {
BOOST_DESCRIBE_STRUCT(VoiceScores, (),
                      (similarity, relative_similarity, nearest_stock_voice, nearest_stock_similarity,
                       speech_seconds, level_dbfs, snr_db, clipped_share))
}  // namespace aimpact::voice
