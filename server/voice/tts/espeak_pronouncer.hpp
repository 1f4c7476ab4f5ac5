// Text in a language that espeak-ng reads -> Kokoro's phones, as the voices of that language were trained on
// (misaki's espeak.py, Apache-2.0): numbers, dates and abbreviations are read by espeak-ng itself;
// punctuation, which it leaves out, is put back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "voice/tts/espeak_process.hpp"
#include "voice/tts/phones.hpp"
#include "voice/tts/word_times.hpp"

namespace aimpact::voice {

struct ForeignSpeech {
    Phones phones;
    std::vector<int> words;  // of each phone, as words_of_phones(); by `written`
};

// Text between punctuation, and the marks after it.
struct Phrase {
    std::string text;        // what espeak-ng reads; empty: only marks
    std::vector<int> words;  // of each of its words, the written one
    Phones before, after;
};
// Cut at punctuation that isn't part of a number or a word. `written` are the text's words.
std::vector<Phrase> phrases_of(std::string_view text, const std::vector<WrittenWord>& written);

// One line of espeak-ng's (tie ^) in the model's phones.
Phones phones_of_ipa(std::string_view ipa);

// Blocks as EspeakProcess::ipa does. Thread-safe.
base::Result<ForeignSpeech> pronounce_foreign(const EspeakProcess& espeak, std::string_view text,
                                              const std::vector<WrittenWord>& written,
                                              std::string_view language);

}  // namespace aimpact::voice
