// X-Twilio-Signature: base64 of HMAC-SHA1, by the account's auth token, over the URL that was called and, of
// a form, the names and values of its fields in the order of the names (Twilio, "Webhooks security").
// SignalWire signs in the same way. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace aimpact::telephony {

using Form = std::map<std::string, std::string, std::less<>>;

std::string twilio_signature(std::string_view auth_token, std::string_view url, const Form& form);
// Takes the same time wherever they differ.
bool signature_matches(std::string_view auth_token, std::string_view url, const Form& form,
                       std::string_view signature);

// The address that was called: `public_url` (https://host, no path) or, if that is empty, as the request's
// own Host says; then the path as it came. Addresses that are signed have no query. `websocket`: with the
// schemes ws and wss.
std::string called_url(const net::Request& request, std::string_view public_url, bool websocket);
// The address of `path` here, for a provider to call.
std::string own_url(const net::Request& request, std::string_view public_url, bool websocket,
                    std::string_view path);

}  // namespace aimpact::telephony
