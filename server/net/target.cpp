#include "net/target.hpp"

#include "net/text.hpp"

namespace aimpact::net {

namespace {
constexpr std::size_t kQueryParamsMax = 256;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
}  // namespace

bool percent_decode(std::string_view text, std::string& out, bool plus_is_space) {
    out.clear();
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return false;
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return false;
            c = static_cast<char>(high << 4 | low);
            i += 2;
            // Encoded line breaks and tabs are data (a search text); a NUL cuts strings short in C libraries.
            if (c == '\0') return false;
        } else if (is_control(c)) {
            return false;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out += c;
    }
    return is_utf8(out);  // what isn't could reach a database or an answer as text
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            out += c;
        } else {
            const auto u = static_cast<unsigned char>(c);
            out += '%';
            out += hex[u >> 4];
            out += hex[u & 15];
        }
    }
    return out;
}

Result<> parse_query(std::string_view text, std::map<std::string, std::string, std::less<>>& out) {
    std::string name, value;
    for (std::size_t count = 0; !text.empty();) {
        const std::string_view pair = take_until(text, '&');
        if (pair.empty()) continue;
        if (++count > kQueryParamsMax)
            return base::invalid_argument("The query has more than " + std::to_string(kQueryParamsMax) +
                                          " parameters. Send fewer, or send them in the body.");
        const std::size_t equals = pair.find('=');
        const std::string_view raw =
            equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        if (!percent_decode(pair.substr(0, equals), name, true) || !percent_decode(raw, value, true))
            return base::invalid_argument(
                "The query has a broken percent escape, a control character or bytes that are no UTF-8. "
                "Encode it as UTF-8 with %XX.");
        out.insert_or_assign(name, value);
    }
    return {};
}

Result<> parse_target(std::string_view target, Request& request) {
    // absolute-form, which clients of proxies send: the authority is what Host says, so it is dropped.
    if (!target.starts_with('/')) {
        const std::size_t scheme = target.find("://");
        if (scheme != std::string_view::npos &&
            (iequals(target.substr(0, scheme), "http") || iequals(target.substr(0, scheme), "https"))) {
            target.remove_prefix(scheme + 3);
            const std::size_t path = target.find_first_of("/?");
            if (path == 0 || target.empty())
                return base::invalid_argument("The request target has no host after the scheme.");
            target = path == std::string_view::npos ? std::string_view{} : target.substr(path);
            if (target.empty()) target = "/";
        } else if (target != "*" || request.method != Method::options) {
            return base::invalid_argument(
                "The request target must be a path that starts with '/', or a whole http URL.");
        }
    }
    const std::size_t fragment = target.find('#');
    if (fragment != std::string_view::npos)
        return base::invalid_argument("The request target must not have a fragment ('#'). Encode it as %23.");
    const std::size_t question = target.find('?');
    std::string_view path = target.substr(0, question);
    if (path.empty()) path = "/";
    if (!percent_decode(path, request.path))
        return base::invalid_argument(
            "The path has a broken percent escape, a control character or bytes that are no UTF-8. Encode it "
            "as UTF-8 with %XX.");
    // Clients resolve dot segments before they send; one that arrives is an attack or a mistake.
    for (std::string_view rest = request.path; !rest.empty();) {
        const std::string_view segment = take_until(rest, '/');
        if (segment == "." || segment == "..")
            return base::invalid_argument("The path must not have '.' or '..' segments.");
    }
    if (path.find('%') != std::string_view::npos) request.raw_path = path;
    if (question != std::string_view::npos) return parse_query(target.substr(question + 1), request.query);
    return {};
}

}  // namespace aimpact::net
