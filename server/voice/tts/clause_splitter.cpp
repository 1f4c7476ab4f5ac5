// Where to cut a reply that is still being written. A mark counts only once what follows is known (a space,
// and for some abbreviations the next letter), since "3." may become "3.5".
#include <algorithm>
#include <array>
#include <utility>

#include "voice/synthesizer.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

enum class Strength { sentence, clause, word };

struct Cut {
    std::size_t end = 0;  // bytes of the clause, white space after it included
    int words = 0;
    Strength strength = Strength::word;
};

struct Policy {
    int sentence_words, clause_words;  // least words before a cut of that kind
    int joint_words, joint_total;      // at a conjunction after so many words, once so many are there
    int words_max;
};
// About 2.7 words a second: the first clause lasts about a second, the later ones let prosody span a
// sentence.
constexpr Policy kFirst{1, 1, 3, 8, 12}, kSecond{1, 5, 6, 14, 20}, kLater{2, 12, 12, 26, 34};
constexpr std::size_t kClauseBytesMax = 400;

// Their dot never ends a sentence.
constexpr std::array<std::string_view, 42> kNeverEnds = {
    "dr",  "mr",  "mrs", "ms",  "prof", "gen", "lt",   "col", "sgt", "capt", "rev", "gov",    "sen", "rep",
    "hon", "mt",  "ft",  "st",  "no",   "fig", "vol",  "vs",  "e.g", "i.e",  "cf",  "approx", "jan", "feb",
    "mar", "apr", "jun", "jul", "aug",  "sep", "sept", "oct", "nov", "dec",  "eg",  "ca",     "pp",  "a.k.a"};
// Their dot ends one only before a capital.
constexpr std::array<std::string_view, 20> kMayEnd = {"etc",  "inc",  "ltd", "co",  "corp", "jr",  "sr",
                                                      "ave",  "blvd", "rd",  "a.m", "p.m",  "u.s", "u.k",
                                                      "ph.d", "m.d",  "min", "max", "dept", "est"};
constexpr std::array<std::string_view, 17> kJoints = {"that",  "and",  "but",   "or",   "so",    "because",
                                                      "which", "when", "while", "if",   "where", "who",
                                                      "then",  "with", "for",   "from", "until"};

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& set) {
    return std::find(set.begin(), set.end(), word) != set.end();
}

std::size_t skip_spaces(std::string_view s, std::size_t at) {
    while (at < s.size() && is_space(s[at])) ++at;
    return at;
}

// The word that ends before `at`, dots inside it kept ("e.g").
std::string word_before(std::string_view s, std::size_t at) {
    std::size_t begin = at;
    while (begin > 0 && (is_word_byte(s[begin - 1]) || s[begin - 1] == '.')) --begin;
    return to_lower(s.substr(begin, at - begin));
}

// Closing quotes and brackets and Markdown's marks that belong to what they close.
std::size_t skip_closers(std::string_view s, std::size_t at) {
    for (;;) {
        if (at < s.size() && std::string_view("\"')]*_").find(s[at]) != std::string_view::npos)
            ++at;
        else if (s.substr(at).starts_with("\u201D") || s.substr(at).starts_with("\u2019"))
            at += 3;
        else
            return at;
    }
}

// "1." or "12." at the start of a line: an item's number.
bool is_item_number(std::string_view s, std::size_t dot) {
    std::size_t begin = dot;
    while (begin > 0 && is_digit(s[begin - 1])) --begin;
    if (begin == dot || dot - begin > 3) return false;
    while (begin > 0 && s[begin - 1] == ' ') --begin;
    return begin == 0 || s[begin - 1] == '\n';
}

