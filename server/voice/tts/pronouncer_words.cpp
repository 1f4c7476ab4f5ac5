// One word: the order of the sources, function words, inflections, compounds, letter names.
#include <algorithm>
#include <array>

#include "voice/tts/name_phones.hpp"
#include "voice/tts/pronouncer.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

bool all_upper(std::string_view word) {
    return std::none_of(word.begin(), word.end(), is_lower) &&
           std::any_of(word.begin(), word.end(), is_upper);
}
bool has_letter_vowel(std::string_view lower_case) {
    return lower_case.find_first_of("aeiouy") != std::string_view::npos;
}
std::string capitalised(std::string word) {
    if (!word.empty()) word[0] = upper(word[0]);
    return word;
}
bool one_of(char32_t c, std::u32string_view set) {
    return set.find(c) != std::u32string_view::npos;
}
// Vowels after which American t becomes a flap.
constexpr std::u32string_view kFlapping = U"AIOWYiuæɑəɛɪɹʊʌ";

}  // namespace

Phones Pronouncer::say_word(std::string_view word, const Context& context, const Lexicon* lexicon,
                            PhoneSource& source) const {
    const std::string low = to_lower(word);
    source = PhoneSource::lexicon;
    if (lexicon) {
        const auto* own = lexicon->find(low);
        const bool possessive = !own && low.size() > 2 && low.ends_with("'s");
        if (possessive) own = lexicon->find(std::string_view(low).substr(0, low.size() - 2));
        if (own) {
            Phones said = own->phones.empty() ? pronounce(own->respelling) : own->phones;
            return possessive ? plural(std::move(said)) : said;
        }
    }
    source = PhoneSource::dictionary;
    const bool of_name = low.size() > 2 && low.ends_with("'s");
    const std::string_view bare = std::string_view(low).substr(0, low.size() - (of_name ? 2 : 0));
    if (const auto name = name_phones(bare); !name.empty()) {
        Phones said = accent_ == Accent::british ? americans_to_british(Phones(name)) : Phones(name);
        return of_name ? plural(std::move(said)) : said;
    }
    if (Phones said = function_word(word, context); !said.empty()) return said;
    if (word.size() > 1 && all_upper(word)) {
        if (Phones said = capitals(word, context); !said.empty()) {
            source = PhoneSource::letters;
            return said;
        }
    }
    if (Phones said = known(word, context); !said.empty()) return said;
    source = PhoneSource::rule;
    if (Phones said = inflected(word, context); !said.empty()) return said;
    // "PCs", "APIs", "CEO's": letters and an ending.
    const std::size_t ending = word.ends_with("'s") ? 2 : word.ends_with('s') ? 1 : 0;
    if (ending && word.size() > ending + 1 && all_upper(word.substr(0, word.size() - ending))) {
        source = PhoneSource::letters;
        return plural(letter_names(word.substr(0, word.size() - ending)));
    }
    // "YouTube", "OpenVINO": parts at the inner capitals.
    for (std::size_t i = 1; i < word.size(); ++i) {
        if (is_lower(word[i - 1]) && is_upper(word[i])) {
            PhoneSource part{};
            const bool letter_first = i == 1;  // "iPhone"
            const Phones first = letter_first ? letter_names(std::string(1, upper(word[0])))
                                              : say_word(word.substr(0, i), context, lexicon, part);
            const Phones second = say_word(word.substr(i), context, lexicon, part);
            source = part == PhoneSource::letter_to_sound ? part : PhoneSource::rule;
            return letter_first ? apply_stress(first, -0.5) + second : first + apply_stress(second, -0.5);
        }
    }
    if (Phones said = derived(low, context); !said.empty()) return said;
    if (Phones said = compound(low); !said.empty()) return said;
    source = PhoneSource::letter_to_sound;
    std::string letters;
    std::copy_if(low.begin(), low.end(), std::back_inserter(letters), is_lower);
    if (has_letter_vowel(letters)) {
        if (Phones said = by_rules(letters); !said.empty()) return said;
    }
    source = PhoneSource::letters;
    return letter_names(letters);
}

