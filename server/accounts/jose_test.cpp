#include "accounts/jose.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/id.hpp"

namespace aimpact::accounts {

namespace {

namespace json = boost::json;

const std::vector<Algorithm> kAll = {Algorithm::eddsa, Algorithm::es256, Algorithm::rs256};

// RFC 8037, appendix A.
json::object rfc8037_key() {
    return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
}

JsonWebKey signer(std::string_view kid = "one", char seed = 's') {
    return JsonWebKey::ed25519_from_private(kid, std::string(32, seed));
}
JsonWebKeySet set_of(std::vector<JsonWebKey> keys) {
    return JsonWebKeySet::make(std::move(keys)).value();
}

std::string signed_with(const JsonWebKey& key, const std::string& header, const std::string& payload = "{}") {
    const std::string input = base::base64url_encode(header) + "." + base::base64url_encode(payload);
    return input + "." + base::base64url_encode(key.sign(input));
}

std::string why(const Result<VerifiedJws>& result) {
    return result.has_error() ? result.error().detail : "accepted";
}

TEST(JoseTest, VerifiesTheExampleOfRfc8037) {
    const auto keys = JsonWebKeySet::parse({{"keys", {rfc8037_key()}}});
    ASSERT_TRUE(keys.has_value());
    const std::string token =
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    const auto done = verify_jws(token, *keys, kAll);
    ASSERT_TRUE(done.has_value()) << done.error().detail;
    EXPECT_EQ(done->payload, "Example of Ed25519 signing");
}

TEST(JoseTest, RoundTripsThroughItsPublicJwk) {
    const JsonWebKey key = signer();
    const auto published = JsonWebKeySet::parse({{"keys", {key.to_jwk()}}});
    ASSERT_TRUE(published.has_value());
    EXPECT_EQ(why(verify_jws(sign_jws(key, "at+jwt", "hello"), *published, {Algorithm::eddsa})), "accepted");
    EXPECT_FALSE(key.to_jwk().contains("d"));
}

TEST(JoseTest, RefusesTheKnownTricks) {
    const JsonWebKey key = signer();
    const JsonWebKeySet keys = set_of({key});
    const std::string good = signed_with(key, R"({"alg":"EdDSA","kid":"one"})");
    ASSERT_EQ(why(verify_jws(good, keys, kAll)), "accepted");
    const auto refused = [&](const std::string& token) { return verify_jws(token, keys, kAll).has_error(); };

    for (const char* alg : {"none", "None", "NONE", "HS256", "RS256", "ES256", "PS256", "eddsa", ""})
        EXPECT_TRUE(refused(signed_with(key, std::string(R"({"kid":"one","alg":")") + alg + R"("})"))) << alg;
    EXPECT_TRUE(
        refused(base::base64url_encode(R"({"alg":"none"})") + "." + base::base64url_encode("{}") + "."));
    EXPECT_TRUE(refused(signed_with(key, R"({"kid":"one"})")));
    EXPECT_TRUE(refused(signed_with(key, R"({"alg":["EdDSA"],"kid":"one"})")));
    EXPECT_TRUE(refused(signed_with(key, R"({"alg":"EdDSA","kid":"two"})")));
    EXPECT_TRUE(refused(signed_with(key, R"({"alg":"EdDSA","kid":1})")));
    EXPECT_TRUE(refused(signed_with(key, R"({"alg":"EdDSA","kid":"../one"})")));
    for (const char* name : {"crit", "b64", "jwk", "jku", "x5c", "x5u"})
        EXPECT_TRUE(refused(
            signed_with(key, std::string(R"({"alg":"EdDSA","kid":"one",")") + name + R"(":["exp"]})")))
            << name;
    EXPECT_TRUE(refused(signed_with(key, R"({"alg":"none","alg":"EdDSA","kid":"one"})")) ||
                verify_jws(signed_with(key, R"({"alg":"none","alg":"EdDSA","kid":"one"})"), keys, kAll)
                        ->header.size() == 2);
    EXPECT_TRUE(refused(signed_with(key, "[]")));
    EXPECT_TRUE(refused(signed_with(key, "not json")));
    // Another key's signature under our kid.
    EXPECT_TRUE(refused(signed_with(signer("one", 'x'), R"({"alg":"EdDSA","kid":"one"})")));
    // The forms of the text.
    EXPECT_TRUE(refused(""));
    EXPECT_TRUE(refused(good.substr(0, good.rfind('.'))));
    EXPECT_TRUE(refused(good.substr(0, good.rfind('.') + 1)));
    EXPECT_TRUE(refused(good + "."));
    EXPECT_TRUE(refused(good + "=="));
    EXPECT_TRUE(refused(" " + good));
    EXPECT_TRUE(refused(std::string(20'000, 'a')));
    std::string stray = good;  // the last of 86 characters carries four unused bits
    stray.back() = stray.back() == 'A' ? 'B' : static_cast<char>(stray.back() + 1);
    EXPECT_TRUE(refused(stray));
    for (std::size_t i = 0; i < good.size(); i += 7) {
        std::string tampered = good;
        tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
        EXPECT_TRUE(refused(tampered)) << i;
    }
}

TEST(JoseTest, AnAllowListIsAnAllowList) {
    const JsonWebKey key = signer();
    const std::string token = sign_jws(key, "JWT", "{}");
    EXPECT_EQ(why(verify_jws(token, set_of({key}), {Algorithm::es256, Algorithm::rs256})),
              "the algorithm 'EdDSA' is not allowed");
}

TEST(JoseTest, WithoutAKidThereMustBeNoChoice) {
    const JsonWebKey key = signer();
    const std::string token = signed_with(key, R"({"alg":"EdDSA"})");
    EXPECT_EQ(why(verify_jws(token, set_of({key}), kAll)), "accepted");
    EXPECT_EQ(why(verify_jws(token, set_of({key, signer("two", 't')}), kAll)), "no key has this kid");
    EXPECT_TRUE(JsonWebKeySet::make({key, signer("one", 't')}).has_error());
}

TEST(JoseTest, RefusesKeysThatAreNone) {
    const auto refused = [](json::object jwk) { return JsonWebKey::parse(jwk).has_error(); };
    json::object good = rfc8037_key();
    EXPECT_FALSE(refused(good));
    json::object other = good;
    other["d"] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
    EXPECT_TRUE(refused(other));
    other = good, other["use"] = "enc";
    EXPECT_TRUE(refused(other));
    other = good, other["alg"] = "ES256";
    EXPECT_TRUE(refused(other));
    other = good, other["x"] = "AAAA";
    EXPECT_TRUE(refused(other));
    other = good, other["crv"] = "Ed448";
    EXPECT_TRUE(refused(other));
    EXPECT_TRUE(refused({{"kty", "oct"}, {"k", "c2VjcmV0"}}));
    EXPECT_TRUE(refused({{"kty", "EC"},
                         {"crv", "P-256"},
                         {"x", std::string(43, 'B')},
                         {"y", std::string(43, 'B')}}));  // not on the curve
    EXPECT_TRUE(refused({{"kty", "RSA"},
                         {"n", base::base64url_encode(std::string(128, '\xff'))},
                         {"e", "AQAB"}}));  // 1024 bits
    EXPECT_TRUE(refused(
        {{"kty", "RSA"}, {"n", base::base64url_encode(std::string(256, '\xff'))}, {"e", "AQ"}}));  // e = 1
    EXPECT_TRUE(refused({}));
}

json::object public_half(json::object jwk) {
    for (const char* name : {"d", "p", "q", "dp", "dq", "qi"}) jwk.erase(name);
    return jwk;
}

// Google's Wycheproof vectors. A key of an algorithm that is not in our list cannot even be loaded: then
// every token under it counts as refused. Which vectors are valid by our rules is asked for below.
TEST(JoseTest, Wycheproof) {
    const std::filesystem::path folder = "../shared/conformance/wycheproof";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the Wycheproof vectors are not at " << folder;
    int accepted = 0, refused = 0, unsupported = 0;
    for (const char* name :
         {"json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"}) {
        std::ifstream in(folder / name);
        std::stringstream text;
        text << in.rdbuf();
        const json::value root = json::parse(text.str());
        for (const json::value& group : root.at("testGroups").as_array()) {
            const json::object& g = group.as_object();
            const json::object& jwk = (g.contains("public") ? g.at("public") : g.at("private")).as_object();
            Result<JsonWebKeySet> keys = [&]() -> Result<JsonWebKeySet> {
                if (jwk.contains("keys")) return JsonWebKeySet::parse(jwk);
                AIMPACT_TRY(JsonWebKey key, JsonWebKey::parse(g.contains("public") ? jwk : public_half(jwk)));
                return JsonWebKeySet::make({std::move(key)});
            }();
            for (const json::value& one : g.at("tests").as_array()) {
                if (!one.as_object().contains("jws") || !one.at("jws").is_string()) continue;
                const std::string token(one.at("jws").as_string());
                const bool valid = one.at("result") == json::value("valid");
                const std::string label = std::string(name) + " " + json::serialize(one.at("tcId")) + " " +
                                          std::string(one.at("comment").as_string());
                if (keys.has_error()) {
                    ++unsupported;
                    // Only algorithms outside the list may be lost this way.
                    const std::string alg = jwk.contains("alg") && jwk.at("alg").is_string()
                                                ? std::string(jwk.at("alg").as_string())
                                                : "";
                    if (valid)
                        EXPECT_FALSE(alg == "ES256" || alg == "RS256" || alg == "EdDSA")
                            << label << " " << keys.error().detail;
                    continue;
                }
                const auto done = verify_jws(token, *keys, kAll);
                if (valid)
                    EXPECT_EQ(why(done), "accepted") << label;
                else
                    EXPECT_TRUE(done.has_error()) << label;
                ++(done.has_error() ? refused : accepted);
            }
        }
    }
    RecordProperty("accepted", accepted);
    std::printf("wycheproof: %d accepted, %d refused, %d under keys that we do not take\n", accepted, refused,
                unsupported);
    EXPECT_GT(accepted, 0);
    EXPECT_GT(refused, 200);
}

}  // namespace

}  // namespace aimpact::accounts
