#include "voice/tts/word_class.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace aimpact::voice {
namespace {

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& set) {
    return std::find(set.begin(), set.end(), word) != set.end();
}

constexpr std::array<std::string_view, 27> kModals = {
    "will",     "would",     "can",    "could", "shall",   "should", "may",   "might", "must",
    "do",       "does",      "did",    "don't", "doesn't", "didn't", "won't", "can't", "couldn't",
    "wouldn't", "shouldn't", "cannot", "let's", "please",  "let",    "help",  "gonna", "wanna"};
constexpr std::array<std::string_view, 13> kPlainSubjects = {
    "i", "you", "we", "they", "who", "i'll", "you'll", "we'll", "they'll", "he'll", "she'll", "it'll", "i'd"};
constexpr std::array<std::string_view, 4> kThirdPersons = {"he", "she", "it", "who"};
constexpr std::array<std::string_view, 24> kDeterminers = {
    "a",     "an", "the",  "this", "these", "those", "my",      "your",  "his",   "her", "its",   "our",
    "their", "no", "some", "any",  "each",  "every", "another", "which", "whose", "one", "first", "last"};
constexpr std::array<std::string_view, 17> kPrepositions = {
    "of",    "in",    "on",   "at",      "for",     "with",    "by",  "from", "into",
    "about", "under", "over", "without", "between", "through", "per", "as"};
constexpr std::array<std::string_view, 14> kBeOrDegree = {"is",    "are",   "was",  "were",  "be",
                                                          "been",  "being", "very", "so",    "too",
                                                          "quite", "more",  "it's", "that's"};
constexpr std::array<std::string_view, 13> kHave = {"have",    "has",     "had",    "i've", "you've",
                                                    "we've",   "they've", "having", "he's", "she's",
                                                    "haven't", "hasn't",  "hadn't"};
constexpr std::array<std::string_view, 9> kAdverbsBetween = {"not",    "always", "never", "also", "just",
                                                             "really", "only",   "ever",  "then"};
constexpr std::array<std::string_view, 8> kPastSigns = {"yesterday", "ago",  "last", "already",
                                                        "was",       "were", "had",  "earlier"};
constexpr std::array<std::string_view, 10> kNumbers = {"two", "three", "four", "five", "six",
                                                       "ten", "many",  "few",  "most", "several"};
constexpr std::array<std::string_view, 20> kObjects = {"the", "a",   "an",    "my",    "your",  "his", "her",
                                                       "its", "our", "their", "this",  "that",  "it",  "them",
                                                       "me",  "us",  "him",   "these", "those", "all"};

bool content_follows(std::span<const std::string> words, std::size_t at) {
    if (at + 1 >= words.size() || words[at + 1].size() < 3) return false;
    const std::string_view next = words[at + 1];
    return !one_of(next, kPrepositions) && !one_of(next, kBeOrDegree) && !one_of(next, kModals) &&
           !one_of(next, kObjects) && next != "and" && next != "but" && next != "that" && next != "when" &&
           next != "has" && next != "have" && next != "which" && !next.ends_with("ly");
}

}  // namespace

