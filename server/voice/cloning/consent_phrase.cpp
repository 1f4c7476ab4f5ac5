#include "voice/cloning/consent_phrase.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {

namespace {

// `before` and `after` stand around the name. `meaning`: words that must be heard; `denials`: words that must
// not be, each list parted by blanks.
struct Phrase {
    std::string_view language, before, after, meaning, denials;
};
constexpr std::array<Phrase, 7> kPhrases{{
    {"en", "I am the owner of this voice and I consent to",
     "using this voice to create a synthetic voice model.", "owner voice consent synthetic model",
     "not dont doesnt didnt never no cannot cant wont without refuse nobody isnt wouldnt shouldnt neither"},
    {"de", "Ich bin der Eigentümer dieser Stimme und bin damit einverstanden, dass",
     "diese Stimme zur Erstellung eines synthetischen Stimmmodells verwendet.",
     "stimme einverstanden synthetischen", "nicht kein keine nie niemals ohne nein keinesfalls"},
    {"es", "Soy el propietario de esta voz y doy mi consentimiento para que",
     "la utilice para crear un modelo de voz sintética.", "voz consentimiento modelo sintética",
     "no nunca sin jamás tampoco"},
    {"fr", "Je suis le propriétaire de cette voix et j'autorise",
     "à utiliser cette voix pour créer un modèle de voix synthétique.", "voix modèle synthétique",
     "ne pas jamais sans non aucun refuse"},
    {"it", "Sono il proprietario di questa voce e acconsento che",
     "la utilizzi per creare un modello di voce sintetica.", "voce acconsento modello sintetica",
     "non mai senza no nessun"},
    {"pt", "Sou o proprietário desta voz e autorizo", "a usá-la para criar um modelo de voz sintética.",
     "voz autorizo modelo sintética", "não nunca sem jamais nem"},
    {"nl", "Ik ben de eigenaar van deze stem en ik geef",
     "toestemming om deze stem te gebruiken om een synthetisch stemmodel te maken.",
     "eigenaar stem toestemming", "niet geen nooit zonder nee"},
}};

constexpr std::size_t kNameWordsMax = 8;
constexpr std::size_t kWordsMax = 80;  // of a transcript: more is another text

const Phrase* find_phrase(std::string_view language) {
    const std::string first = to_lower(std::string(language.substr(0, language.find_first_of("-_"))));
    const auto found = std::ranges::find(kPhrases, first, &Phrase::language);
    return found == kPhrases.end() ? nullptr : &*found;
}

std::string letters_of(std::span<const std::string> words) {
    std::string out;
    for (const std::string& word : words) out += word;
    return out;
}

// Edit distance of `a` to each prefix of `b`: out[n] is that to the first n.
template <class Sequence>
std::vector<std::size_t> distances_to_prefixes(const Sequence& a, const Sequence& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, change});
        }
    }
    return row;
}

double likeness(const std::string& a, const std::string& b) {
    const std::size_t longest = std::max(a.size(), b.size());
    if (longest == 0) return 0;
    return 1 - static_cast<double>(distances_to_prefixes(a, b).back()) / static_cast<double>(longest);
}

Error another(std::string why, std::string_view language, std::span<const std::string> names) {
    return base::invalid_argument(
        std::move(why) + " Record the sentence again, word by word: \"" +
            consent_phrase(language, names.empty() ? std::string_view(kProductName) : names.front()) + "\"",
        "recording");
}

}  // namespace

std::vector<std::string_view> consent_languages() {
    std::vector<std::string_view> out;
    for (const Phrase& phrase : kPhrases) out.push_back(phrase.language);
    return out;
}

std::string consent_phrase(std::string_view language, std::string_view name) {
    const Phrase* phrase = find_phrase(language);
    if (!phrase) return {};
    return std::string(phrase->before) + " " + std::string(name) + " " + std::string(phrase->after);
}

std::vector<std::string> consent_words(std::string_view text) {
    std::vector<std::string> out(1);
    for (const char32_t c : to_utf32(to_lower(std::string(text)))) {
        if (c == U'\'' || c == U'’') continue;
        const bool letter = c >= 0x80 ? c != U'“' && c != U'”' && c != U'…' && c != U'–' && c != U'—'
                                      : (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (letter)
            append_utf8(out.back(), c);
        else if (!out.back().empty())
            out.emplace_back();
    }
    if (out.back().empty()) out.pop_back();
    return out;
}

Result<ConsentMatch> match_consent(std::string_view transcript, std::string_view language,
                                   std::span<const std::string> names) {
    const Phrase* phrase = find_phrase(language);
    if (!phrase) return base::internal_error("there is no consent phrase in this language");
    const std::vector<std::string> heard = consent_words(transcript);
    if (heard.size() > kWordsMax)
        return another("The recording says much more than the consent phrase.", language, names);
    for (const std::string& word : consent_words(phrase->denials))
        if (std::ranges::find(heard, word) != heard.end())
            return another("The recording holds a word that denies consent (\"" + word + "\").", language,
                           names);
    const std::vector<std::string> before = consent_words(phrase->before);
    const std::vector<std::string> after = consent_words(phrase->after);
    const std::vector<std::size_t> until = distances_to_prefixes(before, heard);
    const std::vector<std::string> after_reversed(after.rbegin(), after.rend());
    const std::vector<std::string> heard_reversed(heard.rbegin(), heard.rend());
    const std::vector<std::size_t> from_end = distances_to_prefixes(after_reversed, heard_reversed);
    const auto words = static_cast<double>(before.size() + after.size());

    // Where the name may be: any stretch of the words heard.
    ConsentMatch best;
    best.word_error_rate = 1e9;
    double least = 1e9;
    for (std::size_t at = 0; at <= heard.size(); ++at) {
        for (std::size_t length = 0; length <= std::min(kNameWordsMax, heard.size() - at); ++length) {
            const double rate = static_cast<double>(until[at] + from_end[heard.size() - at - length]) / words;
            const std::string said = letters_of(std::span(heard).subspan(at, length));
            for (const std::string& name : names) {
                const double alike = likeness(letters_of(consent_words(name)), said);
                if (rate + (1 - alike) / words >= least) continue;
                least = rate + (1 - alike) / words;
                best = {rate, alike, name};
            }
        }
    }
    if (best.word_error_rate > kConsentWordErrorMax)
        return another("The recording doesn't say the consent phrase; what was heard is: \"" +
                           std::string(transcript.substr(0, 200)) + "\".",
                       language, names);
    for (const std::string& word : consent_words(phrase->meaning))
        if (std::ranges::find(heard, word) == heard.end())
            return another("In the recording the word \"" + word + "\" of the consent phrase wasn't heard.",
                           language, names);
    if (best.name_likeness < kConsentNameLikenessMin)
        return another("The recording consents to somebody else than " + names.front() + ".", language,
                       names);
    return best;
}

}  // namespace aimpact::voice
