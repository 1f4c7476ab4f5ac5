#include "net/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "net/target.hpp"

namespace aimpact::net {
namespace {

Task<Response> nothing(Request&) {
    co_return Response::empty();
}

void add(Router& router, Method method, std::string pattern) {
    router.add({.method = method, .pattern = std::move(pattern), .handler = nothing});
}

Request request_for(std::string_view target, Method method = Method::get) {
    Request request;
    request.method = method;
    const Result<> parsed = parse_target(target, request);
    EXPECT_TRUE(parsed.has_value()) << target;
    return request;
}

std::string pattern_for(const Router& router, Request& request) {
    const Router::Match match = router.match(request);
    return match.route ? match.route->pattern : "";
}

TEST(Router, LiteralWinsOverParameterWinsOverRest) {
    Router router;
    add(router, Method::get, "/a/{id}");
    add(router, Method::get, "/a/mine");
    add(router, Method::get, "/a/{id}/c");
    add(router, Method::get, "/a/mine/d");
    add(router, Method::get, "/{path...}");
    Request request = request_for("/a/mine");
    EXPECT_EQ(pattern_for(router, request), "/a/mine");
    request = request_for("/a/other");
    EXPECT_EQ(pattern_for(router, request), "/a/{id}");
    EXPECT_EQ(request.param("id"), "other");
    // The literal leads nowhere, so the way back is taken.
    request = request_for("/a/mine/c");
    EXPECT_EQ(pattern_for(router, request), "/a/{id}/c");
    EXPECT_EQ(request.param("id"), "mine");
    request = request_for("/x/y%20z/");
    EXPECT_EQ(pattern_for(router, request), "/{path...}");
    EXPECT_EQ(request.param("path"), "x/y z/");
    request = request_for("/");
    EXPECT_EQ(pattern_for(router, request), "/{path...}");
    EXPECT_EQ(request.param("path"), "");
    // An empty segment is no parameter.
    request = request_for("/a/");
    EXPECT_EQ(pattern_for(router, request), "/{path...}");
}

TEST(Router, EncodedSlashStaysInItsParameter) {
    Router router;
    add(router, Method::get, "/files/{name}");
    add(router, Method::get, "/gr\u00fc\u00dfe");
    Request request = request_for("/files/a%2Fb");
    EXPECT_EQ(pattern_for(router, request), "/files/{name}");
    EXPECT_EQ(request.param("name"), "a/b");
    EXPECT_EQ(request.path, "/files/a/b");
    request = request_for("/gr%C3%BC%C3%9Fe");
    EXPECT_NE(router.match(request).route, nullptr);
}

TEST(Router, SaysWhichMethodsAreAllowed) {
    Router router;
    add(router, Method::get, "/a");
    add(router, Method::post, "/a");
    add(router, Method::get, "/{path...}");
    Request request = request_for("/a", Method::del);
    const Router::Match match = router.match(request);
    EXPECT_EQ(match.route, nullptr);
    EXPECT_TRUE(match.path_known);
    EXPECT_THAT(match.allowed, testing::UnorderedElementsAre(Method::get, Method::head, Method::post));
    // The catch-all of the static site makes nothing known.
    request = request_for("/unknown", Method::post);
    EXPECT_FALSE(router.match(request).path_known);
    request = request_for("/a", Method::head);
    EXPECT_NE(router.match(request).route, nullptr);
    EXPECT_THAT(router.allowed(request),
                testing::UnorderedElementsAre(Method::get, Method::head, Method::post));
}

TEST(Router, RefusesBadTables) {
    Router router;
    add(router, Method::get, "/a/{id}");
    EXPECT_THROW(add(router, Method::get, "/a/{other}"), std::logic_error);
    EXPECT_THROW(add(router, Method::get, "a"), std::logic_error);
    EXPECT_THROW(add(router, Method::get, "/{}"), std::logic_error);
    EXPECT_THROW(add(router, Method::get, "/x{id}"), std::logic_error);
    EXPECT_THROW(add(router, Method::get, "/{a}/{a}"), std::logic_error);
    EXPECT_THROW(add(router, Method::get, "/{rest...}/a"), std::logic_error);
    EXPECT_THROW(router.add({.method = Method::get, .pattern = "/none"}), std::logic_error);
    EXPECT_NO_THROW(add(router, Method::post, "/a/{other}"));
    Request request = request_for("/a/1", Method::post);
    EXPECT_EQ(pattern_for(router, request), "/a/{other}");
    EXPECT_EQ(request.param("other"), "1");
}

TEST(Router, SurvivesVeryDeepPaths) {
    Router router;
    add(router, Method::get, "/a/{path...}");
    std::string deep = "/a";
    for (int i = 0; i < 1000; ++i) deep += "/b";
    Request request = request_for(deep);
    EXPECT_EQ(router.match(request).route, nullptr);
}

TEST(Target, IsDecodedOnce) {
    Request request = request_for("/a%20b?q=%C3%A4+x&q=last&flag&e=%26");
    EXPECT_EQ(request.path, "/a b");
    EXPECT_EQ(request.query_value("q"), "last");
    EXPECT_EQ(request.query_value("flag"), "");
    EXPECT_EQ(request.query_value("e"), "&");
    EXPECT_FALSE(request.query_value("none"));
    request = request_for("/a%2525");
    EXPECT_EQ(request.path, "/a%25");
}

TEST(Target, AbsoluteForm) {
    EXPECT_EQ(request_for("http://example.com/x?y=1").path, "/x");
    EXPECT_EQ(request_for("HTTP://example.com").path, "/");
    EXPECT_EQ(request_for("https://example.com?y=1").query_value("y"), "1");
}

TEST(Target, RefusesWhatIsBroken) {
    for (const char* bad : {"/%", "/%1", "/%zz", "/a%00b", "/a\x01", "/x?a=%0", "/a/../b", "/a/%2e%2e/b",
                            "/.", "/a/.", "a", "", "*", "http:///x", "ftp://x/", "example.com:80", "/a#b"}) {
        Request request;
        EXPECT_TRUE(parse_target(bad, request).has_error()) << bad;
    }
    std::string many = "/?";
    for (int i = 0; i < 257; ++i) many += "a=1&";
    Request request;
    EXPECT_TRUE(parse_target(many, request).has_error());
}

TEST(Target, EncodingIsTheWayBack) {
    std::string out;
    const std::string text = "a/b c+d%e\xC3\xA4~";
    EXPECT_TRUE(percent_decode(percent_encode(text), out));
    EXPECT_EQ(out, text);
}

}  // namespace
}  // namespace aimpact::net
