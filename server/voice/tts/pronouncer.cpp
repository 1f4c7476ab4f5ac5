#include "voice/tts/pronouncer.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/log.hpp"
#include "voice/tts/homographs.hpp"
#include "voice/tts/unicode.hpp"
#include "voice/tts/word_class.hpp"

namespace aimpact::voice {
namespace {

struct Token {
    std::string word = {};  // empty: punctuation
    char32_t mark = 0;
    bool space_before = false;
    bool hyphen_before = false;  // the second part of "long-term"
    Phones phones = {};
    bool given = false;  // its phones are
    double stress = 0;   // to be moved so far
};

// Letters with diacritics as the plain letters that the dictionaries spell; nullptr: not a Latin letter we
// read.
const char* plain_letter(char32_t c) {
    static constexpr std::u32string_view from =
        U"àáâãäåāăąçćčĉďđèéêëēĕėęěìíîïĩīĭįñńňòóôõöøōŏőŕřśşšșţťțùúûüũūŭůűųýÿŷźżžłğģķļħĥĵŵ";
    static constexpr std::string_view to =
        "aaaaaaaaaccccddeeeeeeeeeiiiiiiiinnnooooooooorrsssstttuuuuuuuuuuyyyzzzlggklhhjw";
    static_assert(from.size() == to.size());
    if (c == U'ß') return "ss";
    if (c == U'æ' || c == U'Æ') return "ae";
    if (c == U'œ' || c == U'Œ') return "oe";
    if (c == U'þ' || c == U'ð') return "th";
    const auto fold = [](char32_t x) -> char32_t {
        if (x >= 0xC0 && x <= 0xDE && x != 0xD7) return x + 0x20;
        if (x >= 0x100 && x <= 0x17F && x % 2 == 0 && x != 0x138 && !(x >= 0x139 && x <= 0x148)) return x + 1;
        if (x >= 0x139 && x <= 0x148 && x % 2 == 1) return x + 1;
        if (x >= 0x179 && x <= 0x17E && x % 2 == 1) return x + 1;
        return x;
    };
    static const std::array<std::string, 26> letters = [] {
        std::array<std::string, 26> out;
        for (int i = 0; i < 26; ++i)
            out[static_cast<std::size_t>(i)] = std::string(1, static_cast<char>('a' + i));
        return out;
    }();
    const auto at = from.find(fold(c));
    if (at == std::u32string_view::npos) return nullptr;
    return letters[static_cast<std::size_t>(to[at] - 'a')].c_str();
}

double stress_of(char32_t mark) {
    return mark == kStressStrong ? 2 : mark == kStressMore ? 1 : mark == kStressLess ? -1 : 0;
}

std::vector<Token> tokenize(std::string_view text, std::span<const Phones> given) {
    std::vector<Token> tokens;
    std::string word;
    bool space = false, hyphen = false, open_quote = true;
    double stress = 0;
    const auto flush = [&] {
        while (!word.empty() && word.back() == '\'') word.pop_back();  // "the dogs'": the mark is silent
        if (word.empty()) return;
        tokens.push_back({.word = word, .space_before = space, .hyphen_before = hyphen, .stress = stress});
        word.clear();
        space = hyphen = false;
    };
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_code_point(text, at);
        if (c < 0x80 && is_letter(static_cast<char>(c))) {
            word += static_cast<char>(c);
        } else if (c == U'\'' && !word.empty()) {
            word += '\'';
        } else if (const char* plain = c >= 0x80 ? plain_letter(c) : nullptr) {
            word += plain;
        } else if (c == U'-' && !word.empty() && at < text.size() && is_word_byte(text[at])) {
            flush();
            hyphen = true;
        } else if (c >= kGivenFirst && c <= kGivenLast) {
            flush();
            if (c - kGivenFirst < given.size())
                tokens.push_back({.space_before = space, .phones = given[c - kGivenFirst], .given = true});
            space = hyphen = false;
        } else if (c >= kStressStrong && c <= kStressEnd) {
            flush();
            stress = stress_of(c);
        } else {
            flush();
            hyphen = false;
            if (c == U' ') {
                space = true;
                continue;
            }
            char32_t mark = c;
            if (c == U'"') {
                mark = open_quote ? U'\u201C' : U'\u201D';
                open_quote = !open_quote;
            }
            static constexpr std::u32string_view known = U";:,.!?\u2014\u2026()\u201C\u201D";
            if (known.find(mark) != std::u32string_view::npos) {
                tokens.push_back({.mark = mark, .space_before = space});
                space = false;
            }
        }
    }
    flush();
    return tokens;
}

bool all_upper(std::string_view word) {
    return std::none_of(word.begin(), word.end(), is_lower) &&
           std::any_of(word.begin(), word.end(), is_upper);
}

bool pauses(char32_t mark) {
    return std::u32string_view(U";:,.!?\u2014\u2026").find(mark) != std::u32string_view::npos;
}

// "twenty-four" is two words to the voices.
bool is_ten(std::string_view word) {
    static constexpr std::array<std::string_view, 8> tens = {"twenty", "thirty",  "forty",  "fifty",
                                                             "sixty",  "seventy", "eighty", "ninety"};
    return std::find(tens.begin(), tens.end(), word) != tens.end();
}

// The lighter of two parts of a compound gives up its primary stress.
void balance(Phones& first, Phones& second) {
    const auto weight = [](const Phones& p) {
        return (has_stress(p, kPrimaryStress) ? 100 : 0) + static_cast<int>(p.size());
    };
    Phones& lighter = weight(second) < weight(first) ? second : first;
    lighter = apply_stress(lighter, -0.5);
}

}  // namespace

