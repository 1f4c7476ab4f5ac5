// What the general rules would misread: ranges of days, addresses, emergency numbers, powers, a few fixed
// figures. Tried before all others.
#include <algorithm>
#include <array>

#include "voice/tts/normalizer_rules.hpp"

namespace aimpact::voice {
namespace {

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& set) {
    return std::find(set.begin(), set.end(), word) != set.end();
}

using Names = std::pair<std::string_view, std::string_view>;
constexpr std::array<Names, 9> kDays = {{{"Mon", "Monday"},
                                         {"Tue", "Tuesday"},
                                         {"Tues", "Tuesday"},
                                         {"Wed", "Wednesday"},
                                         {"Thu", "Thursday"},
                                         {"Thurs", "Thursday"},
                                         {"Fri", "Friday"},
                                         {"Sat", "Saturday"},
                                         {"Sun", "Sunday"}}};

std::string_view day_or_month(std::string_view word, bool& day) {
    for (auto [brief, full] : kDays) {
        day = true;
        if (word == brief || word == full) return full;
    }
    day = false;
    std::size_t length = 0;
    if (word.empty() || !is_upper(word[0])) return {};
    const int month = month_at(word, length);
    return month > 0 && length == word.size() ? month_name(month) : std::string_view{};
}

// "Mon-Fri", "Jan–Mar".
bool name_range(Scan& scan) {
    const auto s = scan.rest();
    const std::size_t a = letter_run(s);
    const std::size_t dash = dash_at(s.substr(a));
    if (a < 3 || dash == 0) return false;
    const std::size_t b = letter_run(s.substr(a + dash));
    if (b < 3 || !ends_word(s, a + dash + b)) return false;
    bool first_day = false, second_day = false;
    const auto from = day_or_month(s.substr(0, a), first_day),
               to = day_or_month(s.substr(a + dash, b), second_day);
    if (from.empty() || to.empty() || first_day != second_day) return false;
    std::size_t end = a + dash + b;
    if (end < s.size() && s[end] == '.' && end + 1 < s.size() && b <= 4) ++end;
    scan.say(std::string(from) + " to " + std::string(to), end);
    return true;
}

// ---- addresses

constexpr std::array<Names, 51> kStates = {
    {{"AL", "Alabama"},        {"AK", "Alaska"},         {"AZ", "Arizona"},
     {"AR", "Arkansas"},       {"CA", "California"},     {"CO", "Colorado"},
     {"CT", "Connecticut"},    {"DE", "Delaware"},       {"DC", "D C"},
     {"FL", "Florida"},        {"GA", "Georgia"},        {"HI", "Hawaii"},
     {"ID", "Idaho"},          {"IL", "Illinois"},       {"IN", "Indiana"},
     {"IA", "Iowa"},           {"KS", "Kansas"},         {"KY", "Kentucky"},
     {"LA", "Louisiana"},      {"ME", "Maine"},          {"MD", "Maryland"},
     {"MA", "Massachusetts"},  {"MI", "Michigan"},       {"MN", "Minnesota"},
     {"MS", "Mississippi"},    {"MO", "Missouri"},       {"MT", "Montana"},
     {"NE", "Nebraska"},       {"NV", "Nevada"},         {"NH", "New Hampshire"},
     {"NJ", "New Jersey"},     {"NM", "New Mexico"},     {"NY", "New York"},
     {"NC", "North Carolina"}, {"ND", "North Dakota"},   {"OH", "Ohio"},
     {"OK", "Oklahoma"},       {"OR", "Oregon"},         {"PA", "Pennsylvania"},
     {"RI", "Rhode Island"},   {"SC", "South Carolina"}, {"SD", "South Dakota"},
     {"TN", "Tennessee"},      {"TX", "Texas"},          {"UT", "Utah"},
     {"VT", "Vermont"},        {"VA", "Virginia"},       {"WA", "Washington"},
     {"WV", "West Virginia"},  {"WI", "Wisconsin"},      {"WY", "Wyoming"}}};

// "IL 62704", "NY 10001-1234": a state with its post code.
bool state_and_code(Scan& scan) {
    const auto s = scan.rest();
    if (s.size() < 8 || s[2] != ' ' || digit_run(s.substr(3)) != 5) return false;
    if (!scan.text.substr(0, scan.at).ends_with(", ")) return false;  // "Springfield, IL"
    for (auto [brief, full] : kStates) {
        if (!s.starts_with(brief)) continue;
        std::size_t end = 8;
        std::string words = std::string(full) + " " + digit_by_digit(s.substr(3, 5));
        if (s.size() >= 13 && s[8] == '-' && digit_run(s.substr(9)) == 4) {
            words += ", " + digit_by_digit(s.substr(9, 4));
            end = 13;
        }
        if (!ends_word(s, end)) return false;
        scan.say(words, end);
        return true;
    }
    return false;
}

constexpr std::array<std::string_view, 20> kStreets = {
    "st", "street", "ave", "avenue", "rd", "road",  "blvd", "boulevard", "ln",  "lane",
    "dr", "drive",  "way", "court",  "ct", "place", "pl",   "highway",   "hwy", "square"};

// "1600 Pennsylvania Ave", "123 Main St.": the number is read in pairs.
bool house_number(Scan& scan) {
    const auto s = scan.rest();
    const std::size_t n = digit_run(s);
    if (n < 3 || n > 4 || n >= s.size() || s[n] != ' ' || s[0] == '0') return false;
    std::size_t at = n + 1;
    for (int words = 0; words < 4 && at < s.size() && is_alnum(s[at]); ++words) {
        const std::size_t length = letter_run(s.substr(at));
        if (length == 0 || !is_upper(s[at])) return false;
        if (words > 0 && one_of(to_lower(s.substr(at, length)), kStreets)) {
            const int value = small_int(s.substr(0, n));
            std::string said;
            if (n == 4)
                said = value % 1000 == 0 ? cardinal(s.substr(0, n)) : year_words(value, scan.style);
            else if (value % 100 == 0)
                said = cardinal(s.substr(0, n), scan.style);
            else
                said = cardinal(s.substr(0, 1)) + (s[1] == '0' ? " oh " : " ") + cardinal(s.substr(1, 2));
            scan.say(said, n);
            return true;
        }
        at += length;
        if (at < s.size() && s[at] == '.') ++at;
        if (at < s.size() && s[at] == ' ') ++at;
    }
    return false;
}

// "Ave. NW" -> Northwest. The dot of the street goes.
bool direction(Scan& scan) {
    static constexpr std::array<Names, 4> names = {
        {{"NW", "Northwest"}, {"NE", "Northeast"}, {"SW", "Southwest"}, {"SE", "Southeast"}}};
    const auto s = scan.rest();
    for (auto [brief, full] : names) {
        if (!s.starts_with(brief) || !ends_word(s, 2)) continue;
        const bool dotted = scan.out.ends_with(". ");
        std::string before = scan.out.substr(0, scan.out.size() - (dotted ? 2 : 0));
        while (!before.empty() && before.back() == ' ') before.pop_back();
        std::size_t begin = before.size();
        while (begin > 0 && is_letter(before[begin - 1])) --begin;
        if (!one_of(to_lower(std::string_view(before).substr(begin)), kStreets)) return false;
        scan.out = before + " ";
        scan.say(full, 2);
        return true;
    }
    return false;
}

// "Apt. 4B", "gate 12C": a number and a letter, no billions.
bool door(Scan& scan) {
    static constexpr std::array<std::string_view, 12> places = {"apartment", "suite", "unit",     "room",
                                                                "gate",      "seat",  "flat",     "door",
                                                                "block",     "floor", "platform", "row"};
    const auto s = scan.rest();
    const std::size_t n = digit_run(s);
    if (n == 0 || n > 4 || n >= s.size() || !is_upper(s[n]) || !ends_word(s, n + 1)) return false;
    if (!one_of(scan.previous_word(), places)) return false;
    scan.say(cardinal(s.substr(0, n), scan.style) + " " + std::string(s.substr(n, 1)), n + 1);
    return true;
}

// "ext 12", "no. 7".
bool numbered(Scan& scan) {
    const auto s = scan.rest();
    const auto follows = [&](std::string_view word) {
        return s.starts_with(word) && s.size() > word.size() && is_digit(s[word.size()]);
    };
    if (follows("ext ") || follows("Ext ")) {
        scan.say("extension", 3);
        return true;
    }
    if (follows("no. ")) {
        scan.say("number", 3);
        return true;
    }
    return false;
}

// ---- figures

// "call 911", "123-45-6789", "9/11", "20/20 vision".
bool fixed_figure(Scan& scan) {
    const auto s = scan.rest();
    const std::size_t n = digit_run(s);
    if (n == 3 && ends_word(s, 3)) {
        static constexpr std::array<std::string_view, 5> numbers = {"911", "999", "112", "988", "311"};
        static constexpr std::array<std::string_view, 6> calls = {"call", "dial", "phone",
                                                                  "ring", "text", "dialed"};
        const bool more = s.size() > 4 && (s[3] == '-' || s[3] == ' ' || s[3] == '.') && is_digit(s[4]);
        if (!more && one_of(s.substr(0, 3), numbers) && one_of(scan.previous_word(), calls)) {
            scan.say(digit_by_digit(s.substr(0, 3)), 3);
            return true;
        }
    }
    if (n == 3 && s.size() >= 11 && s[3] == '-' && digit_run(s.substr(4)) == 2 && s[6] == '-' &&
        digit_run(s.substr(7)) == 4 && ends_word(s, 11)) {
        scan.say(digit_by_digit(s.substr(0, 3)) + ", " + digit_by_digit(s.substr(4, 2)) + ", " +
                     digit_by_digit(s.substr(7, 4)),
                 11);
        return true;
    }
    const auto is = [&](std::string_view written) {
        const bool more =
            s.size() > written.size() + 1 && s[written.size()] == '/' && is_digit(s[written.size() + 1]);
        return s.starts_with(written) && ends_word(s, written.size()) && !more;
    };
    if (is("9/11")) {
        scan.say("nine eleven", 4);
        return true;
    }
    if (is("20/20")) {
        scan.say("twenty twenty", 5);
        return true;
    }
    return false;
}

// "10^23", "10^-3", "3e8", "6.02E+23".
bool power(Scan& scan) {
    const auto s = scan.rest();
    const auto n = read_number(s);
    if (!n || n->integer.empty() || n->length + 1 >= s.size()) return false;
    const char mark = s[n->length];
    if (mark != '^' && mark != 'e' && mark != 'E') return false;
    std::size_t at = n->length + 1;
    const bool minus = s[at] == '-', plus = s[at] == '+';
    if (minus || plus) ++at;
    const std::size_t digits = digit_run(s.substr(at));
    if (digits == 0 || digits > 4 || !ends_word(s, at + digits)) return false;
    const std::string_view exponent = s.substr(at, digits);
    std::string words = number_words(*n, scan.style);
    if (mark == '^' && !minus && (exponent == "2" || exponent == "3"))
        words += exponent == "2" ? " squared" : " cubed";
    else if (mark == '^')
        words += minus ? " to the minus " + cardinal(exponent) : " to the " + ordinal(exponent);
    else
        words += std::string(" times ten to the ") + (minus ? "minus " : "") + cardinal(exponent);
    scan.say(words, at + digits);
    return true;
}

// 12" -> inches, where no quotation is open.
bool inches(Scan& scan) {
    const auto s = scan.rest();
    const auto n = read_number(s);
    if (!n || n->length >= s.size() || s[n->length] != '"') return false;
    const auto quotes =
        std::count(scan.text.begin(), scan.text.begin() + static_cast<std::ptrdiff_t>(scan.at), '"');
    if (quotes % 2 != 0 || (scan.at > 0 && scan.text[scan.at - 1] == '\'')) return false;
    std::size_t end = n->length + 1;
    static constexpr std::array<std::string_view, 12> measures = {
        "of", "by", "x", "in", "and", "or", "tall", "wide", "long", "deep", "high", "thick"};
    const auto next = end + 1 < s.size() && s[end] == ' ' ? s.substr(end + 1, letter_run(s.substr(end + 1)))
                                                          : std::string_view{};
    const bool adjective = !next.empty() && !one_of(next, measures);
    scan.say(number_words(*n, scan.style) + (adjective || n->is_one() ? " inch" : " inches"), end);
    return true;
}

// "USD 42.50".
bool currency_code(Scan& scan) {
    const auto s = scan.rest();
    if (s.size() < 5 || s[3] != ' ' || !is_digit(s[4])) return false;
    std::size_t length = 0;
    const Currency* currency = currency_after(s, length);
    if (!currency || length != 3) return false;
    const auto n = read_number(s.substr(4));
    if (!n) return false;
    scan.say(money_words(*n, {}, *currency, scan.style), 4 + n->length);
    return true;
}

bool ph_value(Scan& scan) {
    const auto s = scan.rest();
    if (!s.starts_with("pH") || !ends_word(s, 2)) return false;
    scan.say("P H", 2);
    return true;
}

constexpr std::array<Rule, 11> kRules = {name_range, state_and_code, house_number, direction,
                                         door,       numbered,       fixed_figure, power,
                                         inches,     currency_code,  ph_value};

}  // namespace

std::span<const Rule> special_rules() {
    return kRules;
}

}  // namespace aimpact::voice
