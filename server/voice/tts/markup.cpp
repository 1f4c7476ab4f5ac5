// Takes away what is written for the eye only. Works line by line, since Markdown does.
#include <array>

#include "voice/tts/phones.hpp"
#include "voice/tts/text_normalizer.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

// What a typographic or compatibility character is read as; nullptr: as it is.
const char* plain_form(char32_t c) {
    switch (c) {
        case U'\u2018':
        case U'\u2019':
        case U'\u02BC':
        case U'\u2032':
        case U'\u00B4':
            return "'";
        case U'\u201C':
        case U'\u201D':
        case U'\u201E':
        case U'\u00AB':
        case U'\u00BB':
        case U'\u2033':
            return "\"";
        case U'\u2010':
        case U'\u2011':
        case U'\u2012':
        case U'\u2212':
            return "-";
        case U'\u2013':
            return "\u2013";
        case U'\u2015':
            return "\u2014";
        case U'\u00A0':
        case U'\u2002':
        case U'\u2003':
        case U'\u2009':
        case U'\u200A':
        case U'\u202F':
            return " ";
        case U'\u2022':
        case U'\u25CF':
        case U'\u25AA':
        case U'\u25E6':
            return ", ";
        case U'\u00BC':
            return " 1/4";
        case U'\u00BD':
            return " 1/2";
        case U'\u00BE':
            return " 3/4";
        case U'\u2153':
            return " 1/3";
        case U'\u2154':
            return " 2/3";
        case U'\u215B':
            return " 1/8";
        case U'\u2044':
            return "/";
        case U'\u00B2':
            return " squared";
        case U'\u00B3':
            return " cubed";
        case U'\u2122':
        case U'\u00AE':
            return "";
        case U'\u00A9':
            return " copyright ";
        case U'\u00A7':
            return " section ";
        case U'\u00D7':
            return " times ";
        case U'\u00F7':
            return " divided by ";
        case U'\u00B1':
            return " plus or minus ";
        case U'\u2248':
            return " about ";
        case U'\u2264':
            return " at most ";
        case U'\u2265':
            return " at least ";
        case U'\u2260':
            return " is not equal to ";
        case U'\u221A':
            return " square root of ";
        case U'\u2192':
            return " to ";
        case U'\u00BF':
        case U'\u00A1':
            return "";
        default:
            return nullptr;
    }
}

bool is_silent(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) ||
           c == 0xFEFF || c == 0xFFFD || (c > kStressEnd && c <= 0xF8FF) || c >= 0xE0000;
}

bool is_pictograph(char32_t c) {
    return (c >= 0x2190 && c <= 0x21FF) || (c >= 0x2300 && c <= 0x23FF) || (c >= 0x2460 && c <= 0x27BF) ||
           (c >= 0x2900 && c <= 0x297F) || (c >= 0x2B00 && c <= 0x2BFF) || (c >= 0x1F000 && c <= 0x1FAFF) ||
           c == 0x20E3 || c == 0x3030 || c == 0x303D;
}

// ASCII twin of a fullwidth form, or 0.
char fullwidth_twin(char32_t c) {
    return c >= 0xFF01 && c <= 0xFF5E ? static_cast<char>(c - 0xFF01 + '!') : '\0';
}

std::string plain_characters(std::string_view line) {
    std::string out;
    for (std::size_t at = 0; at < line.size();) {
        const char32_t c = next_code_point(line, at);
        if (c == '\t') {
            out += ' ';
        } else if (const char* form = plain_form(c)) {
            out += form;
        } else if (char twin = fullwidth_twin(c)) {
            out += twin;
        } else if (is_pictograph(c)) {
            out += ' ';
        } else if (!is_silent(c)) {
            append_utf8(out, c);
        }
    }
    return out;
}

std::string_view trim(std::string_view s) {
    while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
    while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
    return s;
}

bool is_rule(std::string_view line) {
    return line.size() >= 3 && line.find_first_not_of(line[0] == '='   ? "= "
                                                      : line[0] == '*' ? "* "
                                                      : line[0] == '_' ? "_ "
                                                                       : "- |:") == std::string_view::npos;
}

