#include "accounts/token_hash.hpp"

#include <openssl/sha.h>

#include "base/id.hpp"

namespace aimpact::accounts {

namespace {
constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kRandomChars = 43;  // of unpadded base64
}  // namespace

std::string make_token(std::string_view prefix, base::Random& random) {
    return std::string(prefix) + base::random_token(kRandomBytes, random);
}

bool is_token(std::string_view token, std::string_view prefix) {
    if (token.size() != prefix.size() + kRandomChars || !token.starts_with(prefix)) return false;
    for (const char c : token.substr(prefix.size()))
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '_'))
            return false;
    return true;
}

Digest sha256(std::string_view bytes) {
    static_assert(sizeof(Digest) == SHA256_DIGEST_LENGTH);
    Digest digest;
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return digest;
}

std::string token_hash(std::string_view token) {
    const Digest digest = sha256(token);
    return base::base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace aimpact::accounts
