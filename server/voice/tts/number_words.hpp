// Numbers as English words.
#pragma once

#include <string>
#include <string_view>

namespace aimpact::voice {

struct NumberStyle {
    bool british = false;  // "one hundred and five" instead of "one hundred five"
};

// `digits` holds only 0-9. "1234" -> "one thousand two hundred thirty-four". More than 36 digits are read one
// by one.
std::string cardinal(std::string_view digits, NumberStyle style = {});
std::string cardinal(unsigned long long value, NumberStyle style = {});
// "21" -> "twenty-first".
std::string ordinal(std::string_view digits, NumberStyle style = {});
// 1984 -> "nineteen eighty-four", 2005 -> "two thousand five", 2026 -> "twenty twenty-six", 1900 -> "nineteen
// hundred". For 1000 .. 2999; other values are cardinals.
std::string year_words(int year, NumberStyle style = {});
// 1990 -> "nineteen nineties", 80 -> "eighties". `year` ends in 0.
std::string decade_words(int year);
// "0451" -> "zero four five one".
std::string digit_by_digit(std::string_view digits);
// Integer and fraction digits: ("3", "14") -> "three point one four".
std::string decimal_words(std::string_view integer, std::string_view fraction, NumberStyle style = {});
// 3, 4 -> "three quarters"; 1, 2 -> "one half"; 5, 16 -> "five sixteenths". Numerator and denominator are
// digits.
std::string fraction_words(std::string_view numerator, std::string_view denominator, NumberStyle style = {});
// "viii" or "VIII" -> 8; 0 if it is no Roman numeral below 4000 in its usual form.
int roman_value(std::string_view letters);

}  // namespace aimpact::voice
