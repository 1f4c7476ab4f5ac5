// libFuzzer: tokens and keys as strangers send them. Input: a token, a line break, a key set. A token is
// accepted only if its signature is right, and the only private key here belongs to this program: what it
// didn't sign, fails.
#include <boost/json.hpp>

#include "accounts/jose.hpp"
#include "base/fuzzing.hpp"
#include "base/id.hpp"
#include "base/wire.hpp"

using namespace aimpact;
using namespace aimpact::accounts;

using base::require;

namespace {
const std::vector<Algorithm> kAll = {Algorithm::eddsa, Algorithm::es256, Algorithm::rs256};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const JsonWebKey key = JsonWebKey::ed25519_from_private("one", std::string(32, 's'));
    static const JsonWebKeySet own = JsonWebKeySet::make({key}).value();
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), text.size());
    const std::string_view token = text.substr(0, line);
    const std::string_view keys = text.substr(std::min(line + 1, size));

    if (const auto done = verify_jws(token, own, kAll); done.has_value()) {
        // Signed by us: then nothing of it may have been changed.
        const std::size_t dot = token.rfind('.');
        require(token.substr(dot + 1) == base::base64url_encode(key.sign(std::string(token.substr(0, dot)))));
    }
    // The same text as a header that we sign: accepted or not, it is never read past its end.
    const std::string input = base::base64url_encode(token) + ".e30";
    const auto ours = verify_jws(input + "." + base::base64url_encode(key.sign(input)), own, kAll);
    if (ours.has_value()) require(ours->payload == "{}" && ours->header.at("alg").as_string() == "EdDSA");

    if (const auto parsed = base::decode_text<boost::json::object>(keys); parsed.has_value()) {
        if (const auto set = JsonWebKeySet::parse(*parsed); set.has_value()) {
            const auto strange = verify_jws(token, *set, kAll);
            require(strange.has_value() || !strange.error().message.empty());
        }
    }
    return 0;
}
