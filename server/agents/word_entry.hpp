// A word of an organisation: how it is said, and whether callers are likely to say it. Plain data, no I/O.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "voice/tts/lexicon.hpp"
#include "voice/vocabulary.hpp"

namespace aimpact::agents {

using base::Error;
using base::Result;

// Limits that the voice layer doesn't set itself (openapi.yaml states the same numbers).
namespace limits {
inline constexpr std::size_t kWordsPerOrganisation =
    std::min(voice::Lexicon::kEntriesMax, voice::Vocabulary::kTermsMax);
inline constexpr std::size_t kWordImportBytes = 8 << 20;
}  // namespace limits

struct WordEntry {
    std::string id, org_id;
    int version = 1;
    std::string word;                      // as it is written: one to eight words
    std::string pronunciation;             // as voice::Lexicon takes it; empty: said as usual
    std::vector<std::string> sounds_like;  // other spellings that sound as it is said
    bool recognise = true;                 // prefer it where a caller's word sounds like it
    base::WallTime created_at, updated_at;
};

// What makes two entries the same word: letter case doesn't count.
std::string word_key(const std::string& word);

// Tidies the white space and checks the entry by the rules of voice::Lexicon and voice::Vocabulary.
// invalid_argument names the field and what is wrong with it.
Result<> check_word(WordEntry& entry);

// The same content: word, pronunciation, sounds_like and recognise.
bool same_content(const WordEntry& a, const WordEntry& b);

}  // namespace aimpact::agents
