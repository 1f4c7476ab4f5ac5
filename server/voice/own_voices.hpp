// The voices that an organisation owns, as its speech sees them: what a style's `voice` means when it names
// one
// ("voice_..."), asked anew for each clause, so that a voice whose consent is withdrawn falls silent at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/async.hpp"
#include "base/error.hpp"
#include "voice/custom_voice.hpp"

namespace aimpact::voice {

// True for ids of own voices; no stock voice has such a name.
inline bool is_own_voice(std::string_view id) {
    return id.starts_with("voice_");
}

// What one request or one answer says in own voices. It is accounted for when the last who holds it lets go.
// Thread-safe.
class VoiceUse {
  public:
    virtual ~VoiceUse() = default;
    // `characters` of text, of a clause that is about to be spoken.
    virtual void said(const CustomVoice& voice, std::size_t characters) = 0;
};

// For one organisation and one who speaks. Thread-safe.
class OwnVoices {
  public:
    virtual ~OwnVoices() = default;

    // What is known; null: the organisation has no such voice. `permission_denied`: it had one, and the
    // consent was withdrawn. `failed_precondition`: it isn't made yet, or its making has failed.
    virtual base::Result<std::shared_ptr<const CustomVoice>> find(const std::string& voice_id) const = 0;
    // The same as it is now: looks again when what is known is older than a few seconds.
    virtual base::Task<base::Result<std::shared_ptr<const CustomVoice>>> current(std::string voice_id) = 0;

    // `where`: "speech", "response"; `reference`: the conversation, or empty.
    virtual std::shared_ptr<VoiceUse> begin_use(std::string where, std::string reference) = 0;
};

}  // namespace aimpact::voice
