#include "net/tls.hpp"

#include <openssl/ssl.h>

namespace aimpact::net {

namespace {
namespace ssl = boost::asio::ssl;
using base::Error;
using base::ErrorCode;
using boost::system::error_code;

// Only "http/1.1" is spoken (RFC 7301).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                    unsigned int in_length, void*) {
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_length, ours, sizeof ours - 1, in, in_length) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

Error unreadable(const std::string& what, const std::string& file, const error_code& ec) {
    return Error{ErrorCode::invalid_argument,
                 "Cannot use the TLS " + what + " in '" + file + "': " + ec.message() +
                     ". It must be a readable PEM file, and the key must belong to the certificate."};
}
}  // namespace

base::Result<std::shared_ptr<ssl::context>> make_server_tls(const std::string& certificate_file,
                                                            const std::string& key_file) {
    if (certificate_file.empty() || key_file.empty())
        return base::invalid_argument("TLS needs both a certificate file and a key file; only one is set.");
    auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_alpn_select_cb(context->native_handle(), choose_protocol, nullptr);
    error_code ec;
    context->use_certificate_chain_file(certificate_file, ec);
    if (ec) return unreadable("certificate", certificate_file, ec);
    context->use_private_key_file(key_file, ssl::context::pem, ec);
    if (ec) return unreadable("key", key_file, ec);
    return context;
}

base::Result<std::shared_ptr<ssl::context>> make_client_tls(const std::string& ca_file) {
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    error_code ec;
    if (ca_file.empty())
        context->set_default_verify_paths(ec);
    else
        context->load_verify_file(ca_file, ec);
    if (ec)
        return Error{ErrorCode::invalid_argument,
                     "Cannot read the certificate authorities in '" +
                         (ca_file.empty() ? std::string("the system's trust store") : ca_file) +
                         "': " + ec.message() + ". Give a readable PEM file."};
    context->set_verify_mode(ssl::verify_peer, ec);
    if (ec) return base::internal_error("set_verify_mode: " + ec.message());
    return context;
}

}  // namespace aimpact::net
