#include "net/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "net/test_support.hpp"
#include "net/tls_test_certificates.hpp"
#include "net/ws_client.hpp"

namespace aimpact::net {
namespace {

using base::ErrorCode;
using test::TestServer;
using testing::HasSubstr;

Result<ClientResponse> fetch(HttpClient& client, ClientRequest request) {
    return base::run_sync(client.send(std::move(request)));
}

// Accepts connections one after another and runs a script on each, with how many came before.
class ScriptedServer {
  public:
    using Script = std::function<void(test::tcp::socket&, int)>;
    explicit ScriptedServer(Script script)
        : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
          thread_([this, script = std::move(script)] {
              for (int i = 0;; ++i) {
                  boost::system::error_code ec;
                  test::tcp::socket socket = acceptor_.accept(ec);
                  if (ec || stopping_) return;
                  accepted = i + 1;
                  script(socket, i);
              }
          }) {}
    ~ScriptedServer() {
        stopping_ = true;
        boost::system::error_code ignored;
        test::tcp::socket last(io_);
        last.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }
    std::string url() {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
    }

    // Reads up to the end of a request's header.
    static std::string read_head(test::tcp::socket& socket) {
        std::string head;
        char c;
        boost::system::error_code ec;
        while (!head.ends_with("\r\n\r\n") && socket.read_some(boost::asio::buffer(&c, 1), ec) == 1)
            head += c;
        return head;
    }
    static void say(test::tcp::socket& socket, std::string_view text) {
        boost::system::error_code ignored;
        boost::asio::write(socket, boost::asio::buffer(text), ignored);
    }

    std::atomic<int> accepted{0};