Phones Pronouncer::function_word(std::string_view word, const Context& c) const {
    const std::string low = to_lower(word);
    const bool vowel = !c.pause_follows && c.vowel_follows;
    if (low == "the") return vowel ? U"ði" : U"ðə";
    if (low == "a") {
        const bool article = !c.pause_follows && (word == "a" || c.opens_clause);
        return article ? U"ɐ" : U"ˈA";
    }
    if (low == "an") return U"ɐn";
    if (word == "I") return U"ˌI";
    if (word == "am" || word == "Am")
        return c.pause_follows ? (accent_ == Accent::british ? U"ˈam" : U"ˈæm")
                               : (accent_ == Accent::british ? U"am" : U"æm");
    if (low == "to" && word != "TO")
        return c.pause_follows ? (accent_ == Accent::british ? U"tuː" : U"tu") : vowel ? U"tʊ" : U"tə";
    if (low == "in" && word != "IN") return c.pause_follows ? U"ˈɪn" : U"ɪn";
    return {};
}

Phones Pronouncer::known(std::string_view word, const Context& context) const {
    auto entry = dictionary_.find(word);
    if (!entry) {
        // The dictionaries have one of "Word" and "word" for both.
        const std::string low = to_lower(word);
        if (word == low)
            entry = dictionary_.find(capitalised(low));
        else if (word == capitalised(low) || all_upper(word))
            entry = dictionary_.find(low);
    }
    if (!entry) return {};
    const bool final =
        context.pause_follows && !entry->variants[static_cast<std::size_t>(WordClass::final)].empty();
    Phones said = PhoneDictionary::phones(*entry, final ? WordClass::final : context.cls);
    if (word.empty() || said.empty()) return {};
    if (is_upper(word[0])) said = apply_stress(said, all_upper(word) && word.size() > 1 ? 2 : 0.5);
    return said;
}

// Words in capitals: an acronym said as a word, letters, or only loud.
Phones Pronouncer::capitals(std::string_view word, const Context& context) const {
    const std::string low = to_lower(word);
    if (const auto exact = dictionary_.find(word)) {
        if (exact->spelled_as_noun && !context.shouting) return letter_names(word);
        return {};  // known() says it
    }
    // Emphasis ("do NOT"), not an abbreviation.
    static constexpr std::array<std::string_view, 48> emphasised = {
        "or",  "of",  "and", "to",  "is",  "for", "you", "as",  "no",  "in",  "not",  "by",
        "but", "if",  "on",  "at",  "be",  "do",  "go",  "he",  "she", "me",  "my",   "we",
        "an",  "the", "so",  "up",  "all", "can", "are", "was", "has", "had", "his",  "her",
        "its", "any", "new", "yes", "now", "our", "out", "did", "why", "how", "must", "only"};
    if (context.shouting || std::find(emphasised.begin(), emphasised.end(), low) != emphasised.end())
        return {};
    const auto lower_case = dictionary_.find(low);
    if (lower_case && lower_case->gold && low.size() > 2) {
        const Phones said = PhoneDictionary::phones(*lower_case, WordClass::other);
        if (has_stress(said, kPrimaryStress) || low.size() > 3) return {};
    }
    const bool sayable =
        has_letter_vowel(low) && low.size() > 4 && !(lower_case && !lower_case->gold && low.size() < 6);
    if (low.size() > 4 && !inflected(word, context).empty()) return {};
    if (sayable && (lower_case || !by_rules(low).empty())) return {};
    return letter_names(word);
}

Phones Pronouncer::plural(Phones stem) const {
    if (stem.empty()) return stem;
    const char32_t last = stem.back();
    if (one_of(last, U"ptkfθ")) return stem + U"s";
    if (one_of(last, U"szʃʒʧʤ")) return stem + (accent_ == Accent::british ? U"ɪz" : U"ᵻz");
    return stem + U"z";
}

Phones Pronouncer::past(Phones stem) const {
    if (stem.empty()) return stem;
    const char32_t last = stem.back();
    if (one_of(last, U"pkfθʃsʧ")) return stem + U"t";
    if (last == U'd') return stem + (accent_ == Accent::british ? U"ɪd" : U"ᵻd");
    if (last != U't') return stem + U"d";
    if (accent_ == Accent::british || stem.size() < 2) return stem + U"ɪd";
    if (one_of(stem[stem.size() - 2], kFlapping)) return stem.substr(0, stem.size() - 1) + U"ɾᵻd";
    return stem + U"ᵻd";
}

Phones Pronouncer::progressive(Phones stem) const {
    if (stem.empty()) return stem;
    if (accent_ == Accent::british) {
        if (one_of(stem.back(), U"ː")) return stem + U"ɹɪŋ";
    } else if (stem.size() > 1 && stem.back() == U't' && one_of(stem[stem.size() - 2], kFlapping)) {
        return stem.substr(0, stem.size() - 1) + U"ɾɪŋ";
    }
    return stem + U"ɪŋ";
}

