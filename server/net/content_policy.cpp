#include "net/content_policy.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/id.hpp"
#include "net/text.hpp"

namespace aimpact::net {

namespace {
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

std::size_t find_insensitive(std::string_view text, std::string_view what, std::size_t from) {
    for (std::size_t i = from; i + what.size() <= text.size(); ++i)
        if (iequals(text.substr(i, what.size()), what)) return i;
    return std::string_view::npos;
}

struct Tag {
    std::size_t end;  // just after '>'
    bool has_src;
};

// Attributes of a start tag (WHATWG HTML, 13.2.5.32 ff.), from just after its name.
Tag read_tag(std::string_view html, std::size_t at) {
    Tag tag{html.size(), false};
    while (at < html.size()) {
        while (at < html.size() && (is_space(html[at]) || html[at] == '/')) ++at;
        if (at >= html.size()) break;
        if (html[at] == '>') {
            tag.end = at + 1;
            return tag;
        }
        const std::size_t name = at;
        while (at < html.size() && !is_space(html[at]) && html[at] != '=' && html[at] != '>' &&
               html[at] != '/')
            ++at;
        tag.has_src = tag.has_src || iequals(html.substr(name, at - name), "src");
        if (at == name) ++at;  // a stray '='
        while (at < html.size() && is_space(html[at])) ++at;
        if (at >= html.size() || html[at] != '=') continue;
        ++at;
        while (at < html.size() && is_space(html[at])) ++at;
        if (at < html.size() && (html[at] == '"' || html[at] == '\'')) {
            const std::size_t close = html.find(html[at], at + 1);
            at = close == std::string_view::npos ? html.size() : close + 1;
        } else {
            while (at < html.size() && !is_space(html[at]) && html[at] != '>') ++at;
        }
    }
    return tag;
}
}  // namespace

std::vector<std::string_view> inline_scripts(std::string_view html) {
    constexpr std::string_view opening = "<script";
    std::vector<std::string_view> scripts;
    std::size_t at = 0;
    while ((at = find_insensitive(html, opening, at)) != std::string_view::npos) {
        at += opening.size();
        if (at >= html.size() || !(is_space(html[at]) || html[at] == '>' || html[at] == '/')) continue;
        const Tag tag = read_tag(html, at);
        const std::size_t close = std::min(find_insensitive(html, "</script", tag.end), html.size());
        const std::string_view text = html.substr(std::min(tag.end, close), close - std::min(tag.end, close));
        if (!tag.has_src && !text.empty()) scripts.push_back(text);
        at = close;
    }
    return scripts;
}

std::string sha256(std::string_view bytes) {
    std::string digest(32, '\0');
    unsigned int length = 0;
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &length,
               EVP_sha256(), nullptr);
    return digest;
}

std::string content_security_policy(std::string_view html) {
    std::vector<std::string> hashes;
    for (const std::string_view script : inline_scripts(html))
        hashes.push_back(" 'sha256-" + base::base64_encode(sha256(script)) + "'");
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    std::string policy = "default-src 'self'; script-src 'self'";
    for (const std::string& hash : hashes) policy += hash;
    policy +=
        "; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    return policy;
}

}  // namespace aimpact::net
