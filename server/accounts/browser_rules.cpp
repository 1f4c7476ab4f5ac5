#include "accounts/browser_rules.hpp"

#include <boost/algorithm/string/predicate.hpp>

namespace aimpact::accounts {

namespace {

constexpr std::string_view kPlainName = "aimpact_refresh";
constexpr std::string_view kSecureName = "__Host-aimpact_refresh";

base::Error foreign() {
    return {base::ErrorCode::permission_denied,
            "This call came from another site and was refused. Use the server's own page."};
}

// "https://host:port" of a URL, without its path.
std::string_view origin_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return url;
    return url.substr(0, url.find('/', scheme + 3));
}

void add_cookie(net::Response& response, const net::Request& request, std::string_view token,
                std::chrono::seconds life) {
    std::string cookie(request.secure ? kSecureName : kPlainName);
    cookie += "=" + std::string(token) +
              "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(life.count());
    if (request.secure) cookie += "; Secure";
    response.headers.add("Set-Cookie", std::move(cookie));
    response.headers.set("Cache-Control", "no-store");
}

}  // namespace

base::Result<> check_same_origin(const net::Request& request, const std::string& base_url) {
    if (const std::string_view site = request.headers.get("Sec-Fetch-Site"); !site.empty()) {
        if (site == "same-origin" || site == "none") return {};
        return foreign();
    }
    const std::string_view origin = request.headers.get("Origin");
    if (origin.empty()) return {};
    if (boost::algorithm::iequals(origin, origin_of(base_url))) return {};
    const std::size_t scheme = origin.find("://");
    const std::string_view host = request.headers.get("Host");
    if (scheme != std::string_view::npos && !host.empty() &&
        boost::algorithm::iequals(origin.substr(scheme + 3), host))
        return {};
    return foreign();
}

std::string_view refresh_cookie(const net::Request& request) {
    return request.cookie(request.secure ? kSecureName : kPlainName);
}

void set_refresh_cookie(net::Response& response, const net::Request& request, std::string_view token,
                        std::chrono::seconds life) {
    add_cookie(response, request, token, life);
}

void clear_refresh_cookie(net::Response& response, const net::Request& request) {
    add_cookie(response, request, "", std::chrono::seconds{0});
}

}  // namespace aimpact::accounts
