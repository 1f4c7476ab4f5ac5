#include "net/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>

namespace aimpact::net {

namespace http = boost::beast::http;

RequestParser::RequestParser(Request& request, std::size_t header_bytes_max)
    : request_(request), header_bytes_max_(header_bytes_max) {
    header_limit(static_cast<std::uint32_t>(header_bytes_max));
    body_limit(boost::none);
}

void RequestParser::on_request_impl(http::verb method, string_view, string_view target, int version,
                                    error_code& ec) {
    switch (method) {
        case http::verb::get:
            request_.method = Method::get;
            break;
        case http::verb::head:
            request_.method = Method::head;
            break;
        case http::verb::post:
            request_.method = Method::post;
            break;
        case http::verb::put:
            request_.method = Method::put;
            break;
        case http::verb::patch:
            request_.method = Method::patch;
            break;
        case http::verb::delete_:
            request_.method = Method::del;
            break;
        case http::verb::options:
            request_.method = Method::options;
            break;
        default:
            known_method_ = false;
            break;
    }
    target_.assign(target.data(), target.size());
    version_ = version;
    header_bytes_ += target.size() + 16;
    if (header_bytes_ > header_bytes_max_) ec = http::error::header_limit;
}

void RequestParser::on_field_impl(http::field, string_view name, string_view value, error_code& ec) {
    // Beast's own limit counts one buffer; fields that arrive one by one would pass it for ever.
    header_bytes_ += name.size() + value.size() + 4;
    if (header_bytes_ > header_bytes_max_) {
        ec = http::error::header_limit;
        return;
    }
    if (header_done_) return;  // trailers carry nothing that we use
    request_.headers.add(std::string(name), std::string(value));
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
    // A peer may promise much and send little: reserve no more than what is cheap.
    if (length) request_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, 1 << 20)));
}

std::size_t RequestParser::on_body_impl(string_view bytes, error_code&) {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) {
    request_.body.append(bytes.data(), bytes.size());
    return bytes.size();
}

}  // namespace aimpact::net
