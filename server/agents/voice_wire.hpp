// Consents and own voices as JSON, in OpenAI's shapes with our additions under "aimpact".
#pragma once

#include <boost/json.hpp>

#include "agents/cursor.hpp"
#include "agents/voice_record.hpp"

namespace aimpact::agents {

// The VoiceConsent and OwnVoice schemas of openapi.yaml.
boost::json::object consent_json(const VoiceConsent& consent);
// `consent`: the one it was made with, if it is there.
boost::json::object own_voice_json(const OwnVoice& voice, const VoiceConsent* consent = nullptr);

// {"object": "list", "data", "first_id", "last_id", "has_more"}
boost::json::object openai_list(boost::json::array data, bool has_more);

}  // namespace aimpact::agents
