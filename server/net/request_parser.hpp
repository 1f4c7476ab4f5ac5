// Private to net: Beast's HTTP/1.1 parser, filling our Request without a copy in between.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <string>

#include "net/http.hpp"

namespace aimpact::net {

class RequestParser final : public boost::beast::http::basic_parser<true> {
  public:
    // The request must outlive the parser. The body's limit is checked by the caller once the header is
    // known.
    RequestParser(Request& request, std::size_t header_bytes_max);

    bool known_method() const { return known_method_; }
    const std::string& target() const { return target_; }
    int version() const { return version_; }
    // Bytes of the header seen up to now: a bound on what a peer can make us keep.
    std::size_t header_bytes() const { return header_bytes_; }

  private:
    using error_code = boost::beast::error_code;
    using string_view = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb method, string_view text, string_view target, int version,
                         error_code& ec) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field, string_view name, string_view value,
                       error_code& ec) override;
    void on_header_impl(error_code&) override { header_done_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override;
    std::size_t on_body_impl(string_view bytes, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override;
    void on_finish_impl(error_code&) override {}

    Request& request_;
    std::string target_;
    const std::size_t header_bytes_max_;
    std::size_t header_bytes_ = 0;
    int version_ = 11;
    bool known_method_ = true;
    bool header_done_ = false;
};

}  // namespace aimpact::net
