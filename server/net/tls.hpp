// Private to net: TLS settings (TLS 1.2 or newer) for both ends.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/error.hpp"

namespace aimpact::net {

// PEM files; the certificate file may hold the whole chain.
base::Result<std::shared_ptr<boost::asio::ssl::context>> make_server_tls(const std::string& certificate_file,
                                                                         const std::string& key_file);

// `ca_file` empty: the system's trust store.
base::Result<std::shared_ptr<boost::asio::ssl::context>> make_client_tls(const std::string& ca_file);

}  // namespace aimpact::net
