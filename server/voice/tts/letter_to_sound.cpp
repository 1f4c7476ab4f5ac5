#include "voice/tts/letter_to_sound.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

constexpr std::string_view kMagic = "AIMPLTS1";
constexpr std::size_t kPad = 4, kVowelsMax = 16;
constexpr std::u32string_view kVowels = U"aeiouæɑɔəɛɜɪʊʌAIOQWYᵊᵻɐ", kReduced = U"əᵊᵻɐ";

bool in(std::u32string_view set, char32_t c) {
    return set.find(c) != std::u32string_view::npos;
}

// Bounds-checked reader of the little-endian file.
class Reader {
  public:
    explicit Reader(std::string_view data) : data_(data) {}
    bool ok() const { return ok_; }
    std::size_t at() const { return at_; }
    std::size_t number(std::size_t bytes) {
        const auto piece = take(bytes);
        std::size_t value = 0;
        for (std::size_t i = piece.size(); i > 0; --i)
            value = value << 8 | static_cast<unsigned char>(piece[i - 1]);
        return value;
    }
    std::string_view take(std::size_t bytes) {
        if (!ok_ || bytes > data_.size() - at_) {
            ok_ = false;
            return {};
        }
        at_ += bytes;
        return data_.substr(at_ - bytes, bytes);
    }

  private:
    std::string_view data_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace

base::Result<LetterToSound> LetterToSound::load(const std::filesystem::path& path) {
    base::Error damaged{base::ErrorCode::unavailable,
                        "The letter-to-sound rules " + path.string() +
                            " are missing or damaged. Run scripts/fetch-models to repair them."};
    std::ifstream file(path, std::ios::binary);
    if (!file) return damaged;
    LetterToSound rules;
    rules.data_.assign(std::istreambuf_iterator<char>(file), {});
    Reader in(rules.data_);
    if (in.take(kMagic.size()) != kMagic) return damaged;
    const std::size_t parts = in.number(4);
    for (std::size_t i = 0; i < parts && in.ok(); ++i)
        rules.parts_.push_back(to_utf32(in.take(in.number(1))));
    const std::size_t contexts = in.number(4);
    for (std::size_t i = 0; i < contexts && in.ok(); ++i) {
        Level level;
        level.left = in.number(1);
        level.right = in.number(1);
        level.entries = in.number(4);
        level.key_size = level.left + 1 + level.right;
        level.offset = in.at();
        in.take(level.entries * (level.key_size + 2));
        if (level.left > kPad || level.right > kPad) return damaged;
        rules.contexts_.push_back(level);
    }
    const std::size_t patterns = in.number(4);
    for (std::size_t i = 0; i < patterns && in.ok(); ++i) rules.patterns_.emplace_back(in.take(in.number(1)));
    const std::size_t endings = in.number(4);
    for (std::size_t i = 0; i < endings && in.ok(); ++i) {
        Level level;
        level.left = in.number(1);
        level.entries = in.number(4);
        level.key_size = 3 + level.left;
        level.offset = in.at();
        in.take(level.entries * (level.key_size + 2));
        rules.endings_.push_back(level);
    }
    if (!in.ok() || rules.parts_.empty() || rules.contexts_.empty()) return damaged;
    return rules;
}

std::size_t LetterToSound::lookup(const Level& level, std::string_view key) const {
    const std::size_t stride = level.key_size + 2;
    const char* base = data_.data() + level.offset;
    std::size_t low = 0, high = level.entries;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        const int order = std::memcmp(base + middle * stride, key.data(), level.key_size);
        if (order == 0) {
            const char* value = base + middle * stride + level.key_size;
            return static_cast<unsigned char>(value[0]) |
                   static_cast<std::size_t>(static_cast<unsigned char>(value[1])) << 8;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return std::string_view::npos;
}

Phones LetterToSound::say(std::string_view word) const {
    if (word.empty() || !std::all_of(word.begin(), word.end(), is_lower)) return {};
    const std::string padded = std::string(kPad, '#') + std::string(word) + std::string(kPad, '#');
    Phones phones;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const std::size_t centre = i + kPad;
        for (const Level& level : contexts_) {
            const auto index =
                lookup(level, std::string_view(padded).substr(centre - level.left, level.key_size));
            if (index == std::string_view::npos) continue;
            if (index < parts_.size()) phones += parts_[index];
            break;
        }
    }
    std::size_t vowels = 0, mask = 0;
    std::optional<std::size_t> first_full;
    for (char32_t c : phones) {
        if (!in(kVowels, c) || vowels == kVowelsMax) continue;
        if (in(kReduced, c))
            mask |= std::size_t{1} << vowels;
        else if (!first_full)
            first_full = vowels;
        ++vowels;
    }
    std::string pattern;
    for (const Level& level : endings_) {
        std::string key{static_cast<char>(vowels), static_cast<char>(mask >> 8),
                        static_cast<char>(mask & 0xFF)};
        const std::string ending = std::string(level.left, '#') + std::string(word);
        key += ending.substr(ending.size() - level.left);
        const auto index = lookup(level, key);
        if (index == std::string_view::npos) continue;
        if (index < patterns_.size()) pattern = patterns_[index];
        break;
    }
    if (pattern.empty()) {
        pattern.assign(vowels, '0');
        if (vowels > 0) pattern[first_full.value_or(0)] = '1';
    }
    Phones said;
    std::size_t vowel = 0;
    for (char32_t c : phones) {
        if (in(kVowels, c)) {
            const char mark = vowel < pattern.size() ? pattern[vowel] : '0';
            ++vowel;
            if (mark == '1') said += kPrimaryStress;
            if (mark == '2') said += kSecondaryStress;
        }
        said += c;
    }
    return said;
}

}  // namespace aimpact::voice