WordClass guess_word_class(std::span<const std::string> words, std::size_t at) {
    const std::string_view word = words[at];
    const std::string_view next =
        at + 1 < words.size() ? std::string_view(words[at + 1]) : std::string_view{};
    std::size_t before = at;
    while (before > 0 && one_of(words[before - 1], kAdverbsBetween)) --before;
    const std::string_view prev = before > 0 ? std::string_view(words[before - 1]) : std::string_view{};
    const std::string_view beside = at > 0 ? std::string_view(words[at - 1]) : std::string_view{};

    if (word == "used")
        return next == "to" && !one_of(prev, kBeOrDegree) ? WordClass::past : WordClass::other;
    if (word == "that") return beside.empty() || next.empty() ? WordClass::determiner : WordClass::other;
    const bool past_clause =
        std::any_of(words.begin(), words.end(), [](const std::string& w) { return one_of(w, kPastSigns); });
    if (word == "read" || word == "reread") {
        // "Have you read it?"
        const bool asked = before >= 2 && one_of(words[before - 2], kHave) &&
                           (one_of(prev, kPlainSubjects) || one_of(prev, kThirdPersons));
        if (asked || one_of(prev, kHave) || one_of(prev, kBeOrDegree) || one_of(prev, kThirdPersons))
            return WordClass::participle;
        return past_clause && !one_of(prev, kModals) && prev != "to" ? WordClass::past : WordClass::verb;
    }
    const bool subject = one_of(prev, kPlainSubjects) || one_of(prev, kThirdPersons);
    if (word == "wound" &&
        ((subject && one_of(next, kObjects)) || next == "up" || next == "down" || one_of(prev, kHave)))
        return WordClass::past;

    if (prev == "to" || one_of(prev, kModals)) {
        // "to use" is a verb; "access to use cases" is rare enough.
        return WordClass::verb;
    }
    if (one_of(beside, kDeterminers))
        return content_follows(words, at) ? WordClass::adjective : WordClass::noun;
    if (one_of(prev, kPlainSubjects)) return WordClass::verb;
    if (one_of(prev, kHave)) return WordClass::participle;
    if (one_of(prev, kBeOrDegree)) return WordClass::adjective;
    if (one_of(beside, kPrepositions))
        return content_follows(words, at) ? WordClass::adjective : WordClass::noun;
    // An imperative, or "..., and record the ...": an object follows at once.
    const bool opens =
        beside.empty() || beside == "and" || beside == "then" || beside == "or" || beside == "just";
    if (opens && one_of(next, kObjects)) return WordClass::verb;
    if (beside.empty() || beside == "and" || beside == "or") return WordClass::other;
    // "Metals contract when they cool.", "These two dates conflict.": after a plural, where the clause ends
    // or goes on without a verb of its own.
    static constexpr std::array<std::string_view, 16> goes_on = {
        "when",   "if",      "with",    "because", "after", "before", "as",   "until",
        "around", "through", "against", "across",  "along", "into",   "down", "up"};
    const bool plural =
        beside.size() > 3 && beside.ends_with('s') && !beside.ends_with("ss") && !beside.ends_with("'s");
    const bool starts = at <= 1 || words[at - 2].empty() || one_of(words[at - 2], kDeterminers) ||
                        one_of(words[at - 2], kNumbers);
    if (plural && starts && (one_of(next, goes_on) || (next.empty() && at >= 2))) return WordClass::verb;
    // "My brother lives in Texas.", "That conflicts with it."
    const bool singular = beside.size() > 2 && !beside.ends_with('s') && !one_of(beside, kPrepositions) &&
                          !one_of(beside, kAdverbsBetween) && !beside.ends_with("ing") &&
                          !beside.ends_with("ed");
    const bool counted = at >= 2 && (one_of(words[at - 2], kDeterminers) || words[at - 2].empty());
    if (word.ends_with('s') && singular && (counted || at == 1) && one_of(next, kPrepositions))
        return WordClass::verb;
    // "Drug abuse is a problem.", "for personal use only"
    const bool adjective = beside.ends_with("al") || beside.ends_with("ic") || beside.ends_with("ive") ||
                           beside.ends_with("ous") || beside.ends_with("ful");
    if (singular && !word.ends_with('s') && (adjective || next == "is" || next == "was"))
        return WordClass::noun;
    // "This fabric tears easily."
    if (word.ends_with('s') && next.ends_with("ly") && beside.size() > 2) return WordClass::verb;
    // After another content word: a noun, unless an object follows ("people live their lives").
    if (one_of(next, kObjects) && beside.ends_with('s')) return WordClass::verb;
    return WordClass::other;
}

}  // namespace aimpact::voice
