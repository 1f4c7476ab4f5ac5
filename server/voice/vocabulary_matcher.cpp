#include "voice/vocabulary_matcher.hpp"

#include <algorithm>
#include <cctype>

namespace aimpact::voice {

namespace {

constexpr std::size_t kRecentMax = 8;
// How much less likely than what was recognised a term may be, in nats: the model knows common words, and
// takes a name it has never seen for unlikely even when it is what was said.
constexpr double kMargin = 10.0, kMarginShort = 3.0;
constexpr std::size_t kShortPhones = 4;
constexpr std::size_t kPlacesMax = 6;  // of one transcript that are asked about

// Phones of a place; those that are made alike share a class.
enum class Kind : char { vowel, stop, fricative, nasal, liquid, other };
struct Manner {
    Kind kind;
    int place;  // lips to throat, or of a vowel its region
};

Manner manner(char32_t c) {
    switch (c) {
        case U'p':
        case U'b':
            return {Kind::stop, 0};
        case U't':
        case U'd':
        case U'T':
        case U'ɾ':
            return {Kind::stop, 2};
        case U'k':
        case U'ɡ':
        case U'g':
            return {Kind::stop, 4};
        case U'ʧ':
        case U'ʤ':
            return {Kind::stop, 3};
        case U'f':
        case U'v':
            return {Kind::fricative, 0};
        case U'θ':
        case U'ð':
            return {Kind::fricative, 1};
        case U's':
        case U'z':
            return {Kind::fricative, 2};
        case U'ʃ':
        case U'ʒ':
            return {Kind::fricative, 3};
        case U'h':
            return {Kind::fricative, 5};
        case U'm':
            return {Kind::nasal, 0};
        case U'n':
            return {Kind::nasal, 2};
        case U'ŋ':
            return {Kind::nasal, 4};
        case U'l':
            return {Kind::liquid, 2};
        case U'ɹ':
        case U'r':
            return {Kind::liquid, 3};
        case U'w':
            return {Kind::liquid, 0};
        case U'j':
            return {Kind::liquid, 4};
        case U'i':
        case U'ɪ':
        case U'A':
        case U'e':
        case U'ɛ':
            return {Kind::vowel, 0};
        case U'æ':
        case U'a':
        case U'ɑ':
        case U'I':
        case U'W':
            return {Kind::vowel, 1};
        case U'ə':
        case U'ɐ':
        case U'ʌ':
        case U'ᵊ':
        case U'ɜ':
            return {Kind::vowel, 2};
        case U'u':
        case U'ʊ':
        case U'O':
        case U'Q':
        case U'ɔ':
        case U'Y':
        case U'o':
        case U'ɒ':
            return {Kind::vowel, 3};
        default:
            return {Kind::other, 9};
    }
}

double exchange(char32_t a, char32_t b) {
    if (a == b) return 0;
    const Manner x = manner(a), y = manner(b);
    if (x.kind == Kind::vowel && y.kind == Kind::vowel) {
        if (x.place == y.place) return 0.25;
        return x.place == 2 || y.place == 2 ? 0.35 : 0.5;  // an unstressed vowel can be any
    }
    if (x.kind == Kind::vowel || y.kind == Kind::vowel) return 1;
    if (x.kind == y.kind && x.place == y.place) return 0.25;  // voiced or not
    if (x.place == y.place) return 0.6;
    return x.kind == y.kind ? 0.6 : 1;
}

double drop(char32_t c) {
    switch (c) {
        case U'ə':
        case U'ᵊ':
        case U'h':
        case U'ɹ':
        case U'ɐ':
        case U'j':
            return 0.5;
        default:
            return 0.9;
    }
}

// The greatest distance at which a place is asked about.
double distance_max(std::size_t phones) {
    if (phones <= 2) return 0.0;
    if (phones == 3) return 0.12;
    if (phones == 4) return 0.2;
    if (phones <= 6) return 0.3;
    return 0.38;
}

struct Token {
    std::string before, core, after;  // punctuation, letters, punctuation
};

bool is_core(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || (static_cast<unsigned char>(c) & 0x80) != 0;
}

std::vector<Token> split(std::string_view text) {
    std::vector<Token> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(' ', at), text.size());
        const std::string_view word = text.substr(at, end - at);
        at = end + 1;
        if (word.empty()) continue;
        const auto first = std::find_if(word.begin(), word.end(), is_core);
        const auto last = std::find_if(word.rbegin(), word.rend(), is_core).base();
        if (first >= last) {
            out.push_back({std::string(word), "", ""});
            continue;
        }
        out.push_back(
            {std::string(word.begin(), first), std::string(first, last), std::string(last, word.end())});
    }
    return out;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

std::size_t word_count(std::string_view text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
}

std::string join(const std::vector<Token>& tokens) {
    std::string out;
    for (const Token& token : tokens) {
        if (!out.empty()) out += ' ';
        out += token.before + token.core + token.after;
    }
    return out;
}

// `tokens` with `term` in place of [begin, end).
std::vector<Token> replaced(const std::vector<Token>& tokens, std::size_t begin, std::size_t end,
                            std::string_view term) {
    std::vector<Token> out(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(begin));
    out.push_back({tokens[begin].before, std::string(term), tokens[end - 1].after});
    out.insert(out.end(), tokens.begin() + static_cast<std::ptrdiff_t>(end), tokens.end());
    return out;
}

}  // namespace

std::u32string plain_phones(std::u32string_view phones) {
    std::u32string out;
    for (const char32_t c : phones)
        if (manner(c).kind != Kind::other) out += c;
    return out;
}

