// A WebSocket in memory, for tests of what speaks over one: the test is the peer.
#pragma once

#include <boost/asio/redirect_error.hpp>
#include <boost/json.hpp>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/wire.hpp"
#include "net/websocket.hpp"

namespace aimpact::realtime::testing {

class MemorySocket final : public net::WebSocket {
  public:
    explicit MemorySocket(base::asio::io_context& io)
        : io_(io), wake_(io, base::asio::steady_timer::time_point::max()) {}
    net::Task<base::Result<net::WsMessage>> read() override {
        while (incoming.empty() && open_) {
            boost::system::error_code ignored;
            co_await wake_.async_wait(base::asio::redirect_error(base::asio::use_awaitable, ignored));
        }
        if (incoming.empty()) co_return base::Error{base::ErrorCode::cancelled, "closed"};
        net::WsMessage message = std::move(incoming.front());
        incoming.pop_front();
        co_return message;
    }
    base::Result<> send(std::string text) override {
        if (full) return base::Error{base::ErrorCode::overloaded, "the peer does not read"};
        sent.push_back(base::parse_json(text, {64 << 20, 64})->get_object());
        return {};
    }
    base::Result<> send_binary(std::string) override { return {}; }
    net::Task<void> close(std::uint16_t with, std::string) override {
        code = with;
        hang_up();
        co_return;
    }
    void on_drain(std::function<void()> callback) override { drain = std::move(callback); }
    std::size_t queued_bytes() const override { return 0; }
    bool open() const override { return open_; }
    base::asio::any_io_executor executor() override { return io_.get_executor(); }

    void receive(std::string text, bool binary = false) {
        incoming.push_back({binary, std::move(text)});
        wake_.cancel();
    }
    void hang_up() {
        open_ = false;
        wake_.cancel();
    }

    std::deque<net::WsMessage> incoming;
    std::vector<boost::json::object> sent;
    bool full = false;
    int code = 0;
    std::function<void()> drain;

  private:
    base::asio::io_context& io_;
    base::asio::steady_timer wake_;
    bool open_ = true;
};

}  // namespace aimpact::realtime::testing
