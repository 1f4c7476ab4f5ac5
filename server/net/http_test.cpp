#include "net/http.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/log.hpp"
#include "net/response_head.hpp"

namespace aimpact::net {
namespace {

TEST(Headers, AreFoundWhateverTheCase) {
    Headers headers;
    headers.add("Content-Type", "a");
    headers.add("X-Twice", "1");
    headers.add("x-twice", "2");
    EXPECT_EQ(headers.get("content-TYPE"), "a");
    EXPECT_EQ(headers.get("X-TWICE"), "1");
    EXPECT_EQ(headers.get("absent"), "");
    headers.set("X-TWICE", "3");
    EXPECT_EQ(headers.all().size(), 2U);
    EXPECT_EQ(headers.get("x-twice"), "3");
}

TEST(Request, FindsCookies) {
    Request request;
    request.headers.add("Cookie", "a=1; session=abc=def; empty=; quoted=\"q\"");
    request.headers.add("Cookie", "late=2");
    EXPECT_EQ(request.cookie("a"), "1");
    EXPECT_EQ(request.cookie("session"), "abc=def");
    EXPECT_EQ(request.cookie("quoted"), "q");
    EXPECT_EQ(request.cookie("late"), "2");
    EXPECT_EQ(request.cookie("empty"), "");
    EXPECT_EQ(request.cookie("sess"), "");
}

TEST(Problem, HoldsWhatTheClientNeedsAndNoDetail) {
    base::configure_log(base::LogLevel::off, base::LogFormat::json);
    Request request;
    request.request_id = "req_1";
    Error error = base::invalid_argument("Give a name.", "tools[2].name");
    error.detail = "secret internals";
    error.retry_after = std::chrono::seconds{7};
    const Response response = problem(error, request);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.headers.get("content-type"), "application/problem+json");
    EXPECT_EQ(response.headers.get("retry-after"), "7");
    EXPECT_EQ(response.body.find("secret"), std::string::npos);
    const auto body = boost::json::parse(response.body).as_object();
    EXPECT_EQ(body.at("title"), "Bad Request");
    EXPECT_EQ(body.at("status"), 400);
    EXPECT_EQ(body.at("detail"), "Give a name.");
    EXPECT_EQ(body.at("code"), "invalid_argument");
    EXPECT_EQ(body.at("param"), "tools[2].name");
    EXPECT_EQ(body.at("request_id"), "req_1");
}

TEST(SseEvent, KeepsLineBreaksOfData) {
    EXPECT_EQ(sse_event("x"), "data: x\n\n");
    EXPECT_EQ(sse_event("a\nb\r\nc\rd", "delta"), "event: delta\ndata: a\ndata: b\ndata: c\ndata: d\n\n");
    EXPECT_EQ(sse_event(""), "data: \n\n");
    EXPECT_EQ(sse_event("x", "evil\nname"), "event: evilname\ndata: x\n\n");
}

TEST(ResponseHead, CannotBeSplitByAHeader) {
    Response response;
    response.headers.add("Location", "/a\r\nSet-Cookie: evil=1");
    response.headers.add("Bad\r\nName", "x");
    response.headers.add("Content-Length", "999");
    HeadOptions options;
    options.content_length = 5;
    std::string head;
    write_head(head, response, options);
    EXPECT_EQ(head.find("\r\nSet-Cookie"), std::string::npos);
    EXPECT_EQ(head.find("Bad"), std::string::npos);
    EXPECT_EQ(head.find("999"), std::string::npos);
    EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos);
    EXPECT_NE(head.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
    EXPECT_NE(head.find("frame-ancestors 'none'"), std::string::npos);
}

TEST(ResponseHead, HandlersOverrideDefaults) {
    Response response;
    response.headers.add("Cache-Control", "max-age=5");
    HeadOptions options;
    options.content_length = 0;
    std::string head;
    write_head(head, response, options);
    EXPECT_NE(head.find("Cache-Control: max-age=5"), std::string::npos);
    EXPECT_EQ(head.find("no-store"), std::string::npos);
}

TEST(ResponseHead, DatesAreOfHttp) {
    EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace aimpact::net
