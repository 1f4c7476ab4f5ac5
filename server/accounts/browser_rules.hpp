// What protects calls that a browser makes by itself: the refresh cookie, and the check of where a call comes
// from.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace aimpact::accounts {

// Refuses a call that another site made the browser send. Browsers say where a call comes from in
// Sec-Fetch-Site or Origin; a client that sends neither is no browser, and nobody can make it send our
// cookie.
base::Result<> check_same_origin(const net::Request& request, const std::string& base_url);

// Over TLS the name carries __Host-, which a browser accepts only from this very host with Secure and Path=/,
// so that no sibling domain can plant a cookie. Over plain HTTP (a machine's own address) that is not
// possible.
std::string_view refresh_cookie(const net::Request& request);
void set_refresh_cookie(net::Response& response, const net::Request& request, std::string_view token,
                        std::chrono::seconds life);
void clear_refresh_cookie(net::Response& response, const net::Request& request);

}  // namespace aimpact::accounts
