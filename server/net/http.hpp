// What a handler sees of HTTP. Nothing here names the library underneath.
#pragma once

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/async.hpp"
#include "base/error.hpp"

namespace aimpact::net {

using base::Error;
using base::Result;
using base::Task;

enum class Method { get, head, post, put, patch, del, options };
std::string_view to_string(Method method);  // "GET"

// Case-insensitive names; order and repeats are kept.
class Headers {
  public:
    void add(std::string name, std::string value);
    void set(std::string name, std::string value);
    // The first value, or empty. Valid until the headers change.
    std::string_view get(std::string_view name) const;
    bool has(std::string_view name) const;
    const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

  private:
    std::vector<std::pair<std::string, std::string>> all_;
};

// One request, already parsed and within limits. Lives until the handler's coroutine ends.
struct Request {
    Method method = Method::get;
    std::string path;                                        // decoded, without the query
    std::string raw_path;                                    // as it came; empty: same as path
    std::map<std::string, std::string, std::less<>> params;  // from the route's pattern: "/agents/{id}" -> id
    std::map<std::string, std::string, std::less<>> query;   // decoded; the last of repeated names wins
    Headers headers;
    std::string body;
    std::string remote_address;  // numeric; the peer's, or the forwarded one behind a trusted proxy
    std::string request_id;  // "req_..."; also sent back as X-Request-Id, and in every log line and problem
    bool secure = false;     // came over TLS (or a trusted proxy says so)
    std::any state;          // what an upgrade check hands on to its socket's handler (the same Request)

    std::string_view param(std::string_view name) const;  // empty if absent
    std::optional<std::string> query_value(std::string_view name) const;
    // The value of one cookie, or empty.
    std::string_view cookie(std::string_view name) const;
};

// Where a streaming handler writes its body. write() suspends while the peer is slow (back pressure) and
// fails with `cancelled` once the peer is gone. One writer at a time, on the connection's executor.
class BodySink {
  public:
    virtual ~BodySink() = default;
    virtual Task<Result<>> write(std::string_view bytes) = 0;
    // False once the peer is gone. What the handler waits for then is also cancelled (operation_aborted), so
    // that a handler that waits for something else than write() notices at once.
    virtual bool open() const { return true; }
};

// Called after the head is sent; returning an error ends the connection without the final chunk, so that the
// client sees a truncated body rather than a complete one.
using BodyWriter = std::function<Task<Result<>>(BodySink&)>;

struct Response {
    int status = 200;
    Headers headers;
    std::string body;                         // used when neither of the others is set
    std::shared_ptr<const std::string> blob;  // a shared, immutable body (static files)
    BodyWriter stream;                        // chunked

    static Response json(std::string body, int status = 200);
    static Response text(std::string body, int status = 200);
    static Response empty(int status = 204);
    // A text/event-stream body; see sse_event.
    static Response events(BodyWriter writer);
};

// RFC 9457 application/problem+json with `code`, `request_id` and, where known, `param`; sets Retry-After.
// An error's `detail` goes to the log (event "http.problem") and never into the answer.
Response problem(const Error& error, const Request& request);
// The same with another status than the code's own (431, 426, ...).
Response problem(const Error& error, const Request& request, int status);

// "Not Found" for 404.
std::string_view reason_phrase(int status);

// "event: name\ndata: ...\n\n" with line breaks of data kept; `name` empty for none (WHATWG HTML, 9.2).
std::string sse_event(std::string_view data, std::string_view name = {});

using Handler = std::function<Task<Response>(Request&)>;

}  // namespace aimpact::net
