// Private to net: one client connection: reads requests one after another, answers them in order.
#pragma once

#include <atomic>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <optional>

#include "net/request_parser.hpp"
#include "net/response_head.hpp"
#include "net/server_state.hpp"
#include "net/stream.hpp"
#include "net/ws_session.hpp"

namespace aimpact::net {

// "Connection: upgrade" with "Upgrade: websocket".
bool wants_websocket(const Request& request);

// Runs on its own strand. The server's sweep looks at `overdue` from another thread and then posts `expire`.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(std::shared_ptr<ServerState> state, tcp::socket socket);

    // Spawns the coroutine that owns the connection until it ends.
    void start();
    // From any thread.
    bool overdue(base::SteadyTime now) const {
        return now.time_since_epoch().count() >= deadline_.load(std::memory_order_relaxed) ||
               streaming_.load(std::memory_order_relaxed);
    }
    void post_expire();
    void post_drain();
    void post_cut();

  private:
    class Sink;

    // What the connection waits for: decides what an expired deadline means.
    enum class Phase { idle, reading, handling, overstaying, streaming, writing, closing, websocket };

    // One request on its way through.
    struct Exchange {
        Request request;
        const Route* route = nullptr;
        base::SteadyTime began;
        std::uint64_t body_bytes_sent = 0;
        int status = 0;
        bool http_1_0 = false;
        bool keep_alive = true;
        bool body_unread = false;  // the peer still has some of the request to send
        bool silent = false;       // the peer left: there is nobody to answer
        std::string allow_origin;  // CORS
    };

    Task<void> run();
    Task<bool> serve_one();  // false: the connection ends
    Task<void> linger();
    void record(const Exchange& exchange);

    // connection_request.cpp: reading. A response refuses the request; Exchange::silent asks for no answer.
    Task<std::optional<Response>> receive(Exchange& exchange);
    Task<std::optional<Response>> receive_head(Exchange& exchange, RequestParser& parser);
    Task<std::optional<Response>> receive_body(Exchange& exchange, RequestParser& parser);
    Task<bool> wait_for_request();
    Task<error_code> read_some(std::size_t bytes_max);
    std::optional<Response> check_head(Exchange& exchange, const RequestParser& parser);
    std::optional<Response> find_route(Exchange& exchange);
    Response refuse(Exchange& exchange, Error error, int status);
    Response parse_refusal(Exchange& exchange, const error_code& ec);
    std::optional<Response> read_refusal(Exchange& exchange, std::string_view what);
    void trust_proxy(Request& request) const;

    // connection_response.cpp: running the handler and writing.
    Task<Response> handle(Exchange& exchange);
    Response exception_answer(const Exchange& exchange, const std::exception_ptr& failure,
                              bool timed_out) const;
    Task<bool> respond(Exchange& exchange, Response response);
    Task<bool> stream_body(Exchange& exchange, const Response& response, bool keep_alive);
    Task<bool> write(std::span<asio::const_buffer> pieces);

    // connection_websocket.cpp
    Task<bool> upgrade(Exchange& exchange);
    std::optional<Response> check_upgrade(Exchange& exchange) const;
    Task<void> run_websocket(Exchange& exchange, Upgrade upgrade);

    void expire();
    void drain();
    void cut();
    void enter(Phase phase, std::chrono::nanoseconds limit);
    void enter(Phase phase);  // without a limit
    bool peer_gone();

    const std::shared_ptr<ServerState> state_;
    std::unique_ptr<AnyStream> stream_;
    std::shared_ptr<WsSession> websocket_;
    const asio::any_io_executor executor_;
    asio::cancellation_signal cancel_;
    beast::flat_buffer buffer_;
    std::string head_;
    std::string peer_address_;
    bool peer_trusted_ = false;

    Phase phase_ = Phase::idle;
    std::atomic<std::int64_t> deadline_{INT64_MAX};  // of the phase, in steady ticks
    std::atomic<bool> streaming_{false};             // the sweep also looks whether the peer is still there
    bool expired_ = false;                           // the phase's deadline has passed
    bool gone_ = false;                              // the peer has left, or we cut it
    bool ended_ = false;                             // run() is over
};

}  // namespace aimpact::net
