// Dates and times of day.
#include <array>

#include "voice/tts/normalizer_rules.hpp"

namespace aimpact::voice {
namespace {

struct Month {
    std::string_view name, shortened;
};
constexpr std::array<Month, 12> kMonths = {{{"january", "jan"},
                                            {"february", "feb"},
                                            {"march", "mar"},
                                            {"april", "apr"},
                                            {"may", "may"},
                                            {"june", "jun"},
                                            {"july", "jul"},
                                            {"august", "aug"},
                                            {"september", "sep"},
                                            {"october", "oct"},
                                            {"november", "nov"},
                                            {"december", "dec"}}};

std::string day_words(int day) {
    return ordinal(std::to_string(day));
}

std::string date_words(int year, int month, int day, bool british) {
    std::string out;
    if (british)
        out = "the " + day_words(day) + " of " + std::string(month_name(month));
    else
        out = std::string(month_name(month)) + " " + day_words(day);
    if (year > 0) out += ", " + year_words(year, {british});
    return out;
}

// "2026-11-24", with an optional "T14:05..." that the time rule reads next.
bool iso_date(Scan& scan) {
    const auto s = scan.rest();
    if (s.size() < 10 || digit_run(s) != 4 || (s[4] != '-' && s[4] != '/') || digit_run(s.substr(5)) != 2 ||
        s[7] != s[4] || digit_run(s.substr(8)) != 2) {
        return false;
    }
    const int year = small_int(s.substr(0, 4)), month = small_int(s.substr(5, 2)),
              day = small_int(s.substr(8, 2));
    if (month < 1 || month > 12 || day < 1 || day > 31) return false;
    const bool with_time = s.size() > 11 && s[10] == 'T' && is_digit(s[11]);
    if (!with_time && !ends_word(s, 10)) return false;
    scan.say(date_words(year, month, day, scan.style.british) + (with_time ? ", " : ""), with_time ? 11 : 10);
    scan.fresh_at = scan.at;
    return true;
}

// "24/11/2026", "11/24/26", "24.11.2026", "24/11". Day first when it must be, or for British readers.
bool slashed_date(Scan& scan) {
    const auto s = scan.rest();
    const auto a = digit_run(s);
    if (a < 1 || a > 2 || a >= s.size()) return false;
    const char mark = s[a];
    if (mark != '/' && mark != '.' && mark != '-') return false;
    const auto b = digit_run(s.substr(a + 1));
    if (b < 1 || b > 2) return false;
    std::size_t end = a + 1 + b;
    int first = small_int(s.substr(0, a)), second = small_int(s.substr(a + 1, b)), year = 0;
    if (end < s.size() && s[end] == mark) {
        const auto c = digit_run(s.substr(end + 1));
        if (c != 4 && !(c == 2 && mark == '/')) return false;
        year = small_int(s.substr(end + 1, c));
        if (c == 2) year += year < 70 ? 2000 : 1900;
        end += 1 + c;
    } else if (mark != '/') {
        return false;
    }
    if (!ends_word(s, end) ||
        (end + 1 < s.size() && (s[end] == '/' || s[end] == '.') && is_digit(s[end + 1])))
        return false;
    const bool day_first = second <= 12 && (first > 12 || scan.style.british || mark == '.');
    const int month = day_first ? second : first, day = day_first ? first : second;
    if (month < 1 || month > 12 || day < 1 || day > 31) return false;
    // Without a year it could be a fraction: a date only if the numbers rule that out, or a word before says
    // so.
    if (year == 0) {
        if (first == 24 && second == 7) return false;
        const auto before = scan.previous_word();
        const bool hinted = before == "on" || before == "by" || before == "until" || before == "since" ||
                            before == "from" || before == "due" || before == "before" || before == "after" ||
                            before == "date";
        if (!hinted && (second == 16 || second == 32)) return false;  // fractions of an inch
        const bool looks = (first > 12 && second >= 10) || (first <= 12 && second > 12) ||
                           (a + b == 4 && (s[0] == '0' || s[a + 1] == '0'));
        if (!hinted && !looks) return false;
    }
    scan.say(date_words(year, month, day, scan.style.british), end);
    return true;
}

// After a day and month: ", 2026" or " 2026". Adds to `end`; 0 without a year.
int year_after(std::string_view s, std::size_t& end) {
    std::size_t at = end;
    if (at < s.size() && s[at] == ',') ++at;
    if (at < s.size() && s[at] == ' ') ++at;
    if (at == end || digit_run(s.substr(at)) != 4 || !ends_word(s, at + 4)) return 0;
    const int year = small_int(s.substr(at, 4));
    if (year < 1000 || year > 2999) return 0;
    end = at + 4;
    return year;
}

// Day number at `at` with an optional st/nd/rd/th; sets its length.
int day_at(std::string_view s, std::size_t& length) {
    const auto n = digit_run(s);
    if (n < 1 || n > 2) return 0;
    const int day = small_int(s.substr(0, n));
    length = n;
    for (std::string_view suffix : {"st", "nd", "rd", "th"}) {
        if (has_prefix(s.substr(n), suffix)) length = n + 2;
    }
    return day >= 1 && day <= 31 && ends_word(s, length) ? day : 0;
}

// "Nov 24", "November 24th, 2026", "Nov. 2026", "Jan 5-7".
bool month_first(Scan& scan) {
    const auto s = scan.rest();
    if (!is_letter(s[0])) return false;
    std::size_t end = 0;
    const int month = month_at(s, end);
    if (month == 0 || end >= s.size() || s[end] != ' ' || !is_upper(s[0])) return false;
    ++end;
    std::size_t length = 0;
    const auto rest = s.substr(end);
    const int day = day_at(rest, length);
    const bool is_time = length < rest.size() && rest[length] == ':';
    if (day == 0 || is_time) {
        std::size_t year_end = end - 1;
        const int year = year_after(s, year_end);
        if (year == 0) return false;
        scan.say(std::string(month_name(month)) + " " + year_words(year, scan.style), year_end);
        return true;
    }
    end += length;
    std::string words =
        std::string(month_name(month)) + " " + (scan.style.british ? "the " : "") + day_words(day);
    std::size_t dash = end;
    if (dash < s.size() && (s[dash] == '-' || s.substr(dash).starts_with("\u2013"))) {
        dash += s[dash] == '-' ? 1 : 3;
        std::size_t second = 0;
        if (const int last = day_at(s.substr(dash), second); last > day) {
            words += " to " + day_words(last);
            end = dash + second;
        }
    }
    if (const int year = year_after(s, end)) words += ", " + year_words(year, scan.style);
    scan.say(words, end);
    return true;
}

// "24 November", "24th Nov 2026", "3 of March" is left to ordinals.
bool day_first(Scan& scan) {
    const auto s = scan.rest();
    std::size_t end = 0;
    const int day = day_at(s, end);
    if (day == 0 || end >= s.size() || s[end] != ' ') return false;
    ++end;
    std::size_t length = 0;
    const int month = month_at(s.substr(end), length);
    if (month == 0 || !is_upper(s[end])) return false;
    end += length;
    const bool said_the = scan.previous_word() == "the";
    std::string words = (said_the ? "" : "the ") + day_words(day) + " of " + std::string(month_name(month));
    if (const int year = year_after(s, end)) words += ", " + year_words(year, scan.style);
    scan.say(words, end);
    return true;
}

// "am", "a.m.", "PM" after an optional space; its length, and the letter that says which.
char half_day_at(std::string_view s, std::size_t& length) {
    std::size_t at = 0;
    if (at < s.size() && s[at] == ' ') ++at;
    if (at + 1 >= s.size()) return '\0';
    const char which = lower(s[at]);
    if (which != 'a' && which != 'p') return '\0';
    if (lower(s[at + 1]) == 'm' && ends_word(s, at + 2)) {
        length = at + 2;
        return which;
    }
    if (s.substr(at + 1).size() >= 2 && s[at + 1] == '.' && lower(s[at + 2]) == 'm') {
        length = at + 3;
        // The dot after m also ends the sentence when nothing lower-case follows.
        if (length < s.size() && s[length] == '.') {
            const bool sentence_end =
                length + 1 >= s.size() ||
                (length + 2 < s.size() && s[length + 1] == ' ' && is_upper(s[length + 2]));
            if (!sentence_end) ++length;
        }
        return which;
    }
    return '\0';
}

std::string clock_words(int hour, int minute, bool has_half) {
    std::string out = cardinal(static_cast<unsigned long long>(hour));
    if (minute == 0) {
        if (has_half) return out;
        return hour >= 1 && hour <= 12 ? out + " o'clock" : (hour == 0 ? "zero hundred" : out + " hundred");
    }
    out += minute < 10 ? " oh " : " ";
    return out + cardinal(static_cast<unsigned long long>(minute));
}

bool clock_time(Scan& scan) {
    const auto s = scan.rest();
    const auto n = digit_run(s);
    if (n < 1 || n > 2) return false;
    const int hour = small_int(s.substr(0, n));
    std::size_t end = n;
    int minute = 0, second = -1;
    bool has_minutes = false;
    if (n + 2 < s.size() && s[n] == ':' && digit_run(s.substr(n + 1)) == 2) {
        minute = small_int(s.substr(n + 1, 2));
        if (hour > 24 || minute > 59) return false;
        has_minutes = true;
        end = n + 3;
        if (end + 2 < s.size() && s[end] == ':' && digit_run(s.substr(end + 1)) == 2) {
            second = small_int(s.substr(end + 1, 2));
            end += 3;
        }
        if (s.substr(end).starts_with(".") && end + 1 < s.size() && is_digit(s[end + 1])) return false;
    }
    std::size_t half_length = 0;
    char half = half_day_at(s.substr(end), half_length);
    if (half && (hour < 1 || hour > 12) && !(has_minutes && hour <= 23)) half = '\0';
    if (!has_minutes && !half) return false;
    if (half) end += half_length;
    if (!ends_word(s, end)) return false;
    std::string words;
    if (second >= 0 && !half) {
        words = cardinal(static_cast<unsigned long long>(hour)) + (hour == 1 ? " hour, " : " hours, ") +
                cardinal(static_cast<unsigned long long>(minute)) + (minute == 1 ? " minute" : " minutes") +
                " and " + cardinal(static_cast<unsigned long long>(second)) +
                (second == 1 ? " second" : " seconds");
    } else {
        words = clock_words(hour, minute, half != '\0');
        if (half) words += half == 'a' ? " AM" : " PM";
    }
    // "9:00 o'clock" says it once.
    if (words.ends_with("o'clock") && has_prefix(s.substr(end), " o'clock")) words.resize(words.size() - 8);
    scan.say(words, end);
    return true;
}

// "Mon, Nov 2", "Tue 14:00", "Fri.": only before a date, so that "the Sun" stays.
bool weekday(Scan& scan) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> names = {
        {{"Mon", "Monday"},
         {"Tues", "Tuesday"},
         {"Tue", "Tuesday"},
         {"Wed", "Wednesday"},
         {"Thurs", "Thursday"},
         {"Thur", "Thursday"},
         {"Thu", "Thursday"},
         {"Fri", "Friday"},
         {"Sat", "Saturday"},
         {"Sun", "Sunday"},
         {"Weds", "Wednesday"}}};
    const auto s = scan.rest();
    for (auto [brief, full] : names) {
        if (!s.starts_with(brief) || !ends_word(s, brief.size())) continue;
        std::size_t end = brief.size(), after = end;
        if (after < s.size() && s[after] == '.') end = ++after;
        if (after < s.size() && s[after] == ',') ++after;
        if (after < s.size() && s[after] == ' ') ++after;
        std::size_t length = 0;
        if (after >= s.size() || !(is_digit(s[after]) || month_at(s.substr(after), length))) return false;
        scan.say(full, end);
        return true;
    }
    return false;
}

constexpr std::array<Rule, 6> kRules = {weekday, iso_date, clock_time, slashed_date, month_first, day_first};

}  // namespace

int month_at(std::string_view s, std::size_t& length) {
    const auto n = letter_run(s);
    if (n < 3) return 0;
    const std::string word = to_lower(s.substr(0, n));
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
        const bool full = word == kMonths[i].name;
        const bool brief = word == kMonths[i].shortened || (word == "sept" && i == 8);
        if (!full && !brief) continue;
        length = n;
        if (!full && n < s.size() && s[n] == '.') ++length;
        return static_cast<int>(i) + 1;
    }
    return 0;
}

std::string_view month_name(int month) {
    static constexpr std::array<std::string_view, 12> names = {
        "January", "February", "March",     "April",   "May",      "June",
        "July",    "August",   "September", "October", "November", "December"};
    return names[static_cast<std::size_t>(month - 1)];
}

bool is_month_name(std::string_view word) {
    for (const Month& m : kMonths) {
        if (word == m.name) return true;
    }
    return false;
}

std::span<const Rule> calendar_rules() {
    return kRules;
}

}  // namespace aimpact::voice
