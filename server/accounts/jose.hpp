// JSON Web Keys (RFC 7517) and compact JSON Web Signatures (RFC 7515), as strictly as RFC 8725 (JWT best
// current practices) asks: only asymmetric algorithms of an allow-list, each bound to its type of key; no
// `none`; no key from the token itself (jwk, jku, x5c, x5u); no critical extensions; canonical base64url
// only.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

typedef struct evp_pkey_st EVP_PKEY;

namespace aimpact::accounts {

using base::Error;
using base::Result;

enum class Algorithm { eddsa, es256, rs256 };     // RFC 8037 with Ed25519; RFC 7518, 3.4 and 3.3
std::string_view to_string(Algorithm algorithm);  // "EdDSA"

// A public key, or a key pair that can sign (Ed25519 only). Cheap to copy; thread-safe.
class JsonWebKey {
  public:
    // From a public JWK. A private or symmetric one, one for encryption, a weak one (RSA below 2048 bits) or
    // one of an unsupported type is refused.
    static Result<JsonWebKey> parse(const boost::json::object& jwk);
    static JsonWebKey ed25519_from_private(std::string_view kid, std::string_view seed);  // 32 bytes
    static Result<JsonWebKey> ed25519_from_public(std::string_view kid, std::string_view key);

    const std::string& kid() const { return kid_; }
    Algorithm algorithm() const { return algorithm_; }
    // The raw public key of Ed25519.
    std::string ed25519_public() const;
    // The public JWK of an Ed25519 key, with kid, use and alg.
    boost::json::object to_jwk() const;

    bool verify(std::string_view message, std::string_view signature) const;
    std::string sign(std::string_view message) const;

  private:
    JsonWebKey(std::string kid, Algorithm algorithm, EVP_PKEY* key);

    std::string kid_;
    Algorithm algorithm_ = Algorithm::eddsa;
    std::shared_ptr<EVP_PKEY> key_;
};

// Keys of one issuer. Two keys with the same kid make a set ambiguous and are refused.
class JsonWebKeySet {
  public:
    static Result<JsonWebKeySet> parse(const boost::json::object& jwks);
    static Result<JsonWebKeySet> make(std::vector<JsonWebKey> keys);

    const std::vector<JsonWebKey>& keys() const { return keys_; }
    // The key that `kid` names. Null if there is none.
    const JsonWebKey* find(std::string_view kid) const;

  private:
    std::vector<JsonWebKey> keys_;
};

struct VerifiedJws {
    boost::json::object header;
    std::string payload;
};

// `unauthenticated` with a detail for the log unless the signature is right and made with one of `allowed`.
Result<VerifiedJws> verify_jws(std::string_view compact, const JsonWebKeySet& keys,
                               const std::vector<Algorithm>& allowed);

// header.kid and header.alg come from the key.
std::string sign_jws(const JsonWebKey& key, std::string_view type, std::string_view payload);

}  // namespace aimpact::accounts
