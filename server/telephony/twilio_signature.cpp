#include "telephony/twilio_signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/id.hpp"

namespace aimpact::telephony {

std::string twilio_signature(std::string_view auth_token, std::string_view url, const Form& form) {
    std::string text(url);
    for (const auto& [name, value] : form) text += name + value;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha1(), auth_token.data(), static_cast<int>(auth_token.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
    return base::base64_encode({reinterpret_cast<const char*>(digest), size});
}

bool signature_matches(std::string_view auth_token, std::string_view url, const Form& form,
                       std::string_view signature) {
    const std::string expected = twilio_signature(auth_token, url, form);
    return signature.size() == expected.size() &&
           CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
}

std::string own_url(const net::Request& request, std::string_view public_url, bool websocket,
                    std::string_view path) {
    while (public_url.ends_with('/')) public_url.remove_suffix(1);
    std::string base(public_url);
    if (base.empty())
        base = (request.secure ? "https://" : "http://") + std::string(request.headers.get("Host"));
    if (websocket && base.starts_with("http")) base.replace(0, 4, "ws");
    return base + std::string(path);
}

std::string called_url(const net::Request& request, std::string_view public_url, bool websocket) {
    return own_url(request, public_url, websocket,
                   request.raw_path.empty() ? request.path : request.raw_path);
}

}  // namespace aimpact::telephony
