// Streaming answers, clients that leave, and the drain.
#include <gtest/gtest.h>

#include "net/test_support.hpp"

namespace aimpact::net {
namespace {

using test::FastClock;
using test::RawClient;
using test::RawResponse;
using test::TestServer;

TEST(ServerStream, SendsPiecesAsTheyAreMade) {
    TestServer server;
    server.get("/events", [](Request&) -> Task<Response> {
        co_return Response::events([](BodySink& sink) -> Task<Result<>> {
            for (int i = 0; i < 3; ++i) {
                const std::string event = sse_event(std::to_string(i));
                AIMPACT_CO_CHECK(co_await sink.write(event));
                AIMPACT_CO_CHECK(co_await sink.write(""));  // says nothing, ends nothing
            }
            co_return Result<>{};
        });
    });
    server.start();
    RawClient client(server.port());
    const RawResponse response = client.get("/events");
    EXPECT_EQ(response.header("content-type"), "text/event-stream");
    EXPECT_EQ(response.body, "data: 0\n\ndata: 1\n\ndata: 2\n\n");
    EXPECT_EQ(client.get("/events").body, response.body);  // the connection is kept
    RawClient old(server.port());
    old.send("GET /events HTTP/1.0\r\n\r\n");
    while (old.more()) {
    }
    EXPECT_NE(old.buffer().find("\r\n\r\ndata: 0\n\ndata: 1\n\ndata: 2\n\n"), std::string::npos);
    EXPECT_EQ(old.buffer().find("chunked"), std::string::npos);
}

TEST(ServerStream, FailureTruncatesTheBody) {
    TestServer server;
    const auto failing = [](bool by_exception) {
        return [by_exception](Request&) -> Task<Response> {
            Response response;
            response.stream = [by_exception](BodySink& sink) -> Task<Result<>> {
                AIMPACT_CO_CHECK(co_await sink.write("half"));
                if (by_exception) throw std::runtime_error("broken");
                co_return base::internal_error("broken");
            };
            co_return response;
        };
    };
    server.get("/error", failing(false));
    server.get("/throw", failing(true));
    server.start();
    for (const char* path : {"/error", "/throw"}) {
        RawClient client(server.port());
        const RawResponse response = client.get(path);
        EXPECT_EQ(response.status, -1) << path;  // no last chunk
        EXPECT_EQ(response.body, "half");
    }
}

TEST(ServerStream, ClientThatLeavesWakesTheHandler) {
    TestServer server;
    std::promise<base::ErrorCode> ended;
    server.get("/wait", [&](Request&) -> Task<Response> {
        Response response;
        response.stream = [&ended](BodySink& sink) -> Task<Result<>> {
            AIMPACT_CO_CHECK(co_await sink.write("begin"));
            // Far longer than the test: only the client's leaving ends this wait.
            co_await base::sleep_for(std::chrono::hours{1});
            Result<> result = co_await sink.write("more");
            ended.set_value(result.has_error() && !sink.open() ? result.error().code
                                                               : base::ErrorCode::internal);
            co_return result;
        };
        co_return response;
    });
    server.start();
    {
        RawClient client(server.port());
        client.send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
        while (client.buffer().find("begin") == std::string::npos) ASSERT_TRUE(client.more());
    }
    auto future = ended.get_future();
    ASSERT_EQ(future.wait_for(std::chrono::seconds{30}), std::future_status::ready);
    EXPECT_EQ(future.get(), base::ErrorCode::cancelled);
    EXPECT_TRUE(test::eventually([&] { return server.gauge("aimpact_http_connections") == 0; }));
}

TEST(ServerStream, ClientThatStopsReadingIsCut) {
    TestServer server;
    std::promise<base::ErrorCode> ended;
    server.get("/flood", [&](Request&) -> Task<Response> {
        Response response;
        response.stream = [&ended](BodySink& sink) -> Task<Result<>> {
            const std::string piece(1 << 16, 'x');
            for (;;) {
                Result<> result = co_await sink.write(piece);
                if (result.has_error()) {
                    ended.set_value(result.error().code);
                    co_return result;
                }
            }
        };
        co_return response;
    });
    server.start();
    RawClient client(server.port());
    client.send("GET /flood HTTP/1.1\r\nHost: t\r\n\r\n");
    const FastClock fast(server.clock);
    auto future = ended.get_future();
    ASSERT_EQ(future.wait_for(std::chrono::seconds{30}), std::future_status::ready);
    EXPECT_EQ(future.get(), base::ErrorCode::cancelled);
}

TEST(ServerStream, ClientThatStopsReadingAWholeBodyIsCut) {
    TestServer server;
    const auto body =
        std::make_shared<const std::string>(std::size_t{64} << 20, 'x');  // more than any socket's buffer
    server.get("/large", [&](Request&) -> Task<Response> {
        Response response;
        response.blob = body;
        co_return response;
    });
    server.get("/", test::answer("x"));
    server.start();
    RawClient client(server.port());
    client.send("GET /large HTTP/1.1\r\nHost: t\r\n\r\n");
    ASSERT_TRUE(test::eventually([&] { return server.gauge("aimpact_http_connections") == 1; }));
    const auto cut = [&] {
        return server.metrics
            .counter("aimpact_http_requests_total", "Requests answered.",
                     {{"route", "/large"}, {"method", "GET"}, {"status", "499"}})
            .Value();
    };
    {
        const FastClock fast(server.clock);
        ASSERT_TRUE(test::eventually([&] { return cut() == 1; }));
    }
    EXPECT_TRUE(test::eventually([&] { return server.gauge("aimpact_http_connections") == 0; }));
    EXPECT_EQ(server.metrics.counter("aimpact_http_sent_bytes_total", "").Value(), 0) << "it was not sent";
    EXPECT_EQ(client.receive().status, -1) << "the body ends early";
    EXPECT_LT(client.buffer().size(), body->size());
    RawClient other(server.port());
    EXPECT_EQ(other.get("/").body, "x");
}

TEST(ServerStream, HandlerThatDoesNotStreamRunsToItsEnd) {
    TestServer server;
    std::promise<void> gate, finished;
    std::atomic<bool> entered{false};
    server.get("/work", [&](Request&) -> Task<Response> {
        entered = true;
        while (server.gauge("gate") == 0) co_await base::sleep_for(std::chrono::milliseconds{1});
        finished.set_value();
        co_return Response::text("done");
    });
    server.start();
    {
        RawClient client(server.port());
        client.send("GET /work HTTP/1.1\r\nHost: t\r\n\r\n");
        ASSERT_TRUE(test::eventually([&] { return entered.load(); }));
    }
    server.metrics.gauge("gate", "").Set(1);
    EXPECT_EQ(finished.get_future().wait_for(std::chrono::seconds{30}), std::future_status::ready);
}

TEST(ServerDrain, CompletesWhatIsInFlight) {
    TestServer server;
    std::atomic<bool> entered{false}, go{false};
    server.get("/work", [&](Request&) -> Task<Response> {
        entered = true;
        while (!go) co_await base::sleep_for(std::chrono::milliseconds{1});
        co_return Response::text("done");
    });
    server.get("/", test::answer("x"));
    server.start();
    RawClient idle(server.port()), busy(server.port()), silent(server.port());
    EXPECT_EQ(idle.get("/").body, "x");
    busy.send("GET /work HTTP/1.1\r\nHost: t\r\n\r\n");
    ASSERT_TRUE(test::eventually([&] { return entered.load(); }));
    std::future<bool> drained = server.drain(std::chrono::hours{1});
    EXPECT_TRUE(idle.at_end());  // closed at once
    EXPECT_TRUE(silent.at_end());
    EXPECT_TRUE(server.server->draining());
    boost::system::error_code refused;
    EXPECT_TRUE(test::eventually([&] {
        test::tcp::socket socket(server.io);
        socket.connect({boost::asio::ip::address_v4::loopback(), server.port()}, refused);
        return refused.failed();
    }));
    EXPECT_NE(drained.wait_for(std::chrono::milliseconds{0}), std::future_status::ready);
    go = true;
    const RawResponse response = busy.receive();
    EXPECT_EQ(response.body, "done");
    EXPECT_EQ(response.header("connection"), "close");
    EXPECT_EQ(drained.wait_for(std::chrono::seconds{30}), std::future_status::ready);
}

TEST(ServerDrain, CutsWhatIsLateAtTheDeadline) {
    TestServer server;
    std::atomic<int> entered{0};
    server.get("/stuck", [&](Request&) -> Task<Response> {
        ++entered;
        for (;;) co_await base::sleep_for(std::chrono::hours{1});
    });
    server.get("/stream", [&](Request&) -> Task<Response> {
        Response response;
        response.stream = [&](BodySink& sink) -> Task<Result<>> {
            ++entered;
            while (sink.open()) co_await base::sleep_for(std::chrono::hours{1});
            co_return Result<>{};
        };
        co_return response;
    });
    server.start();
    RawClient stuck(server.port()), streaming(server.port());
    stuck.send("GET /stuck HTTP/1.1\r\nHost: t\r\n\r\n");
    streaming.send("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
    ASSERT_TRUE(test::eventually([&] { return entered == 2; }));
    std::future<bool> drained = server.drain(std::chrono::seconds{20});
    const FastClock fast(server.clock);
    EXPECT_EQ(drained.wait_for(std::chrono::seconds{30}), std::future_status::ready);
    EXPECT_TRUE(stuck.at_end());
    EXPECT_EQ(server.gauge("aimpact_http_connections"), 0);
}

}  // namespace
}  // namespace aimpact::net
