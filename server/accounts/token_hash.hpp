// Opaque tokens: 256 random bits, shown once, found again by their SHA-256. Nobody can guess them, so a fast
// hash is enough, and it gives an index to look them up by.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace aimpact::accounts {

inline constexpr std::string_view kApiKeyPrefix = "sk-aimpact-";
inline constexpr std::string_view kClientSecretPrefix = "ek_";
inline constexpr std::string_view kRefreshPrefix = "rt_";
inline constexpr std::string_view kSetupPrefix = "st_";

std::string make_token(std::string_view prefix, base::Random& random);
// True if `token` has the form that make_token gives: what does not is refused without a look-up.
bool is_token(std::string_view token, std::string_view prefix);
using Digest = std::array<unsigned char, 32>;
Digest sha256(std::string_view bytes);
// The same in base64url, as it is stored.
std::string token_hash(std::string_view token);

}  // namespace aimpact::accounts