base::Result<std::shared_ptr<const Pronouncer>> Pronouncer::load(const std::filesystem::path& folder,
                                                                 Accent accent) {
    auto pronouncer = std::make_shared<Pronouncer>();
    pronouncer->accent_ = accent;
    const std::string prefix = accent == Accent::british ? "gb" : "us";
    AIMPACT_TRY(pronouncer->dictionary_,
                PhoneDictionary::load(folder / (prefix + "_gold.json"), folder / (prefix + "_silver.json")));
    auto rules = LetterToSound::load(folder / "lts_us.bin");
    if (rules)
        pronouncer->rules_ = *std::move(rules);
    else
        base::log_warn("tts.no_letter_to_sound", {{"message", rules.error().message}});
    return std::shared_ptr<const Pronouncer>(std::move(pronouncer));
}

Phones Pronouncer::word(std::string_view word, PhoneSource& source) const {
    return say_word(word, Context{}, nullptr, source);
}

Phones Pronouncer::pronounce(std::string_view text, const Lexicon* lexicon,
                             std::span<const Phones> given) const {
    std::vector<Token> tokens = tokenize(text, given);
    std::vector<std::string> words;
    words.reserve(tokens.size());
    for (const Token& t : tokens) words.push_back(t.given ? "_" : to_lower(t.word));

    // A text mostly in capitals is loud, not full of acronyms.
    const auto loud = std::count_if(tokens.begin(), tokens.end(),
                                    [](const Token& t) { return t.word.size() > 1 && all_upper(t.word); });
    const auto spoken =
        std::count_if(tokens.begin(), tokens.end(), [](const Token& t) { return !t.word.empty(); });
    Context context;
    context.shouting = loud >= 3 && loud * 3 >= spoken * 2;
    for (std::size_t i = tokens.size(); i-- > 0;) {
        Token& token = tokens[i];
        const auto note_start = [&context](const Phones& phones) {
            const auto first = std::find_if(phones.begin(), phones.end(),
                                            [](char32_t c) { return is_vowel(c) || is_consonant(c); });
            if (first == phones.end()) return;
            context.pause_follows = false;
            context.vowel_follows = is_vowel(*first);
        };
        if (token.given) {
            note_start(token.phones);
            continue;
        }
        if (token.word.empty()) {
            token.phones = Phones(1, token.mark);
            if (pauses(token.mark)) context.pause_follows = true;
            continue;
        }
        context.cls = guess_word_class(words, i);
        context.opens_clause = i == 0 || (tokens[i - 1].word.empty() && !tokens[i - 1].given);
        // A hyphenated word as a whole, if the dictionary has it.
        if (token.hyphen_before && i > 0 && !tokens[i - 1].word.empty() && !tokens[i - 1].hyphen_before) {
            Token& first = tokens[i - 1];
            if (Phones whole = is_ten(first.word) ? Phones{} : known(first.word + "-" + token.word, context);
                !whole.empty()) {
                first.phones = std::move(whole);
                token.word.clear();
                token.phones.clear();
                note_start(first.phones);
                --i;
                continue;
            }
        }
        PhoneSource source{};
        Phones meant = lexicon && lexicon->find(words[i]) ? Phones{} : homograph(words, i);
        if (meant.empty())
            token.phones = say_word(token.word, context, lexicon, source);
        else
            token.phones = accent_ == Accent::british ? americans_to_british(meant) : std::move(meant);
        if (token.stress != 0) token.phones = apply_stress(token.phones, token.stress);
        note_start(token.phones);
    }
    Phones out;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        Token& token = tokens[i];
        if (token.phones.empty()) continue;
        const bool pair =
            token.hyphen_before && i > 0 && !tokens[i - 1].phones.empty() && !tokens[i - 1].hyphen_before &&
            !(i + 1 < tokens.size() && tokens[i + 1].hyphen_before) && !is_ten(tokens[i - 1].word);
        if (pair) {
            const std::size_t begin = out.size() - tokens[i - 1].phones.size();
            Phones first = out.substr(begin), second = token.phones;
            balance(first, second);
            out.replace(begin, Phones::npos, first);
            out += second;
            continue;
        }
        const bool word = !token.word.empty() || token.mark == 0;
        const bool apart = token.space_before || (word && token.hyphen_before) ||
                           (word && !out.empty() && is_consonant(out.back()));
        if (!out.empty() && apart && out.back() != U' ') out += U' ';
        out += token.phones;
    }
    if (accent_ == Accent::american) {
        std::replace(out.begin(), out.end(), U'ɾ', U'T');  // as the voices were trained
        std::replace(out.begin(), out.end(), U'ʔ', U't');
    }
    return out;
}

}  // namespace aimpact::voice