  private:
    boost::asio::io_context io_;
    test::tcp::acceptor acceptor_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

TEST(HttpClient, SendsAndReceives) {
    TestServer server;
    server.post("/echo", [](Request& request) -> Task<Response> {
        Response response =
            Response::text(request.body + "|" + std::string(request.headers.get("x-mine")), 418);
        response.headers.add("X-Answer", "yes");
        co_return response;
    });
    server.get("/stream", [](Request&) -> Task<Response> {
        co_return Response::events([](BodySink& sink) -> Task<Result<>> {
            for (int i = 0; i < 100; ++i) {
                const std::string event = sse_event(std::to_string(i));
                AIMPACT_CO_CHECK(co_await sink.write(event));
            }
            co_return Result<>{};
        });
    });
    server.start();
    const auto client = make_http_client();
    ClientRequest request{
        .method = Method::post, .url = server.url("/echo"), .body = std::string(100'000, 'b')};
    request.headers.add("X-Mine", "mine");
    const auto response = fetch(*client, request);
    ASSERT_TRUE(response.has_value()) << response.error().message;
    EXPECT_EQ(response->status, 418);
    EXPECT_EQ(response->headers.get("x-answer"), "yes");
    EXPECT_EQ(response->body, std::string(100'000, 'b') + "|mine");

    std::string streamed;
    const auto result =
        base::run_sync(client->stream({.url = server.url("/stream")}, [&](std::string_view piece) {
            streamed += piece;
            return Result<>{};
        }));
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->body, "");
    EXPECT_TRUE(streamed.starts_with("data: 0\n\n") && streamed.ends_with("data: 99\n\n"));
    // Other statuses are gathered, so that the error can be read.
    const auto refused = base::run_sync(client->stream(
        {.url = server.url("/none")}, [](std::string_view) -> Result<> { return base::not_found("?"); }));
    ASSERT_TRUE(refused.has_value());
    EXPECT_EQ(refused->status, 404);
    EXPECT_THAT(refused->body, HasSubstr("not_found"));
    // The consumer's error ends the transfer.
    const auto stopped =
        base::run_sync(client->stream({.url = server.url("/stream")}, [](std::string_view) -> Result<> {
            return base::not_found("enough");
        }));
    ASSERT_TRUE(stopped.has_error());
    EXPECT_EQ(stopped.error().message, "enough");
}

TEST(HttpClient, ReusesConnections) {
    TestServer server;
    server.get("/", test::answer("x"));
    server.start();
    const auto client = make_http_client();
    const auto many = [&]() -> Task<void> {
        for (int i = 0; i < 20; ++i) {
            Result<ClientResponse> response = co_await client->send({.url = server.url("/")});
            EXPECT_EQ(response->body, "x");
        }
        EXPECT_EQ(server.gauge("aimpact_http_connections"), 1);
    };
    const auto in_a_context_of_its_own = [&] {
        base::asio::io_context io;
        base::asio::co_spawn(io, many(), base::asio::detached);
        io.run();
    };
    in_a_context_of_its_own();
    // The connections of a context that is gone are gone too; the client itself goes on.
    EXPECT_TRUE(test::eventually([&] { return server.gauge("aimpact_http_connections") == 0; }));
    in_a_context_of_its_own();
}

TEST(HttpClient, ReplacesConnectionsThatDiedMeanwhile) {
    ScriptedServer server([](test::tcp::socket& socket, int) {
        ScriptedServer::read_head(socket);
        ScriptedServer::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    const auto client = make_http_client();
    const auto twice = [&]() -> Task<void> {
        for (int i = 0; i < 5; ++i) {
            Result<ClientResponse> response = co_await client->send({.url = server.url()});
            EXPECT_TRUE(response.has_value() && response->body == "ok");
        }
    };
    base::run_sync(twice());
    EXPECT_EQ(server.accepted, 5);
}

TEST(HttpClient, RepeatsOnlyWhatIsSafeToRepeat) {
    // Answers one request of a connection and then closes it only after the second has arrived.
    ScriptedServer server([](test::tcp::socket& socket, int) {
        ScriptedServer::read_head(socket);
        ScriptedServer::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        ScriptedServer::read_head(socket);
    });
    const auto client = make_http_client();
    const auto run = [&]() -> Task<void> {
        Result<ClientResponse> response = co_await client->send({.url = server.url()});
        EXPECT_TRUE(response.has_value());
        response = co_await client->send({.url = server.url()});  // dies, is repeated on a fresh one
        EXPECT_TRUE(response.has_value());
        EXPECT_EQ(server.accepted, 2);
        response = co_await client->send({.method = Method::post, .url = server.url()});
        EXPECT_TRUE(response.has_error() && response.error().code == ErrorCode::unavailable);
        EXPECT_EQ(server.accepted, 2);
    };
    base::run_sync(run());
}

TEST(HttpClient, UnderstandsEveryFraming) {
    const std::pair<const char*, const char*> cases[] = {
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"},
        {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
        {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
         "1\r\n\r\nx",
         "x"},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
    };
    const auto client = make_http_client();
    for (const auto& [bytes, body] : cases) {
        ScriptedServer server([text = bytes](test::tcp::socket& socket, int) {
            ScriptedServer::read_head(socket);
            for (const char* c = text; *c; ++c) ScriptedServer::say(socket, {c, 1});
        });
        const auto response = fetch(*client, {.url = server.url()});
        ASSERT_TRUE(response.has_value()) << bytes << response.error().message;
        EXPECT_EQ(response->body, body) << bytes;
    }
}

TEST(HttpClient, SaysWhatIsWrongWithAnAnswer) {
    const std::pair<const char*, ErrorCode> cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", ErrorCode::unavailable},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", ErrorCode::unavailable},
        {"HTTP/1.1 200 OK\r\nConte", ErrorCode::unavailable},
        {"", ErrorCode::unavailable},
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", ErrorCode::upstream_failed},
        {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", ErrorCode::upstream_failed},
        {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"
         "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
         "9x",
         ErrorCode::payload_too_large},
    };
    const auto client = make_http_client();
    for (const auto& [bytes, code] : cases) {
        ScriptedServer server([text = bytes](test::tcp::socket& socket, int) {
            ScriptedServer::read_head(socket);
            ScriptedServer::say(socket, text);
        });
        const auto response = fetch(*client, {.url = server.url(), .body_bytes_max = 100});
        ASSERT_TRUE(response.has_error()) << bytes;
        EXPECT_EQ(response.error().code, code) << bytes << response.error().message;
    }
}

TEST(HttpClient, GivesUpOnServersThatStall) {
    std::promise<void> done;
    std::shared_future<void> wait = done.get_future().share();
    ScriptedServer server([wait](test::tcp::socket& socket, int number) {
        ScriptedServer::read_head(socket);
        if (number == 1) ScriptedServer::say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
        wait.wait();
    });
    const auto client = make_http_client();
    const auto timed_out = [&](ClientRequest request) {
        const auto response = fetch(*client, std::move(request));
        return response.has_error() && response.error().code == ErrorCode::timeout;
    };
    // The second connection waits in the accept queue of a server that is busy with the first.
    EXPECT_TRUE(timed_out({.url = server.url(), .idle_timeout = std::chrono::milliseconds{30}}));
    EXPECT_TRUE(timed_out({.url = server.url(), .total_timeout = std::chrono::milliseconds{30}}));
    done.set_value();
}

TEST(HttpClient, CancellingTheCallerEndsTheTransfer) {
    std::promise<void> done, asked;
    std::shared_future<void> wait = done.get_future().share();
    ScriptedServer server([&, wait](test::tcp::socket& socket, int) {
        ScriptedServer::read_head(socket);
        asked.set_value();
        wait.wait();
    });
    const auto client = make_http_client();
    boost::asio::io_context io;
    boost::asio::cancellation_signal cancel;
    std::optional<Result<ClientResponse>> result;
    const auto run = [&]() -> Task<void> {
        result.emplace(co_await client->send({.url = server.url()}));
        co_return;
    };
    boost::asio::co_spawn(io, run(),
                          boost::asio::bind_cancellation_slot(cancel.slot(), boost::asio::detached));
    std::thread canceller([&] {
        asked.get_future().wait();
        boost::asio::post(io, [&] { cancel.emit(boost::asio::cancellation_type::terminal); });
    });
    io.run();
    canceller.join();
    done.set_value();
    ASSERT_TRUE(result.has_value());
    ASSERT_TRUE(result->has_error());
    EXPECT_EQ(result->error().code, ErrorCode::cancelled);
}

TEST(HttpClient, RefusesBadRequests) {
    const auto client = make_http_client();
    for (const char* url : {"", "nonsense", "ftp://x/", "http://", "http://user:pass@x/", "http://x:99999/",
                            "http://x:0/", "http://a b/", "/path"}) {
        const auto response = fetch(*client, {.url = url});
        ASSERT_TRUE(response.has_error()) << url;
        EXPECT_EQ(response.error().code, ErrorCode::invalid_argument) << url;
    }
    ClientRequest request{.url = "http://127.0.0.1:1/"};
    request.headers.add("X-Evil", "a\r\nInjected: yes");
    EXPECT_EQ(fetch(*client, request).error().code, ErrorCode::invalid_argument);
    const auto refused = fetch(*client, {.url = "http://127.0.0.1:1/"});
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("127.0.0.1 port 1"));
    EXPECT_EQ(fetch(*client, {.url = "http://no-such-host.invalid/"}).error().code, ErrorCode::unavailable);
}

class TlsTest : public testing::Test {
  protected:
    // A server whose certificate is for `name`, signed by our own authority.
    void start(const std::string& name) {
        authority_.write_certificate(directory_.path / "ca.pem");
        authority_.issue(name, directory_.path / "server.pem", directory_.path / "server.key");
        server_.get("/", [](Request& request) -> Task<Response> {
            co_return Response::text(request.secure ? "secure" : "plain");
        });
        server_.get("/big", test::answer(std::string(1'000'000, 'x')));
        server_.router.add({.method = Method::get,
                            .pattern = "/ws",
                            .socket = [](Request&, WebSocket& socket) -> Task<void> {
                                Result<WsMessage> message = co_await socket.read();
                                if (message.has_value())
                                    static_cast<void>(socket.send(std::move(message->data)));
                            }});
        server_.start({.tls_certificate_file = (directory_.path / "server.pem").string(),
                       .tls_key_file = (directory_.path / "server.key").string()});
    }
    std::string ca() const { return (directory_.path / "ca.pem").string(); }
    std::string url(std::string_view path, std::string_view scheme = "https") const {
        return std::string(scheme) + "://localhost:" + std::to_string(server_.port()) + std::string(path);
    }

    test::TempDirectory directory_;
    test::Authority authority_;
    TestServer server_;
};

TEST_F(TlsTest, ServesKnownClients) {
    start("localhost");
    const auto client = make_http_client({.ca_file = ca()});
    const auto run = [&]() -> Task<void> {
        for (int i = 0; i < 3; ++i) {
            Result<ClientResponse> response = co_await client->send({.url = url("/")});
            EXPECT_TRUE(response.has_value()) << response.error().message;
            if (response.has_value()) EXPECT_EQ(response->body, "secure");
        }
        Result<ClientResponse> big = co_await client->send({.url = url("/big")});
        EXPECT_TRUE(big.has_value() && big->body.size() == 1'000'000);
        EXPECT_EQ(server_.gauge("aimpact_http_connections"), 1);
        const base::SystemClock clock;
        WsClientOptions options{.ca_file = ca()};
        Result<WsClient> socket = co_await connect_websocket(url("/ws", "wss"), options, clock);
        EXPECT_TRUE(socket.has_value()) << (socket.has_error() ? socket.error().message : "");
        if (socket.has_value()) {
            EXPECT_TRUE(socket->socket->send("hi").has_value());
            Result<WsMessage> message = co_await socket->socket->read();
            EXPECT_TRUE(message.has_value() && message->data == "hi");
            co_await socket->socket->close(1000, "");
        }
    };
    base::run_sync(run());
}

TEST_F(TlsTest, UnknownAuthorityIsRefused) {
    start("localhost");
    const auto client = make_http_client();  // the system's trust store does not know our authority
    const auto response = fetch(*client, {.url = url("/")});
    ASSERT_TRUE(response.has_error());
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
    EXPECT_THAT(response.error().message, HasSubstr("certificate"));
}

TEST_F(TlsTest, WrongHostNameIsRefused) {
    start("other.example");
    const auto client = make_http_client({.ca_file = ca()});
    const auto response = fetch(*client, {.url = url("/")});
    ASSERT_TRUE(response.has_error());
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
}

TEST_F(TlsTest, PlainBytesAndOldVersionsEndTheHandshake) {
    start("localhost");
    test::RawClient plain(server_.port());
    plain.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    while (plain.more()) {
    }
    EXPECT_EQ(plain.buffer().find("HTTP/1.1"), std::string::npos);
    test::RawClient silent(server_.port());
    const test::FastClock fast(server_.clock);
    EXPECT_TRUE(silent.at_end());  // the handshake has a time limit too
}

TEST(HttpClient, MissingAuthoritiesAreAnErrorOfHttpsOnly) {
    TestServer server;
    server.get("/", test::answer("x"));
    server.start();
    const auto client = make_http_client({.ca_file = "/nonexistent.pem"});
    EXPECT_EQ(fetch(*client, {.url = server.url("/")})->body, "x");
    const auto response = fetch(*client, {.url = "https://127.0.0.1:1/"});
    EXPECT_THAT(response.error().message, HasSubstr("/nonexistent.pem"));
}

}  // namespace
}  // namespace aimpact::net
