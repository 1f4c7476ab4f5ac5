#include "voice/tts/espeak_pronouncer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

// Two sounds with a tie between are one letter to the model.
constexpr std::array<std::pair<std::u32string_view, char32_t>, 11> kTied = {{{U"a^ɪ", U'I'},
                                                                             {U"a^ʊ", U'W'},
                                                                             {U"d^z", U'ʣ'},
                                                                             {U"d^ʒ", U'ʤ'},
                                                                             {U"e^ɪ", U'A'},
                                                                             {U"o^ʊ", U'O'},
                                                                             {U"ə^ʊ", U'Q'},
                                                                             {U"s^s", U'S'},
                                                                             {U"t^s", U'ʦ'},
                                                                             {U"t^ʃ", U'ʧ'},
                                                                             {U"ɔ^ɪ", U'Y'}}};

// The mark that the model knows, or 0.
char32_t mark_of(char32_t c) {
    switch (c) {
        case U'«':
        case U'„':
            return U'\u201C';
        case U'»':
            return U'\u201D';
        case U'\u0964':  // danda
        case U'\u0965':
            return U'.';
        case U'\u2013':
            return U'\u2014';
        default:
            return std::u32string_view(U";:,.!?\u2014\u2026()\u201C\u201D").find(c) !=
                           std::u32string_view::npos
                       ? c
                       : U'\0';
    }
}

bool opens(char32_t mark) {
    return mark == U'(' || mark == U'\u201C';
}

// Neither said nor a mark: Markdown, brackets (espeak-ng takes [[ ]] for phones), inverted marks, pictures,
// control characters.
bool is_silent(char32_t c) {
    return c < 0x20 ||
           std::u32string_view(U"*_`#~|<>[]{}\\\"¿¡\u00AD\uFEFF\uFFFD").find(c) !=
               std::u32string_view::npos ||
           (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x206F) || (c >= 0x2190 && c <= 0x2BFF) || (c >= 0xE000 && c <= 0xF8FF) ||
           (c >= 0xFE00 && c <= 0xFE0F) || c >= 0x1F000;
}

bool is_number(char32_t c) {
    return (c >= U'0' && c <= U'9') || (c >= 0x966 && c <= 0x96F);
}

bool has_digit(std::string_view word) {
    for (std::size_t at = 0; at < word.size();)
        if (is_number(next_code_point(word, at))) return true;
    return false;
}

std::vector<std::string_view> words_in(std::string_view text) {
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.size(), text.find(' ', at));
        if (end > at) out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

// The written word of each group of phones. As many groups as words: one each. More: words with digits are
// several. Otherwise they are spread evenly.
std::vector<int> words_of_groups(const Phrase& phrase, std::size_t groups) {
    const std::size_t count = phrase.words.size();
    std::vector<int> out;
    if (count == 0) return std::vector<int>(groups, -1);
    const auto texts = words_in(phrase.text);
    const auto numbers = static_cast<std::size_t>(std::count_if(texts.begin(), texts.end(), has_digit));
    if (groups > count && numbers > 0 && texts.size() == count) {
        std::size_t extra = groups - count, left = numbers;
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t of_this = 1;
            if (has_digit(texts[i])) {
                const std::size_t share = extra / left;
                of_this += share;
                extra -= share;
                --left;
            }
            out.insert(out.end(), of_this, phrase.words[i]);
        }
        return out;
    }
    for (std::size_t g = 0; g < groups; ++g) out.push_back(phrase.words[g * count / groups]);
    return out;
}

}  // namespace

Phones phones_of_ipa(std::string_view ipa) {
    std::u32string text = to_utf32(ipa);
    // "(en)": from here on it reads as another language.
    for (std::size_t open = text.find(U'('); open != std::u32string::npos; open = text.find(U'(', open)) {
        const std::size_t close = text.find(U')', open);
        if (close == std::u32string::npos) break;
        text.erase(open, close - open + 1);
    }
    Phones out;
    for (std::size_t at = 0; at < text.size();) {
        const auto tied = std::find_if(kTied.begin(), kTied.end(), [&](const auto& pair) {
            return text.compare(at, pair.first.size(), pair.first) == 0;
        });
        const char32_t c = tied != kTied.end() ? tied->second : text[at];
        at += tied != kTied.end() ? tied->first.size() : 1;
        const bool space = c == U' ' || c == U'\n';
        if (space ? !out.empty() && out.back() != U' ' : phone_token(c) != 0 && mark_of(c) == U'\0')
            out += space ? U' ' : c;
    }
    while (!out.empty() && out.back() == U' ') out.pop_back();
    return out;
}

