// Identifiers: "<prefix>_<26 characters>", Crockford base32 of a 48-bit millisecond time and 80 random bits
// (the ULID layout), lower case. They sort by creation time and are safe in URLs and file names.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace aimpact::base {

std::string make_id(std::string_view prefix, const Clock& clock, Random& random);

// True if `id` has the form that make_id gives for `prefix`: check ids from outside before they reach a
// store.
bool is_id(std::string_view id, std::string_view prefix);

// `bytes` random bytes as unpadded base64url: for secrets and tokens.
std::string random_token(std::size_t bytes, Random& random);

std::string base64url_encode(std::string_view bytes);
std::string base64_encode(std::string_view bytes);
// False on characters outside the alphabet or a bad length. Both accept missing padding.
bool base64url_decode(std::string_view text, std::string& out);
bool base64_decode(std::string_view text, std::string& out);

}  // namespace aimpact::base
