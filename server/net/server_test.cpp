#include "net/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "net/test_support.hpp"

namespace aimpact::net {
namespace {

using test::FastClock;
using test::RawClient;
using test::RawResponse;
using test::TestServer;
using testing::HasSubstr;

Task<Response> echo(Request& request) {
    co_return Response::text(request.body);
}

std::string code_of(const RawResponse& response) {
    EXPECT_EQ(response.header("content-type"), "application/problem+json") << response.head << response.body;
    boost::system::error_code ec;
    const auto body = boost::json::parse(response.body, ec);
    if (ec || !body.is_object()) return "not json";
    return std::string(body.as_object().at("code").as_string());
}

std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(headers) + "\r\n" + std::string(body);
}

TEST(Server, AnswersAndKeepsTheConnection) {
    TestServer server;
    server.get("/hello/{name}", [](Request& request) -> Task<Response> {
        co_return Response::json("{\"hello\":\"" + std::string(request.param("name")) + "\"}");
    });
    server.post("/echo", echo);
    server.start();
    RawClient client(server.port());
    for (int i = 0; i < 3; ++i) {
        const RawResponse response = client.get("/hello/w%C3%B6rld?token=secret");
        EXPECT_EQ(response.status, 200);
        EXPECT_EQ(response.body, "{\"hello\":\"w\u00f6rld\"}");
        EXPECT_EQ(response.header("content-type"), "application/json");
        EXPECT_THAT(response.header("x-request-id"), testing::StartsWith("req_"));
        EXPECT_EQ(response.header("x-content-type-options"), "nosniff");
        EXPECT_EQ(response.header("referrer-policy"), "no-referrer");
        EXPECT_EQ(response.header("cross-origin-opener-policy"), "same-origin");
        EXPECT_NE(response.header("date"), "");
    }
    EXPECT_EQ(client.ask(post("/echo", "body")).body, "body");
    EXPECT_EQ(server.gauge("aimpact_http_connections"), 1);
    const std::string metrics = server.metrics.render();
    EXPECT_THAT(
        metrics,
        HasSubstr(R"(aimpact_http_requests_total{method="GET",route="/hello/{name}",status="200"} 3)"));
    EXPECT_THAT(metrics,
                HasSubstr(R"(aimpact_http_request_seconds_count{method="GET",route="/hello/{name}"} 3)"));
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
    TestServer server;
    server.post("/echo", echo);
    server.start();
    RawClient client(server.port());
    std::string burst;
    for (int i = 0; i < 50; ++i) burst += post("/echo", "number " + std::to_string(i));
    client.send(burst);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(client.receive().body, "number " + std::to_string(i));
}

TEST(Server, ConnectionCloseAndHttp10) {
    TestServer server;
    server.get("/", test::answer("x"));
    server.start();
    RawClient closing(server.port());
    EXPECT_EQ(closing.get("/", "Connection: close\r\n").header("connection"), "close");
    EXPECT_TRUE(closing.at_end());
    RawClient old(server.port());
    const RawResponse response = old.ask("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(response.body, "x");
    EXPECT_TRUE(old.at_end());
    RawClient kept(server.port());
    EXPECT_EQ(kept.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("connection"),
              "keep-alive");
    EXPECT_EQ(kept.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").body, "x");
}

TEST(Server, ChunkedBodies) {
    TestServer server;
    server.post("/echo", echo, {.body_bytes_max = 1000});
    server.start();
    RawClient client(server.port());
    const std::string head = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(client.ask(head + "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n").body, "abcde");
    // Byte by byte.
    for (const char c : head + "5\r\nhello\r\n0\r\n\r\n") client.send({&c, 1});
    EXPECT_EQ(client.receive().body, "hello");
    // The limit counts what has arrived, however it is cut.
    std::string endless = head;
    for (int i = 0; i < 101; ++i) endless += "a\r\n0123456789\r\n";
    const RawResponse response = client.ask(endless);
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(code_of(response), "payload_too_large");
    EXPECT_EQ(response.header("connection"), "close");
}

TEST(Server, LimitsBodies) {
    TestServer server;
    server.post("/echo", echo, {.body_bytes_max = 100});
    server.start();
    RawClient client(server.port());
    EXPECT_EQ(client.ask(post("/echo", std::string(100, 'x'))).status, 200);
    EXPECT_EQ(client.ask(post("/echo", std::string(101, 'x'))).status, 413);
    EXPECT_TRUE(client.at_end());
    // Refused by its length alone, before it is sent.
    RawClient announcing(server.port());
    const RawResponse early =
        announcing.ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999\r\n\r\n");
    EXPECT_EQ(early.status, 413);
    EXPECT_THAT(early.body, HasSubstr("100 bytes"));
}

TEST(Server, LimitsHeaders) {
    TestServer server;
    server.get("/", test::answer("x"));
    server.start({.header_bytes_max = 2000});
    RawClient client(server.port());
    EXPECT_EQ(client.get("/", "X-Long: " + std::string(1500, 'x') + "\r\n").status, 200);
    EXPECT_EQ(client.get("/", "X-Long: " + std::string(3000, 'x') + "\r\n").status, 431);
    RawClient target(server.port());
    EXPECT_EQ(target.get("/" + std::string(3000, 'x')).status, 431);
    // Many small headers that arrive one by one are counted together.
    RawClient dripping(server.port());
    dripping.send("GET / HTTP/1.1\r\nHost: t\r\n");
    for (int i = 0; i < 300; ++i) dripping.send("X-A: b1234\r\n");
    EXPECT_EQ(dripping.receive().status, 431);
    EXPECT_TRUE(dripping.at_end());
}

TEST(Server, RefusesMalformedRequests) {
    TestServer server;
    server.get("/", test::answer("x"));
    server.post("/", echo);
    server.start();
    const std::pair<const char*, int> cases[] = {
        {"nonsense\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},  // no Host
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: t\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: t\r\nBad Name: x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: t\r\nX: a\x01z\r\n\r\n", 400},
        {"GET /%zz HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET /%00 HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET /a/../b HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"GET x HTTP/1.1\r\nHost: t\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
        {"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked, gzip\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 400},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n", 400},
        {"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: t\r\nExpect: more\r\n\r\n", 417},
        {"BREW / HTTP/1.1\r\nHost: t\r\n\r\n", 501},
        {"GET http://other.example/ HTTP/1.1\r\nHost: t\r\n\r\n", 200},
        {"GET /?q=%5B%20+%5D HTTP/1.1\r\nHost: t\r\n\r\n", 200},
    };
    for (const auto& [bytes, status] : cases) {
        RawClient client(server.port());
        const RawResponse response = client.ask(bytes);
        EXPECT_EQ(response.status, status) << bytes;
        if (status >= 400) {
            code_of(response);
            EXPECT_TRUE(client.at_end()) << bytes;
        }
    }
    RawClient endless(server.port());
    endless.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    for (int i = 0; i < 200; ++i) endless.send(std::string(1000, 'e'));
    EXPECT_EQ(endless.receive().status, 400);
}

TEST(Server, UnknownPathsAndMethods) {
    TestServer server;
    server.get("/a", test::answer("x"));
    server.start();
    RawClient client(server.port());
    EXPECT_EQ(code_of(client.get("/none")), "not_found");
    const RawResponse wrong = client.ask("DELETE /a HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("allow"), "GET, HEAD");
    EXPECT_EQ(code_of(wrong), "method_not_allowed");
    client.send("HEAD /a HTTP/1.1\r\nHost: t\r\n\r\n");
    const RawResponse head = client.receive(true);
    EXPECT_EQ(head.header("content-length"), "1");
    const RawResponse options = client.ask("OPTIONS /a HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_EQ(options.status, 204);
    EXPECT_EQ(options.header("allow"), "GET, HEAD, OPTIONS");
    EXPECT_EQ(client.ask("OPTIONS /none HTTP/1.1\r\nHost: t\r\n\r\n").status, 404);
}

TEST(Server, CrossOriginCallsByAllowList) {
    TestServer server;
    server.get("/a", test::answer("x"));
    server.post("/a", echo);
    server.start({.cors_origins = {"https://app.example"}});
    RawClient client(server.port());
    const RawResponse allowed = client.get("/a", "Origin: https://app.example\r\n");
    EXPECT_EQ(allowed.header("access-control-allow-origin"), "https://app.example");
    EXPECT_EQ(allowed.header("vary"), "Origin");
    EXPECT_EQ(client.get("/a", "Origin: https://evil.example\r\n").header("access-control-allow-origin"), "");
    EXPECT_EQ(client.get("/a").header("access-control-allow-origin"), "");
    const std::string preflight =
        "OPTIONS /a HTTP/1.1\r\nHost: t\r\nAccess-Control-Request-Method: POST\r\n"
        "Access-Control-Request-Headers: authorization, content-type\r\nOrigin: ";
    const RawResponse yes = client.ask(preflight + "https://app.example\r\n\r\n");
    EXPECT_EQ(yes.status, 204);
    EXPECT_EQ(yes.header("access-control-allow-methods"), "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(yes.header("access-control-allow-headers"), "authorization, content-type");
    const RawResponse no = client.ask(preflight + "https://evil.example\r\n\r\n");
    EXPECT_EQ(no.header("access-control-allow-methods"), "");
    EXPECT_EQ(no.header("access-control-allow-origin"), "");
}

TEST(Server, ContinuesOnlyWhatItWillRead) {
    TestServer server;
    server.post("/echo", echo, {.body_bytes_max = 10});
    server.start();
    RawClient client(server.port());
    EXPECT_EQ(
        client.ask("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            .status,
        100);
    EXPECT_EQ(client.ask("body").body, "body");
    EXPECT_EQ(
        client.ask("POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n")
            .status,
        413);
}

TEST(Server, HandlersThatThrowAre500WithoutDetail) {
    TestServer server;
    server.get("/throw", [](Request&) -> Task<Response> {
        throw std::runtime_error("the password is hunter2");
        co_return Response::empty();
    });
    server.get("/odd", [](Request&) -> Task<Response> {
        throw 42;
        co_return Response::empty();
    });
    server.start();
    RawClient client(server.port());
    const RawResponse response = client.get("/throw");
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(code_of(response), "internal");
    EXPECT_EQ(response.body.find("hunter2"), std::string::npos);
    EXPECT_THAT(response.body, HasSubstr(response.header("x-request-id")));
    EXPECT_EQ(client.get("/odd").status, 500);
}

TEST(Server, SlowHandlersAreStopped) {
    TestServer server;
    std::atomic<bool> unwound{false};
    server.get("/slow",
               [&](Request&) -> Task<Response> {
                   struct Mark {
                       std::atomic<bool>& flag;
                       ~Mark() { flag = true; }
                   } const mark{unwound};
                   for (;;) co_await base::sleep_for(std::chrono::hours{1});
               },
               {.timeout = std::chrono::seconds{20}});
    server.get("/", test::answer("x"));
    server.start();
    RawClient client(server.port());
    client.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
    {
        const FastClock fast(server.clock);
        const RawResponse response = client.receive();
        EXPECT_EQ(response.status, 504);
        EXPECT_EQ(code_of(response), "timeout");
    }
    EXPECT_TRUE(unwound);
    EXPECT_EQ(client.get("/").body, "x");  // the connection goes on, and waits work again
}

TEST(Server, SlowHeadersAndBodies) {
    TestServer server;
    server.post("/echo", echo);
    server.start();
    {
        RawClient client(server.port());
        client.send("POST /echo HTTP/1.1\r\nHost:");
        const FastClock fast(server.clock);
        EXPECT_EQ(client.receive().status, 408);
        EXPECT_TRUE(client.at_end());
    }
    {
        RawClient client(server.port());
        client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc");
        const FastClock fast(server.clock);
        EXPECT_EQ(client.receive().status, 408);
    }
    {
        // A byte every ten seconds never lets the pause grow too long, but is far below any honest rate.
        RawClient client(server.port());
        client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n");
        std::atomic<bool> done{false};
        std::thread drip([&] {
            while (!done) {
                client.send("x");
                server.clock.advance(std::chrono::seconds{10});
                std::this_thread::sleep_for(std::chrono::milliseconds{20});
            }
        });
        EXPECT_EQ(client.receive().status, 408);
        done = true;
        drip.join();
    }
    {
        RawClient silent(server.port());
        RawClient idle(server.port());
        EXPECT_EQ(idle.ask(post("/echo", "x")).body, "x");
        const FastClock fast(server.clock);
        EXPECT_TRUE(silent.at_end());  // closed without a word
        EXPECT_TRUE(idle.at_end());
    }
}

TEST(Server, LimitsConnections) {
    TestServer server;
    server.get("/", test::answer("x"));
    server.start({.connections_max = 2});
    RawClient first(server.port()), second(server.port());
    EXPECT_EQ(first.get("/").status, 200);
    EXPECT_EQ(second.get("/").status, 200);
    {
        RawClient third(server.port());
        const RawResponse refused = third.get("/");
        EXPECT_EQ(refused.status, 503);
        EXPECT_EQ(refused.header("retry-after"), "5");
        EXPECT_EQ(code_of(refused), "overloaded");
        EXPECT_TRUE(third.at_end());
    }
    first.socket.close();
    EXPECT_TRUE(test::eventually([&] { return RawClient(server.port()).get("/").status == 200; }));
}

TEST(Server, TrustsOnlyListedProxies) {
    const auto who = [](Request& request) -> Task<Response> {
        co_return Response::text(request.remote_address + (request.secure ? " secure" : ""));
    };
    const std::string_view forwarded =
        "X-Forwarded-For: 6.6.6.6, 9.9.9.9, 127.0.0.1\r\nX-Forwarded-Proto: https\r\n";
    TestServer plain;
    plain.get("/", who);
    plain.start();
    RawClient direct(plain.port());
    EXPECT_EQ(direct.get("/", forwarded).body, "127.0.0.1");
    TestServer behind;
    behind.get("/", who);
    behind.start({.trusted_proxies = {"127.0.0.1"}});
    RawClient proxied(behind.port());
    EXPECT_EQ(proxied.get("/", forwarded).body, "9.9.9.9 secure");
    EXPECT_EQ(proxied.get("/", "X-Forwarded-For: 6.6.6.6, junk\r\n").body, "127.0.0.1");
}

TEST(Server, StartErrorsSayWhatToDo) {
    TestServer server;
    server.get("/", test::answer("x"));
    server.start();
    boost::asio::io_context io;
    const auto start = [&](ServerOptions options) {
        Server other(io, server.router, std::move(options), server.metrics, server.clock, server.random);
        const Result<> result = other.start();
        EXPECT_TRUE(result.has_error());
        return result.has_error() ? result.error().message : "";
    };
    const std::string in_use = start({.port = server.port()});
    EXPECT_THAT(in_use, HasSubstr(std::to_string(server.port())));
    EXPECT_THAT(in_use, HasSubstr("--port"));
    EXPECT_THAT(start({.host = "192.0.2.1", .port = 0}), HasSubstr("--host"));
    EXPECT_THAT(start({.port = 0, .tls_certificate_file = "/nonexistent", .tls_key_file = "/nonexistent"}),
                HasSubstr("/nonexistent"));
    EXPECT_THAT(start({.port = 0, .tls_certificate_file = "/nonexistent"}), HasSubstr("both"));
    EXPECT_THAT(start({.port = 0, .trusted_proxies = {"proxy.example"}}), HasSubstr("proxy.example"));
}

}  // namespace
}  // namespace aimpact::net
