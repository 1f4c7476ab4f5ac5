#include "net/client.hpp"

namespace aimpact::net {

namespace {
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
}

Result<> SseParser::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (after_cr_) {
            after_cr_ = false;
            if (bytes.front() == '\n') {
                bytes.remove_prefix(1);
                continue;
            }
        }
        const std::size_t end = bytes.find_first_of("\r\n");
        const std::string_view piece = bytes.substr(0, end);
        if (buffer_.size() + piece.size() + data_.size() > event_bytes_max_)
            return Error{
                base::ErrorCode::payload_too_large,
                "An event of the stream is larger than " + std::to_string(event_bytes_max_) + " bytes."};
        if (end == std::string_view::npos) {
            buffer_ += piece;
            return {};
        }
        after_cr_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        if (buffer_.empty()) {
            AIMPACT_CHECK(line(piece));
        } else {
            buffer_ += piece;
            const std::string whole = std::move(buffer_);
            buffer_.clear();
            AIMPACT_CHECK(line(whole));
        }
    }
    return {};
}

Result<> SseParser::line(std::string_view text) {
    if (!began_) {
        began_ = true;
        if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    }
    if (text.empty()) return dispatch();
    const std::size_t colon = text.find(':');
    const std::string_view field = text.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
        if (has_data_) data_ += '\n';
        data_ += value;
        has_data_ = true;
    } else if (field == "event") {
        name_ = value;
    } else if (field == "id" && value.find('\0') == std::string_view::npos) {
        id_ = value;
    }
    return {};  // comments (an empty field name), "retry" and unknown fields mean nothing to us
}

Result<> SseParser::dispatch() {
    const std::string name = name_.empty() ? std::string("message") : std::move(name_);
    const std::string data = std::move(data_);
    const bool is_event = has_data_;
    name_.clear();
    data_.clear();
    has_data_ = false;
    return is_event ? on_event_(name, data) : Result<>{};
}

}  // namespace aimpact::net
