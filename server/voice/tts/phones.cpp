#include "voice/tts/phones.hpp"

#include <algorithm>
#include <array>

namespace aimpact::voice {
namespace {

struct Entry {
    char32_t phone;
    std::uint8_t token;
};
// vocab.json of Kokoro-82M v1.0. The synthesiser checks at start that the installed model agrees.
constexpr std::array kVocabulary = std::to_array<Entry>({
    {U';', 1},       {U':', 2},   {U',', 3},   {U'.', 4},   {U'!', 5},       {U'?', 6},       {U'\u2014', 9},
    {U'\u2026', 10}, {U'"', 11},  {U'(', 12},  {U')', 13},  {U'\u201C', 14}, {U'\u201D', 15}, {U' ', 16},
    {U'\u0303', 17}, {U'ʣ', 18},  {U'ʥ', 19},  {U'ʦ', 20},  {U'ʨ', 21},      {U'ᵝ', 22},      {U'\uAB67', 23},
    {U'A', 24},      {U'I', 25},  {U'O', 31},  {U'Q', 33},  {U'S', 35},      {U'T', 36},      {U'W', 39},
    {U'Y', 41},      {U'ᵊ', 42},  {U'a', 43},  {U'b', 44},  {U'c', 45},      {U'd', 46},      {U'e', 47},
    {U'f', 48},      {U'h', 50},  {U'i', 51},  {U'j', 52},  {U'k', 53},      {U'l', 54},      {U'm', 55},
    {U'n', 56},      {U'o', 57},  {U'p', 58},  {U'q', 59},  {U'r', 60},      {U's', 61},      {U't', 62},
    {U'u', 63},      {U'v', 64},  {U'w', 65},  {U'x', 66},  {U'y', 67},      {U'z', 68},      {U'ɑ', 69},
    {U'ɐ', 70},      {U'ɒ', 71},  {U'æ', 72},  {U'β', 75},  {U'ɔ', 76},      {U'ɕ', 77},      {U'ç', 78},
    {U'ɖ', 80},      {U'ð', 81},  {U'ʤ', 82},  {U'ə', 83},  {U'ɚ', 85},      {U'ɛ', 86},      {U'ɜ', 87},
    {U'ɟ', 90},      {U'ɡ', 92},  {U'ɥ', 99},  {U'ɨ', 101}, {U'ɪ', 102},     {U'ʝ', 103},     {U'ɯ', 110},
    {U'ɰ', 111},     {U'ŋ', 112}, {U'ɳ', 113}, {U'ɲ', 114}, {U'ɴ', 115},     {U'ø', 116},     {U'ɸ', 118},
    {U'θ', 119},     {U'œ', 120}, {U'ɹ', 123}, {U'ɾ', 125}, {U'ɻ', 126},     {U'ʁ', 128},     {U'ɽ', 129},
    {U'ʂ', 130},     {U'ʃ', 131}, {U'ʈ', 132}, {U'ʧ', 133}, {U'ʊ', 135},     {U'ʋ', 136},     {U'ʌ', 138},
    {U'ɣ', 139},     {U'ɤ', 140}, {U'χ', 142}, {U'ʎ', 143}, {U'ʒ', 147},     {U'ʔ', 148},     {U'ˈ', 156},
    {U'ˌ', 157},     {U'ː', 158}, {U'ʰ', 162}, {U'ʲ', 164}, {U'↓', 169},     {U'→', 171},     {U'↗', 172},
    {U'↘', 173},     {U'ᵻ', 177},
});

constexpr std::array<char32_t, 256> make_token_table() {
    std::array<char32_t, 256> table{};
    for (const Entry& e : kVocabulary) table[e.token] = e.phone;
    return table;
}
constexpr auto kPhoneOfToken = make_token_table();

bool contains(std::u32string_view set, char32_t c) {
    return set.find(c) != std::u32string_view::npos;
}
bool is_mark(char32_t c) {
    return c == kPrimaryStress || c == kSecondaryStress;
}

Phones without(const Phones& phones, char32_t mark) {
    Phones out;
    std::copy_if(phones.begin(), phones.end(), std::back_inserter(out),
                 [mark](char32_t c) { return c != mark; });
    return out;
}

Phones replaced(Phones phones, char32_t from, char32_t to) {
    std::replace(phones.begin(), phones.end(), from, to);
    return phones;
}

}  // namespace

std::uint8_t phone_token(char32_t phone) {
    for (const Entry& e : kVocabulary) {
        if (e.phone == phone) return e.token;
    }
    return 0;
}

char32_t token_phone(std::uint8_t token) {
    return kPhoneOfToken[token];
}

std::vector<std::int64_t> phone_tokens(const Phones& phones) {
    std::vector<std::int64_t> out;
    out.reserve(phones.size());
    for (char32_t c : phones) {
        if (const auto token = phone_token(c)) out.push_back(token);
    }
    return out;
}

bool is_vowel(char32_t c) {
    return contains(U"AIOQWYaiuæɑɒɐɔəɛɜɪʊʌᵻᵊ", c) && c != U'ᵊ';
}
bool is_consonant(char32_t c) {
    return contains(U"bdfhjklmnpstvwzðŋɡɹɾTʃʒʤʧθʔ", c);
}
bool has_stress(const Phones& phones, char32_t mark) {
    return phones.find(mark) != Phones::npos;
}

Phones stress_to_vowels(const Phones& phones) {
    Phones out;
    for (std::size_t i = 0; i < phones.size(); ++i) {
        if (!is_mark(phones[i])) {
            out += phones[i];
            continue;
        }
        std::size_t vowel = i + 1;
        while (vowel < phones.size() && !is_vowel(phones[vowel])) ++vowel;
        if (vowel == phones.size()) continue;
        out.append(phones, i + 1, vowel - i - 1);
        out += phones[i];
        i = vowel - 1;
    }
    return out;
}

Phones apply_stress(const Phones& phones, double level) {
    const bool primary = has_stress(phones, kPrimaryStress), secondary = has_stress(phones, kSecondaryStress);
    const bool vowels = std::any_of(phones.begin(), phones.end(), is_vowel);
    if (level < -1) return without(without(phones, kPrimaryStress), kSecondaryStress);
    if (level == -1 || ((level == 0 || level == -0.5) && primary)) {
        return replaced(without(phones, kSecondaryStress), kPrimaryStress, kSecondaryStress);
    }
    if ((level == 0 || level == 0.5 || level == 1) && !primary && !secondary) {
        return vowels ? stress_to_vowels(kSecondaryStress + phones) : phones;
    }
    if (level >= 1 && !primary && secondary) return replaced(phones, kSecondaryStress, kPrimaryStress);
    if (level > 1 && !primary && !secondary)
        return vowels ? stress_to_vowels(kPrimaryStress + phones) : phones;
    return phones;
}

Phones americans_to_british(const Phones& phones) {
    Phones out;
    for (std::size_t i = 0; i < phones.size(); ++i) {
        const char32_t c = phones[i];
        const char32_t next = i + 1 < phones.size() ? phones[i + 1] : U'\0';
        const bool r_follows = next == U'ɹ';
        const bool r_is_silent =
            r_follows && !(i + 2 < phones.size() &&
                           is_vowel(phones[i + 2] == kPrimaryStress || phones[i + 2] == kSecondaryStress
                                        ? (i + 3 < phones.size() ? phones[i + 3] : U'\0')
                                        : phones[i + 2]));
        switch (c) {
            case U'O':
                out += U'Q';
                break;
            case U'æ':
                out += U'a';
                break;
            case U'i':
                out += i + 1 == phones.size() ? U"i" : U"iː";
                break;
            case U'u':
                out += U"uː";
                break;
            case U'ɑ':
                out += r_follows ? U"ɑː" : U"ɒ";
                break;
            case U'ɔ':
                out += next == U'ː' ? U"ɔ" : U"ɔː";
                break;
            case U'ɜ':
                out += U"ɜː";
                break;
            case U'ɾ':
            case U'T':
                out += U't';
                break;
            case U'ᵻ':
                out += U'ɪ';
                break;
            case U'ɛ':
                if (r_is_silent) {
                    out += U"ɛː";
                } else {
                    out += c;
                }
                break;
            default:
                out += c;
                break;
        }
        if (r_is_silent && is_vowel(c)) ++i;  // non-rhotic
    }
    return out;
}

}  // namespace aimpact::voice
