#include "accounts/access_tokens.hpp"

#include <gmock/gmock.h>

#include "accounts/signing_key_store.hpp"
#include "accounts/testing.hpp"
#include "base/wire.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;
using namespace std::chrono_literals;
namespace json = boost::json;

class AccessTokensTest : public storage::DatabaseTest {
  protected:
    std::unique_ptr<AccessTokens> load(const SecretBox& box, std::string issuer = "http://a") {
        return AccessTokens::load(database(), box, clock_, random_, {.issuer = std::move(issuer)}).value();
    }
    static std::string payload_of(const std::string& token) {
        const std::size_t first = token.find('.');
        std::string out;
        EXPECT_TRUE(base::base64url_decode(token.substr(first + 1, token.rfind('.') - first - 1), out));
        return out;
    }

    base::ManualClock clock_;
    base::SeededRandom random_{3};
    MasterKey master_{1};
    SecretBox box_{master_, random_};
    const AccessClaims claims_{"usr_1", "org_1", Role::developer, "ses_1", {}};
};
AIMPACT_ON_BOTH_DATABASES(AccessTokensTest);

TEST_P(AccessTokensTest, SaysWhoForFifteenMinutes) {
    const auto tokens = load(box_);
    const std::string token = tokens->issue(claims_);
    const auto back = tokens->verify(token);
    ASSERT_TRUE(back.has_value()) << back.error().detail;
    EXPECT_EQ(back->user_id, "usr_1");
    EXPECT_EQ(back->org_id, "org_1");
    EXPECT_EQ(back->session_id, "ses_1");
    EXPECT_EQ(back->role, Role::developer);
    clock_.advance(899s);
    EXPECT_TRUE(tokens->verify(token).has_value());
    clock_.advance(1s);
    EXPECT_EQ(tokens->verify(token).error().detail, "expired");
}

TEST_P(AccessTokensTest, KeysOutliveARestartAndNeedTheirMasterKey) {
    const std::string token = load(box_)->issue(claims_);
    EXPECT_TRUE(load(box_)->verify(token).has_value());
    const MasterKey other_key{2};
    const SecretBox other(other_key, random_);
    const auto refused = AccessTokens::load(database(), other, clock_, random_, {.issuer = "http://a"});
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
}

TEST_P(AccessTokensTest, TheNewestKeySignsAndOlderOnesVerify) {
    const std::string old = load(box_)->issue(claims_);
    clock_.advance(1s);
    const std::string seed(32, 's');
    const auto key = JsonWebKey::ed25519_from_private("jwk_newer", seed);
    const auto added = database().write_now([&](soci::session& sql) {
        SigningKeyStore(sql).insert({"jwk_newer", box_.seal("", "signing_key", seed), clock_.now()},
                                    base::base64url_encode(key.ed25519_public()));
    });
    ASSERT_TRUE(added.has_value());
    const auto tokens = load(box_);
    const std::string fresh = tokens->issue(claims_);
    EXPECT_NE(old.substr(0, old.find('.')), fresh.substr(0, fresh.find('.')));
    EXPECT_TRUE(tokens->verify(old).has_value());
    EXPECT_TRUE(tokens->verify(fresh).has_value());
    EXPECT_EQ(json::parse(tokens->jwks()).at("keys").as_array().size(), 2u);
}

TEST_P(AccessTokensTest, ThePublishedKeysVerifyAndHoldNothingPrivate) {
    const auto tokens = load(box_);
    const json::value published = json::parse(tokens->jwks());
    EXPECT_FALSE(published.at("keys").as_array()[0].as_object().contains("d"));
    const auto keys = JsonWebKeySet::parse(published.as_object());
    ASSERT_TRUE(keys.has_value()) << keys.error().detail;
    EXPECT_TRUE(verify_jws(tokens->issue(claims_), *keys, {Algorithm::eddsa}).has_value());
}

TEST_P(AccessTokensTest, AnotherIssuersTokensAreRefused) {
    const std::string foreign = load(box_, "http://b")->issue(claims_);
    EXPECT_EQ(load(box_)->verify(foreign).error().detail, "another issuer");
}

// Signed with our own key, but not by issue(): what a bug elsewhere, or a second use of the keys, might give.
TEST_P(AccessTokensTest, RefusesTokensOfOurKeyThatAreNoAccessTokens) {
    const auto tokens = load(box_);
    const std::string payload = payload_of(tokens->issue(claims_));
    const std::string sealed = database()
                                   .read_now([](soci::session& sql) {
                                       std::string text;
                                       sql << "SELECT private_key_sealed FROM signing_keys", soci::into(text);
                                       return text;
                                   })
                                   .value();
    const std::string kid =
        std::string(json::parse(tokens->jwks()).at("keys").as_array()[0].at("kid").as_string());
    const JsonWebKey key =
        JsonWebKey::ed25519_from_private(kid, box_.open("", "signing_key", sealed).value());
    const auto outcome = [&](std::string_view type, const std::string& body) {
        const auto done = tokens->verify(sign_jws(key, type, body));
        return done.has_value() ? std::string("accepted") : done.error().detail;
    };
    const auto with = [&](const char* name, json::value value) {
        json::object body = json::parse(payload).as_object();
        body[name] = std::move(value);
        return json::serialize(body);
    };
    EXPECT_EQ(outcome("at+jwt", payload), "accepted");
    EXPECT_EQ(outcome("JWT", payload), "not an access token");  // an ID token
    EXPECT_EQ(outcome("at+jwt", with("aud", "other")), "another audience");
    EXPECT_EQ(outcome("at+jwt", with("iss", "http://b")), "another issuer");
    EXPECT_EQ(outcome("at+jwt", with("exp", 1)), "expired");
    EXPECT_EQ(outcome("at+jwt", with("iat", base::unix_seconds(clock_.now()) + 3600)),
              "issued in the future");
    EXPECT_EQ(outcome("at+jwt", with("role", "root")), "unknown role");
    EXPECT_NE(outcome("at+jwt", with("exp", "never")), "accepted");
    EXPECT_NE(outcome("at+jwt", with("exp", nullptr)), "accepted");
    EXPECT_NE(outcome("at+jwt", with("extra", true)), "accepted");
    EXPECT_NE(outcome("at+jwt", "{}"), "accepted");
    EXPECT_NE(outcome("at+jwt", "not json"), "accepted");
}

}  // namespace

}  // namespace aimpact::accounts
