// The routes through the real router, as JSON and headers, without a socket.
#include "accounts/testing.hpp"
#include "base/wire.hpp"

namespace aimpact::accounts {

namespace {

using net::Method;
namespace json = boost::json;

struct Answer {
    int status = 0;
    json::value body;
    std::string cookie;  // Set-Cookie
    net::Headers headers;
};

class AccountRoutesTest : public AccountsTest {
  protected:
    void SetUp() override {
        AccountsTest::SetUp();
        if (!IsSkipped()) accounts().register_routes(router_);
    }

    Answer call(Method method, const std::string& path, const std::string& body = "",
                const std::string& bearer = "",
                std::initializer_list<std::pair<std::string, std::string>> headers = {}) {
        net::Request request;
        request.method = method;
        const std::size_t query = path.find('?');
        request.path = path.substr(0, query);
        if (query != std::string::npos) {
            const std::string pair = path.substr(query + 1);
            request.query.emplace(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
        }
        request.body = body;
        request.remote_address = "192.0.2.9";
        request.request_id = "req_test";
        if (!bearer.empty()) request.headers.add("Authorization", "Bearer " + bearer);
        for (const auto& [name, value] : headers) request.headers.add(name, value);
        const net::Router::Match match = router_.match(request);
        EXPECT_NE(match.route, nullptr) << path;
        if (!match.route) return {};
        net::Response response = run(match.route->handler(request));
        Answer out{response.status, nullptr, std::string(response.headers.get("Set-Cookie")),
                   response.headers};
        if (!response.body.empty()) out.body = json::parse(response.body);
        return out;
    }
    static std::string text(const json::value& value) { return std::string(value.as_string()); }
    // "name=value" of a Set-Cookie, as a browser would send it back.
    static std::string crumb(const Answer& answer) {
        return answer.cookie.substr(0, answer.cookie.find(';'));
    }

    std::string set_up_by_route() {
        const std::string link = accounts().setup_link().value().value();
        owner_ = call(Method::post, "/api/v1/setup",
                      json::serialize(json::object{{"token", link.substr(link.find('=') + 1)},
                                                   {"name", "Ada"},
                                                   {"email", "ada@example.com"},
                                                   {"password", kPassword},
                                                   {"organisation", "Engines"}}));
        EXPECT_EQ(owner_.status, 201) << json::serialize(owner_.body);
        return text(owner_.body.at("access_token"));
    }

    net::Router router_;
    Answer owner_;
};
AIMPACT_ON_BOTH_DATABASES(AccountRoutesTest);

TEST_P(AccountRoutesTest, SetUpSignInRefreshSignOut) {
    EXPECT_EQ(call(Method::get, "/api/v1/setup").body, (json::value{{"needed", true}}));
    const std::string token = set_up_by_route();
    EXPECT_EQ(call(Method::get, "/api/v1/setup").body, (json::value{{"needed", false}}));
    EXPECT_EQ(owner_.body.at("token_type"), "Bearer");
    EXPECT_EQ(owner_.body.at("expires_in"), 900);
    EXPECT_EQ(owner_.body.at("role"), "owner");
    EXPECT_THAT(owner_.cookie, testing::HasSubstr("HttpOnly; SameSite=Strict"));
    EXPECT_EQ(owner_.headers.get("Cache-Control"), "no-store");
    EXPECT_FALSE(owner_.body.as_object().contains("refresh_token"));

    const Answer me = call(Method::get, "/api/v1/me", "", token);
    EXPECT_EQ(me.status, 200);
    EXPECT_EQ(me.body.at("user").at("email"), "ada@example.com");
    EXPECT_EQ(me.body.at("organisation").at("name"), "Engines");
    EXPECT_EQ(me.body.at("permissions").as_array().size(), 18u);
    EXPECT_EQ(me.body.at("user").at("created_at"), json::value(base::format_time(clock_.now())));

    const Answer signed_in = call(Method::post, "/api/v1/auth/sign-in",
                                  R"({"email":"ada@example.com","password":"correct horse battery staple"})");
    ASSERT_EQ(signed_in.status, 200);
    const Answer refreshed =
        call(Method::post, "/api/v1/auth/refresh", "", "", {{"Cookie", crumb(signed_in)}});
    ASSERT_EQ(refreshed.status, 200);
    EXPECT_NE(crumb(refreshed), crumb(signed_in));
    const Answer out = call(Method::post, "/api/v1/auth/sign-out", "", "", {{"Cookie", crumb(refreshed)}});
    EXPECT_EQ(out.status, 204);
    EXPECT_THAT(out.cookie, testing::HasSubstr("Max-Age=0"));
    const Answer over = call(Method::post, "/api/v1/auth/refresh", "", "", {{"Cookie", crumb(refreshed)}});
    EXPECT_EQ(over.status, 401);
    EXPECT_THAT(over.cookie, testing::HasSubstr("Max-Age=0"));
    EXPECT_EQ(call(Method::post, "/api/v1/auth/refresh").status, 401);
}

TEST_P(AccountRoutesTest, AnotherSiteCannotUseTheCookie) {
    set_up_by_route();
    const std::string cookie = crumb(owner_);
    for (const char* path : {"/api/v1/auth/refresh", "/api/v1/auth/sign-out"}) {
        EXPECT_EQ(call(Method::post, path, "", "",
                       {{"Cookie", cookie}, {"Origin", "https://evil.example"}, {"Host", "127.0.0.1:8080"}})
                      .status,
                  403);
        EXPECT_EQ(
            call(Method::post, path, "", "", {{"Cookie", cookie}, {"Sec-Fetch-Site", "cross-site"}}).status,
            403);
    }
    EXPECT_EQ(call(Method::post, "/api/v1/auth/sign-in", R"({"email":"ada@example.com","password":"x"})", "",
                   {{"Sec-Fetch-Site", "cross-site"}})
                  .status,
              403);
    EXPECT_EQ(call(Method::post, "/api/v1/auth/refresh", "", "",
                   {{"Cookie", cookie}, {"Sec-Fetch-Site", "same-origin"}})
                  .status,
              200);
}

// Somebody plants their own cookie before the victim signs in: the sign-in starts a session of its own.
TEST_P(AccountRoutesTest, ASignInNeverTakesOverAPlantedSession) {
    set_up_by_route();
    const std::string planted = crumb(owner_);
    const Answer signed_in = call(Method::post, "/api/v1/auth/sign-in",
                                  R"({"email":"ada@example.com","password":"correct horse battery staple"})",
                                  "", {{"Cookie", planted}});
    ASSERT_EQ(signed_in.status, 200);
    EXPECT_NE(crumb(signed_in), planted);
    ASSERT_EQ(call(Method::post, "/api/v1/auth/sign-out", "", "", {{"Cookie", planted}}).status, 204);
    EXPECT_EQ(call(Method::get, "/api/v1/me", "", text(signed_in.body.at("access_token"))).status, 200);
}

TEST_P(AccountRoutesTest, MembersAndKeys) {
    const std::string token = set_up_by_route();
    const Answer added = call(
        Method::post, "/api/v1/members",
        R"({"email":"dev@example.com","name":"Dev","role":"developer","password":"correct horse battery staple"})",
        token);
    ASSERT_EQ(added.status, 201) << json::serialize(added.body);
    const std::string id = text(added.body.at("user_id"));
    const Answer list = call(Method::get, "/api/v1/members?limit=1", "", token);
    EXPECT_EQ(list.body.at("data").as_array().size(), 1u);
    EXPECT_TRUE(list.body.at("next_cursor").is_string());
    EXPECT_TRUE(call(Method::get, "/api/v1/members", "", token).body.at("next_cursor").is_null());
    EXPECT_EQ(call(Method::get, "/api/v1/members?limit=many", "", token).status, 400);
    EXPECT_EQ(call(Method::get, "/api/v1/members?limit=1000", "", token).status, 400);
    EXPECT_EQ(call(Method::patch, "/api/v1/members/" + id, R"({"role":"viewer"})", token).body.at("role"),
              "viewer");
    EXPECT_EQ(call(Method::patch, "/api/v1/members/" + id, R"({"role":"king"})", token).status, 400);

    const Answer key =
        call(Method::post, "/api/v1/api-keys",
             R"({"name":"Bridge","scopes":["converse"],"expires_at":"2030-01-01T00:00:00Z"})", token);
    ASSERT_EQ(key.status, 201) << json::serialize(key.body);
    EXPECT_EQ(key.headers.get("Cache-Control"), "no-store");
    EXPECT_EQ(key.body.at("api_key").at("expires_at"), "2030-01-01T00:00:00.000Z");
    const std::string secret = text(key.body.at("key"));
    EXPECT_EQ(call(Method::get, "/api/v1/members", "", secret).status, 403);
    const Answer me = call(Method::get, "/api/v1/me", "", secret);
    EXPECT_EQ(me.status, 200);
    EXPECT_FALSE(me.body.as_object().contains("user"));
    EXPECT_EQ(me.body.at("permissions"), (json::value{"converse"}));
    EXPECT_EQ(call(Method::patch, "/api/v1/me", R"({"name":"X"})", secret).status, 403);
    const Answer keys = call(Method::get, "/api/v1/api-keys", "", token);
    EXPECT_FALSE(keys.body.at("data").as_array()[0].as_object().contains("key"));
    EXPECT_EQ(call(Method::post, "/api/v1/api-keys", R"({"name":"k","expires_at":"soon"})", token).status,
              400);
    EXPECT_EQ(
        call(Method::del, "/api/v1/api-keys/" + text(key.body.at("api_key").at("id")), "", token).status,
        204);
    EXPECT_EQ(call(Method::get, "/api/v1/me", "", secret).status, 401);

    EXPECT_EQ(call(Method::del, "/api/v1/members/" + id, "", token).status, 204);
    EXPECT_EQ(call(Method::del, "/api/v1/members/" + id, "", token).status, 404);
    EXPECT_EQ(call(Method::patch, "/api/v1/organisation", R"({"name":"New"})", token).body.at("name"), "New");
    EXPECT_EQ(call(Method::get, "/api/v1/organisation", "", token).body.at("name"), "New");
    EXPECT_EQ(call(Method::patch, "/api/v1/me", R"({"name":"Ada King"})", token).body.at("user").at("name"),
              "Ada King");
    EXPECT_EQ(
        call(
            Method::post, "/api/v1/me/password",
            R"({"current_password":"correct horse battery staple","new_password":"violet tractor ninety lamps"})",
            token)
            .status,
        204);
}

TEST_P(AccountRoutesTest, ErrorsAreProblemsThatNameTheField) {
    const std::string token = set_up_by_route();
    const Answer typo = call(Method::post, "/api/v1/auth/sign-in", R"({"email":"a@b.c","pasword":"x"})");
    EXPECT_EQ(typo.status, 400);
    const Answer anonymous = call(Method::get, "/api/v1/me");
    EXPECT_EQ(anonymous.status, 401);
    EXPECT_THAT(std::string(anonymous.headers.get("WWW-Authenticate")), testing::StartsWith("Bearer"));
    EXPECT_EQ(anonymous.body.at("code"), "unauthenticated");
    EXPECT_EQ(anonymous.body.at("request_id"), "req_test");
    EXPECT_EQ(call(Method::post, "/api/v1/members", "not json", token).status, 400);
    EXPECT_EQ(call(Method::post, "/api/v1/members",
                   R"({"email":"x","name":"X","role":"viewer","password":"p"})", token)
                  .body.at("param"),
              "email");
    for (int i = 0; i < 5; ++i)
        call(Method::post, "/api/v1/auth/sign-in", R"({"email":"ada@example.com","password":"x"})");
    const Answer slowed =
        call(Method::post, "/api/v1/auth/sign-in", R"({"email":"ada@example.com","password":"x"})");
    EXPECT_EQ(slowed.status, 429);
    EXPECT_EQ(slowed.headers.get("Retry-After"), "1");
}

TEST_P(AccountRoutesTest, PublishesTheKeys) {
    const Answer keys = call(Method::get, "/.well-known/jwks.json");
    EXPECT_EQ(keys.status, 200);
    EXPECT_EQ(keys.body.at("keys").as_array()[0].at("alg"), "EdDSA");
}

// Every route is either public by name or demands a credential.
TEST_P(AccountRoutesTest, NothingIsOpenByAccident) {
    for (const net::Route& route : router_.routes()) {
        ASSERT_FALSE(route.permission.empty()) << route.pattern;
        if (route.permission == "public") continue;
        std::string path = route.pattern;
        while (path.find('{') != std::string::npos)
            path.replace(path.find('{'), path.find('}') - path.find('{') + 1, "x");
        EXPECT_EQ(call(route.method, path).status, 401) << path;
        EXPECT_EQ(call(route.method, path, "", "wrong").status, 401) << path;
    }
}

}  // namespace

}  // namespace aimpact::accounts
