#include "net/response_head.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "net/text.hpp"

namespace aimpact::net {

namespace {
void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    if (is_field_value(value)) {
        out += value;
    } else {
        for (const char c : value) out += is_field_value({&c, 1}) ? c : ' ';
    }
    out += "\r\n";
}

// What a response carries unless its handler says otherwise: it is not for frames, not to be sniffed, not to
// be kept by caches, and (when opened as a document) may load nothing.
struct Default {
    std::string_view name;
    std::string_view value;
};
constexpr Default kDefaults[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

// "Strict-Transport-Security" is left to the operator's proxy: a self-signed trial on localhost must not pin
// every other service on that host to https.
}  // namespace

std::string_view http_date(std::int64_t unix_seconds) {
    thread_local std::int64_t last = -1;
    thread_local std::array<char, 40> text;
    thread_local std::size_t length = 0;
    if (unix_seconds != last) {
        static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const std::time_t time = unix_seconds;
        std::tm utc{};
        gmtime_r(&time, &utc);
        length = static_cast<std::size_t>(std::snprintf(
            text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday % 7],
            utc.tm_mday, months[utc.tm_mon % 12], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec));
        last = unix_seconds;
    }
    return {text.data(), length};
}

void write_head(std::string& out, const Response& response, const HeadOptions& options) {
    out += options.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
    append_number(out, static_cast<std::uint64_t>(response.status));
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    unsigned given = 0;  // bit i: the handler set kDefaults[i] itself
    bool has_vary = false;
    for (const auto& [name, value] : response.headers.all()) {
        if (!is_token(name) || iequals(name, "content-length") || iequals(name, "transfer-encoding") ||
            iequals(name, "connection") || iequals(name, "date") || iequals(name, "x-request-id"))
            continue;
        for (std::size_t i = 0; i < std::size(kDefaults); ++i)
            if (iequals(name, kDefaults[i].name)) given |= 1U << i;
        if (!options.allow_origin.empty() && iequals(name, "vary")) {
            append_field(out, name, value + ", Origin");
            has_vary = true;
            continue;
        }
        append_field(out, name, value);
    }
    for (std::size_t i = 0; i < std::size(kDefaults); ++i)
        if (!(given & 1U << i)) append_field(out, kDefaults[i].name, kDefaults[i].value);
    append_field(out, "Date", http_date(std::time(nullptr)));
    if (!options.request_id.empty()) append_field(out, "X-Request-Id", options.request_id);
    if (!options.allow_origin.empty()) {
        append_field(out, "Access-Control-Allow-Origin", options.allow_origin);
        append_field(out, "Access-Control-Allow-Credentials", "true");
        append_field(out, "Access-Control-Expose-Headers", "X-Request-Id, Retry-After, ETag, Location");
        if (!has_vary) append_field(out, "Vary", "Origin");
    }
    const bool no_body = response.status < 200 || response.status == 204 || response.status == 304;
    if (options.content_length && !no_body) {
        out += "Content-Length: ";
        append_number(out, *options.content_length);
        out += "\r\n";
    } else if (!options.content_length && !options.http_1_0) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    if (!options.keep_alive)
        out += "Connection: close\r\n";
    else if (options.http_1_0)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
}

}  // namespace aimpact::net