// Does the dot at `at` end a sentence, given that white space starts at `space`? nullopt: the next letter
// decides.
std::optional<bool> dot_ends(std::string_view s, std::size_t at, std::size_t space, bool end) {
    if (is_item_number(s, at)) return false;
    const std::string word = word_before(s, at);
    const std::size_t next = skip_spaces(s, space);
    const bool known = next < s.size();
    if (one_of(word, kNeverEnds)) return end && !known;
    const bool initials = word.size() == 1
                              ? word != "i" && is_letter(word[0])
                              : word.size() >= 3 && word[word.size() - 2] == '.' && is_letter(word.back());
    if (one_of(word, kMayEnd) || initials) {
        if (!known) return end ? std::optional(true) : std::nullopt;
        // "John F. Kennedy", "the U.S. Senate": initials go on in front of a capital more often than not.
        return is_upper(s[next]) && !(initials && word != "a.m" && word != "p.m");
    }
    return !known || !is_lower(s[next]);
}

// "24, 2026": the comma of a date.
bool in_date(std::string_view s, std::size_t comma, std::size_t next) {
    const bool day = comma > 0 && (is_digit(s[comma - 1]) ||
                                   (comma > 2 && is_digit(s[comma - 3]) && is_letter(s[comma - 1])));
    return day && next < s.size() && is_digit(s[next]);
}

bool is_paragraph(std::string_view s, std::size_t from, std::size_t to) {
    return s.substr(from, to - from).find('\n') != std::string_view::npos;
}

// All places where `s` may be cut, in order.
std::vector<Cut> cuts(std::string_view s, bool end) {
    std::vector<Cut> out;
    int words = 0;
    bool in_word = false;
    for (std::size_t i = 0; i < s.size(); ++i) {
        const char c = s[i];
        if (is_word_byte(c) && !in_word) ++words;
        in_word =
            is_word_byte(c) ||
            (in_word && (c == '\'' || c == '-' || c == '.' || c == ',' || c == ':' || c == '/' || c == '@') &&
             i + 1 < s.size() && is_word_byte(s[i + 1]));
        const std::string_view rest = s.substr(i);
        const bool dash = rest.starts_with("\u2014");
        const bool long_mark = rest.starts_with("\u2026") || rest.starts_with("\u0964") ||  // Hindi's danda
                               rest.starts_with("\u0965");
        if (c == '.' || c == '!' || c == '?' || long_mark) {
            std::size_t after = i + (long_mark ? 3 : 1);
            while (after < s.size() && (s[after] == '.' || s[after] == '!' || s[after] == '?')) ++after;
            const bool single_dot = c == '.' && after == i + 1;
            const std::size_t space = skip_closers(s, after);
            if (space >= s.size() ? !end : !is_space(s[space])) {
                if (after > i + 1) i = after - 1;
                continue;
            }
            const auto ends = single_dot ? dot_ends(s, i, space, end) : std::optional(true);
            if (!ends) return out;
            if (*ends && words > 0) out.push_back({skip_spaces(s, space), words, Strength::sentence});
            i = space > i ? space - 1 : i;
            in_word = false;
        } else if (c == '\n') {
            const std::size_t next = skip_spaces(s, i);
            if (words > 0) out.push_back({next, words, Strength::sentence});
            i = next - 1;
            in_word = false;
        } else if (c == ',' || c == ';' || c == ':' || dash) {
            const std::size_t after = skip_closers(s, i + (dash ? 3 : 1));
            if (after >= s.size()) continue;
            if (!dash && !is_space(s[after])) continue;
            const std::size_t next = skip_spaces(s, after);
            if (c == ',' && next >= s.size() && !end && i > 0 && is_digit(s[i - 1]))
                continue;  // a year may follow
            if (c == ',' && in_date(s, i, next)) continue;
            if (words > 0)
                out.push_back(
                    {next, words, is_paragraph(s, after, next) ? Strength::sentence : Strength::clause});
            if (dash) i += 2;
            in_word = false;
        } else if (is_space(c)) {
            const std::size_t next = skip_spaces(s, i);
            if (next < s.size() && words > 0) out.push_back({next, words, Strength::word});
            i = next - 1;
            if (i + 1 < s.size() && s[i + 1] == '\n') continue;
        }
    }
    return out;
}

