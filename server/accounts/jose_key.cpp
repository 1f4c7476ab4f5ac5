#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <stdexcept>

#include "accounts/jose.hpp"
#include "base/id.hpp"

namespace aimpact::accounts {

namespace {

namespace json = boost::json;

constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kP256Bytes = 32;
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;  // verification time grows with the square

Error refused(std::string why) {
    Error error = base::invalid_argument("This key cannot be used to verify tokens.");
    error.detail = std::move(why);
    return error;
}

template <class T, void (*Free)(T*)>
struct Deleter {
    void operator()(T* p) const { Free(p); }
};
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX, EVP_MD_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Deleter<BIGNUM, BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM, OSSL_PARAM_free>>;

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string_view text_of(const json::object& jwk, std::string_view name) {
    const json::value* value = jwk.if_contains(name);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

Result<std::string> binary_of(const json::object& jwk, std::string_view name) {
    std::string out;
    const std::string_view text = text_of(jwk, name);
    if (text.empty() || text.find('=') != std::string_view::npos || !base::base64url_decode(text, out))
        return refused("the parameter '" + std::string(name) + "' is missing or not base64url");
    return out;
}

// ROCA (Nemec et al., CCS 2017; CVE-2017-15361): a broken generator made moduli that are powers of 65537
// modulo every small prime. A good modulus has that form with a probability below 2^-100.
bool has_roca_fingerprint(const BIGNUM* modulus) {
    constexpr unsigned kPrimes[] = {3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                    47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
    for (const unsigned prime : kPrimes) {
        const auto residue = static_cast<unsigned>(BN_mod_word(modulus, prime));
        unsigned power = 1;
        bool found = false;
        do {
            found = found || power == residue;
            power = power * (65537 % prime) % prime;
        } while (power != 1 && !found);
        if (!found) return false;
    }
    return true;
}

// RFC 7517, 4.3: if the key says what it is for, that must be verifying.
bool may_verify(const json::object& jwk) {
    const json::value* operations = jwk.if_contains("key_ops");
    if (!operations) return true;
    if (!operations->is_array()) return false;
    for (const json::value& one : operations->get_array())
        if (one == json::value("verify")) return true;
    return false;
}

EVP_PKEY* from_params(const char* type, OSSL_PARAM* params) {
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        return nullptr;
    // Refuses points that are not on the curve and moduli that cannot be ones.
    const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    if (!check || EVP_PKEY_public_check(check.get()) <= 0) {
        EVP_PKEY_free(key);
        return nullptr;
    }
    return key;
}

Result<EVP_PKEY*> parse_rsa(const json::object& jwk) {
    AIMPACT_TRY(const std::string n, binary_of(jwk, "n"));
    AIMPACT_TRY(const std::string e, binary_of(jwk, "e"));
    const BigNumber modulus(BN_bin2bn(bytes(n), static_cast<int>(n.size()), nullptr));
    const BigNumber exponent(BN_bin2bn(bytes(e), static_cast<int>(e.size()), nullptr));
    if (BN_num_bits(modulus.get()) < kRsaBitsMin || BN_num_bits(modulus.get()) > kRsaBitsMax)
        return refused("an RSA key has 2048 to 8192 bits");
    // The private exponent of a public one this small is unique; 1 would make every message its own
    // signature.
    if (!BN_is_odd(exponent.get()) || BN_num_bits(exponent.get()) < 2 || BN_num_bits(exponent.get()) > 32)
        return refused("an RSA exponent is odd and between 3 and 2^32");
    if (has_roca_fingerprint(modulus.get()))
        return refused("the RSA key comes from a broken generator (ROCA)");
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    EVP_PKEY* key = from_params("RSA", params.get());
    if (!key) return refused("not an RSA key");
    return key;
}

Result<EVP_PKEY*> parse_p256(const json::object& jwk) {
    AIMPACT_TRY(const std::string x, binary_of(jwk, "x"));
    AIMPACT_TRY(const std::string y, binary_of(jwk, "y"));
    if (x.size() != kP256Bytes || y.size() != kP256Bytes) return refused("a P-256 coordinate has 32 bytes");
    const std::string point = "\x04" + x + y;
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    EVP_PKEY* key = from_params("EC", params.get());
    if (!key) return refused("not a point of P-256");
    return key;
}

// A JWS signature of ES256 is r and s, 32 bytes each; OpenSSL wants them in DER.
std::string ecdsa_to_der(std::string_view signature) {
    ECDSA_SIG* both = ECDSA_SIG_new();
    ECDSA_SIG_set0(both, BN_bin2bn(bytes(signature), kP256Bytes, nullptr),
                   BN_bin2bn(bytes(signature) + kP256Bytes, kP256Bytes, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(both, &der);
    ECDSA_SIG_free(both);
    std::string out(reinterpret_cast<const char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(der);
    return out;
}

}  // namespace

std::string_view to_string(Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::eddsa:
            return "EdDSA";
        case Algorithm::es256:
            return "ES256";
        case Algorithm::rs256:
            return "RS256";
    }
    return "";
}

JsonWebKey::JsonWebKey(std::string kid, Algorithm algorithm, EVP_PKEY* key)
    : kid_(std::move(kid)), algorithm_(algorithm), key_(key, EVP_PKEY_free) {}

Result<JsonWebKey> JsonWebKey::parse(const json::object& jwk) {
    for (const char* name : {"d", "p", "q", "k"})
        if (jwk.contains(name))
            return refused("a private or symmetric key does not belong in a set of public keys");
    if (const std::string_view use = text_of(jwk, "use"); jwk.contains("use") && use != "sig")
        return refused("the key is not for signatures");
    if (!may_verify(jwk)) return refused("the key's key_ops do not include verify");
    const std::string_view type = text_of(jwk, "kty"), curve = text_of(jwk, "crv"),
                           named = text_of(jwk, "alg");
    std::string kid(text_of(jwk, "kid"));
    const auto made = [&](Algorithm algorithm, EVP_PKEY* key) -> Result<JsonWebKey> {
        JsonWebKey out(std::move(kid), algorithm, key);
        if (jwk.contains("alg") && named != to_string(algorithm))
            return refused("the key is for the algorithm " + std::string(named));
        return out;
    };
    if (type == "OKP" && curve == "Ed25519") {
        AIMPACT_TRY(const std::string x, binary_of(jwk, "x"));
        if (x.size() != kEd25519Bytes) return refused("an Ed25519 key has 32 bytes");
        return made(Algorithm::eddsa,
                    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(x), x.size()));
    }
    if (type == "EC" && curve == "P-256") {
        AIMPACT_TRY(EVP_PKEY * key, parse_p256(jwk));
        return made(Algorithm::es256, key);
    }
    if (type == "RSA") {
        AIMPACT_TRY(EVP_PKEY * key, parse_rsa(jwk));
        return made(Algorithm::rs256, key);
    }
    return refused("the type of key '" + std::string(type) + " " + std::string(curve) + "' is not supported");
}

JsonWebKey JsonWebKey::ed25519_from_private(std::string_view kid, std::string_view seed) {
    EVP_PKEY* key = seed.size() == kEd25519Bytes
                        ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size())
                        : nullptr;
    if (!key) throw std::logic_error("an Ed25519 private key has 32 bytes");
    return JsonWebKey(std::string(kid), Algorithm::eddsa, key);
}

Result<JsonWebKey> JsonWebKey::ed25519_from_public(std::string_view kid, std::string_view key) {
    if (key.size() != kEd25519Bytes) return refused("an Ed25519 key has 32 bytes");
    return JsonWebKey(std::string(kid), Algorithm::eddsa,
                      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(key), key.size()));
}

std::string JsonWebKey::ed25519_public() const {
    std::string out(kEd25519Bytes, '\0');
    std::size_t size = out.size();
    if (EVP_PKEY_get_raw_public_key(key_.get(), bytes(out), &size) != 1)
        throw std::logic_error("not an Ed25519 key");
    return out;
}

json::object JsonWebKey::to_jwk() const {
    return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", base::base64url_encode(ed25519_public())},
            {"kid", kid_},  {"use", "sig"},     {"alg", "EdDSA"}};
}

bool JsonWebKey::verify(std::string_view message, std::string_view signature) const {
    std::string der;
    const EVP_MD* digest = algorithm_ == Algorithm::eddsa ? nullptr : EVP_sha256();
    if (algorithm_ == Algorithm::es256) {
        if (signature.size() != 2 * kP256Bytes) return false;
        der = ecdsa_to_der(signature);
        signature = der;
    }
    const DigestContext context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message),
                            message.size()) == 1;
}

std::string JsonWebKey::sign(std::string_view message) const {
    std::string signature(64, '\0');
    std::size_t size = signature.size();
    const DigestContext context(EVP_MD_CTX_new());
    if (algorithm_ != Algorithm::eddsa ||
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
        EVP_DigestSign(context.get(), bytes(signature), &size, bytes(message), message.size()) != 1)
        throw std::logic_error("this key cannot sign");
    return signature;
}

}  // namespace aimpact::accounts