double phone_distance(std::u32string_view a, std::u32string_view b) {
    if (a.empty() && b.empty()) return 0;
    std::vector<double> row(b.size() + 1);
    for (std::size_t j = 1; j <= b.size(); ++j) row[j] = row[j - 1] + drop(b[j - 1]);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        double diagonal = row[0];
        row[0] += drop(a[i - 1]);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const double above = row[j];
            row[j] = std::min({diagonal + exchange(a[i - 1], b[j - 1]), above + drop(a[i - 1]),
                               row[j - 1] + drop(b[j - 1])});
            diagonal = above;
        }
    }
    return std::min(1.0, row[b.size()] / static_cast<double>(std::max(a.size(), b.size())));
}

struct VocabularyMatcher::Index {
    struct Entry {
        const std::string* text;
        std::string lower_text;
        std::size_t words;
        std::vector<std::u32string> phones;
    };
    std::shared_ptr<const Vocabulary> vocabulary;  // keeps the texts, and its address from being used again
    std::vector<Entry> entries;
    std::size_t words_max = 1;
};

std::shared_ptr<const VocabularyMatcher::Index> VocabularyMatcher::index(
    const std::shared_ptr<const Vocabulary>& vocabulary) const {
    const std::lock_guard lock(mutex_);
    for (auto it = recent_.begin(); it != recent_.end(); ++it) {
        if ((*it)->vocabulary != vocabulary) continue;
        std::rotate(recent_.begin(), it, it + 1);
        return recent_.front();
    }
    auto made = std::make_shared<Index>();
    made->vocabulary = vocabulary;
    for (const Vocabulary::Term& term : vocabulary->terms()) {
        Index::Entry entry{&term.text, lower(term.text), word_count(term.text), {}};
        entry.phones.push_back(plain_phones(sounds_(term.text)));
        for (const std::string& sound : term.sounds) {
            entry.phones.push_back(plain_phones(sounds_(sound)));
            entry.words = std::max(entry.words, word_count(sound));
        }
        std::erase_if(entry.phones, [](const std::u32string& p) { return p.empty(); });
        made->words_max = std::max(made->words_max, entry.words);
        made->entries.push_back(std::move(entry));
    }
    recent_.insert(recent_.begin(), made);
    if (recent_.size() > kRecentMax) recent_.pop_back();
    return made;
}

std::string VocabularyMatcher::apply(const std::shared_ptr<const Vocabulary>& vocabulary,
                                     std::string_view text, const Likelihood& likelihood) const {
    if (!sounds_ || !vocabulary || vocabulary->empty()) return std::string(text);
    const auto known = index(vocabulary);
    std::vector<Token> tokens = split(text);
    std::vector<std::u32string> phones;
    for (const Token& token : tokens)
        phones.push_back(token.core.empty() ? std::u32string() : plain_phones(sounds_(token.core)));

    struct Place {
        std::size_t begin, end;
        const Index::Entry* entry;
        double distance;
        bool same_letters;
    };
    std::vector<Place> places;
    for (std::size_t begin = 0; begin < tokens.size(); ++begin) {
        std::u32string sound;
        std::string letters;
        for (std::size_t end = begin + 1; end <= std::min(tokens.size(), begin + known->words_max + 2);
             ++end) {
            sound += phones[end - 1];
            letters += (letters.empty() ? "" : " ") + lower(tokens[end - 1].core);
            for (const Index::Entry& entry : known->entries) {
                if (end - begin > entry.words + 2) continue;
                if (letters == entry.lower_text) {
                    places.push_back({begin, end, &entry, 0, true});
                    continue;
                }
                for (const std::u32string& wanted : entry.phones) {
                    const double longer = static_cast<double>(std::max(wanted.size(), sound.size()));
                    const double shorter = static_cast<double>(std::min(wanted.size(), sound.size()));
                    const double limit = distance_max(wanted.size());
                    if (shorter < longer * 0.6 || 0.5 * (longer - shorter) > limit * longer) continue;
                    const double distance = phone_distance(sound, wanted);
                    if (distance <= limit) places.push_back({begin, end, &entry, distance, false});
                }
            }
            // Across a sentence's end nobody says one name.
            if (tokens[end - 1].after.find_first_of(".?!") != std::string::npos &&
                tokens[end - 1].core.size() > 3)
                break;
        }
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
        if (a.same_letters != b.same_letters) return a.same_letters;
        return a.distance != b.distance ? a.distance < b.distance : a.begin < b.begin;
    });

    std::vector<bool> taken(tokens.size(), false);
    std::vector<Place> accepted;
    std::optional<double> now;
    std::size_t asked = 0;
    const auto current = [&](const std::vector<Place>& chosen) {
        std::vector<Place> backwards = chosen;
        std::sort(backwards.begin(), backwards.end(),
                  [](const Place& a, const Place& b) { return a.begin > b.begin; });
        std::vector<Token> out = tokens;
        for (const Place& place : backwards) out = replaced(out, place.begin, place.end, *place.entry->text);
        return join(out);
    };
    for (const Place& place : places) {
        bool free = true;
        for (std::size_t i = place.begin; i < place.end; ++i) free = free && !taken[i];
        if (!free) continue;
        std::vector<Place> with = accepted;
        with.push_back(place);
        if (!place.same_letters) {
            if (++asked > kPlacesMax) break;
            if (!now) now = likelihood(current(accepted));
            const auto then = likelihood(current(with));
            if (!now || !then) break;
            std::size_t size = 0;
            for (const std::u32string& p : place.entry->phones) size = std::max(size, p.size());
            if (*then < *now - (size <= kShortPhones ? kMarginShort : kMargin)) continue;
            now = then;
        }
        accepted = std::move(with);
        for (std::size_t i = place.begin; i < place.end; ++i) taken[i] = true;
    }
    return accepted.empty() ? std::string(text) : current(accepted);
}

}  // namespace aimpact::voice