Phones Pronouncer::inflected(std::string_view word, const Context& context) const {
    const auto stem = [&](std::size_t cut, std::string_view add = {}) {
        return word.size() > cut + 1
                   ? known(std::string(word.substr(0, word.size() - cut)) + std::string(add), context)
                   : Phones{};
    };
    const std::string low = to_lower(word);
    const bool doubled = low.size() > 5;
    const auto twin = [&](std::size_t ending) {  // "stopped" -> "stop"
        const std::size_t at = low.size() - ending;
        return doubled && at >= 3 && low[at - 1] == low[at - 2] ? stem(ending + 1) : Phones{};
    };
    const auto contracted = [&](std::size_t cut, std::u32string_view ending) {
        Phones said = stem(cut);
        return said.empty() ? said : said.append(ending);
    };
    if (low.ends_with("'s") || low.ends_with("s'")) return plural(stem(2));
    if (low.ends_with("'ll")) return contracted(3, U"əl");
    if (low.ends_with("'ve")) return contracted(3, U"əv");
    if (low.ends_with("'re")) return contracted(3, accent_ == Accent::british ? U"ə" : U"əɹ");
    if (low.ends_with("'d")) {
        const Phones said = stem(2);
        return said.empty() ? said : said + (one_of(said.back(), U"td") ? U"əd" : U"d");
    }
    if (low.ends_with("n't")) return contracted(3, U"ᵊnt");
    if (low.ends_with('s') && !low.ends_with("ss")) {
        if (Phones said = plural(stem(1)); !said.empty()) return said;
        if (low.ends_with("ies"))
            if (Phones said = plural(stem(3, "y")); !said.empty()) return said;
        if (low.ends_with("es")) return plural(stem(2));
    }
    if (low.ends_with("ed")) {
        if (Phones said = past(stem(1)); !said.empty()) return said;
        if (Phones said = past(stem(2)); !said.empty()) return said;
        if (low.ends_with("ied"))
            if (Phones said = past(stem(3, "y")); !said.empty()) return said;
        return past(twin(2));
    }
    if (low.ends_with("ing") && low.size() > 5) {
        if (Phones said = progressive(stem(3)); !said.empty()) return said;
        if (Phones said = progressive(stem(3, "e")); !said.empty()) return said;
        return progressive(twin(3));
    }
    return {};
}

// Derivations that the dictionaries lack: "voicemailer", "onboarder", "unsubscribe".
Phones Pronouncer::derived(std::string_view low, const Context& context) const {
    struct Ending {
        std::string_view letters, add;
        std::u32string_view american, british;
    };
    static constexpr std::array<Ending, 11> endings = {{{"iness", "y", U"nəs", U"nəs"},
                                                        {"ness", "", U"nəs", U"nəs"},
                                                        {"less", "", U"ləs", U"ləs"},
                                                        {"ment", "", U"mᵊnt", U"mᵊnt"},
                                                        {"able", "", U"əbᵊl", U"əbᵊl"},
                                                        {"able", "e", U"əbᵊl", U"əbᵊl"},
                                                        {"ly", "", U"li", U"li"},
                                                        {"er", "", U"əɹ", U"ə"},
                                                        {"er", "e", U"əɹ", U"ə"},
                                                        {"est", "", U"əst", U"əst"},
                                                        {"ish", "", U"ɪʃ", U"ɪʃ"}}};
    for (const Ending& e : endings) {
        if (!low.ends_with(e.letters) || low.size() < e.letters.size() + 3) continue;
        const Phones stem =
            known(std::string(low.substr(0, low.size() - e.letters.size())) + std::string(e.add), context);
        if (!stem.empty()) return stem + Phones(accent_ == Accent::british ? e.british : e.american);
    }
    static constexpr std::array<std::pair<std::string_view, std::u32string_view>, 12> prefixes = {
        {{"un", U"ˌʌn"},
         {"re", U"ɹi"},
         {"non", U"nˌɑn"},
         {"pre", U"pɹi"},
         {"over", U"ˌOvəɹ"},
         {"under", U"ˌʌndəɹ"},
         {"anti", U"ˌænti"},
         {"multi", U"mˌʌlti"},
         {"micro", U"mˌIkɹO"},
         {"super", U"sˌupəɹ"},
         {"inter", U"ˌɪntəɹ"},
         {"cyber", U"sˌIbəɹ"}}};
    for (auto [letters, phones] : prefixes) {
        if (!low.starts_with(letters) || low.size() < letters.size() + 4) continue;
        const std::string_view rest = low.substr(letters.size());
        Phones stem = known(rest, context);
        if (stem.empty()) stem = inflected(rest, context);
        if (stem.empty() || !has_stress(stem, kPrimaryStress)) continue;
        return (accent_ == Accent::british ? americans_to_british(Phones(phones)) : Phones(phones)) + stem;
    }
    return {};
}

