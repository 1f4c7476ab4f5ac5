// UTF-8 and code points, as far as text preparation needs them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace aimpact::voice {

// Decodes one code point at `at` and moves past it. A byte that starts no valid sequence is given as U+FFFD
// and skipped alone, so that damaged text never stops a loop.
char32_t next_code_point(std::string_view utf8, std::size_t& at);
void append_utf8(std::string& out, char32_t code_point);
std::u32string to_utf32(std::string_view utf8);
std::string to_utf8(std::u32string_view text);

// Length of `utf8` without an incomplete sequence at its end (the piece of a stream cut inside a character).
std::size_t complete_utf8_length(std::string_view utf8);

// ASCII only, independent of the locale.
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_letter(char c) {
    return is_lower(c) || is_upper(c);
}
constexpr bool is_alnum(char c) {
    return is_letter(c) || is_digit(c);
}
constexpr bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
// A letter, a digit or a part of a character beyond ASCII: what words are made of.
constexpr bool is_word_byte(char c) {
    return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool has_word_bytes(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_word_byte);
}
constexpr char lower(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char upper(char c) {
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}
std::string to_lower(std::string_view text);

}  // namespace aimpact::voice
