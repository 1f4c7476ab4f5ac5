// For net's tests: a server on a free port with its own threads, and plain sockets to speak to it.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "net/server.hpp"

namespace aimpact::net::test {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

inline Handler answer(std::string text) {
    return [text = std::move(text)](Request&) -> Task<Response> { co_return Response::text(text); };
}

// Add routes, then start(). The clock stands still until advanced, so no time limit passes by itself.
class TestServer {
  public:
    TestServer() { base::configure_log(base::LogLevel::off, base::LogFormat::json); }
    ~TestServer() { stop(); }

    void get(std::string pattern, Handler handler, RouteLimits limits = {}) {
        router.add({.method = Method::get,
                    .pattern = std::move(pattern),
                    .handler = std::move(handler),
                    .limits = limits});
    }
    void post(std::string pattern, Handler handler, RouteLimits limits = {}) {
        router.add({.method = Method::post,
                    .pattern = std::move(pattern),
                    .handler = std::move(handler),
                    .limits = limits});
    }

    void start(ServerOptions options = {}) {
        options.port = 0;
        server.emplace(io, router, options, metrics, clock, random);
        const Result<> started = server->start();
        ASSERT_TRUE(started.has_value()) << started.error().message;
        for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io.run(); });
    }

    void stop() {
        if (!server || threads_.empty()) return;
        drain(std::chrono::milliseconds{0}).wait();
        io.stop();
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

    std::future<bool> drain(std::chrono::milliseconds deadline) {
        return asio::co_spawn(io, server->drain(deadline), asio::use_future);
    }

    std::uint16_t port() const { return server->port(); }
    std::string url(std::string_view path, std::string_view scheme = "http") const {
        return std::string(scheme) + "://127.0.0.1:" + std::to_string(port()) + std::string(path);
    }
    double gauge(const std::string& name) { return metrics.gauge(name, "").Value(); }

    Router router;
    base::ManualClock clock;
    base::SystemRandom random;
    base::Metrics metrics;
    asio::io_context io;
    std::optional<Server> server;

  private:
    asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io);
    std::vector<std::thread> threads_;
};

// While it lives, the clock runs fast: one second every two milliseconds.
class FastClock {
  public:
    explicit FastClock(base::ManualClock& clock)
        : thread_([this, &clock] {
              while (!stop_) {
                  clock.advance(std::chrono::seconds{1});
                  std::this_thread::sleep_for(std::chrono::milliseconds{2});
              }
          }) {}
    ~FastClock() {
        stop_ = true;
        thread_.join();
    }

  private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

// True once `condition` holds; gives up after a time that only a broken program needs.
inline bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 5000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return false;
}

struct RawResponse {
    int status = 0;
    std::string head;
    std::string body;
    // The value of a header, or empty.
    std::string header(std::string_view name) const {
        std::string lower_head = head, lower_name = "\r\n" + std::string(name) + ": ";
        for (char& c : lower_head) c = static_cast<char>(std::tolower(c));
        for (char& c : lower_name) c = static_cast<char>(std::tolower(c));
        const std::size_t at = lower_head.find(lower_name);
        if (at == std::string::npos) return {};
        const std::size_t begin = at + lower_name.size();
        return head.substr(begin, head.find("\r\n", begin) - begin);
    }
};

// A blocking socket that says exactly what a test wants.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : socket(io_) {
        socket.connect({asio::ip::address_v4::loopback(), port});
        socket.set_option(tcp::no_delay(true));
        const timeval limit{30, 0};
        setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }

    void send(std::string_view bytes) {
        boost::system::error_code ignored;
        asio::write(socket, asio::buffer(bytes), ignored);
    }

    // One response with a Content-Length or chunked body (chunks are joined).
    RawResponse receive(bool head_only = false) {
        RawResponse response;
        std::size_t end;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (!more()) return response;
        response.head = buffer_.substr(0, end + 2);
        buffer_.erase(0, end + 4);
        response.status = std::stoi(response.head.substr(9, 3));
        if (head_only || response.status / 100 == 1 || response.status == 204 || response.status == 304)
            return response;
        if (response.header("transfer-encoding") == "chunked") {
            for (;;) {
                std::size_t line;
                while ((line = buffer_.find("\r\n")) == std::string::npos)
                    if (!more()) return truncated(response);
                const std::size_t size = std::stoul(buffer_.substr(0, line), nullptr, 16);
                while (buffer_.size() < line + 4 + size)
                    if (!more()) return truncated(response);
                response.body += buffer_.substr(line + 2, size);
                buffer_.erase(0, line + 4 + size);
                if (size == 0) return response;
            }
        }
        const std::string length = response.header("content-length");
        const std::size_t size = length.empty() ? 0 : std::stoul(length);
        while (buffer_.size() < size)
            if (!more()) return truncated(response);
        response.body = buffer_.substr(0, size);
        buffer_.erase(0, size);
        return response;
    }

    RawResponse ask(std::string_view bytes) {
        send(bytes);
        return receive();
    }
    RawResponse get(std::string_view path, std::string_view headers = "") {
        return ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\n" + std::string(headers) + "\r\n");
    }

    // True when the server has closed and nothing is left to read.
    bool at_end() { return buffer_.empty() && !more(); }

    std::string& buffer() { return buffer_; }
    bool more() {
        char piece[16384];
        boost::system::error_code ec;
        const std::size_t got = socket.read_some(asio::buffer(piece), ec);
        buffer_.append(piece, got);
        return got > 0;
    }

  private:
    static RawResponse truncated(RawResponse response) {
        response.status = -1;
        return response;
    }
    asio::io_context io_;
    std::string buffer_;

  public:
    tcp::socket socket;
};

// A directory that is removed at the end.
class TempDirectory {
  public:
    TempDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "aimpact-net-XXXXXX").string();
        path = mkdtemp(pattern.data());
    }
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
};

}  // namespace aimpact::net::test
