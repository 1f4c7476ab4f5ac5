// What a valid e-mail address, name and password is. Errors name the field and say what to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aimpact::accounts {

using base::Error;
using base::Result;

// Trimmed and lower case, so that an address has one form. Domains are written in ASCII (xn--...).
Result<std::string> normalise_email(std::string_view email);

// A person's, organisation's or key's name: trimmed, 1..100 characters, no control characters.
Result<std::string> check_name(std::string_view name, std::string_view field = "name");

inline constexpr std::size_t kPasswordCharsMin = 8;
inline constexpr std::size_t kPasswordCharsMax = 128;

// Length in code points, and strength by zxcvbn (Wheeler, USENIX Security 2016): what a guesser would need at
// least 10^6 tries for (score 2). `about` are words that this person's guesser would try first. Takes up to
// about a millisecond.
Result<> check_new_password(std::string_view password, const std::vector<std::string>& about,
                            std::string_view field = "password");

// Code points of valid UTF-8.
std::size_t count_chars(std::string_view utf8);

}  // namespace aimpact::accounts
