#include "net/websocket.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>

#include "net/test_support.hpp"
#include "net/ws_client.hpp"

namespace aimpact::net {
namespace {

using test::FastClock;
using test::RawClient;
using test::RawResponse;
using test::TestServer;
using testing::HasSubstr;

constexpr std::string_view kUpgrade =
    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

Task<void> echo(Request&, WebSocket& socket) {
    for (;;) {
        Result<WsMessage> message = co_await socket.read();
        if (message.has_error()) co_return;
        if (message->data == "bye") co_return;
        static_cast<void>(message->binary ? socket.send_binary(std::move(message->data))
                                          : socket.send(std::move(message->data)));
    }
}

void add(TestServer& server, std::string pattern, WebSocketHandler handler, RouteLimits limits = {},
         UpgradeCheck check = {}) {
    server.router.add({.method = Method::get,
                       .pattern = std::move(pattern),
                       .socket = std::move(handler),
                       .upgrade = std::move(check),
                       .limits = limits});
}

// Upgrades, and asks the echo once, so that the session is known to run.
void open_echo(RawClient& client) {
    EXPECT_EQ(client.ask("GET /ws HTTP/1.1\r\nHost: t\r\n" + std::string(kUpgrade) + "\r\n").status, 101);
    client.send(std::string_view("\x81\x82\0\0\0\0hi", 8));
    while (client.buffer().size() < 4) ASSERT_TRUE(client.more());
    ASSERT_EQ(client.buffer(), "\x81\x02hi");
    client.buffer().clear();
}

// Runs a client's coroutine to its end; a failed connection is a failed test.
void with_client(const TestServer& server, std::string_view path,
                 const std::function<Task<void>(WebSocket&, const WsClient&)>& use,
                 WsClientOptions options = {}) {
    const base::SystemClock clock;
    const auto run = [&]() -> Task<void> {
        Result<WsClient> client = co_await connect_websocket(server.url(path, "ws"), options, clock);
        EXPECT_TRUE(client.has_value()) << (client.has_error() ? client.error().message : "");
        if (client.has_value()) {
            co_await use(*client->socket, *client);
            co_await client->socket->close(1000, "");
        }
    };
    base::run_sync(run());
}

TEST(WebSocket, EchoesTextAndBinary) {
    TestServer server;
    add(server, "/ws", echo);
    server.start();
    with_client(server, "/ws", [&](WebSocket& socket, const WsClient&) -> Task<void> {
        EXPECT_TRUE(socket.send("gr\u00fcn").has_value());
        EXPECT_TRUE(socket.send_binary(std::string("\0\1", 2)).has_value());
        Result<WsMessage> text = co_await socket.read();
        EXPECT_EQ(text->data, "gr\u00fcn");
        EXPECT_FALSE(text->binary);
        Result<WsMessage> binary = co_await socket.read();
        EXPECT_EQ(binary->data, std::string("\0\1", 2));
        EXPECT_TRUE(binary->binary);
        const std::string big(900'000, 'x');
        EXPECT_TRUE(socket.send(big).has_value());
        Result<WsMessage> back = co_await socket.read();
        EXPECT_TRUE(back->data == big);
        EXPECT_EQ(server.gauge("aimpact_websocket_connections"), 1);
        // Messages that are queued at the end still arrive, then the close.
        EXPECT_TRUE(socket.send("last").has_value());
        EXPECT_TRUE(socket.send("bye").has_value());
        Result<WsMessage> last = co_await socket.read();
        EXPECT_EQ(last->data, "last");
        Result<WsMessage> end = co_await socket.read();
        EXPECT_TRUE(end.has_error() && end.error().code == base::ErrorCode::cancelled);
        EXPECT_FALSE(socket.open());
    });
    EXPECT_TRUE(test::eventually([&] { return server.gauge("aimpact_websocket_connections") == 0; }));
    EXPECT_TRUE(test::eventually([&] { return server.gauge("aimpact_http_connections") == 0; }));
}

TEST(WebSocket, TooLargeMessageClosesWith1009) {
    TestServer server;
    std::promise<base::ErrorCode> seen;
    add(server, "/ws",
        [&](Request&, WebSocket& socket) -> Task<void> {
            Result<WsMessage> message = co_await socket.read();
            seen.set_value(message.has_error() ? message.error().code : base::ErrorCode::internal);
        },
        {.ws_message_bytes_max = 1000});
    server.start();
    RawClient client(server.port());
    EXPECT_EQ(client.ask("GET /ws HTTP/1.1\r\nHost: t\r\n" + std::string(kUpgrade) + "\r\n").status, 101);
    // A masked text frame of 1001 bytes, in two fragments.
    std::string frames("\x01\xfe\x03\xe7\0\0\0\0", 8);
    frames += std::string(999, 'x') + std::string("\x80\x82\0\0\0\0xx", 8);
    client.send(frames);
    EXPECT_EQ(seen.get_future().get(), base::ErrorCode::payload_too_large);
    while (client.buffer().size() < 4 && client.more()) {
    }
    EXPECT_EQ(client.buffer().substr(0, 1), "\x88");
    EXPECT_EQ(client.buffer().substr(2, 2), "\x03\xf1");  // 1009
}

TEST(WebSocket, InvalidUtf8AndUnmaskedFramesEndTheSocket) {
    TestServer server;
    add(server, "/ws", echo);
    server.start();
    const std::string_view cases[] = {std::string_view("\x81\x82\0\0\0\0\xff\xff", 8), "\x81\x02hi",
                                      std::string_view("\xf1\x80\0\0\0\0", 6)};
    for (const std::string_view bytes : cases) {
        RawClient client(server.port());
        EXPECT_EQ(client.ask("GET /ws HTTP/1.1\r\nHost: t\r\n" + std::string(kUpgrade) + "\r\n").status, 101);
        client.send(bytes);
        while (client.more()) {
        }
        EXPECT_EQ(client.buffer().substr(0, 1), "\x88");
    }
}

TEST(WebSocket, PeerThatStopsReadingMeetsTheQueueLimit) {
    TestServer server;
    std::promise<std::size_t> limit;
    add(server, "/ws",
        [&](Request&, WebSocket& socket) -> Task<void> {
            for (;;) {
                const Result<> sent = socket.send(std::string(60'000, 'x'));
                if (sent.has_error()) {
                    EXPECT_EQ(sent.error().code, base::ErrorCode::overloaded);
                    break;
                }
                co_await boost::asio::post(socket.executor(), boost::asio::use_awaitable);
            }
            limit.set_value(socket.queued_bytes());
            co_await socket.close(1013, "too slow");
            EXPECT_FALSE(socket.open());
        },
        {.ws_queue_bytes_max = 200'000});
    server.start();
    RawClient client(server.port());
    EXPECT_EQ(client.ask("GET /ws HTTP/1.1\r\nHost: t\r\n" + std::string(kUpgrade) + "\r\n").status, 101);
    auto future = limit.get_future();
    ASSERT_EQ(future.wait_for(std::chrono::seconds{30}), std::future_status::ready);
    const std::size_t queued = future.get();
    EXPECT_LE(queued, 200'000U);
    EXPECT_GT(queued, 100'000U);
    const FastClock fast(server.clock);  // the close gives up on what cannot be sent
    EXPECT_TRUE(test::eventually([&] { return server.gauge("aimpact_http_connections") == 0; }));
}

TEST(WebSocket, RefusalsAreProblems) {
    TestServer server;
    add(server, "/ws", echo);
    add(server, "/private", echo, {}, [](Request& request) -> Task<Result<Upgrade>> {
        if (request.headers.get("authorization") != "Bearer good")
            co_return Error{base::ErrorCode::unauthenticated, "Sign in first."};
        co_return Upgrade{};
    });
    add(server, "/throwing", echo, {}, [](Request&) -> Task<Result<Upgrade>> {
        throw std::runtime_error("broken");
        co_return Upgrade{};
    });
    server.start();
    RawClient client(server.port());
    const auto ask = [&](std::string_view path, std::string headers) { return client.get(path, headers); };
    RawResponse response = ask("/private", std::string(kUpgrade));
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.header("content-type"), "application/problem+json");
    EXPECT_THAT(response.body, HasSubstr("Sign in first."));
    EXPECT_EQ(ask("/throwing", std::string(kUpgrade)).status, 500);
    response = ask("/ws", "");
    EXPECT_EQ(response.status, 426);
    EXPECT_EQ(response.header("upgrade"), "websocket");
    response = ask("/ws", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n");
    EXPECT_EQ(response.status, 426);
    EXPECT_EQ(response.header("sec-websocket-version"), "13");
    EXPECT_EQ(ask("/ws", std::string(kUpgrade) + "Origin: https://evil.example\r\n").status, 403);
    EXPECT_EQ(ask("/ws", std::string(kUpgrade) + "Origin: null\r\n").status, 403);
    EXPECT_EQ(ask("/none", std::string(kUpgrade)).status, 404);
    RawClient bad_key(server.port());
    EXPECT_EQ(bad_key
                  .get("/ws",
                       "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: short\r\n")
                  .status,
              400);
    RawClient own(server.port());
    EXPECT_EQ(own.get("/ws", std::string(kUpgrade) + "Origin: http://t\r\n").status, 101);
    WsClientOptions options;
    options.headers.add("Authorization", "Bearer good");
    with_client(
        server, "/private",
        [](WebSocket& socket, const WsClient&) -> Task<void> {
            EXPECT_TRUE(socket.open());
            co_return;
        },
        options);
}

TEST(WebSocket, EchoesTheChosenSubprotocol) {
    TestServer server;
    add(server, "/ws", echo, {}, [](Request& request) -> Task<Result<Upgrade>> {
        EXPECT_EQ(request.headers.get("sec-websocket-protocol"), "realtime, other");
        co_return Upgrade{.subprotocol = "realtime"};
    });
    server.start();
    with_client(server, "/ws",
                [](WebSocket&, const WsClient& client) -> Task<void> {
                    EXPECT_EQ(client.subprotocol, "realtime");
                    co_return;
                },
                {.subprotocols = {"realtime", "other"}});
}

TEST(WebSocket, SilentPeerIsPingedThenCut) {
    TestServer server;
    add(server, "/ws", echo);
    server.start();
    RawClient silent(server.port());
    open_echo(silent);
    server.clock.advance(std::chrono::seconds{20});
    while (silent.buffer().size() < 2) ASSERT_TRUE(silent.more());
    EXPECT_EQ(silent.buffer().substr(0, 2), std::string("\x89\0", 2));
    const FastClock fast(server.clock);
    while (silent.more()) {
    }
    EXPECT_TRUE(test::eventually([&] { return server.gauge("aimpact_websocket_connections") == 0; }));
}

TEST(WebSocket, PeerThatAnswersPingsStays) {
    TestServer server;
    add(server, "/ws", echo);
    server.start();
    RawClient client(server.port());
    open_echo(client);
    // Far longer than the idle timeout in the server's time, a pong for each ping.
    for (int i = 0; i < 6; ++i) {
        server.clock.advance(std::chrono::seconds{20});
        while (client.buffer().size() < 2) ASSERT_TRUE(client.more());
        ASSERT_EQ(client.buffer().substr(0, 2), std::string("\x89\0", 2));
        client.buffer().erase(0, 2);
        client.send(std::string_view("\x8a\x80\0\0\0\0", 6));
        client.send(std::string_view("\x81\x82\0\0\0\0hi", 8));
        while (client.buffer().size() < 4) ASSERT_TRUE(client.more());
        ASSERT_EQ(client.buffer(), "\x81\x02hi");
        client.buffer().clear();
    }
}

TEST(WebSocket, HandlerThatThrowsClosesWith1011) {
    TestServer server;
    add(server, "/ws", [](Request&, WebSocket&) -> Task<void> {
        throw std::runtime_error("broken");
        co_return;
    });
    server.start();
    RawClient client(server.port());
    EXPECT_EQ(client.ask("GET /ws HTTP/1.1\r\nHost: t\r\n" + std::string(kUpgrade) + "\r\n").status, 101);
    while (client.buffer().size() < 4) ASSERT_TRUE(client.more());
    EXPECT_EQ(client.buffer().substr(2, 2), "\x03\xf3");  // 1011
}

TEST(WebSocket, DrainClosesOrTellsTheHandler) {
    TestServer server;
    add(server, "/plain", echo);
    add(server, "/told", [](Request&, WebSocket& socket) -> Task<void> {
        socket.on_drain([&socket] { static_cast<void>(socket.send("the server leaves")); });
        static_cast<void>(socket.send("ready"));
        static_cast<void>(co_await socket.read());
    });
    server.start();
    RawClient plain(server.port()), told(server.port());
    for (auto* client : {&plain, &told})
        EXPECT_EQ(client
                      ->ask("GET " + std::string(client == &plain ? "/plain" : "/told") +
                            " HTTP/1.1\r\nHost: t\r\n" + std::string(kUpgrade) + "\r\n")
                      .status,
                  101);
    while (told.buffer().size() < 7) ASSERT_TRUE(told.more());
    told.buffer().clear();
    std::future<bool> drained = server.drain(std::chrono::hours{1});
    while (plain.buffer().size() < 4) ASSERT_TRUE(plain.more());
    EXPECT_EQ(plain.buffer().substr(2, 2), "\x03\xe9");  // 1001
    plain.send(std::string_view("\x88\x82\0\0\0\0\x03\xe9", 8));
    while (told.buffer().find("the server leaves") == std::string::npos) ASSERT_TRUE(told.more());
    told.send(std::string_view("\x81\x82\0\0\0\0ok", 8));  // its handler returns
    told.send(std::string_view("\x88\x82\0\0\0\0\x03\xe8", 8));
    // The server closes first, the client after it.
    for (auto* client : {&plain, &told}) {
        while (client->more()) {
        }
        client->socket.close();
    }
    EXPECT_EQ(drained.wait_for(std::chrono::seconds{30}), std::future_status::ready);
    EXPECT_EQ(server.gauge("aimpact_websocket_connections"), 0);
}

TEST(WebSocketClient, SaysWhyItCannotConnect) {
    TestServer server;
    server.get("/http", test::answer("x"));
    add(server, "/refusing", echo, {}, [](Request&) -> Task<Result<Upgrade>> {
        co_return Error{base::ErrorCode::permission_denied, "No."};
    });
    server.start();
    const base::SystemClock clock;
    const auto failure = [&](std::string url) {
        const auto run = [&]() -> Task<Error> {
            Result<WsClient> client = co_await connect_websocket(url, {}, clock);
            co_return client.has_error() ? client.error() : Error{};
        };
        return base::run_sync(run());
    };
    EXPECT_EQ(failure("http://x").code, base::ErrorCode::invalid_argument);
    const Error refused = failure(server.url("/refusing", "ws"));
    EXPECT_EQ(refused.code, base::ErrorCode::permission_denied);
    EXPECT_THAT(refused.message, HasSubstr("403"));
    EXPECT_THAT(failure(server.url("/http", "ws")).message, HasSubstr("200"));
    EXPECT_EQ(failure("ws://127.0.0.1:1/").code, base::ErrorCode::unavailable);
}

}  // namespace
}  // namespace aimpact::net
