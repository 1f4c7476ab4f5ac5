// Private to net: the Content-Security-Policy (CSP level 3) of a page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aimpact::net {

// The texts between <script> and </script>, for scripts without a src, as a browser would hash them.
std::vector<std::string_view> inline_scripts(std::string_view html);

// Everything from our own origin only; inline scripts by their SHA-256, so that an injected one does not run.
// Inline styles are allowed: component libraries set them while they run.
std::string content_security_policy(std::string_view html);

// SHA-256, raw bytes.
std::string sha256(std::string_view bytes);

}  // namespace aimpact::net
