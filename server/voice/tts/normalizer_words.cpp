// Abbreviations, Roman numerals and symbols.
#include <algorithm>
#include <array>

#include "voice/tts/normalizer_rules.hpp"

namespace aimpact::voice {
namespace {

enum class Dot { required, optional };

struct Abbreviation {
    std::string_view written;  // as written without the last dot; lower case matches any case
    std::string_view spoken;
    Dot dot = Dot::required;
    bool ends_sentence = false;  // its dot may also end the sentence, and then stays
};

constexpr std::array kAbbreviations = std::to_array<Abbreviation>({
    {"Dr", "Doctor", Dot::optional},
    {"Mr", "Mister", Dot::optional},
    {"Mrs", "Missus", Dot::optional},
    {"Ms", "Miz", Dot::optional},
    {"Prof", "Professor"},
    {"Gen", "General"},
    {"Lt", "Lieutenant"},
    {"Col", "Colonel"},
    {"Sgt", "Sergeant"},
    {"Capt", "Captain"},
    {"Rev", "Reverend"},
    {"Gov", "Governor"},
    {"Sen", "Senator"},
    {"Pres", "President"},
    {"Mt", "Mount"},
    {"Ft", "Fort"},
    {"Jr", "Junior", Dot::optional, true},
    {"Sr", "Senior", Dot::optional, true},
    {"Inc", "Incorporated", Dot::required, true},
    {"Ltd", "Limited", Dot::optional, true},
    {"Corp", "Corporation", Dot::required, true},
    {"Co", "Company", Dot::required, true},
    {"Dept", "Department", Dot::optional},
    {"dept", "department", Dot::optional},
    {"Ave", "Avenue", Dot::optional, true},
    {"Blvd", "Boulevard", Dot::optional, true},
    {"Rd", "Road", Dot::optional, true},
    {"Ln", "Lane", Dot::required, true},
    {"Hwy", "Highway", Dot::optional},
    {"Apt", "Apartment"},
    {"apt", "apartment"},
    {"vs", "versus", Dot::optional},
    {"etc", "et cetera", Dot::optional, true},
    {"e.g", "for example"},
    {"eg", "for example", Dot::required},
    {"i.e", "that is"},
    {"approx", "approximately", Dot::optional},
    {"est", "established"},
    {"fig", "figure"},
    {"Fig", "Figure"},
    {"vol", "volume"},
    {"Vol", "Volume"},
    {"pp", "pages"},
    {"ext", "extension"},
    {"Ext", "Extension"},
    {"max", "maximum"},
    {"min", "minimum"},
    {"cf", "compare"},
    {"a.k.a", "also known as"},
    {"aka", "also known as", Dot::optional},
    {"w/o", "without", Dot::optional},
    {"w/", "with", Dot::optional},
    {"b/c", "because", Dot::optional},
    {"c/o", "care of", Dot::optional},
    {"n/a", "not applicable", Dot::optional},
    {"N/A", "not applicable", Dot::optional},
    {"Ph.D", "PHD", Dot::required, true},
    {"M.D", "MD", Dot::required, true},
    {"B.A", "BA", Dot::required, true},
    {"a.m", "AM", Dot::required, true},
    {"p.m", "PM", Dot::required, true},
    {"Wi-Fi", "WiFi", Dot::optional},
    {"e-mail", "email", Dot::optional},
    {"24x7", "twenty-four seven", Dot::optional},
});

bool sentence_goes_on(std::string_view after) {
    std::size_t at = 0;
    while (at < after.size() && is_space(after[at])) ++at;
    return at < after.size() && !(at > 0 && is_upper(after[at]));
}

bool abbreviation(Scan& scan) {
    if (scan.after_word()) return false;
    const auto s = scan.rest();
    if (!is_alnum(s[0])) return false;
    const Abbreviation* best = nullptr;
    for (const Abbreviation& a : kAbbreviations) {
        if (!s.starts_with(a.written)) continue;
        const std::size_t n = a.written.size();
        const bool dotted = n < s.size() && s[n] == '.';
        if (a.dot == Dot::required && !dotted) continue;
        const bool open = a.written.back() == '/';
        if (!dotted && !open && (!ends_word(s, n) || (n < s.size() && (s[n] == '\'' || s[n] == '-'))))
            continue;
        if (dotted && n + 1 < s.size() && is_word_byte(s[n + 1])) continue;  // "min.js"
        if (!best || n > best->written.size()) best = &a;
    }
    if (!best) return false;
    std::size_t end = best->written.size();
    if (end < s.size() && s[end] == '.') {
        const bool keep =
            s.substr(end + 1).empty() || (best->ends_sentence && !sentence_goes_on(s.substr(end + 1)));
        if (!keep) ++end;
    }
    if (best->written == "e.g" || best->written == "i.e" || best->written == "eg") {
        const bool comma = end < s.size() && s[end] == ',';
        scan.say(best->spoken, end);
        if (!comma) scan.out += ',';
        if (scan.peek() != ' ' && scan.peek() != ',' && scan.peek() != '\0') scan.out += ' ';
        return true;
    }
    scan.say(best->spoken, end);
    return true;
}

// "St. Louis" -> Saint, "Main St." -> Street. "No. 5" -> number.
bool saint_street_number(Scan& scan) {
    if (scan.after_word()) return false;
    const auto s = scan.rest();
    if (s.starts_with("No. ") && s.size() > 4 && is_digit(s[4])) {
        scan.say("number", 3);
        return true;
    }
    if (s.starts_with("p. ") && s.size() > 3 && is_digit(s[3])) {
        scan.say("page", 2);
        return true;
    }
    if (!s.starts_with("St") || !ends_word(s, 2) || (s.size() > 2 && s[2] == '-')) return false;
    const bool dotted = s.size() > 2 && s[2] == '.';
    const std::string_view after = s.substr(dotted ? 3 : 2);
    const bool name_follows = after.size() > 1 && after[0] == ' ' && is_upper(after[1]);
    std::size_t last = scan.at;
    while (last > 0 && is_space(scan.text[last - 1])) --last;
    std::size_t begin = last;
    while (begin > 0 && is_word_byte(scan.text[begin - 1])) --begin;
    const bool name_before =
        begin < last && begin > 0 && (is_upper(scan.text[begin]) || is_digit(scan.text[begin]));
    if (name_follows && !name_before) {
        scan.say("Saint", dotted ? 3 : 2);
        return true;
    }
    if (begin < last && (is_upper(scan.text[begin]) || is_digit(scan.text[begin]))) {
        const bool keep = dotted && (after.empty() || !sentence_goes_on(after));
        scan.say("Street", dotted && !keep ? 3 : 2);
        return true;
    }
    return false;
}

// Dotted initials: "U.S.", "U.K.", "J.R.R. Tolkien" -> letters without dots.
bool initials(Scan& scan) {
    if (scan.after_word()) return false;
    const auto s = scan.rest();
    std::string letters;
    std::size_t at = 0;
    while (at + 1 < s.size() && is_letter(s[at]) && s[at + 1] == '.' &&
           (letters.empty() || is_upper(s[at]) == is_upper(s[0]))) {
        letters += upper(s[at]);
        at += 2;
    }
    if (letters.size() < 2) {
        // A lone initial before a name: "John F. Kennedy".
        const bool initial =
            s.size() > 3 && is_upper(s[0]) && s[1] == '.' && s[2] == ' ' && is_upper(s[3]) && s[0] != 'I';
        if (!initial || scan.out.empty() || scan.previous_word().empty()) return false;
        scan.say(s.substr(0, 1), 2);
        return true;
    }
    if (at < s.size() && is_word_byte(s[at])) return false;
    const bool keep = at >= s.size() || !sentence_goes_on(s.substr(at));
    // "the U.S. Senate": capitals go on, but the sentence does too; a dot is kept only at the very end.
    scan.say(letters, at - (keep && at >= s.size() ? 1 : 0));
    return true;
}

bool roman_numeral(Scan& scan) {
    if (scan.after_word()) return false;
    const auto s = scan.rest();
    std::size_t n = 0;
    while (n < s.size() && std::string_view("IVXLC").find(s[n]) != std::string_view::npos) ++n;
    if (n == 0 || !ends_word(s, n)) return false;
    static constexpr std::array<std::string_view, 17> counted = {
        "scene", "chapter", "part", "section", "volume",   "phase", "act",   "war",   "type",
        "class", "level",   "book", "article", "appendix", "title", "stage", "series"};
    static constexpr std::array<std::string_view, 22> rulers = {
        "henry",    "louis",   "charles",   "elizabeth", "george",    "edward",  "james", "richard",
        "william",  "philip",  "frederick", "napoleon",  "catherine", "john",    "paul",  "pius",
        "benedict", "gregory", "leo",       "alexander", "ivan",      "nicholas"};
    const std::string before = scan.previous_word();
    const int value = roman_value(s.substr(0, n));
    if (value == 0) return false;
    // "the book I read": the pronoun.
    if (n == 1 && s[0] == 'I' && s.size() > 2 && s[1] == ' ' && is_lower(s[2])) return false;
    for (auto word : counted) {
        if (before == word) {
            scan.say(cardinal(static_cast<unsigned long long>(value)), n);
            return true;
        }
    }
    // "Rocky IV", "Super Bowl LVIII": a name in front, and no other word that these letters could be.
    static constexpr std::array<std::string_view, 8> articles = {"the",  "a",  "an",   "this",
                                                                 "that", "my", "your", "no"};
    std::size_t last = scan.at;
    while (last > 0 && scan.text[last - 1] == ' ') --last;
    std::size_t begin = last;
    while (begin > 0 && is_letter(scan.text[begin - 1])) --begin;
    const bool name = begin < last && last < scan.at && is_upper(scan.text[begin]) &&
                      is_lower(scan.text[last - 1]) &&
                      std::find(articles.begin(), articles.end(), before) == articles.end();
    const bool ruler = std::find(rulers.begin(), rulers.end(), before) != rulers.end();
    if (name && !ruler && n >= 2 && s.substr(0, n).find('C') == std::string_view::npos &&
        s.substr(0, n) != "LI") {
        scan.say(cardinal(static_cast<unsigned long long>(value)), n);
        return true;
    }
    for (auto word : rulers) {
        if (before == word) {
            scan.say("the " + ordinal(std::to_string(value)), n);
            return true;
        }
    }
    return false;
}

bool programming_language(Scan& scan) {
    const auto s = scan.rest();
    if (scan.after_word()) return false;
    if (s.starts_with("C++") && ends_word(s, 3)) {
        scan.say("C plus plus", 3);
        return true;
    }
    if ((s.starts_with("C#") || s.starts_with("F#")) && ends_word(s, 2)) {
        scan.say(std::string{s[0]} + " sharp", 2);
        return true;
    }
    return false;
}

bool symbol(Scan& scan) {
    const auto s = scan.rest();
    const char before = scan.at > 0 ? scan.text[scan.at - 1] : ' ';
    const char after = s.size() > 1 ? s[1] : ' ';
    switch (s[0]) {
        case '&':
            scan.say("and", 1);
            return true;
        case '@':
            scan.say("at", 1);
            return true;
        case '%':
            scan.say("percent", 1);
            return true;
        case '+':
            if (is_space(before) || is_word_byte(before)) {
                scan.say("plus", 1);
                return true;
            }
            break;
        case '=':
            scan.say("equals", s.starts_with("==") ? 2 : 1);
            return true;
        case '<':
        case '>':
            if (is_space(before) || is_digit(after)) {
                scan.say(s[0] == '<' ? "less than" : "greater than", 1);
                return true;
            }
            break;
        case '/':
            if (is_letter(before) && is_letter(after)) {
                scan.say(scan.previous_word() == "and" ? "" : "slash", 1);
                if (!scan.out.empty() && scan.out.back() != ' ') scan.out += ' ';
                return true;
            }
            break;
        case '~':
            scan.say("about", 1);
            return true;
        case '^':
            if (is_alnum(after) && is_alnum(before)) {
                scan.say(after == '2' ? "squared" : "to the power of", after == '2' ? 2 : 1);
                scan.fresh_at = scan.at;
                return true;
            }
            break;
        case '#':
            scan.say("hash", 1);
            return true;
        case '_':
        case '\\':
        case '{':
        case '}':
        case '[':
        case ']':
        case '*':
        case '|':
            scan.out += ' ';
            ++scan.at;
            return true;
        case '-':
            // A dash between words: a pause; inside a word it stays.
            if (s.starts_with("--")) {
                scan.out += " \u2014";
                scan.at += 2;
                return true;
            }
            if (is_space(before) && is_space(after)) {
                scan.out += "\u2014";
                ++scan.at;
                return true;
            }
            break;
        case '.':
            if (s.starts_with("...")) {
                scan.out += "\u2026";
                scan.at += 3;
                while (scan.peek() == '.') ++scan.at;
                return true;
            }
            // ".NET", "node.js": a dot inside a word is said.
            if (is_letter(after) && (is_letter(before) || is_space(before))) {
                scan.say("dot", 1);
                return true;
            }
            break;
        default:
            break;
    }
    if (s.starts_with("\u2013")) {
        scan.out += is_space(before) ? "\u2014" : "-";
        scan.at += 3;
        return true;
    }
    if (s.starts_with("\u20AC") || s.starts_with("\u00A3")) {
        scan.say(s.starts_with("\u20AC") ? "euros" : "pounds", s.starts_with("\u20AC") ? 3 : 2);
        return true;
    }
    if (s[0] == '$') {
        scan.say("dollars", 1);
        return true;
    }
    if (s.starts_with("\u00B0")) {
        scan.say("degrees", 2);
        return true;
    }
    return false;
}

constexpr std::array<Rule, 6> kRules = {
    programming_language, saint_street_number, abbreviation, initials, roman_numeral, symbol};

}  // namespace

std::span<const Rule> word_rules() {
    return kRules;
}

}  // namespace aimpact::voice
