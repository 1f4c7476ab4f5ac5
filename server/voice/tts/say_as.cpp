#include "voice/tts/say_as.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "voice/tts/normalizer_rules.hpp"
#include "voice/tts/text_normalizer.hpp"

namespace aimpact::voice {
namespace {

using base::Result;

base::Error not_of_kind(std::string_view text, std::string_view kind, std::string_view example) {
    return base::invalid_argument(
        fmt::format("'{}' can't be said as {}. Write it like {}.", text.substr(0, 40), kind, example),
        "say-as");
}

bool has_digit(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_digit);
}

std::string_view trim(std::string_view s) {
    while (!s.empty() && is_space(s.front())) s.remove_prefix(1);
    while (!s.empty() && is_space(s.back())) s.remove_suffix(1);
    return s;
}

// A sign, a number, nothing else.
Result<std::string> cardinal_said(std::string_view text, NumberStyle style) {
    std::string_view s = text;
    const bool minus = s.starts_with('-') || s.starts_with("\u2212");
    if (minus) s.remove_prefix(s[0] == '-' ? 1 : 3);
    if (s.starts_with('+')) s.remove_prefix(1);
    const auto number = read_number(s);
    if (number && number->length == s.size()) return (minus ? "minus " : "") + number_words(*number, style);
    if (const int roman = roman_value(s); roman > 0)
        return cardinal(static_cast<unsigned long long>(roman), style);
    return not_of_kind(text, "a number", "1234 or -2.5");
}

Result<std::string> ordinal_said(std::string_view text, NumberStyle style) {
    std::string digits;
    std::size_t n = 0;
    while (n < text.size() && (is_digit(text[n]) || text[n] == ',')) {
        if (text[n] != ',') digits += text[n];
        ++n;
    }
    const std::string ending = to_lower(text.substr(n));
    const bool plain = ending.empty() || ending == "st" || ending == "nd" || ending == "rd" || ending == "th";
    if (!digits.empty() && plain && digits.size() <= 36) return ordinal(digits, style);
    if (const int roman = roman_value(text); roman > 0) return ordinal(std::to_string(roman), style);
    return not_of_kind(text, "an ordinal", "3 or 3rd");
}

// Digits one by one, in the groups that they are written in.
Result<std::string> digits_said(std::string_view text, bool telephone) {
    std::string out;
    bool group_ended = false;
    const auto add = [&](std::string_view word) {
        if (!out.empty()) out += group_ended ? ", " : " ";
        group_ended = false;
        out += word;
    };
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const std::size_t letters = letter_run(text.substr(at));
        if (is_digit(c)) {
            add(digit_by_digit(text.substr(at, 1)));
            ++at;
        } else if (telephone && letters > 0) {
            const std::string word = to_lower(text.substr(at, letters));
            group_ended = true;
            if (word == "x" || word == "ext" || word == "extension") {
                add("extension");
            } else {  // "1-800-FLOWERS"
                add(text.substr(at, letters));
                group_ended = true;
            }
            at += letters;
            if (at < text.size() && text[at] == '.') ++at;
        } else if (telephone && (c == '+' || c == '*' || c == '#')) {
            add(c == '+' ? "plus" : c == '*' ? "star" : "hash");
            ++at;
        } else if (std::string_view(" -./(),").find(c) != std::string_view::npos) {
            group_ended = !out.empty() && !out.ends_with("plus") && !out.ends_with("extension");
            ++at;
        } else {
            return not_of_kind(text, telephone ? "a telephone number" : "digits",
                               telephone ? "+1 555 010 1234" : "0471");
        }
    }
    if (!has_digit(text)) return not_of_kind(text, telephone ? "a telephone number" : "digits", "0471");
    return out;
}

Result<std::string> fraction_said(std::string_view text, NumberStyle style) {
    const auto error = [&] { return not_of_kind(text, "a fraction", "3/4 or 1 1/2"); };
    std::string out;
    std::string_view s = text;
    std::size_t n = digit_run(s);
    if (n > 0 && n < s.size() && (s[n] == ' ' || s[n] == '+')) {
        out = cardinal(s.substr(0, n), style) + " and ";
        s = trim(s.substr(n + 1));
        n = digit_run(s);
    }
    if (n == 0 || n > 9 || n >= s.size() || s[n] != '/') return error();
    const std::string_view below = s.substr(n + 1);
    if (below.empty() || below.size() > 9 || digit_run(below) != below.size() || small_int(below) == 0)
        return error();
    return out + fraction_words(s.substr(0, n), below, style);
}

// Fields of digits or a month's name, separated by anything else.
std::vector<std::string_view> date_fields(std::string_view text) {
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t n = std::max(digit_run(text.substr(at)), letter_run(text.substr(at)));
        if (n > 0) out.push_back(text.substr(at, n));
        at += std::max<std::size_t>(n, 1);
    }
    return out;
}

