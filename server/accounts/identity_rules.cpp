#include "accounts/identity_rules.hpp"

#include <zxcvbn.h>

#include <algorithm>

namespace aimpact::accounts {

namespace {

using base::invalid_argument;

constexpr double kEntropyBitsMin = 19.93;  // log2(10^6)

std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_atext(char c) {  // RFC 5322, 3.2.3, and the dot
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
}

bool is_domain(std::string_view domain) {
    if (domain.empty() || domain.size() > 253) return false;
    while (true) {
        const std::size_t dot = domain.find('.');
        const std::string_view label = domain.substr(0, dot);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        for (const char c : label)
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
        if (dot == std::string_view::npos) return true;
        domain.remove_prefix(dot + 1);
    }
}

}  // namespace

std::size_t count_chars(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Result<std::string> normalise_email(std::string_view email) {
    std::string out(trim(email));
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const std::size_t at = out.rfind('@');
    const std::string_view local = std::string_view(out).substr(0, at);
    if (at == std::string::npos || out.size() > 254 || local.empty() || local.size() > 64 ||
        local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos ||
        !std::all_of(local.begin(), local.end(), is_atext) ||
        !is_domain(std::string_view(out).substr(at + 1)))
        return invalid_argument(
            "This is not an e-mail address. Write it like ada@example.com (an international domain as "
            "xn--...).",
            "email");
    return out;
}

Result<std::string> check_name(std::string_view name, std::string_view field) {
    const std::string_view trimmed = trim(name);
    const std::size_t chars = count_chars(trimmed);
    if (chars < 1 || chars > 100)
        return invalid_argument("A name has 1 to 100 characters.", std::string(field));
    for (const char c : trimmed)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return invalid_argument("A name has no line breaks or other control characters.",
                                    std::string(field));
    return std::string(trimmed);
}

Result<> check_new_password(std::string_view password, const std::vector<std::string>& about,
                            std::string_view field) {
    const std::size_t chars = count_chars(password);
    if (chars < kPasswordCharsMin || chars > kPasswordCharsMax)
        return invalid_argument("A password has " + std::to_string(kPasswordCharsMin) + " to " +
                                    std::to_string(kPasswordCharsMax) + " characters.",
                                std::string(field));
    if (password.find('\0') != std::string_view::npos)
        return invalid_argument("A password has no NUL characters.", std::string(field));
    std::vector<std::string> words = {"aimpact"};
    for (const std::string& text : about) {
        // Each part of "ada.lovelace@example.com" and "Ada Lovelace" is a word of its own.
        std::string word;
        for (const char c : text + " ") {
            if (std::string_view(" .@-_+").find(c) == std::string_view::npos) {
                word += c;
            } else if (word.size() >= 3) {
                words.push_back(std::exchange(word, {}));
            } else {
                word.clear();
            }
        }
    }
    std::vector<const char*> dictionary;
    for (const std::string& word : words) dictionary.push_back(word.c_str());
    dictionary.push_back(nullptr);
    const std::string text(password);
    if (ZxcvbnMatch(text.c_str(), dictionary.data(), nullptr) < kEntropyBitsMin)
        return invalid_argument(
            "This password is too easy to guess. Use a longer one: a few unrelated words, without your name.",
            std::string(field));
    return {};
}

}  // namespace aimpact::accounts
