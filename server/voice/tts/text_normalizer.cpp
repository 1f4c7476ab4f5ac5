#include "voice/tts/text_normalizer.hpp"

#include <array>

#include "voice/tts/normalizer_rules.hpp"

namespace aimpact::voice {

void Scan::say(std::string_view words, std::size_t length) {
    const bool apart =
        !out.empty() && !is_space(out.back()) && out.back() != '(' && out.back() != '"' && out.back() != '\'';
    if (apart && !words.empty()) out += ' ';
    out += words;
    at += length;
    if (at < text.size() && is_word_byte(text[at]) && !out.empty() && !is_space(out.back())) out += ' ';
}

std::string Scan::previous_word(int back) const {
    std::size_t begin = out.size(), end = out.size();
    for (; back >= 0; --back) {
        end = begin;
        while (end > 0 && out[end - 1] == ' ') --end;
        begin = end;
        while (begin > 0 && (is_word_byte(out[begin - 1]) || out[begin - 1] == '\'')) --begin;
    }
    return to_lower(std::string_view(out).substr(begin, end - begin));
}

std::size_t digit_run(std::string_view s) {
    std::size_t n = 0;
    while (n < s.size() && is_digit(s[n])) ++n;
    return n;
}

std::size_t letter_run(std::string_view s) {
    std::size_t n = 0;
    while (n < s.size() && is_letter(s[n])) ++n;
    return n;
}

bool ends_word(std::string_view s, std::size_t length) {
    // A dash is made of word bytes too.
    if (length < s.size() &&
        (s.substr(length).starts_with("\u2013") || s.substr(length).starts_with("\u2014")))
        return true;
    return length >= s.size() || !is_word_byte(s[length]);
}

bool has_prefix(std::string_view s, std::string_view prefix) {
    if (s.size() < prefix.size()) return false;
    for (std::size_t i = 0; i < prefix.size(); ++i) {
        if (lower(s[i]) != prefix[i]) return false;
    }
    return true;
}

int small_int(std::string_view digits) {
    int value = 0;
    for (char c : digits.substr(0, 9)) value = value * 10 + (c - '0');
    return value;
}

namespace {

// Tidies the spaces: one between words, none before punctuation.
std::string tidy(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_space(c)) {
            if (!out.empty() && out.back() != ' ') out += ' ';
            continue;
        }
        const bool closing = c == ',' || c == '.' || c == '!' || c == '?' || c == ';' || c == ':' || c == ')';
        if (closing && !out.empty() && out.back() == ' ') out.pop_back();
        if (c == ',' && (out.empty() || out.back() == ',' || out.back() == '.')) continue;
        out += c;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

bool apply(std::span<const Rule> rules, Scan& scan) {
    for (Rule rule : rules) {
        if (rule(scan)) return true;
    }
    return false;
}

}  // namespace

std::string normalize_text(std::string_view text, const NormalizerOptions& options) {
    const std::string plain = strip_markup(text);
    Scan scan{plain, 0, {}, NumberStyle{options.british}};
    scan.out.reserve(plain.size() * 2);
    while (scan.at < plain.size()) {
        if (!scan.after_word() &&
            (apply(special_rules(), scan) || apply(contact_rules(), scan) || apply(calendar_rules(), scan)))
            continue;
        if (apply(number_rules(), scan) || apply(word_rules(), scan)) continue;
        scan.out += plain[scan.at++];
    }
    return tidy(scan.out);
}

}  // namespace aimpact::voice
