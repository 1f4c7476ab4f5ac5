// WebSocket client: ws:// and wss://, with the same WebSocket as handlers of the server see.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/websocket.hpp"

namespace aimpact::net {

struct WsClientOptions {
    Headers headers = {};
    std::vector<std::string> subprotocols = {};        // offered
    std::string ca_file = {};                          // empty: the system's trust store
    std::chrono::milliseconds connect_timeout{5'000};  // with TLS and the upgrade
    std::chrono::milliseconds ping_interval{20'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::size_t message_bytes_max = 16 << 20;  // incoming
    std::size_t queue_bytes_max = 16 << 20;    // waiting to be sent
};

struct WsClient {
    std::shared_ptr<WebSocket> socket;  // on the executor of the coroutine that connected
    std::string subprotocol;            // what the server chose
};

// Errors: invalid_argument (bad URL), unavailable (cannot connect), timeout, cancelled, upstream_failed (the
// server refused the upgrade; the message has its status). `clock` must outlive the socket. Call
// socket->close() before the last reference goes; a socket that is only dropped is cut.
Task<Result<WsClient>> connect_websocket(std::string url, WsClientOptions options, const base::Clock& clock);

}  // namespace aimpact::net
