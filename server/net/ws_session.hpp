// Private to net: a WebSocket over Beast, for both ends: one reader (the handler), one writer coroutine, and
// a timer that pings, notices a silent peer, and bounds writing and closing.
#pragma once

#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>

#include "base/clock.hpp"
#include "net/stream.hpp"
#include "net/websocket.hpp"

namespace aimpact::net {

struct WsSessionOptions {
    std::size_t message_bytes_max = 1 << 20;
    std::size_t queue_bytes_max = 8 << 20;
    std::chrono::milliseconds ping_interval{20'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds write_timeout{60'000};  // for one message: the peer has stopped reading
    std::chrono::milliseconds close_timeout{5'000};
};

// All calls on the stream's strand. Use through shared_ptr: the writer and the timer keep it alive.
class WsSession final : public WebSocket, public std::enable_shared_from_this<WsSession> {
  public:
    WsSession(std::unique_ptr<AnyStream> stream, WsSessionOptions options, const base::Clock& clock);

    using Fields = std::vector<std::pair<std::string, std::string>>;
    // Server: answers the upgrade of `request` (already checked), with extra response fields.
    Task<error_code> accept(const Request& request, Fields response_fields);
    // Client: asks for the upgrade. Sets `status` and `body` when the server refuses.
    Task<error_code> handshake(std::string host, std::string target, Fields request_fields, int& status,
                               std::string& subprotocol);
    // After accept or handshake: starts the writer and the timer.
    void start();
    // Ends what still stands, and waits until nothing of ours runs any more.
    Task<void> finish();

    Task<Result<WsMessage>> read() override;
    Result<> send(std::string text) override { return enqueue(false, std::move(text)); }
    Result<> send_binary(std::string bytes) override { return enqueue(true, std::move(bytes)); }
    Task<void> close(std::uint16_t code, std::string reason) override;
    void on_drain(std::function<void()> callback) override;
    std::size_t queued_bytes() const override { return queued_bytes_; }
    bool open() const override { return open_ && !closing_; }
    asio::any_io_executor executor() override { return stream_->get_executor(); }

    void drain();  // the server drains: tells the handler
    void cut();    // ends everything at once

    std::uint64_t received_bytes() const { return received_bytes_; }
    std::uint64_t sent_bytes() const { return sent_bytes_; }

  private:
    struct Outgoing {
        bool binary;
        std::string data;
    };

    Result<> enqueue(bool binary, std::string data);
    Task<void> write_loop();
    void tick();
    void gone();
    void start_close(std::uint16_t code, std::string reason);

    const WsSessionOptions options_;
    const base::Clock& clock_;
    std::unique_ptr<AnyStream> stream_;
    boost::beast::websocket::stream<AnyStream&> ws_;
    asio::steady_timer wake_;   // tells the writer that there is work
    asio::steady_timer ended_;  // tells close() and finish() that the writer or a close has ended
    asio::steady_timer ticker_;

    std::deque<Outgoing> queue_;
    std::size_t queued_bytes_ = 0;
    std::uint64_t received_bytes_ = 0, sent_bytes_ = 0;
    bool open_ = false;     // neither side has closed and the connection stands
    bool closing_ = false;  // close() was called: nothing more is taken
    bool close_runs_ = false;
    bool gone_ = false;  // the connection is dead
    bool reading_ = false;
    bool writing_ = false;  // the writer coroutine runs
    bool pinging_ = false;
    bool draining_ = false;
    std::function<void()> on_drain_;
    base::SteadyTime last_heard_, last_ping_;
    base::SteadyTime write_deadline_ = base::SteadyTime::max();
    base::SteadyTime close_deadline_ = base::SteadyTime::max();
};

}  // namespace aimpact::net
