#include "llm/text_filter.hpp"

#include <algorithm>

namespace aimpact::llm {

namespace {
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the valid character at the start of `text`; 0 if it is broken, -1 if it may go on past the end.
int character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    int length = 0;
    unsigned char low = 0x80, high = 0xBF;  // of the second byte: RFC 3629, section 4
    if (first >= 0xC2 && first <= 0xDF) {
        length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        length = 3;
        if (first == 0xE0) low = 0xA0;
        if (first == 0xED) high = 0x9F;
    } else if (first >= 0xF0 && first <= 0xF4) {
        length = 4;
        if (first == 0xF0) low = 0x90;
        if (first == 0xF4) high = 0x8F;
    } else {
        return 0;
    }
    for (int i = 1; i < length; ++i) {
        if (static_cast<std::size_t>(i) >= text.size()) return -1;
        if (byte(i) < low || byte(i) > high) return 0;
        low = 0x80;
        high = 0xBF;
    }
    return length;
}
}  // namespace

std::string valid_utf8(std::string_view text, std::size_t& unfinished) {
    std::string out;
    out.reserve(text.size());
    unfinished = 0;
    while (!text.empty()) {
        const int length = character_length(text);
        if (length < 0) {
            unfinished = text.size();
            break;
        }
        if (length == 0) {
            out += kReplacement;
            text.remove_prefix(1);
        } else {
            out += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return out;
}

std::string TextFilter::push(std::string_view bytes) {
    if (stopped_) return {};
    held_ += bytes;
    std::size_t found = std::string::npos;
    for (const std::string& stop : stop_) found = std::min(found, held_.find(stop));
    if (found != std::string::npos) {
        stopped_ = true;
        held_.resize(found);
        return finish();
    }
    // Keep back the longest end that may be the start of a stop string.
    std::size_t keep = 0;
    for (const std::string& stop : stop_)
        for (std::size_t n = std::min(stop.size() - 1, held_.size()); n > keep; --n)
            if (std::string_view(held_).substr(held_.size() - n) == std::string_view(stop).substr(0, n)) {
                keep = n;
                break;
            }
    std::size_t unfinished = 0;
    std::string out = valid_utf8(std::string_view(held_).substr(0, held_.size() - keep), unfinished);
    held_.erase(0, held_.size() - keep - unfinished);
    return out;
}

std::string TextFilter::finish() {
    std::size_t unfinished = 0;
    std::string out = valid_utf8(held_, unfinished);
    if (unfinished > 0) out += kReplacement;
    held_.clear();
    return out;
}

}  // namespace aimpact::llm
