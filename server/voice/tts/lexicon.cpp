#include "voice/tts/lexicon.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

std::uint64_t hash(std::string_view word, const Lexicon::Pronunciation& said) {  // FNV-1a, mixed
    std::uint64_t h = 0xcbf29ce484222325ull;
    const auto add = [&h](std::string_view bytes) {
        for (char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
        h = (h ^ 0xFF) * 0x100000001b3ull;  // no byte of UTF-8: ends a field
    };
    add(word);
    add(to_utf8(said.phones));
    add(said.respelling);
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ull;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebull;
    return h ^ (h >> 31);
}

}  // namespace

base::Result<> Lexicon::add(std::string_view word, std::string_view pronunciation) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return is_word_byte(c) || c == '\'' || c == '-';
    });
    if (!plain || word.size() > kWordMax) {
        return base::invalid_argument(
            fmt::format("A lexicon entry is for one word of at most {} characters: letters, digits, ' and -.",
                        kWordMax),
            "word");
    }
    if (pronunciation.empty() || pronunciation.size() > kPronunciationMax) {
        return base::invalid_argument(
            fmt::format("A pronunciation has between 1 and {} characters.", kPronunciationMax),
            "pronunciation");
    }
    if (words_.size() >= kEntriesMax && !words_.contains(to_lower(word))) {
        return base::invalid_argument(
            fmt::format("A lexicon holds at most {} words; remove some first.", kEntriesMax), "word");
    }
    Pronunciation entry;
    if (pronunciation.size() > 2 && pronunciation.front() == '/' && pronunciation.back() == '/') {
        for (char32_t c : to_utf32(pronunciation.substr(1, pronunciation.size() - 2))) {
            if (phone_token(c) == 0) {
                return base::invalid_argument(
                    fmt::format("'{}' is no phone of this voice model. Use misaki's IPA symbols, or write a "
                                "respelling without slashes.",
                                to_utf8(std::u32string(1, c))),
                    "pronunciation");
            }
            entry.phones += c;
        }
    } else {
        entry.respelling = pronunciation;
    }
    const std::string low = to_lower(word);
    if (const auto known = words_.find(low); known != words_.end()) version_ -= hash(low, known->second);
    version_ += hash(low, entry);
    words_[low] = std::move(entry);
    return {};
}

const Lexicon::Pronunciation* Lexicon::find(std::string_view word) const {
    const auto it = words_.find(word);
    return it == words_.end() ? nullptr : &it->second;
}

}  // namespace aimpact::voice
