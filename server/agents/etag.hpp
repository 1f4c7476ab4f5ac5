// Versions of things as HTTP's entity tags (RFC 9110, 8.8.3 and 13.1.1).
#pragma once

#include <optional>
#include <string>

#include "net/http.hpp"

namespace aimpact::agents {

// "3", in quotes.
std::string etag(int version);

// The version that If-Match names (a weak W/"3" will do, proxies make them); nothing if there is none.
// invalid_argument for anything but one tag of ours. `what` is for people: "agent".
base::Result<std::optional<int>> if_match(const net::Request& request, const char* what);

// The version that a change is based on, from If-Match or the body; invalid_argument if they differ.
base::Result<std::optional<int>> based_on(const net::Request& request, std::optional<int> in_body,
                                          const char* what);

}  // namespace aimpact::agents