Result<std::string> date_said(std::string_view text, std::string_view format, bool british) {
    if (format.empty()) {  // as it is usually read
        if (!has_digit(text)) return not_of_kind(text, "a date", "2026-11-24");
        return normalize_text(text, {british});
    }
    static constexpr std::array<std::string_view, 10> formats = {"mdy", "dmy", "ymd", "md", "dm",
                                                                 "ym",  "my",  "y",   "m",  "d"};
    if (std::find(formats.begin(), formats.end(), format) == formats.end())
        return base::invalid_argument(
            fmt::format("There is no date format '{}'. Use mdy, dmy, ymd, md, dm, ym, my, y, m or d.",
                        format.substr(0, 20)),
            "format");
    std::vector<std::string_view> fields = date_fields(text);
    if (fields.size() == 1 && format.size() > 1 && digit_run(text) == text.size()) {  // "20261124"
        const std::size_t expected = format.size() * 2 + (format.find('y') != std::string_view::npos ? 2 : 0);
        if (text.size() == expected) {
            fields.clear();
            for (std::size_t at = 0; const char c : format) {
                const std::size_t n = c == 'y' ? 4 : 2;
                fields.push_back(text.substr(at, n));
                at += n;
            }
        }
    }
    const auto error = [&] {
        return base::invalid_argument(
            fmt::format("'{}' is no date in the format {}.", text.substr(0, 40), format), "say-as");
    };
    if (fields.size() != format.size()) return error();
    int year = -1, month = 0, day = 0;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::string_view field = fields[i];
        const bool digits = digit_run(field) == field.size() && field.size() <= 4;
        std::size_t length = 0;
        switch (format[i]) {
            case 'y':
                if (!digits) return error();
                year = small_int(field);
                if (field.size() <= 2) year += year < 70 ? 2000 : 1900;
                break;
            case 'm':
                month = digits ? small_int(field) : month_at(field, length);
                if (month < 1 || month > 12) return error();
                break;
            default:
                day = digits ? small_int(field) : 0;
                if (day < 1 || day > 31) return error();
                break;
        }
    }
    std::string out;
    if (month > 0 && day > 0) {
        const std::string d = ordinal(std::to_string(day)), m(month_name(month));
        out = british || format.starts_with('d') ? "the " + d + " of " + m : m + " " + d;
    } else if (month > 0) {
        out = month_name(month);
    } else if (day > 0) {
        out = "the " + ordinal(std::to_string(day));
    }
    if (year >= 0) {
        if (!out.empty()) out += day > 0 ? ", " : " ";
        out += year_words(year, {british});
    }
    return out;
}

Result<std::string> time_said(std::string_view text, std::string_view format, bool british) {
    if (!format.empty() && format != "hms12" && format != "hms24" && format != "hm" && format != "hms")
        return base::invalid_argument(
            fmt::format("There is no time format '{}'. Use hms12 or hms24.", format.substr(0, 20)), "format");
    const auto error = [&] { return not_of_kind(text, "a time", "14:05 or 2:05pm"); };
    if (!has_digit(text)) return error();
    const std::size_t n = digit_run(text);
    const bool clock = n >= 1 && n <= 2 && (text.find(':') == n || letter_run(trim(text.substr(n))) == 2);
    if (!clock) return error();
    return normalize_text(text, {british});
}

Result<std::string> amount_said(std::string_view text, std::string_view kind, std::string_view example,
                                bool british) {
    if (!has_digit(text)) return not_of_kind(text, kind, example);
    return normalize_text(text, {british});
}

}  // namespace

Result<SaidText> say_as(std::string_view given, const SayAs& how) {
    const std::string_view text = trim(given), kind = how.kind;
    const NumberStyle style{how.british};
    const auto words = [](Result<std::string> said) -> Result<SaidText> {
        if (said.has_error()) return said.error();
        return SaidText{SaidAs::How::words, *std::move(said)};
    };
    if (text.empty()) return SaidText{};
    if (kind == "characters" || kind == "spell-out" || kind == "verbatim" || kind == "letters")
        return SaidText{SaidAs::How::letters, std::string(text)};
    if (kind == "expletive" || kind == "bleep") return SaidText{.said = {}, .left_out = true};
    if (kind == "ordinal" || (kind == "number" && how.format == "ordinal"))
        return words(ordinal_said(text, style));
    if (kind == "digits" || (kind == "number" && how.format == "digits"))
        return words(digits_said(text, false));
    if (kind == "telephone" || kind == "phone" || (kind == "number" && how.format == "telephone"))
        return words(digits_said(text, true));
    if (kind == "fraction") return words(fraction_said(text, style));
    if (kind == "cardinal" || kind == "number") return words(cardinal_said(text, style));
    if (kind == "date") return words(date_said(text, how.format, how.british));
    if (kind == "time") return words(time_said(text, how.format, how.british));
    if (kind == "currency")
        return words(amount_said(text, "an amount of money", "$42.50 or 20 EUR", how.british));
    if (kind == "unit") return words(amount_said(text, "a quantity", "10 km", how.british));
    if (kind == "address" || kind == "name") return words(normalize_text(text, {how.british}));
    return base::invalid_argument(
        fmt::format(
            "There is no interpret-as '{}'. Use characters, cardinal, ordinal, digits, telephone, fraction, "
            "date, time, currency, unit, address, name or expletive.",
            kind.substr(0, 40)),
        "interpret-as");
}

}  // namespace aimpact::voice