// Good to cut before: a conjunction or preposition that is complete (a space follows it).
bool joint_at(std::string_view s, std::size_t at) {
    std::size_t stop = at;
    while (stop < s.size() && is_letter(s[stop])) ++stop;
    return stop < s.size() && s[stop] == ' ' && one_of(to_lower(s.substr(at, stop - at)), kJoints);
}

// Numbers, units and names hold together: no cut at a bare space beside a digit or between two capitals.
bool separable(std::string_view s, std::size_t at) {
    if (at >= s.size() || at < 2) return false;
    const auto symbol = [](char c) { return !is_letter(c) && static_cast<unsigned char>(c) < 0x80; };
    std::size_t last = at;
    while (last > 0 && is_space(s[last - 1])) --last;
    if (last == 0 || symbol(s[at]) || symbol(s[last - 1])) return false;
    std::size_t begin = last;
    while (begin > 0 && !is_space(s[begin - 1])) --begin;
    return !(is_upper(s[begin]) && is_upper(s[at]));
}

// Bytes of the clause to cut now, or 0.
std::size_t choose(std::string_view s, const std::vector<Cut>& all, const Policy& policy) {
    const int total = all.empty() ? 0 : all.back().words;
    for (const Cut& cut : all) {
        if (cut.strength == Strength::sentence && cut.words >= policy.sentence_words) return cut.end;
        if (cut.strength == Strength::clause && cut.words >= policy.clause_words) return cut.end;
        if (cut.words > policy.words_max) break;
    }
    if (total >= policy.joint_total) {
        for (const Cut& cut : all) {
            if (cut.strength == Strength::word && cut.words >= policy.joint_words &&
                cut.words < policy.words_max && separable(s, cut.end) && joint_at(s, cut.end))
                return cut.end;
        }
    }
    if (total <= policy.words_max && s.size() <= kClauseBytesMax) return 0;
    // Too long without a good place: the last comma there is, else a plain space.
    const Cut *comma = nullptr, *space = nullptr;
    for (const Cut& cut : all) {
        if (cut.words > policy.words_max || cut.end > kClauseBytesMax) break;
        if (cut.strength != Strength::word)
            comma = &cut;
        else if (separable(s, cut.end))
            space = &cut;
    }
    if (comma) return comma->end;
    if (space) return space->end;
    for (const Cut& cut : all) {
        const bool fits = cut.end <= kClauseBytesMax || s.size() <= kClauseBytesMax;
        if (fits && (cut.strength != Strength::word || separable(s, cut.end))) return cut.end;
    }
    if (s.size() <= kClauseBytesMax) return 0;
    for (auto it = all.rbegin(); it != all.rend(); ++it) {
        if (it->end <= kClauseBytesMax) return it->end;
    }
    // One endless word: at a character's border.
    return complete_utf8_length(s.substr(0, kClauseBytesMax));
}

bool has_words(std::string_view s) {
    return std::any_of(s.begin(), s.end(), [](char c) { return !is_space(c); });
}

}  // namespace

std::vector<std::string> ClauseSplitter::push(std::string_view delta) {
    pending_ += delta;
    return take(false);
}

std::vector<std::string> ClauseSplitter::flush() {
    if (!has_words(pending_)) return {};
    std::vector<std::string> out = take(true);
    if (has_words(pending_)) {
        out.push_back(std::exchange(pending_, {}));
        ++clauses_;
    }
    return out;
}

std::vector<std::string> ClauseSplitter::finish() {
    std::vector<std::string> out = flush();
    pending_.clear();
    clauses_ = 0;
    return out;
}

std::vector<std::string> ClauseSplitter::take(bool end) {
    std::vector<std::string> out;
    for (;;) {
        const Policy& policy = clauses_ == 0 ? kFirst : clauses_ == 1 ? kSecond : kLater;
        const std::size_t length = choose(pending_, cuts(pending_, end), policy);
        if (length == 0 || length > pending_.size()) return out;
        out.push_back(pending_.substr(0, length));
        pending_.erase(0, length);
        ++clauses_;
    }
}

}  // namespace aimpact::voice
