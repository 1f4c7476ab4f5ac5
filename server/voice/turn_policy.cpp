#include "voice/turn_policy.hpp"

#include <algorithm>
#include <string>

#include "voice/dictation.hpp"

namespace aimpact::voice {

namespace {

struct Step {
    float probability;  // from which
    std::int64_t silence;
};
struct Rule {
    std::array<Step, 3> steps;  // by falling probability
    std::int64_t otherwise;     // silence
    std::int64_t unfinished;    // silence after words that need more
    std::int64_t listing;       // within a number or a spelled word
    std::int64_t complete;      // behind one
};

constexpr Rule kLow{{{{0.95F, 26}, {0.8F, 36}, {0.1F, 60}}}, 94, 125, 125, 36};
constexpr Rule kAutomatic{{{{0.95F, 12}, {0.8F, 22}, {0.5F, 26}}}, 36, 44, 56, 26};
constexpr Rule kHigh{{{{0.95F, 8}, {0.8F, 12}, {0.1F, 18}}}, 18, 24, 40, 12};

// Words may outvote the model, but only towards patience: the recogniser ends every text with a full stop.
constexpr float kOpenMost = 0.3F;

// Conjunctions, articles, possessives, the prepositions that don't end questions or phrasal verbs, fillers.
constexpr std::string_view kUnfinished[] = {
    "a",     "an",      "the",  "and",   "or",     "but",   "because", "if",    "of",       "to",
    "from",  "with",    "for",  "at",    "into",   "than",  "as",      "my",    "your",     "our",
    "their", "its",     "um",   "uh",    "er",     "hmm",   "mm",      "so",    "well",     "i",
    "he",    "she",     "we",   "they",  "who",    "whose", "which",   "while", "although", "unless",
    "until", "whether", "been", "being", "having", "very",  "every",   "each",  "another"};

const Rule& rule_of(Eagerness eagerness) {
    switch (eagerness) {
        case Eagerness::low:
            return kLow;
        case Eagerness::high:
            return kHigh;
        case Eagerness::automatic:
            break;
    }
    return kAutomatic;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'' || (c & 0x80) != 0;
}

}  // namespace

Ending ending_of(std::string_view text, Expected expected) {
    if (const auto dictated = dictation_of(text, expected)) return *dictated;
    while (!text.empty() && (text.back() == ' ' || text.back() == '"')) text.remove_suffix(1);
    if (text.empty()) return Ending::unknown;
    const char mark = text.back();
    if (mark == '?') return Ending::finished;
    while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
    std::size_t begin = text.size();
    while (begin > 0 && is_letter(text[begin - 1])) --begin;
    std::string word(text.substr(begin));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (std::find(std::begin(kUnfinished), std::end(kUnfinished), word) != std::end(kUnfinished))
        return Ending::unfinished;
    return mark == '.' || mark == '!' ? Ending::finished : Ending::open;
}

std::int64_t silence_needed(Eagerness eagerness, const TurnEvidence& evidence) {
    const Rule& rule = rule_of(eagerness);
    if (evidence.ending == Ending::unfinished) return rule.unfinished;
    if (evidence.ending == Ending::listing) return rule.listing;
    if (evidence.ending == Ending::complete) return rule.complete;
    float probability = evidence.probability.value_or(0.0F);
    if (evidence.ending == Ending::open) probability = std::min(probability, kOpenMost);
    for (const Step& step : rule.steps)
        if (probability >= step.probability) return step.silence;
    return rule.otherwise;  // also for a NaN
}

std::int64_t likely_silence(std::int64_t needed) {
    return std::max(kLikelySilence, needed - kLikelyLead);
}

}  // namespace aimpact::voice
