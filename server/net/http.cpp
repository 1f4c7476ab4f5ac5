#include "net/http.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json.hpp>

#include "base/log.hpp"
#include "base/wire.hpp"
#include "net/text.hpp"

namespace aimpact::net {

std::string_view to_string(Method method) {
    constexpr std::string_view names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    return names[static_cast<std::size_t>(method)];
}

void Headers::add(std::string name, std::string value) {
    all_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
    std::erase_if(all_, [&](const auto& header) { return iequals(header.first, name); });
    add(std::move(name), std::move(value));
}

std::string_view Headers::get(std::string_view name) const {
    for (const auto& [key, value] : all_)
        if (iequals(key, name)) return value;
    return {};
}

bool Headers::has(std::string_view name) const {
    for (const auto& header : all_)
        if (iequals(header.first, name)) return true;
    return false;
}

std::string_view Request::param(std::string_view name) const {
    const auto found = params.find(name);
    return found == params.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::string> Request::query_value(std::string_view name) const {
    const auto found = query.find(name);
    if (found == query.end()) return std::nullopt;
    return found->second;
}

// RFC 6265, 4.2: "name=value" pairs separated by semicolons. Browsers may send several Cookie headers (HTTP/2
// proxies split them).
std::string_view Request::cookie(std::string_view name) const {
    for (const auto& [key, value] : headers.all()) {
        if (!iequals(key, "cookie")) continue;
        std::string_view rest = value;
        while (!rest.empty()) {
            const std::string_view pair = trim(take_until(rest, ';'));
            const std::size_t equals = pair.find('=');
            if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
            std::string_view found = trim(pair.substr(equals + 1));
            if (found.size() >= 2 && found.front() == '"' && found.back() == '"')
                found = found.substr(1, found.size() - 2);
            return found;
        }
    }
    return {};
}

Response Response::json(std::string body, int status) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
}

Response Response::text(std::string body, int status) {
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.body = std::move(body);
    return response;
}

Response Response::empty(int status) {
    Response response;
    response.status = status;
    return response;
}

Response Response::events(BodyWriter writer) {
    Response response;
    response.headers.add("Content-Type", "text/event-stream");
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("X-Accel-Buffering", "no");  // nginx would otherwise hold events back
    response.stream = std::move(writer);
    return response;
}

std::string_view reason_phrase(int status) {
    if (status == 499) return "Client Closed Request";
    return boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
}

Response problem(const Error& error, const Request& request) {
    return problem(error, request, base::http_status(error.code));
}

Response problem(const Error& error, const Request& request, int status) {
    const std::string_view code = base::to_string(error.code);
    if (!error.detail.empty())
        base::log_event(status >= 500 ? base::LogLevel::error : base::LogLevel::warn, "http.problem",
                        {{"request_id", request.request_id}, {"code", code}, {"detail", error.detail}});
    boost::json::object body;
    body["type"] = "about:blank";
    body["title"] = reason_phrase(status);
    body["status"] = status;
    body["detail"] = error.message;
    body["code"] = code;
    if (!request.request_id.empty()) body["request_id"] = request.request_id;
    if (!error.param.empty()) body["param"] = error.param;
    Response response;
    response.status = status;
    response.headers.add("Content-Type", "application/problem+json");
    if (error.retry_after) response.headers.add("Retry-After", std::to_string(error.retry_after->count()));
    response.body = base::to_text(body);
    return response;
}

std::string sse_event(std::string_view data, std::string_view name) {
    std::string out;
    out.reserve(data.size() + name.size() + 32);
    if (!name.empty()) {
        out += "event: ";
        for (const char c : name)
            if (c != '\r' && c != '\n') out += c;
        out += '\n';
    }
    for (;;) {
        const std::size_t end = data.find_first_of("\r\n");
        out += "data: ";
        out += data.substr(0, end);
        out += '\n';
        if (end == std::string_view::npos) break;
        data.remove_prefix(end + (data.substr(end, 2) == "\r\n" ? 2 : 1));
    }
    out += '\n';
    return out;
}

}  // namespace aimpact::net
