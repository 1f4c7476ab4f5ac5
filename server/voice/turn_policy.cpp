#include "voice/turn_policy.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "voice/dictation.hpp"

namespace aimpact::voice {

namespace {

struct Step {
    float least;  // probability or wholeness, from which
    std::int64_t silence;
};
struct Rule {
    std::array<Step, 3> steps;  // by falling probability
    std::int64_t otherwise;     // silence
    std::int64_t unfinished;    // silence after words that need more
    std::int64_t listing;       // within a number or a spelled word
    std::int64_t complete;      // behind one
    // With a language model: by falling wholeness, and otherwise.
    std::array<Step, 3> whole;
    std::int64_t broken;
    std::int64_t unread;  // at least, as long as it hasn't answered
};

constexpr Rule kLow{{{{0.95F, 26}, {0.8F, 36}, {0.1F, 60}}}, 94, 125, 125, 36,
                    {{{0.9F, 24}, {0.0F, 30}, {-2.3F, 60}}}, 94, 60};
constexpr Rule kAutomatic{{{{0.95F, 12}, {0.8F, 22}, {0.5F, 26}}}, 36, 44, 56, 26,
                          {{{0.9F, 11}, {0.0F, 13}, {-2.3F, 22}}}, 43, 22};
constexpr Rule kHigh{{{{0.95F, 8}, {0.8F, 12}, {0.1F, 18}}}, 18, 24, 40, 12,
                     {{{0.9F, 8}, {0.0F, 10}, {-2.3F, 14}}}, 22, 14};

// Of the wholeness (bench/turn_rules.py).
constexpr double kOfWords = 0.5, kOfTurnModel = 0.15;

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

double logit(float probability) {
    const double p = std::clamp(static_cast<double>(probability), 1e-4, 1 - 1e-4);
    return std::log(p / (1 - p));
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

double wholeness(const TurnEvidence& evidence) {
    double whole = logit(evidence.text_end.value_or(0.0F)) + kOfWords * std::log(std::max(evidence.words, 1));
    if (evidence.probability && !std::isnan(*evidence.probability))
        whole += kOfTurnModel * logit(*evidence.probability);
    return whole;
}

std::int64_t silence_needed(Eagerness eagerness, const TurnEvidence& evidence) {
    const Rule& rule = rule_of(eagerness);
    if (evidence.ending == Ending::unfinished) return rule.unfinished;
    if (evidence.ending == Ending::listing) return rule.listing;
    if (evidence.ending == Ending::plausible) return rule.unfinished;
    if (evidence.ending == Ending::complete) return rule.complete;
    if (evidence.text_end && !std::isnan(*evidence.text_end)) {
        const double whole = wholeness(evidence);
        for (const Step& step : rule.whole)
            if (whole >= static_cast<double>(step.least)) return step.silence;
        return rule.broken;
    }
    const std::int64_t least = evidence.text_pending ? rule.unread : 0;
    float probability = evidence.probability.value_or(0.0F);
    if (evidence.ending == Ending::open) probability = std::min(probability, kOpenMost);
    for (const Step& step : rule.steps)
        if (probability >= step.least) return std::max(least, step.silence);
    return std::max(least, rule.otherwise);  // also for a NaN
}

std::int64_t likely_silence(std::int64_t needed) {
    return std::max(kLikelySilence, needed - kLikelyLead);
}

}  // namespace aimpact::voice
