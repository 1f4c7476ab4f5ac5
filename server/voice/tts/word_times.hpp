// Which written word each phone of a text says, and so when each word is heard.
//
// A word as written may be several as spoken ("7:30", "Dr."), and what a word sounds like depends on its
// neighbours, so the two can't be counted off against each other. Each written word is therefore also
// pronounced on its own, and these phones, one after the other, are aligned with those of the whole text by
// least edits (Needleman and Wunsch 1970); every group of phones between spaces goes to the word that most of
// it was aligned with. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "voice/synthesizer.hpp"
#include "voice/tts/phones.hpp"

namespace aimpact::voice {

// A phone that is heard: no space, no mark, no stress or length alone.
bool is_sound(char32_t phone);

// Bytes [begin, end) of a text.
struct WrittenWord {
    std::size_t begin = 0, end = 0;
    bool operator==(const WrittenWord&) const = default;
};

// By white space; but what is said otherwise than written, as a whole, is one word.
std::vector<WrittenWord> written_words(std::string_view text, std::span<const SaidAs> parts);

// For each of `phones` the index of its word, or -1 for spaces and punctuation. `alone`: each word's phones
// on its own (may be empty). Indices never fall.
std::vector<int> words_of_phones(const Phones& phones, std::span<const Phones> alone);

// Frames [begin, end) of a piece in which a word sounds.
struct WordFrames {
    int word = 0, begin = 0, end = 0;
};
// `words`: of each token, the two at the ends of `frames` not counted; -1 for none.
std::vector<WordFrames> word_frames(std::span<const int> words, std::span<const int> frames);

}  // namespace aimpact::voice