// Two gold words run together: "paywall", "voicemail". The first keeps the stress.
Phones Pronouncer::compound(std::string_view low) const {
    std::size_t best = 0;
    for (std::size_t cut = 3; cut + 3 <= low.size(); ++cut) {
        const auto first = dictionary_.find(low.substr(0, cut)), second = dictionary_.find(low.substr(cut));
        if (!first || !second || !first->gold || !second->gold) continue;
        if (!has_stress(PhoneDictionary::phones(*first, WordClass::noun), kPrimaryStress)) continue;
        // The most even cut is the likeliest.
        const auto evenness = [&](std::size_t c) { return std::min(c, low.size() - c); };
        if (best == 0 || evenness(cut) > evenness(best)) best = cut;
    }
    if (best == 0) return {};
    const auto said = [&](std::string_view part) {
        return PhoneDictionary::phones(*dictionary_.find(part), WordClass::noun);
    };
    return said(low.substr(0, best)) + apply_stress(said(low.substr(best)), -0.5);
}

Phones Pronouncer::letter_names(std::string_view word) const {
    Phones said;
    for (char c : word) {
        if (!is_letter(c)) continue;
        if (const auto entry = dictionary_.find(std::string(1, upper(c))))
            said += PhoneDictionary::phones(*entry, WordClass::noun);
    }
    // Secondary stress on all but the last letter.
    said = apply_stress(said, 0);
    if (const auto last = said.rfind(kSecondaryStress); last != Phones::npos) said[last] = kPrimaryStress;
    return said;
}

Phones Pronouncer::spell(std::string_view text) const {
    static constexpr std::array<std::pair<char32_t, std::string_view>, 30> signs = {
        {{U'.', "dot"},
         {U',', "comma"},
         {U'-', "dash"},
         {U'_', "underscore"},
         {U'/', "slash"},
         {U'\\', "backslash"},
         {U'@', "at"},
         {U'#', "hash"},
         {U'&', "and"},
         {U'+', "plus"},
         {U'*', "star"},
         {U':', "colon"},
         {U';', "semicolon"},
         {U'!', "exclamation mark"},
         {U'?', "question mark"},
         {U'=', "equals"},
         {U'%', "percent"},
         {U'$', "dollar"},
         {U'(', "open parenthesis"},
         {U')', "close parenthesis"},
         {U'[', "open bracket"},
         {U']', "close bracket"},
         {U'{', "open brace"},
         {U'}', "close brace"},
         {U'<', "less than"},
         {U'>', "greater than"},
         {U'~', "tilde"},
         {U'\'', "apostrophe"},
         {U'"', "quote"},
         {U'|', "bar"}}};
    static constexpr std::array<std::string_view, 10> digits = {"zero", "one", "two",   "three", "four",
                                                                "five", "six", "seven", "eight", "nine"};
    Phones out;
    const auto add = [&out](const Phones& said) {
        if (said.empty()) return;
        if (!out.empty()) out += U' ';
        out += said;
    };
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_code_point(text, at);
        if (c < 0x80 && is_letter(static_cast<char>(c))) {
            add(letter_names(std::string(1, static_cast<char>(c))));
        } else if (c < 0x80 && is_digit(static_cast<char>(c))) {
            add(pronounce(digits[c - '0']));
        } else if (c == U' ') {
            if (!out.empty() && out.back() != U',') out += U',';  // words apart
        } else if (const auto* sign =
                       std::find_if(signs.begin(), signs.end(), [c](const auto& s) { return s.first == c; });
                   sign != signs.end()) {
            add(pronounce(sign->second));
        } else {
            std::string letter;
            append_utf8(letter, c);
            add(pronounce(letter));
        }
    }
    while (!out.empty() && (out.back() == U',' || out.back() == U' ')) out.pop_back();
    return out;
}

Phones Pronouncer::by_rules(std::string_view lower_case) const {
    Phones said = rules_.say(lower_case);
    return accent_ == Accent::british ? americans_to_british(said) : said;
}

}  // namespace aimpact::voice
