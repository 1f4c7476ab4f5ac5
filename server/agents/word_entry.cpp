#include "agents/word_entry.hpp"

#include "net/text.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::agents {

std::string word_key(const std::string& word) {
    return voice::to_lower(word);
}

Result<> check_word(WordEntry& entry) {
    // The vocabulary's rules hold for each entry, also for one that isn't to be recognised: it may be later.
    voice::Vocabulary vocabulary;
    if (auto added = vocabulary.add(entry.word, entry.sounds_like); added.has_error()) {
        Error error = added.error();
        if (error.param == "term") {
            error.param = "word";
            error.message =
                "A word or name has 1 to 64 bytes and at most eight words, without control characters.";
        } else if (entry.sounds_like.size() > voice::Vocabulary::kSoundsMax) {
            error.message = "A word has at most " + std::to_string(voice::Vocabulary::kSoundsMax) +
                            " other spellings that sound like it.";
        } else {
            error.message =
                "A spelling in sounds_like has 1 to 64 bytes and at most eight words, without control "
                "characters.";
        }
        return error;
    }
    entry.word = vocabulary.terms().front().text;
    entry.sounds_like = vocabulary.terms().front().sounds;
    for (const std::string& sound : entry.sounds_like)
        if (sound.find('|') != std::string::npos)
            return base::invalid_argument("A spelling in sounds_like can't hold a '|'.", "sounds_like");
    entry.pronunciation = net::trim(entry.pronunciation);
    if (!entry.pronunciation.empty()) {
        if (!net::is_field_value(entry.pronunciation))
            return base::invalid_argument("A pronunciation is one line, without control characters.",
                                          "pronunciation");
        voice::Lexicon lexicon;
        AIMPACT_CHECK(lexicon.add(entry.word, entry.pronunciation));
    }
    if (entry.pronunciation.empty() && !entry.recognise)
        return base::invalid_argument(
            "This word would change nothing. Give a pronunciation, or let it be recognised.",
            "pronunciation");
    return {};
}

bool same_content(const WordEntry& a, const WordEntry& b) {
    return a.word == b.word && a.pronunciation == b.pronunciation && a.sounds_like == b.sounds_like &&
           a.recognise == b.recognise;
}

}  // namespace aimpact::agents
