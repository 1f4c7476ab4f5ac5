// Phones as Kokoro spells them: IPA with single letters for diphthongs (A as in day, I as in my, O as in go,
// W as in now, Y as in boy) and affricates. In memory a phone is its code point; for the model and in
// dictionaries it is the token id of the model's vocabulary, which fits a byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aimpact::voice {

using Phones = std::u32string;

inline constexpr char32_t kPrimaryStress = U'\u02C8';
inline constexpr char32_t kSecondaryStress = U'\u02CC';

// Private-use characters that stand for phones given in place of words, and that mark words to be said with
// more or less stress; see spoken_form.hpp.
inline constexpr char32_t kGivenFirst = 0xE000, kGivenLast = 0xE7FF;
inline constexpr char32_t kStressStrong = 0xE800, kStressMore = 0xE801, kStressLess = 0xE802,
                          kStressEnd = 0xE803;

// 0 if the model does not know the phone.
std::uint8_t phone_token(char32_t phone);
// U'\0' for an unused id.
char32_t token_phone(std::uint8_t token);
// Unknown phones are left out.
std::vector<std::int64_t> phone_tokens(const Phones& phones);

bool is_vowel(char32_t phone);
bool is_consonant(char32_t phone);
bool has_stress(const Phones& phones, char32_t mark);

// Moves the stress of a word up or down; the levels are those of misaki (en.py, Apache-2.0), whose
// dictionaries these are: below -1 none, -1 secondary at most, 0 demote or add secondary, 0.5 add secondary
// if there is none, 1 promote secondary, 2 primary in any case.
Phones apply_stress(const Phones& phones, double level);

// Stress marks written before a syllable, as in IPA, moved to just before its vowel, as these voices have
// them.
Phones stress_to_vowels(const Phones& phones);

// American phones as a British speaker says them: for words that only American rules cover.
Phones americans_to_british(const Phones& phones);

}  // namespace aimpact::voice
