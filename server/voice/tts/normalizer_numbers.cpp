// Percentages, quantities with units, ordinals, fractions, ranges, versions and plain numbers.
#include <array>

#include "voice/tts/normalizer_rules.hpp"

namespace aimpact::voice {
namespace {

std::string with_and(const std::string& whole, const std::string& part) {
    return whole + " and " + part;
}

// "1/2", "2 1/2" (mixed), "24/7". A fraction has a denominator up to 100 and no further slash.
bool fraction(Scan& scan) {
    const auto s = scan.rest();
    std::size_t begin = 0;
    const auto a = digit_run(s);
    if (a == 0 || a > 3) return false;
    std::string whole;
    if (a < s.size() && s[a] == ' ') {
        const auto b = digit_run(s.substr(a + 1));
        if (b >= 1 && b <= 2 && a + 1 + b < s.size() && s[a + 1 + b] == '/') {
            whole = cardinal(s.substr(0, a), scan.style);
            begin = a + 1;
        }
    }
    const auto part = s.substr(begin);
    const auto b = digit_run(part);
    if (b == 0 || b > 3 || b >= part.size() || part[b] != '/') return false;
    const auto d = digit_run(part.substr(b + 1));
    const std::size_t end = b + 1 + d;
    if (d == 0 || d > 3 || !ends_word(part, end) || (end < part.size() && part[end] == '/')) return false;
    const int above = small_int(part.substr(0, b)), below = small_int(part.substr(b + 1, d));
    if (whole.empty() && above == 24 && below == 7) {
        scan.say("twenty-four seven", end);
        return true;
    }
    if (below < 2 || (below > 100 && below != 1000) || part[0] == '0' || part[b + 1] == '0' ||
        (!whole.empty() && above >= below))
        return false;
    if (whole.empty() && above == below && above == 50) {
        scan.say("fifty fifty", end);
        return true;
    }
    if (above > below) {  // a score: "45/60" stays a fraction, "10/5" is "ten out of five"
        scan.say(cardinal(part.substr(0, b)) + " over " + cardinal(part.substr(b + 1, d)), end);
        return true;
    }
    if (below > 20 || above == below || (below == 10 && above > 1 && above != 3)) {
        scan.say(cardinal(part.substr(0, b)) + " out of " + cardinal(part.substr(b + 1, d)), end);
        return true;
    }
    std::string words = fraction_words(part.substr(0, b), part.substr(b + 1, d), scan.style);
    if (!whole.empty()) {
        if (above == 1) words = (below == 8 ? "an " : "a ") + words.substr(4);
        words = with_and(whole, words);
    }
    scan.say(words, begin + end);
    return true;
}

// "1st", "22nd", "1,000th".
bool ordinal_number(Scan& scan) {
    const auto s = scan.rest();
    const auto n = read_number(s);
    if (!n || !n->is_integer()) return false;
    for (std::string_view suffix : {"st", "nd", "rd", "th"}) {
        if (has_prefix(s.substr(n->length), suffix) && ends_word(s, n->length + 2)) {
            scan.say(ordinal(n->integer, scan.style), n->length + 2);
            return true;
        }
    }
    return false;
}

// "1990s", "'90s", "the 80s".
bool decade(Scan& scan) {
    const auto s = scan.rest();
    const std::size_t quote = s[0] == '\'' ? 1 : 0;
    const auto n = digit_run(s.substr(quote));
    if ((n != 4 && n != 2) || (quote && n != 2)) return false;
    std::size_t end = quote + n;
    if (end < s.size() && s[end] == '\'') ++end;
    if (end >= s.size() || s[end] != 's' || !ends_word(s, end + 1) || s[quote + n - 1] != '0') return false;
    const int value = small_int(s.substr(quote, n));
    if (n == 4 && (value < 1100 || value > 2990)) return false;
    scan.say(decade_words(value), end + 1);
    return true;
}

// "2.1.3", "v2.1", "192.168.0.1".
bool version(Scan& scan) {
    const auto s = scan.rest();
    std::size_t begin = 0;
    if (lower(s[0]) == 'v' && s.size() > 1 && is_digit(s[1]) && !scan.after_word()) begin = 1;
    std::size_t at = begin;
    int dots = 0;
    std::string words;
    for (;;) {
        const auto n = digit_run(s.substr(at));
        if (n == 0) return false;
        words += n > 1 && s[at] == '0' ? digit_by_digit(s.substr(at, n)) : cardinal(s.substr(at, n));
        at += n;
        if (at + 1 < s.size() && s[at] == '.' && is_digit(s[at + 1])) {
            ++dots;
            words += " dot ";
            ++at;
            continue;
        }
        break;
    }
    if (begin == 0 && dots < 2) return false;
    if (!ends_word(s, at)) return false;
    if (dots != 3) {  // four groups are an address, others a version
        for (auto p = words.find(" dot "); p != std::string::npos; p = words.find(" dot "))
            words.replace(p, 5, " point ");
    }
    scan.say((begin && scan.previous_word() != "version" ? "version " : "") + words, at);
    return true;
}

bool wants_digits(const std::string& before) {
    static constexpr std::array<std::string_view, 14> words = {
        "code",    "pin",       "extension", "ext",    "passcode", "zip",      "otp",
        "account", "reference", "tracking",  "serial", "id",       "postcode", "confirmation"};
    for (auto w : words) {
        if (before == w) return true;
    }
    return false;
}

bool year_hint(const std::string& before) {
    static constexpr std::array<std::string_view, 22> words = {
        "in",     "since",  "by",   "of",     "from",   "until",    "till",  "before",
        "after",  "during", "year", "early",  "late",   "mid",      "circa", "spring",
        "summer", "autumn", "fall", "winter", "around", "copyright"};
    for (auto w : words) {
        if (before == w) return true;
    }
    return is_month_name(before);
}

// A four-digit number that is meant as a year, as far as its neighbours tell.
bool reads_as_year(const Scan& scan, const WrittenNumber& n, std::string_view after) {
    if (!n.is_integer() || n.grouped || n.integer.size() != 4) return false;
    const int value = small_int(n.integer);
    if (value < 1000 || value > 2099) return false;
    const std::string before = scan.previous_word();
    if (year_hint(before)) return true;
    if (value < 1800) return false;
    // A counted noun follows: "1900 people", "2000 users".
    if (after.starts_with(" ") && after.size() > 2 && is_lower(after[1])) {
        const auto len = letter_run(after.substr(1));
        const auto word = after.substr(1, len);
        if (len > 3 && word.ends_with('s') && !word.ends_with("ss") && word != "was" && word != "is" &&
            word != "has")
            return false;
        if (word == "people" || word == "men" || word == "women" || word == "children" || word == "or")
            return false;
    }
    return true;
}

// What follows the number: its unit's words appended to `words`; returns bytes taken.
std::size_t append_unit(std::string& words, std::string_view after, bool one) {
    std::size_t length = 0;
    const bool hyphen = after.starts_with("-");
    const std::size_t space = after.starts_with(" ") || hyphen ? 1 : 0;
    if (after.starts_with("%") || after.starts_with(" %")) {
        words += " percent";
        return after[0] == '%' ? 1 : 2;
    }
    if (const auto unit = unit_at(after.substr(space), space == 0, length)) {
        words += " ";
        words += one || hyphen ? unit->one : unit->many;
        std::size_t end = space + length;
        if (end + 1 < after.size() && after[end] == '/' && is_letter(after[end + 1])) {
            std::size_t per = 0;
            if (const auto second = unit_at(after.substr(end + 1), true, per)) {
                words += " per ";
                words += second->one;
                return end + 1 + per;
            }
            words += " per";
            ++end;
        }
        return end;
    }
    return 0;
}

// "COVID-19", "GPT-4": the hyphen is not said. "10am-5pm": it is "to".
bool hyphen_before_number(Scan& scan) {
    const auto s = scan.rest();
    const std::size_t dash = s[0] == '-' ? 1 : s.starts_with("\u2013") ? 3 : 0;
    if (dash == 0 || !scan.after_word() || !is_digit(scan.peek(dash))) return false;
    const std::string before = scan.previous_word();
    if (before == "am" || before == "pm" || dash == 3 || is_month_name(before)) {
        scan.say("to ", dash);
        scan.fresh_at = scan.at;
        return true;
    }
    if (!is_letter(scan.text[scan.at - 1])) return false;
    scan.out += ' ';
    scan.at += dash;
    scan.fresh_at = scan.at;
    return true;
}

bool number(Scan& scan) {
    const auto s = scan.rest();
    const bool sign = s[0] == '-' || s[0] == '+' || s[0] == '~';
    const char before_sign = scan.at > 0 ? scan.text[scan.at - 1] : ' ';
    if (sign && !(is_space(before_sign) || before_sign == '(' || before_sign == ',')) return false;
    if (scan.at > 0 && is_digit(before_sign) && s[0] != '-') return false;
    const std::size_t begin = sign ? 1 : 0;
    const auto n = read_number(s.substr(begin));
    if (!n || (n->integer.empty() && scan.after_word())) return false;
    std::size_t end = begin + n->length;
    const auto after = s.substr(end);
    std::string words = sign ? (s[0] == '-' ? "minus " : s[0] == '+' ? "plus " : "about ") : "";
    const std::string before = scan.previous_word();

    // A letter right before: "B12", "A380", "MP3".
    const bool after_letter = scan.after_word() && !(scan.text[scan.at - 1] == 'x' && before == "by");
    if (after_letter && n->is_integer() && n->integer.size() == 3 && n->integer[0] != '0' &&
        !n->integer.ends_with("00")) {
        const auto low = n->integer.substr(1);
        scan.say(cardinal(n->integer.substr(0, 1)) + (low[0] == '0' ? " oh " : " ") + cardinal(low), end);
        return true;
    }
    // Codes, long runs and leading zeros: digit by digit.
    const bool plain = n->is_integer() && !n->grouped;
    const bool code = plain && n->integer.size() >= 3 &&
                      (wants_digits(before) || (before == "is" && wants_digits(scan.previous_word(1))));
    if (plain && !sign &&
        (code || n->integer.size() > 15 || (n->integer.size() > 1 && n->integer[0] == '0'))) {
        scan.say(words + digit_by_digit(n->integer), end);
        return true;
    }
    // A range: "5-10 km", "1939–1945", "10-15%".
    if (const auto dash = dash_at(after); dash && !after_letter && after[0] != ' ') {
        if (const auto m = read_number(after.substr(dash)); m && n->integer.size() <= 6) {
            const auto rest = after.substr(dash + m->length);
            const bool third = (dash_at(rest) == 1 && rest.size() > 1 && is_digit(rest[1])) ||
                               (!rest.empty() && rest[0] == ':');
            if (!third) {
                const bool years =
                    plain && m->is_integer() && n->integer.size() == 4 && small_int(n->integer) >= 1100 &&
                    small_int(n->integer) < 2100 &&
                    (m->integer.size() == 2 || (m->integer.size() == 4 && small_int(m->integer) >= 1100 &&
                                                small_int(m->integer) < 2100));
                if (years) {
                    const int from = small_int(n->integer);
                    const int to = m->integer.size() == 4 ? small_int(m->integer)
                                                          : from / 100 * 100 + small_int(m->integer);
                    scan.say(year_words(from, scan.style) + " to " + year_words(to, scan.style),
                             end + dash + m->length);
                    return true;
                }
                words += number_words(*n, scan.style) + " to " + number_words(*m, scan.style);
                const std::size_t unit = append_unit(words, rest, false);
                scan.say(words, end + dash + m->length + unit);
                return true;
            }
        }
    }
    // "16:9" that is no time of day; "3x4", "1920x1080"; "5 - 3".
    if (after.size() > 1 && n->is_integer() && (after[0] == ':' || after[0] == 'x') && is_digit(after[1])) {
        const bool pixels = after[0] == 'x' && n->integer.size() == 4;
        const std::string first = pixels ? year_words(small_int(n->integer)) : number_words(*n, scan.style);
        scan.say(words + first + (after[0] == ':' ? " to" : " by"), end + 1);
        return true;
    }
    if (after.starts_with(" - ") && after.size() > 3 && is_digit(after[3])) {
        scan.say(words + number_words(*n, scan.style) + " minus", end + 3);
        return true;
    }
    if (after.starts_with(" x ") && after.size() > 3 && is_digit(after[3])) {
        scan.say(words + number_words(*n, scan.style) + " by", end + 3);
        return true;
    }
    std::size_t length = 0;
    if (const Currency* c = currency_after(after, length)) {
        scan.say(words + money_words(*n, {}, *c, scan.style), end + length);
        return true;
    }
    const bool after_by =
        before == "by" && scan.at > 0 && scan.text[scan.at - 1] == 'x' && plain && n->integer.size() == 4;
    if (after_by) {
        scan.say(year_words(small_int(n->integer)), end);
        return true;
    }
    if (!sign && !after_letter && reads_as_year(scan, *n, after)) {
        std::string probe;
        if (append_unit(probe, after, false) == 0) {
            scan.say(year_words(small_int(n->integer), scan.style), end);
            return true;
        }
    }
    // Feet and inches: 5'10".
    if (plain && after.size() > 1 && after[0] == '\'' && is_digit(after[1]) && n->integer.size() == 1) {
        const auto inches = digit_run(after.substr(1));
        if (inches <= 2) {
            std::size_t taken = 1 + inches;
            if (taken < after.size() && after[taken] == '"') ++taken;
            scan.say(words + number_words(*n, scan.style) + " foot " + cardinal(after.substr(1, inches)),
                     end + taken);
            return true;
        }
    }
    words += number_words(*n, scan.style);
    if (after.starts_with("e-") && digit_run(after.substr(2)) > 0) {
        scan.say(words + " times ten to the minus " + cardinal(after.substr(2, digit_run(after.substr(2)))),
                 end + 2 + digit_run(after.substr(2)));
        return true;
    }
    // Money's and people's short magnitudes: "3.5bn", "10M".
    const auto magnitude = magnitude_at(after, length);
    if (!magnitude.empty() && length > 0 && after[0] != ' ' &&
        (after[0] == 'M' || after[0] == 'b' || after[0] == 'B' || length > 1) &&
        after.substr(0, length) != "b" && !after.starts_with("mm")) {
        scan.say(words + " " + std::string(magnitude), end + length);
        return true;
    }
    // "1h 30m": minutes, not meters.
    if ((before == "hour" || before == "hours") && after.starts_with("m") && ends_word(after, 1)) {
        scan.say(words + (n->is_one() ? " minute" : " minutes"), end + 1);
        return true;
    }
    if (!after_letter) end += append_unit(words, after, n->is_one());
    scan.say(words, end);
    return true;
}

constexpr std::array<Rule, 7> kRules = {hyphen_before_number, money,    version, decade,
                                        ordinal_number,       fraction, number};

}  // namespace

std::optional<WrittenNumber> read_number(std::string_view s) {
    WrittenNumber n;
    std::size_t at = digit_run(s);
    n.integer = s.substr(0, at);
    while (at > 0 && at < s.size() && s[at] == ',' && digit_run(s.substr(at + 1)) == 3) {
        if (!n.grouped && n.integer.size() > 3) break;
        n.integer += s.substr(at + 1, 3);
        n.grouped = true;
        at += 4;
    }
    if (at + 1 < s.size() && s[at] == '.' && is_digit(s[at + 1])) {
        const auto f = digit_run(s.substr(at + 1));
        n.fraction = s.substr(at + 1, f);
        at += 1 + f;
    }
    if (n.integer.empty() && n.fraction.empty()) return std::nullopt;
    n.length = at;
    return n;
}

std::string number_words(const WrittenNumber& n, NumberStyle style) {
    if (!n.fraction.empty()) return decimal_words(n.integer, n.fraction, style);
    return cardinal(n.integer, style);
}

std::span<const Rule> number_rules() {
    return kRules;
}

}  // namespace aimpact::voice
