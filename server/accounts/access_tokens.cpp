#include "accounts/access_tokens.hpp"

#include <sodium.h>

#include "accounts/signing_key_store.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"

namespace aimpact::accounts {

namespace {

namespace json = boost::json;

constexpr std::string_view kType = "at+jwt";
constexpr std::string_view kPurpose = "signing_key";
constexpr std::size_t kSeedBytes = 32;
constexpr std::chrono::seconds kClockSkewMax{60};  // between two servers of one installation

struct Claims {
    std::string iss, aud, sub, org, role, sid, jti;
    std::int64_t iat = 0, exp = 0;
};
BOOST_DESCRIBE_STRUCT(Claims, (), (iss, aud, sub, org, role, sid, jti, iat, exp))

Error refused(std::string why, std::string message = "The access token is not valid. Sign in again.") {
    return {base::ErrorCode::unauthenticated, std::move(message), std::move(why)};
}

void insert_new_key(soci::session& sql, const SecretBox& box, const base::Clock& clock,
                    base::Random& random) {
    std::string seed(kSeedBytes, '\0');
    random.fill({reinterpret_cast<std::uint8_t*>(seed.data()), seed.size()});
    const std::string id = base::make_id("jwk", clock, random);
    const std::string public_key =
        base::base64url_encode(JsonWebKey::ed25519_from_private(id, seed).ed25519_public());
    SigningKeyStore(sql).insert({id, box.seal("", kPurpose, seed), clock.now()}, public_key);
    sodium_memzero(seed.data(), seed.size());
}

}  // namespace

AccessTokens::AccessTokens(JsonWebKeySet keys, const base::Clock& clock, base::Random& random,
                           Options options)
    : keys_(std::move(keys)), clock_(clock), random_(random), options_(std::move(options)) {}

Result<bool> AccessTokens::stored(storage::Database& database) {
    return database.read_now([](soci::session& sql) { return !SigningKeyStore(sql).list().empty(); });
}

Result<std::unique_ptr<AccessTokens>> AccessTokens::load(storage::Database& database, const SecretBox& box,
                                                         const base::Clock& clock, base::Random& random,
                                                         Options options) {
    AIMPACT_TRY(const std::vector<SigningKeyRow> rows, database.write_now([&](soci::session& sql) {
        const SigningKeyStore store(sql);
        if (store.list().empty()) insert_new_key(sql, box, clock, random);
        return store.list();
    }));
    std::vector<JsonWebKey> keys;
    for (const SigningKeyRow& row : rows) {
        AIMPACT_TRY(std::string seed, box.open("", kPurpose, row.private_key_sealed));
        keys.push_back(JsonWebKey::ed25519_from_private(row.id, seed));
        sodium_memzero(seed.data(), seed.size());
    }
    AIMPACT_TRY(JsonWebKeySet set, JsonWebKeySet::make(std::move(keys)));
    return std::unique_ptr<AccessTokens>(new AccessTokens(std::move(set), clock, random, std::move(options)));
}

std::string AccessTokens::issue(const AccessClaims& claims) const {
    const std::int64_t now = base::unix_seconds(clock_.now());
    const Claims body{options_.issuer,
                      options_.audience,
                      claims.user_id,
                      claims.org_id,
                      boost::describe::enum_to_string(claims.role, ""),
                      claims.session_id,
                      base::random_token(12, random_),
                      now,
                      now + options_.lifetime.count()};
    return sign_jws(keys_.keys().front(), kType, base::to_text(base::encode(body)));
}

Result<AccessClaims> AccessTokens::verify(std::string_view token) const {
    Result<VerifiedJws> jws = verify_jws(token, keys_, {Algorithm::eddsa});
    if (jws.has_error()) return std::move(jws).error();
    // Ours have exactly these three; an ID token, or a token of another use of the same keys, has another
    // type.
    const json::value* type = jws->header.if_contains("typ");
    if (jws->header.size() != 3 || !jws->header.contains("kid") || !type || *type != json::value(kType))
        return refused("not an access token");
    const Result<Claims> claims = base::decode_text<Claims>(jws->payload);
    if (claims.has_error()) return refused("claims: " + claims.error().message);
    if (claims->iss != options_.issuer) return refused("another issuer");
    if (claims->aud != options_.audience) return refused("another audience");
    const std::int64_t now = base::unix_seconds(clock_.now());
    if (claims->exp <= now) return refused("expired", "The access token has expired. Refresh the session.");
    if (claims->iat > now + kClockSkewMax.count()) return refused("issued in the future");
    AccessClaims out{claims->sub, claims->org, Role::viewer, claims->sid,
                     WallTime{std::chrono::seconds{claims->exp}}};
    if (!boost::describe::enum_from_string(claims->role.c_str(), out.role)) return refused("unknown role");
    return out;
}

std::string AccessTokens::jwks() const {
    json::array keys;
    for (const JsonWebKey& key : keys_.keys()) keys.push_back(key.to_jwk());
    return base::to_text(json::object{{"keys", std::move(keys)}});
}

}  // namespace aimpact::accounts
