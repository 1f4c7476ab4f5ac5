// The answers to a provider's "what shall I do with this call?": TwiML, which SignalWire and Telnyx (as
// TeXML) read too. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace aimpact::telephony {

// Connects the call to a media stream in both directions; the parameters arrive in its start message.
std::string connect_twiml(std::string_view stream_url, const std::map<std::string, std::string>& parameters);
// The caller hears that the line is busy, and nothing is paid for.
std::string busy_twiml();

}  // namespace aimpact::telephony
