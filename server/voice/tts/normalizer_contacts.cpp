// URLs, e-mail addresses, @handles, #tags and phone numbers.
#include <algorithm>
#include <array>

#include "voice/tts/normalizer_rules.hpp"

namespace aimpact::voice {
namespace {

constexpr std::array<std::string_view, 40> kTopLevel = {
    "com", "org", "net", "edu",  "gov", "mil", "int", "io",  "ai",   "co",   "uk",    "us",    "de", "fr",
    "eu",  "es",  "it",  "nl",   "ch",  "at",  "ca",  "au",  "nz",   "jp",   "in",    "cn",    "br", "se",
    "no",  "dev", "app", "info", "biz", "me",  "tv",  "xyz", "tech", "shop", "cloud", "online"};

bool is_host_byte(char c) {
    return is_alnum(c) || c == '-' || c == '.';
}
bool is_path_byte(char c) {
    return is_alnum(c) || std::string_view("-._~/?#=&%+:@!$'()*,;").find(c) != std::string_view::npos;
}

// Sentence punctuation at the end belongs to the sentence.
std::size_t without_trailing_marks(std::string_view s, std::size_t length) {
    while (length > 0 && std::string_view(".,;:!?)'").find(s[length - 1]) != std::string_view::npos) --length;
    return length;
}

bool ends_in_top_level(std::string_view host) {
    const auto dot = host.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return false;
    const std::string last = to_lower(host.substr(dot + 1));
    return std::find(kTopLevel.begin(), kTopLevel.end(), last) != kTopLevel.end() && host[0] != '-' &&
           host[dot - 1] != '-';
}

// Spoken form of an address: words as they are, digits one by one past two, marks by name.
std::string spell_address(std::string_view address) {
    std::string out;
    const auto word = [&](std::string_view w) {
        if (!out.empty()) out += ' ';
        out += w;
    };
    for (std::size_t i = 0; i < address.size();) {
        const char c = address[i];
        if (is_letter(c)) {
            const auto n = letter_run(address.substr(i));
            const std::string label = to_lower(address.substr(i, n));
            if (label == "www" && i == 0) {  // nobody says it
                i = std::min(address.size(), n + 1);
                continue;
            }
            if (n == 2 && i > 0 &&
                (label == "uk" || label == "us" || label == "io" || label == "ai" || label == "eu" ||
                 label == "tv" || label == "de")) {
                word(std::string{upper(label[0]), ' ', upper(label[1])});
            } else
                word(address.substr(i, n));
            i += n;
        } else if (is_digit(c)) {
            const auto n = digit_run(address.substr(i));
            const auto digits = address.substr(i, n);
            word(n <= 2 && digits[0] != '0' ? cardinal(digits) : digit_by_digit(digits));
            i += n;
        } else {
            switch (c) {
                case '.':
                    word("dot");
                    break;
                case '-':
                    word("dash");
                    break;
                case '_':
                    word("underscore");
                    break;
                case '/':
                    word("slash");
                    break;
                case '@':
                    word("at");
                    break;
                case '+':
                    word("plus");
                    break;
                case '?':
                    word("question mark");
                    break;
                case '=':
                    word("equals");
                    break;
                case '&':
                    word("and");
                    break;
                case '#':
                    word("hash");
                    break;
                case '%':
                    word("percent");
                    break;
                case ':':
                    word("colon");
                    break;
                case '~':
                    word("tilde");
                    break;
                default:
                    break;
            }
            ++i;
        }
    }
    return out;
}

bool url(Scan& scan) {
    const auto s = scan.rest();
    if (!is_alnum(s[0])) return false;
    std::size_t begin = 0;
    bool certain = false;
    for (std::string_view scheme : {"https://", "http://", "wss://", "ws://", "ftp://"}) {
        if (has_prefix(s, scheme)) {
            begin = scheme.size();
            certain = true;
            break;
        }
    }
    certain = certain || has_prefix(s, "www.");
    std::size_t host_end = begin;
    while (host_end < s.size() && is_host_byte(s[host_end])) ++host_end;
    std::size_t host = without_trailing_marks(s, host_end);
    if (host <= begin) return false;
    if (!certain && !ends_in_top_level(s.substr(begin, host - begin))) return false;
    std::size_t end = host;
    if (host == host_end && end < s.size() && (s[end] == '/' || s[end] == ':' || s[end] == '?')) {
        if (s[end] == ':' && !(end + 1 < s.size() && is_digit(s[end + 1]))) {
            // a colon of the sentence
        } else {
            while (end < s.size() && is_path_byte(s[end])) ++end;
            end = without_trailing_marks(s, end);
            if (end < host) end = host;
            if (end > host && s[end - 1] == '/') --end;
        }
    }
    if (end < s.size() && s[end] == '@') return false;  // an e-mail address
    const std::string words = spell_address(s.substr(begin, end - begin));
    if (end < s.size() && s[end] == '/') ++end;
    scan.say(words, end);
    return true;
}

bool email(Scan& scan) {
    const auto s = scan.rest();
    std::size_t at = 0;
    while (at < s.size() &&
           (is_alnum(s[at]) || std::string_view("._%+-").find(s[at]) != std::string_view::npos))
        ++at;
    if (at == 0 || at >= s.size() || s[at] != '@' || !is_alnum(s[0])) return false;
    std::size_t end = at + 1;
    while (end < s.size() && is_host_byte(s[end])) ++end;
    end = without_trailing_marks(s, end);
    if (end <= at + 1 || s.substr(at + 1, end - at - 1).find('.') == std::string_view::npos) return false;
    scan.say(spell_address(s.substr(0, end)), end);
    return true;
}

// "#launch" -> "hashtag launch"; "#5" -> "number five"; "@anna" -> "at anna".
bool tag_or_handle(Scan& scan) {
    const auto s = scan.rest();
    if (s.size() < 2) return false;
    if (s[0] == '#' && is_digit(s[1])) {
        scan.say("number", 1);
        return true;
    }
    if (s[0] == '#' && is_letter(s[1])) {
        scan.say("hashtag", 1);
        return true;
    }
    if (s[0] == '@' && is_alnum(s[1])) {
        std::size_t n = 1;
        while (n < s.size() && (is_alnum(s[n]) || s[n] == '_')) ++n;
        scan.say(is_letter(s[1]) ? spell_address(s.substr(0, n)) : "at", is_letter(s[1]) ? n : 1);
        return true;
    }
    return false;
}

struct PhoneGroups {
    std::array<std::size_t, 8> sizes{};
    std::size_t count = 0, digits = 0, length = 0;
    char separators[8] = {};
    std::string words;
};

// Digit groups joined by one space, dash, dot or by brackets around a group.
PhoneGroups phone_groups(std::string_view s, std::size_t begin) {
    PhoneGroups g;
    std::size_t at = begin;
    char separator = '\0';
    while (at < s.size() && g.count < g.sizes.size()) {
        std::size_t next = at;
        if (g.count > 0) {
            std::size_t skipped = 0;
            while (next < s.size() && (s[next] == ' ' || s[next] == '-' || s[next] == '.') && skipped < 1) {
                separator = s[next];
                ++next;
                ++skipped;
            }
            if (skipped == 0 && !(next < s.size() && s[next] == '(') && !(at > 0 && s[at - 1] == ')')) break;
        }
        const bool bracket = next < s.size() && s[next] == '(';
        if (bracket) ++next;
        const auto n = digit_run(s.substr(next));
        if (n == 0) break;
        if (bracket && !(next + n < s.size() && s[next + n] == ')')) break;
        g.separators[g.count] = separator;
        g.sizes[g.count++] = n;
        g.digits += n;
        if (!g.words.empty()) g.words += ", ";
        g.words += digit_by_digit(s.substr(next, n));
        at = next + n + (bracket ? 1 : 0);
        g.length = at;
    }
    return g;
}

bool phone(Scan& scan) {
    const auto s = scan.rest();
    const bool plus = s[0] == '+', bracket = s[0] == '(';
    if (!plus && !bracket && !is_digit(s[0])) return false;
    const auto g = phone_groups(s, plus ? 1 : 0);
    if (g.count < 2 && !plus) return false;
    if (g.digits < 7 || g.digits > 15 || !ends_word(s, g.length)) return false;
    const auto& z = g.sizes;
    bool fits = false;
    if (plus)
        fits = true;
    else if (bracket)
        fits = z[0] >= 2 && z[0] <= 5;
    else if (g.count == 2)
        fits = z[0] == 3 && z[1] == 4 && g.separators[1] != ' ' && g.separators[1] != '.';
    else if (g.count == 3)
        fits = (z[0] == 3 && z[1] == 3 && z[2] == 4) || (s[0] == '0' && z[0] >= 3 && z[1] >= 3 && z[2] >= 3);
    else
        fits = (s[0] == '1' && z[0] == 1 && z[1] == 3 && z[2] == 3 && z[3] == 4) ||
               (s[0] == '0' && z[0] >= 2 && g.count == 4);
    if (!fits && g.count == 2 && s[0] == '0' && z[0] >= 3 && z[0] <= 5 && z[1] >= 6) fits = true;
    if (!fits) return false;
    scan.say((plus ? "plus " : "") + g.words, g.length);
    return true;
}

constexpr std::array<Rule, 4> kRules = {url, email, phone, tag_or_handle};

}  // namespace

std::span<const Rule> contact_rules() {
    return kRules;
}

}  // namespace aimpact::voice
