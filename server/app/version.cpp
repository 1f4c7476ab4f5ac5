#include "app/version.hpp"

#include <openssl/crypto.h>
#include <boost/version.hpp>

namespace aimpact::app {

namespace {
std::string compiler() {
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}
}  // namespace

std::string version_text() {
    return "aimpact " AIMPACT_VERSION " (" + compiler() + ")";
}

boost::json::object version_json() {
    return {{"version", AIMPACT_VERSION},
            {"compiler", compiler()},
            {"boost", BOOST_LIB_VERSION},
            {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING)}};
}

}  // namespace aimpact::app