std::vector<Phrase> phrases_of(std::string_view text, const std::vector<WrittenWord>& written) {
    std::vector<Phrase> out(1);
    std::size_t word = 0;
    bool begins = true;  // the next letter begins a word of what is read
    char32_t before = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t here = at;
        const char32_t c = next_code_point(text, at);
        std::size_t peek = at;
        const char32_t next = at < text.size() ? next_code_point(text, peek) : U' ';
        const char32_t previous = std::exchange(before, c);
        if (c == U' ' || c == U'\n' || c == U'\t' || c == U'\r' || c == U'\u00A0' || c == U'\u202F') {
            if (!begins) out.back().text += ' ';
            begins = true;
            continue;
        }
        const char32_t mark = mark_of(c);
        // 1.000,5 and 7:30 and a.m are of one piece.
        const bool numbers = is_number(previous) && is_number(next);
        const bool letters = !is_number(previous) && !is_number(next) && next != U' ' && next != U'\n' &&
                             mark_of(next) == U'\0' && !is_silent(next);
        const bool inside =
            !begins && ((std::u32string_view(U".,:").find(c) != std::u32string_view::npos && numbers) ||
                        (c == U'.' && letters));
        if (mark != U'\0' && !inside) {
            if (opens(mark)) {
                if (!out.back().text.empty() || !out.back().after.empty()) out.emplace_back();
                out.back().before += mark;
            } else if (!out.back().text.empty() || !out.back().after.empty()) {
                out.back().after += mark;
            }
            begins = true;
            continue;
        }
        if (is_silent(c)) continue;
        if (!out.back().after.empty()) out.emplace_back();
        if (begins) {
            while (word + 1 < written.size() && written[word].end <= here) ++word;
            if (!out.back().text.empty() && out.back().text.back() != ' ') out.back().text += ' ';
            out.back().words.push_back(static_cast<int>(word));
        }
        begins = false;
        append_utf8(out.back().text, c);
    }
    return out;
}

base::Result<ForeignSpeech> pronounce_foreign(const EspeakProcess& espeak, std::string_view text,
                                              const std::vector<WrittenWord>& written,
                                              std::string_view language) {
    const std::vector<Phrase> phrases = phrases_of(text, written);
    std::string paragraphs;
    std::size_t count = 0;
    for (const Phrase& phrase : phrases) {
        if (phrase.text.empty()) continue;
        paragraphs += phrase.text + "\n\n";
        ++count;
    }
    if (count == 0) return ForeignSpeech{};
    AIMPACT_TRY(const std::string answer, espeak.ipa(paragraphs, language));
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < answer.size();) {
        const std::size_t end = std::min(answer.size(), answer.find('\n', at));
        lines.push_back(answer.substr(at, end - at));
        at = end + 1;
    }
    if (lines.size() != count) {  // it made other lines of the text than we: each phrase by itself
        lines.clear();
        for (const Phrase& phrase : phrases) {
            if (phrase.text.empty()) continue;
            AIMPACT_TRY(lines.emplace_back(), espeak.ipa(phrase.text, language));
        }
    }
    ForeignSpeech out;
    std::size_t line = 0;
    const auto add = [&out](char32_t phone, int word) {
        out.phones += phone;
        out.words.push_back(word);
    };
    for (const Phrase& phrase : phrases) {
        if (!out.phones.empty() && (!phrase.text.empty() || !phrase.before.empty())) add(U' ', -1);
        for (const char32_t mark : phrase.before) add(mark, -1);
        if (!phrase.text.empty()) {
            const Phones said = phones_of_ipa(lines[line++]);
            const auto groups =
                static_cast<std::size_t>(std::count(said.begin(), said.end(), U' ')) + (said.empty() ? 0 : 1);
            const std::vector<int> words = words_of_groups(phrase, groups);
            std::size_t group = 0;
            for (const char32_t phone : said) {
                if (phone == U' ') ++group;
                add(phone, phone == U' ' ? -1 : words[group]);
            }
        }
        for (const char32_t mark : phrase.after) add(mark, -1);
    }
    return out;
}

}  // namespace aimpact::voice