// Heading marks, quotes and bullets at the start of a line. True if the line is an item or heading of its
// own.
bool strip_line_start(std::string_view& line) {
    bool own = false;
    for (;;) {
        line = trim(line);
        const auto hashes = line.find_first_not_of('#');
        if (hashes != 0 && hashes != std::string_view::npos && hashes <= 6 && line[hashes] == ' ') {
            line.remove_prefix(hashes);
            own = true;
        } else if (line.starts_with("> ") || line.starts_with("- ") || line.starts_with("* ") ||
                   line.starts_with("+ ")) {
            own = own || line[0] != '>';
            line.remove_prefix(2);
        } else if (const auto n = line.find_first_not_of("0123456789");
                   !own && n >= 1 && n <= 3 && line.substr(n).starts_with(". ")) {
            return true;
        } else if (line.starts_with("[ ] ") || line.starts_with("[x] ")) {
            line.remove_prefix(4);
        } else {
            return own;
        }
    }
}

// [text](address) and ![text](address) -> text; <https://...> -> the address; **, __, ~~, ` dropped.
std::string strip_inline(std::string_view line) {
    std::string out;
    for (std::size_t at = 0; at < line.size();) {
        const char c = line[at];
        const bool after_word = at > 0 && is_word_byte(line[at - 1]);
        const bool before_word = at + 1 < line.size() && is_word_byte(line[at + 1]);
        if (c == '[' || (c == '!' && line.substr(at).starts_with("!["))) {
            const std::size_t open = c == '[' ? at : at + 1;
            const auto close = line.find(']', open);
            if (close != std::string_view::npos && close + 1 < line.size() && line[close + 1] == '(') {
                const auto end = line.find(')', close);
                if (end != std::string_view::npos) {
                    out += strip_inline(line.substr(open + 1, close - open - 1));
                    at = end + 1;
                    continue;
                }
            }
        }
        if (c == '<') {
            const auto end = line.find('>', at);
            const auto inside =
                end == std::string_view::npos ? std::string_view{} : line.substr(at + 1, end - at - 1);
            if (inside.starts_with("http") || inside.find('@') != std::string_view::npos) {
                out += inside;
                at = end + 1;
                continue;
            }
            const bool tag =
                !inside.empty() && (is_letter(inside[0]) || (inside[0] == '/' && inside.size() > 1));
            if (tag) {
                out += ' ';
                at = end + 1;
                continue;
            }
        }
        if (c == '`' || (c == '~' && line.substr(at).starts_with("~~"))) {
            at += c == '`' ? 1 : 2;
            continue;
        }
        if (c == '*' || (c == '_' && !(after_word && before_word))) {
            const bool times =
                c == '*' && at > 0 && line[at - 1] == ' ' && at + 1 < line.size() && line[at + 1] == ' ';
            const bool factor = c == '*' && at > 0 && is_digit(line[at - 1]) && at + 1 < line.size() &&
                                is_digit(line[at + 1]);
            if (times || factor) out += factor ? " times " : "times";
            ++at;
            continue;
        }
        if (c == '\\' && at + 1 < line.size() && !is_alnum(line[at + 1])) {
            ++at;
            out += line[at++];
            continue;
        }
        if (c == '|') {  // table cells
            out += ", ";
            ++at;
            continue;
        }
        out += c;
        ++at;
    }
    return out;
}

void append_tidy(std::string& out, std::string_view line) {
    for (char c : line) {
        if (is_space(c)) {
            if (!out.empty() && out.back() != ' ') out += ' ';
        } else {
            out += c;
        }
    }
}

}  // namespace

std::string strip_markup(std::string_view text) {
    std::string out;
    bool previous_own = false;
    for (std::size_t at = 0; at <= text.size();) {
        auto end = text.find_first_of("\n\r", at);
        if (end == std::string_view::npos) end = text.size();
        const std::string plain = plain_characters(text.substr(at, end - at));
        at = end + 1;
        std::string_view line = trim(plain);
        if (line.starts_with("```") || is_rule(line)) continue;
        while (!line.empty() && line.front() == '|') line.remove_prefix(1);
        while (!line.empty() && line.back() == '|') line.remove_suffix(1);
        const bool own = strip_line_start(line);
        const std::string words(trim(strip_inline(line)));
        if (words.empty()) {
            previous_own = true;  // an empty line ends the paragraph
            continue;
        }
        if (!out.empty()) {
            const char last = out.back();
            if ((own || previous_own) && (is_word_byte(last) || last == ')' || last == '"')) out += '.';
            out += ' ';
        }
        append_tidy(out, words);
        previous_own = own;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

}  // namespace aimpact::voice
