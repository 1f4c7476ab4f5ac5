// libFuzzer: any bytes on a connection, through the whole path of a request: parser, head checks, routing,
// bodies with a length or in chunks, pipelining, WebSocket frames. What reaches a handler is within its
// limits, what is answered is HTTP, and how the bytes were cut into packets makes no difference to what was
// asked (or requests could be smuggled past a proxy that sees other packets). The first byte says how they
// are cut the second time.
#include <sys/socket.h>

#include "base/fuzzing.hpp"
#include "base/log.hpp"
#include "net/connection.hpp"

using namespace aimpact;
using namespace aimpact::net;

using base::require;

namespace {
constexpr std::size_t kBodyMax = 300;
constexpr std::size_t kMessageMax = 200;

// Every request that reached a handler, as text; emptied before each run.
std::vector<std::string> asked;

Task<Response> remember(Request& request) {
    require(request.path.starts_with('/'));
    require(request.path.find('\0') == std::string::npos);
    require((request.path + "/").find("/../") == std::string::npos);
    require(request.body.size() <= kBodyMax);
    std::size_t header_bytes = 0;
    for (const auto& [name, value] : request.headers.all()) {
        require(!name.empty() && name.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
        require(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
        header_bytes += name.size() + value.size();
    }
    require(header_bytes <= 2048);
    asked.push_back(std::string(to_string(request.method)) + " " + request.path + "\n" + request.body);
    co_return Response::text(request.body);
}

Task<void> echo(Request&, WebSocket& socket) {
    for (;;) {
        Result<WsMessage> message = co_await socket.read();
        if (message.has_error()) co_return;
        require(message->data.size() <= kMessageMax);
        asked.push_back((message->binary ? "binary " : "text ") + message->data);
        if (socket.send(std::move(message->data)).has_error()) co_return;
    }
}

struct Fixture {
    Router router;
    base::ManualClock clock;
    base::SeededRandom random{1};
    base::Metrics metrics;
    std::shared_ptr<ServerState> state;

    Fixture() {
        base::configure_log(base::LogLevel::off, base::LogFormat::json);
        const RouteLimits limits{.body_bytes_max = kBodyMax, .ws_message_bytes_max = kMessageMax};
        router.add({.method = Method::get, .pattern = "/a/{id}", .handler = remember, .limits = limits});
        router.add({.method = Method::post, .pattern = "/a/{id}", .handler = remember, .limits = limits});
        router.add({.method = Method::put, .pattern = "/b/{rest...}", .handler = remember, .limits = limits});
        router.add({.method = Method::get, .pattern = "/ws", .socket = echo, .limits = limits});
        const ServerOptions options{.header_bytes_max = 2048, .cors_origins = {"https://app.example.com"}};
        state = std::make_shared<ServerState>(router, options, metrics, clock, random);
        state->instruments.resolve();
    }
};

std::string exchange(Fixture& fixture, std::string_view bytes, std::size_t piece) {
    int ends[2];
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    asio::io_context io(1);
    std::string answered;
    const auto take = [&] {
        char buffer[4096];
        for (ssize_t got; (got = recv(ends[0], buffer, sizeof buffer, 0)) > 0;)
            answered.append(buffer, static_cast<std::size_t>(got));
    };
    {
        tcp::socket socket(asio::any_io_executor(asio::make_strand(io)), tcp::v4(), ends[1]);
        std::make_shared<Connection>(fixture.state, std::move(socket))->start();
    }
    io.poll();
    for (std::size_t at = 0; at < bytes.size();) {
        const std::string_view next = bytes.substr(at, piece);
        const ssize_t sent = send(ends[0], next.data(), next.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) break;  // the server has closed: it has refused something
        if (sent > 0) at += static_cast<std::size_t>(sent);
        io.restart();
        io.poll();
        take();
        if (sent < 0 && fixture.state->connection_count() == 0) break;
    }
    shutdown(ends[0], SHUT_WR);
    for (int i = 0; i < 8 && fixture.state->connection_count() > 0; ++i) {
        io.restart();
        io.poll();
        take();
    }
    // Only what waits for time to pass may be left, and the clock stands still here.
    for (const auto& connection : fixture.state->all_connections()) connection->post_cut();
    io.restart();
    io.poll();
    take();
    require(fixture.state->connection_count() == 0);
    close(ends[0]);
    return answered;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Fixture fixture;
    if (size < 2 || size > 8192) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    asked.clear();
    const std::string answered = exchange(fixture, bytes, bytes.size());
    require(answered.empty() || answered.starts_with("HTTP/1."));
    const auto whole = std::exchange(asked, {});
    exchange(fixture, bytes, 1 + data[0] % 64);
    require(asked == whole);
    return 0;
}
