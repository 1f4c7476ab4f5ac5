// A WebSocket (RFC 6455) as the layers above see it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "net/http.hpp"

namespace aimpact::net {

struct WsMessage {
    bool binary = false;
    std::string data;  // text messages are valid UTF-8
};

// All calls on the connection's executor (its strand), which is the executor of the handler's coroutine.
class WebSocket {
  public:
    virtual ~WebSocket() = default;

    // The next whole message; one reader at a time. `cancelled` once the peer has closed or vanished;
    // `payload_too_large` past the route's message limit (the socket is then closed with 1009).
    virtual Task<Result<WsMessage>> read() = 0;

    // Queues a message for the one writer coroutine and returns at once. `overloaded` when more than the
    // route's queue limit is waiting (the peer has stopped reading); the caller should then close.
    virtual Result<> send(std::string text) = 0;
    virtual Result<> send_binary(std::string bytes) = 0;

    // Waits until what is queued is sent (bounded by a few seconds), sends a close frame, waits for the
    // peer's.
    virtual Task<void> close(std::uint16_t code, std::string reason) = 0;

    // Called once, on the executor, when the server begins to drain (at once if it does already). Without it
    // the socket is closed with 1001 (going away) then; with it the handler decides, within drain's deadline.
    virtual void on_drain(std::function<void()> callback) { static_cast<void>(callback); }

    virtual std::size_t queued_bytes() const = 0;
    virtual bool open() const = 0;
    virtual base::asio::any_io_executor executor() = 0;
};

// Runs for the life of the socket; when it returns the socket is closed normally (1000). Coroutines that it
// spawned must not use the socket after it has returned.
using WebSocketHandler = std::function<Task<void>(Request&, WebSocket&)>;

// Decides on the upgrade before it is answered: an error refuses it with that HTTP status as problem+json.
struct Upgrade {
    std::string subprotocol = {};  // echoed in Sec-WebSocket-Protocol if not empty
};
using UpgradeCheck = std::function<Task<Result<Upgrade>>(Request&)>;

}  // namespace aimpact::net
