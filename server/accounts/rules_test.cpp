// The small parts: identity rules, password hashing, throttle, cache, browser rules, the table of roles.
#include <gmock/gmock.h>

#include "accounts/authorization.hpp"
#include "accounts/browser_rules.hpp"
#include "accounts/credential_cache.hpp"
#include "accounts/identity_rules.hpp"
#include "accounts/password_hash.hpp"
#include "accounts/sign_in_throttle.hpp"

namespace aimpact::accounts {

namespace {

using base::ErrorCode;
using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(EmailTest, HasOneForm) {
    EXPECT_EQ(normalise_email("  Ada.Lovelace@Example.COM ").value(), "ada.lovelace@example.com");
    EXPECT_EQ(normalise_email("a+b@localhost").value(), "a+b@localhost");
    for (const char* bad : {"", "ada", "@example.com", "ada@", "a da@example.com", "ada@exa mple.com",
                            ".ada@example.com", "ada.@example.com", "a..b@example.com", "ada@-example.com",
                            "ada@example..com", "ada@example.com\nbcc: x", "\"x\"@example.com",
                            "ädä@example.com", "a@b@example.com", "<ada@example.com>"})
        EXPECT_EQ(normalise_email(bad).error().param, "email") << bad;
    EXPECT_TRUE(normalise_email(std::string(65, 'a') + "@example.com").has_error());
    EXPECT_TRUE(normalise_email("a@" + std::string(260, 'a')).has_error());
}

TEST(NameTest, IsTrimmedAndBounded) {
    EXPECT_EQ(check_name("  Zoë 日本 ").value(), "Zoë 日本");
    EXPECT_TRUE(check_name("   ").has_error());
    EXPECT_TRUE(check_name("a\nb").has_error());
    std::string hundred;
    for (int i = 0; i < 100; ++i) hundred += "é";
    EXPECT_TRUE(check_name(hundred).has_value());
    EXPECT_EQ(check_name(hundred + "é", "organisation").error().param, "organisation");
}

TEST(PasswordPolicyTest, AsksForStrengthNotForComposition) {
    EXPECT_TRUE(check_new_password("correct horse battery staple", {}).has_value());
    EXPECT_TRUE(check_new_password("kX9#mL2p", {}).has_value());
    EXPECT_THAT(check_new_password("short1!", {}).error().message, HasSubstr("8 to 128"));
    for (const char* weak :
         {"password", "Password123!", "12345678", "qwertyuiop", "aaaaaaaaaa", "iloveyou2", "letmein123"})
        EXPECT_THAT(check_new_password(weak, {}).error().message, HasSubstr("too easy")) << weak;
    EXPECT_TRUE(check_new_password("lovelace1", {}).has_error() ||
                check_new_password("lovelace1", {"ada.lovelace@example.com"}).has_error());
    EXPECT_TRUE(check_new_password("zwyxqarb", {}).has_value());
    EXPECT_TRUE(check_new_password("zwyxqarb", {"zwyxqarb@example.com"}).has_error());
    std::string long_one;
    for (int i = 0; i < 32; ++i) long_one += "zq7é";
    EXPECT_TRUE(check_new_password(long_one, {}).has_value());
    EXPECT_TRUE(check_new_password(long_one + "x", {}).has_error());
    EXPECT_EQ(check_new_password(std::string("kX9#mL2p\0x", 10), {}, "new_password").error().param,
              "new_password");
}

TEST(PasswordHashTest, IsAPhcStringOfTheParameters) {
    base::SeededRandom random(1);
    const PasswordHasher real({}, random), cheap({.memory_kib = 64}, random);
    const std::string hash = real.hash(kPasswordCharsMin ? "secret words" : "").value();
    EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$")) << hash;
    EXPECT_TRUE(real.verify("secret words", hash));
    EXPECT_FALSE(real.verify("secret word", hash));
    EXPECT_FALSE(real.verify("secret words", "garbage"));
    EXPECT_FALSE(real.verify("secret words", ""));
    EXPECT_FALSE(real.outdated(hash));
    EXPECT_TRUE(cheap.outdated(hash));
    EXPECT_TRUE(cheap.verify("secret words", hash));  // old ones still work
    EXPECT_NE(cheap.hash("x").value(), cheap.hash("x").value());
}

TEST(ThrottleTest, SlowsOneAccountFromOneAddressOnly) {
    base::ManualClock clock;
    SignInThrottle throttle(clock);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(throttle.begin("ada", "192.0.2.1").has_value()) << i;
    const auto slowed = throttle.begin("ada", "192.0.2.1");
    EXPECT_EQ(slowed.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(slowed.error().retry_after, 1s);
    EXPECT_TRUE(throttle.begin("ada", "192.0.2.2").has_value());  // nobody can lock Ada out from elsewhere
    EXPECT_TRUE(throttle.begin("bob", "192.0.2.1").has_value());
    clock.advance(1s);
    EXPECT_TRUE(throttle.begin("ada", "192.0.2.1").has_value());
    EXPECT_EQ(throttle.begin("ada", "192.0.2.1").error().retry_after, 2s);
    clock.advance(2s);
    throttle.succeeded("ada", "192.0.2.1");
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(throttle.begin("ada", "192.0.2.1").has_value());
}

TEST(ThrottleTest, TheWaitIsBoundedAndForgotten) {
    base::ManualClock clock;
    SignInThrottle throttle(clock);
    std::chrono::seconds longest{0};
    for (int i = 0; i < 40; ++i) {
        const auto done = throttle.begin("ada", "192.0.2.1");
        if (done.has_error()) {
            longest = std::max(longest, *done.error().retry_after);
            clock.advance(*done.error().retry_after);
        }
    }
    EXPECT_GE(longest, 512s);
    EXPECT_LE(longest, 900s);
    clock.advance(2h);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(throttle.begin("ada", "192.0.2.1").has_value());
}

TEST(ThrottleTest, SlowsOneAddressOverManyAccounts) {
    base::ManualClock clock;
    SignInThrottle throttle(clock);
    int passed = 0;
    for (int i = 0; i < 200; ++i)
        passed +=
            throttle.begin("user" + std::to_string(i), "2001:db8:1:2::" + std::to_string(i)).has_value();
    EXPECT_EQ(passed, 50);
    EXPECT_TRUE(throttle.begin("ada", "2001:db8:1:3::1").has_value());  // another network
    clock.advance(18s);
    EXPECT_TRUE(throttle.begin("x", "2001:db8:1:2::1").has_value());
    EXPECT_EQ(SignInThrottle::place_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(SignInThrottle::place_of("192.0.2.1"), "192.0.2.1");
}

TEST(ThrottleTest, MemoryIsBounded) {
    LruMap<int, int> map(3);
    for (int i = 0; i < 10; ++i) map.put(i, i);
    EXPECT_EQ(map.size(), 3u);
    EXPECT_EQ(map.find(6), nullptr);
    ASSERT_NE(map.find(7), nullptr);
    map.put(10, 10);  // 8 was used least recently
    EXPECT_EQ(map.find(8), nullptr);
    EXPECT_NE(map.find(7), nullptr);
}

CredentialCache::Entry entry(const std::string& user, const std::string& credential, WallTime expires_at) {
    Principal principal;
    principal.user_id = user;
    principal.credential_id = credential;
    return {principal, user, {}, expires_at};
}

TEST(CredentialCacheTest, ForgetsByTimeByUserAndByCredential) {
    base::ManualClock clock;
    CredentialCache cache(clock);
    const Digest a = sha256("a"), b = sha256("b");
    const WallTime late = clock.now() + 1h;
    cache.put(a, entry("u1", "s1", late), cache.generation());
    cache.put(b, entry("u2", "s2", clock.now() + 5s), cache.generation());
    EXPECT_TRUE(cache.find(a) && cache.find(b));
    clock.advance(5s);
    EXPECT_FALSE(cache.find(b));  // expired itself
    clock.advance(25s);
    EXPECT_FALSE(cache.find(a));  // no longer fresh
    cache.put(a, entry("u1", "s1", late), cache.generation());
    cache.forget_user("u1");
    EXPECT_FALSE(cache.find(a));
    CredentialCache::Entry child = entry("u1", "cs1", late);
    child.parent_id = "s1";
    cache.put(a, child, cache.generation());
    cache.forget_credential("s1");
    EXPECT_FALSE(cache.find(a));
}

TEST(CredentialCacheTest, WhatWasReadBeforeARevocationIsNotKept) {
    base::ManualClock clock;
    CredentialCache cache(clock);
    const auto before = cache.generation();
    cache.forget_user("somebody");
    cache.put(sha256("a"), entry("u1", "s1", clock.now() + 1h), before);
    EXPECT_FALSE(cache.find(sha256("a")));
}

net::Request from(std::initializer_list<std::pair<std::string, std::string>> headers) {
    net::Request request;
    for (const auto& [name, value] : headers) request.headers.add(name, value);
    return request;
}

TEST(BrowserRulesTest, OtherSitesAreRefused) {
    const std::string base = "https://voice.example.com";
    const auto ok = [&](std::initializer_list<std::pair<std::string, std::string>> headers) {
        return check_same_origin(from(headers), base).has_value();
    };
    EXPECT_TRUE(ok({{"Sec-Fetch-Site", "same-origin"}}));
    EXPECT_TRUE(ok({{"Sec-Fetch-Site", "none"}}));
    EXPECT_FALSE(ok({{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://voice.example.com"}}));
    EXPECT_FALSE(ok({{"Sec-Fetch-Site", "same-site"}}));
    EXPECT_TRUE(ok({{"Origin", "https://voice.example.com"}}));
    EXPECT_TRUE(ok({{"Origin", "http://127.0.0.1:8080"}, {"Host", "127.0.0.1:8080"}}));
    EXPECT_FALSE(ok({{"Origin", "https://evil.example"}, {"Host", "voice.example.com"}}));
    EXPECT_FALSE(ok({{"Origin", "https://voice.example.com.evil.example"}}));
    EXPECT_FALSE(ok({{"Origin", "null"}, {"Host", "voice.example.com"}}));
    EXPECT_TRUE(ok({}));  // not a browser
}

TEST(BrowserRulesTest, CookiesCarryEveryProtection) {
    net::Request request;
    net::Response response;
    set_refresh_cookie(response, request, "rt_x", 60s);
    EXPECT_EQ(response.headers.get("Set-Cookie"),
              "aimpact_refresh=rt_x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
    request.secure = true;
    net::Response secure;
    set_refresh_cookie(secure, request, "rt_x", 60s);
    EXPECT_EQ(secure.headers.get("Set-Cookie"),
              "__Host-aimpact_refresh=rt_x; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure");
    // Over TLS the plain cookie, which a sibling domain could plant, does not count.
    request.headers.add("Cookie", "aimpact_refresh=rt_planted");
    EXPECT_EQ(refresh_cookie(request), "");
}

TEST(AuthorizationTest, RolesIncludeTheOnesBelow) {
    Principal principal;
    std::size_t before = 0;
    for (const Role role : {Role::viewer, Role::developer, Role::admin, Role::owner}) {
        principal.role = role;
        EXPECT_GE(permissions_of(principal).size(), before);
        before = permissions_of(principal).size();
    }
    EXPECT_EQ(before, 18u);
    principal.role = Role::viewer;
    EXPECT_TRUE(allowed(principal, Permission::agents_read));
    EXPECT_FALSE(allowed(principal, Permission::agents_write));
    EXPECT_THAT(authorize(principal, Permission::agents_write).error().message, HasSubstr("agents_write"));
}

TEST(AuthorizationTest, ScopesNarrowAndNeverWiden) {
    Principal principal;
    principal.role = Role::viewer;
    principal.scopes = {Permission::agents_read, Permission::agents_write};
    EXPECT_TRUE(allowed(principal, Permission::agents_read));
    EXPECT_FALSE(allowed(principal, Permission::agents_write));
    EXPECT_FALSE(allowed(principal, Permission::voices_read));
}

}  // namespace

}  // namespace aimpact::accounts
