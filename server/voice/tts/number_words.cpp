#include "voice/tts/number_words.hpp"

#include <array>
#include <vector>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

constexpr std::array<std::string_view, 20> kOnes = {
    "zero",     "one",     "two",     "three",     "four",     "five",    "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> kTens = {"",      "",      "twenty",  "thirty", "forty",
                                                    "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<std::string_view, 12> kScales = {
    "",           "thousand",   "million",   "billion",   "trillion", "quadrillion", "quintillion",
    "sextillion", "septillion", "octillion", "nonillion", "decillion"};

std::string below_hundred(int n) {
    if (n < 20) return std::string(kOnes[n]);
    std::string out(kTens[n / 10]);
    if (n % 10) out.append("-").append(kOnes[n % 10]);
    return out;
}

std::string below_thousand(int n, NumberStyle style) {
    if (n < 100) return below_hundred(n);
    std::string out(kOnes[n / 100]);
    out += " hundred";
    if (n % 100) out.append(style.british ? " and " : " ").append(below_hundred(n % 100));
    return out;
}

std::string_view without_leading_zeros(std::string_view digits) {
    const auto first = digits.find_first_not_of('0');
    return first == std::string_view::npos ? std::string_view{} : digits.substr(first);
}

// The ordinal of the last word of a cardinal.
std::string ordinal_word(std::string_view word) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> irregular = {
        {{"one", "first"},
         {"two", "second"},
         {"three", "third"},
         {"five", "fifth"},
         {"eight", "eighth"},
         {"nine", "ninth"},
         {"twelve", "twelfth"}}};
    for (auto [from, to] : irregular) {
        if (word == from) return std::string(to);
    }
    std::string out(word);
    if (out.ends_with('y')) {
        out.pop_back();
        return out + "ieth";
    }
    return out + "th";
}

std::string plural_of_tens(int tens) {
    std::string word(kTens[tens]);
    word.pop_back();
    return word + "ies";
}

}  // namespace

std::string cardinal(std::string_view digits, NumberStyle style) {
    digits = without_leading_zeros(digits);
    if (digits.empty()) return "zero";
    if (digits.size() > 3 * kScales.size()) return digit_by_digit(digits);
    std::vector<std::string> parts;
    int last_group = 0;
    for (std::size_t at = 0; at < digits.size();) {
        const std::size_t left = digits.size() - at;
        const std::size_t take = (left - 1) % 3 + 1;
        int group = 0;
        for (std::size_t i = 0; i < take; ++i) group = group * 10 + (digits[at + i] - '0');
        at += take;
        const std::size_t scale = (digits.size() - at) / 3;
        if (group) {
            std::string words = below_thousand(group, style);
            if (scale) words.append(" ").append(kScales[scale]);
            parts.push_back(std::move(words));
            last_group = scale ? 0 : group;
        }
    }
    std::string out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool needs_and =
            style.british && i + 1 == parts.size() && i > 0 && last_group > 0 && last_group < 100;
        if (i) out += needs_and ? " and " : " ";
        out += parts[i];
    }
    return out;
}

std::string cardinal(unsigned long long value, NumberStyle style) {
    return cardinal(std::to_string(value), style);
}

std::string ordinal(std::string_view digits, NumberStyle style) {
    std::string words = cardinal(digits, style);
    const auto cut = words.find_last_of(" -");
    if (cut == std::string::npos) return ordinal_word(words);
    return words.substr(0, cut + 1) + ordinal_word(std::string_view(words).substr(cut + 1));
}

std::string year_words(int year, NumberStyle style) {
    if (year < 1000 || year > 2999) return cardinal(static_cast<unsigned long long>(year), style);
    const int high = year / 100, low = year % 100;
    if (high % 10 == 0 && low < 10) return cardinal(static_cast<unsigned long long>(year), style);
    if (low == 0) return below_hundred(high) + " hundred";
    if (low < 10) return below_hundred(high) + " oh " + std::string(kOnes[low]);
    return below_hundred(high) + " " + below_hundred(low);
}

std::string decade_words(int year) {
    const int tens = year / 10 % 10;
    std::string century;
    if (year >= 1000) {
        if (tens == 0) {
            if (year % 1000 == 0) return std::string(kOnes[year / 1000]) + " thousands";
            return below_hundred(year / 100) + " hundreds";
        }
        century = below_hundred(year / 100) + " ";
    }
    if (tens == 0) return "zeros";
    return century + (tens == 1 ? std::string("tens") : plural_of_tens(tens));
}

std::string digit_by_digit(std::string_view digits) {
    std::string out;
    for (char c : digits) {
        if (!is_digit(c)) continue;
        if (!out.empty()) out += ' ';
        out += kOnes[c - '0'];
    }
    return out;
}

std::string decimal_words(std::string_view integer, std::string_view fraction, NumberStyle style) {
    std::string out = integer.empty() ? "" : cardinal(integer, style) + " ";
    return out + "point " + digit_by_digit(fraction);
}

std::string fraction_words(std::string_view numerator, std::string_view denominator, NumberStyle style) {
    const bool one = without_leading_zeros(numerator) == "1";
    std::string out = cardinal(numerator, style) + " ";
    const auto below = without_leading_zeros(denominator);
    if (below == "2") return out + (one ? "half" : "halves");
    if (below == "4") return out + (one ? "quarter" : "quarters");
    return out + ordinal(denominator, style) + (one ? "" : "s");
}

int roman_value(std::string_view letters) {
    static constexpr std::array<std::pair<int, std::string_view>, 13> table = {{{1000, "m"},
                                                                                {900, "cm"},
                                                                                {500, "d"},
                                                                                {400, "cd"},
                                                                                {100, "c"},
                                                                                {90, "xc"},
                                                                                {50, "l"},
                                                                                {40, "xl"},
                                                                                {10, "x"},
                                                                                {9, "ix"},
                                                                                {5, "v"},
                                                                                {4, "iv"},
                                                                                {1, "i"}}};
    const std::string text = to_lower(letters);
    int value = 0;
    std::size_t at = 0;
    for (auto [worth, sign] : table) {
        // At most three of a kind; the two-letter and five-fold signs stand once.
        const int most = sign.size() == 1 && worth != 5 && worth != 50 && worth != 500 ? 3 : 1;
        for (int n = 0; n < most && std::string_view(text).substr(at).starts_with(sign); ++n) {
            value += worth;
            at += sign.size();
        }
    }
    return at == text.size() ? value : 0;
}

}  // namespace aimpact::voice
