#include <algorithm>
#include <set>

#include "accounts/jose.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::accounts {

namespace {

namespace json = boost::json;

constexpr std::size_t kTokenBytesMax = 16 * 1024;
constexpr std::size_t kKeysMax = 64;

Error refused(std::string why) {
    return {base::ErrorCode::unauthenticated, "The token is not valid. Sign in again.", std::move(why)};
}

// RFC 7515, 2: no padding, and RFC 4648, 3.5: no stray bits, so that a token has one form only.
Result<std::string> decode_part(std::string_view part, std::string_view what) {
    std::string out;
    if (part.find('=') != std::string_view::npos || !base::base64url_decode(part, out) ||
        base::base64url_encode(out) != part)
        return refused("the " + std::string(what) + " is not canonical base64url");
    return out;
}

}  // namespace

Result<JsonWebKeySet> JsonWebKeySet::make(std::vector<JsonWebKey> keys) {
    std::set<std::string_view> seen;
    for (const JsonWebKey& key : keys)
        if (!seen.insert(key.kid()).second) {
            Error error = base::invalid_argument("This set of keys cannot be used to verify tokens.");
            error.detail = "two keys have the kid '" + key.kid() + "'";
            return error;
        }
    JsonWebKeySet out;
    out.keys_ = std::move(keys);
    return out;
}

Result<JsonWebKeySet> JsonWebKeySet::parse(const json::object& jwks) {
    const json::value* list = jwks.if_contains("keys");
    if (!list || !list->is_array() || list->get_array().size() > kKeysMax)
        return base::invalid_argument("A JSON Web Key Set has an array 'keys' of at most 64 keys.", "keys");
    std::vector<JsonWebKey> keys;
    for (const json::value& item : list->get_array()) {
        if (!item.is_object()) return base::invalid_argument("A JSON Web Key is an object.", "keys");
        AIMPACT_TRY(JsonWebKey key, JsonWebKey::parse(item.get_object()));
        keys.push_back(std::move(key));
    }
    return make(std::move(keys));
}

const JsonWebKey* JsonWebKeySet::find(std::string_view kid) const {
    const auto found =
        std::find_if(keys_.begin(), keys_.end(), [&](const JsonWebKey& key) { return key.kid() == kid; });
    return found == keys_.end() ? nullptr : &*found;
}

Result<VerifiedJws> verify_jws(std::string_view compact, const JsonWebKeySet& keys,
                               const std::vector<Algorithm>& allowed) {
    if (compact.size() > kTokenBytesMax) return refused("the token is too long");
    const std::size_t first = compact.find('.');
    const std::size_t second = first == std::string_view::npos ? first : compact.find('.', first + 1);
    if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos)
        return refused("not three parts");
    AIMPACT_TRY(const std::string header_text, decode_part(compact.substr(0, first), "header"));
    AIMPACT_TRY(std::string payload, decode_part(compact.substr(first + 1, second - first - 1), "payload"));
    AIMPACT_TRY(const std::string signature, decode_part(compact.substr(second + 1), "signature"));

    const Result<json::value> parsed = base::parse_json(header_text, {.bytes_max = 4096, .depth_max = 4});
    if (parsed.has_error() || !parsed->is_object()) return refused("the header is not a JSON object");
    const json::object& header = parsed->get_object();
    for (const char* name : {"crit", "b64", "jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256", "zip"})
        if (header.contains(name)) return refused("the header has '" + std::string(name) + "'");
    const json::value* alg = header.if_contains("alg");
    if (!alg || !alg->is_string()) return refused("the header has no alg");
    const auto algorithm = std::find_if(allowed.begin(), allowed.end(), [&](Algorithm a) {
        return to_string(a) == std::string_view(alg->get_string());
    });
    if (algorithm == allowed.end())
        return refused("the algorithm '" + std::string(alg->get_string()) + "' is not allowed");

    const json::value* kid = header.if_contains("kid");
    if (kid && !kid->is_string()) return refused("kid is not a string");
    // Without a kid there must be no choice.
    const JsonWebKey* key = kid                       ? keys.find(kid->get_string())
                            : keys.keys().size() == 1 ? &keys.keys().front()
                                                      : nullptr;
    if (!key) return refused("no key has this kid");
    // The key decides how it is used, never the token (RFC 8725, 3.1).
    if (key->algorithm() != *algorithm) return refused("the key is for another algorithm");
    if (!key->verify(compact.substr(0, second), signature)) return refused("the signature is wrong");
    return VerifiedJws{header, std::move(payload)};
}

std::string sign_jws(const JsonWebKey& key, std::string_view type, std::string_view payload) {
    const json::object header = {
        {"alg", to_string(key.algorithm())}, {"kid", key.kid()}, {"typ", json::string_view(type)}};
    const std::string input =
        base::base64url_encode(base::to_text(header)) + "." + base::base64url_encode(payload);
    return input + "." + base::base64url_encode(key.sign(input));
}

}  // namespace aimpact::accounts
