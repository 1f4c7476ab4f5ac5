#include "voice/tts/phonetic_alphabet.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

// X-SAMPA (J. C. Wells, 1995) as far as it names sounds that the voices have; longest first.
constexpr auto kXSampa = std::to_array<std::pair<std::string_view, char32_t>>({
    {"@`", U'ɚ'},     {"3`", U'ɝ'}, {"r\\", U'ɹ'}, {"r`", U'ɽ'}, {"l`", U'ɭ'},  {"t`", U'ʈ'},
    {"d`", U'ɖ'},     {"s`", U'ʂ'}, {"z`", U'ʐ'},  {"n`", U'ɳ'}, {"p\\", U'ɸ'}, {"s\\", U'ɕ'},
    {"j\\", U'ʝ'},    {"A", U'ɑ'},  {"{", U'æ'},   {"6", U'ɐ'},  {"Q", U'ɒ'},   {"E", U'ɛ'},
    {"@", U'ə'},      {"3", U'ɜ'},  {"I", U'ɪ'},   {"O", U'ɔ'},  {"9", U'œ'},   {"2", U'ø'},
    {"U", U'ʊ'},      {"V", U'ʌ'},  {"Y", U'ʏ'},   {"1", U'ɨ'},  {"M", U'ɯ'},   {"B", U'β'},
    {"C", U'ç'},      {"D", U'ð'},  {"G", U'ɣ'},   {"L", U'ʎ'},  {"J", U'ɲ'},   {"N", U'ŋ'},
    {"R", U'ʁ'},      {"S", U'ʃ'},  {"T", U'θ'},   {"H", U'ɥ'},  {"X", U'χ'},   {"Z", U'ʒ'},
    {"?", U'ʔ'},      {"4", U'ɾ'},  {":", U'ː'},   {"\"", U'ˈ'}, {"%", U'ˌ'},   {"=", U'\u0329'},
    {"~", U'\u0303'},
});

std::u32string from_x_sampa(std::string_view text) {
    std::u32string out;
    while (!text.empty()) {
        bool found = false;
        for (const auto& [letters, phone] : kXSampa) {
            if (!text.starts_with(letters)) continue;
            out += phone;
            text.remove_prefix(letters.size());
            found = true;
            break;
        }
        if (found) continue;
        std::size_t at = 0;
        out += next_code_point(text, at);
        text.remove_prefix(at);
    }
    return out;
}

using Sound = std::pair<std::u32string_view, std::u32string_view>;
// The voices have one letter for a diphthong or an affricate. Longest first.
constexpr auto kCommon = std::to_array<Sound>({
    {U"eɪ", U"A"},       {U"aɪ", U"I"},       {U"aʊ", U"W"},       {U"ɔɪ", U"Y"}, {U"oɪ", U"Y"},
    {U"ei", U"A"},       {U"ai", U"I"},       {U"au", U"W"},       {U"tʃ", U"ʧ"}, {U"dʒ", U"ʤ"},
    {U"l\u0329", U"ᵊl"}, {U"n\u0329", U"ᵊn"}, {U"m\u0329", U"ᵊm"}, {U"g", U"ɡ"},  {U"r", U"ɹ"},
    {U"ɻ", U"ɹ"},        {U"ɫ", U"l"},        {U"ʍ", U"w"},        {U"ɬ", U"l"},  {U"ɭ", U"l"},
    {U"ʐ", U"ʒ"},        {U"ʏ", U"ɪ"},        {U"'", U"ˈ"},        {U",", U"ˌ"},
});
constexpr auto kAmerican = std::to_array<Sound>({
    {U"oʊ", U"O"},
    {U"əʊ", U"O"},
    {U"ɝ", U"ɜɹ"},
    {U"ɚ", U"əɹ"},
    {U"ɾ", U"T"},
    {U"ː", U""},
    {U"ɒ", U"ɑ"},
    {U"e", U"ɛ"},
    {U"ɵ", U"ʊ"},
});
constexpr auto kBritish = std::to_array<Sound>({
    {U"əʊ", U"Q"},
    {U"oʊ", U"Q"},
    {U"ɝ", U"ɜː"},
    {U"ɚ", U"ə"},
    {U"ɾ", U"t"},
    {U"æ", U"a"},
    {U"e", U"ɛ"},
    {U"ɵ", U"ʊ"},
});

template <std::size_t N>
const Sound* match(const std::array<Sound, N>& sounds, std::u32string_view text) {
    for (const Sound& sound : sounds) {
        if (text.starts_with(sound.first)) return &sound;
    }
    return nullptr;
}

base::Error unknown_symbol(char32_t c) {
    return base::invalid_argument(
        fmt::format("'{}' is no sound that the voices know. Use IPA, X-SAMPA or the voices' own symbols.",
                    to_utf8(std::u32string(1, c))),
        "ph");
}

}  // namespace

base::Result<Phones> read_phones(std::string_view text, std::string_view alphabet, Accent accent) {
    if (text.empty()) return base::invalid_argument("There are no phones here.", "ph");
    const bool own =
        alphabet == "kokoro" || alphabet == "misaki" || alphabet == "x-kokoro" || alphabet == "x-misaki";
    const bool sampa = alphabet == "x-sampa" || alphabet == "X-SAMPA" || alphabet == "xsampa";
    if (!own && !sampa && alphabet != "ipa" && alphabet != "IPA")
        return base::invalid_argument(
            fmt::format("There is no phonetic alphabet '{}'. Use ipa, x-sampa or kokoro.",
                        alphabet.substr(0, 40)),
            "alphabet");
    std::u32string source = sampa ? from_x_sampa(text) : to_utf32(text);
    Phones out;
    if (own) {
        out = std::move(source);
    } else {
        std::erase_if(source, [](char32_t c) {  // ties and syllables are not heard
            return c == U'\u0361' || c == U'\u035C' || c == U'.' || c == U'\u032F' || c == U'/' ||
                   c == U'[' || c == U']';
        });
        for (std::size_t at = 0; at < source.size();) {
            const std::u32string_view rest = std::u32string_view(source).substr(at);
            const Sound* sound = accent == Accent::british ? match(kBritish, rest) : match(kAmerican, rest);
            // A diphthong goes before its first letter alone.
            const Sound* common = match(kCommon, rest);
            if (!sound || (common && common->first.size() > sound->first.size())) sound = common;
            out += sound ? sound->second : rest.substr(0, 1);
            at += sound ? sound->first.size() : 1;
        }
        out = stress_to_vowels(out);
    }
    for (char32_t c : out) {
        if (phone_token(c) == 0) return unknown_symbol(c);
    }
    if (out.empty()) return base::invalid_argument("There are no phones here.", "ph");
    return out;
}

}  // namespace aimpact::voice
