#include "voice/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace aimpact::voice {

namespace {

constexpr std::size_t kWordsMax = 8;

base::Result<std::string> tidy(std::string_view text, std::string_view field) {
    std::string out;
    std::size_t words = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == ' ' || text[at] == '\t') {
            ++at;
            continue;
        }
        const auto end = std::min(text.find_first_of(" \t", at), text.size());
        if (!out.empty()) out += ' ';
        out += text.substr(at, end - at);
        ++words;
        at = end;
    }
    const bool control =
        std::any_of(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (out.empty() || out.size() > Vocabulary::kTermMax || words > kWordsMax || control) {
        return base::invalid_argument(
            fmt::format("A term of the vocabulary has one to {} words and at most {} bytes, without control "
                        "characters.",
                        kWordsMax, Vocabulary::kTermMax),
            std::string(field));
    }
    return out;
}

}  // namespace

base::Result<> Vocabulary::add(std::string_view text, std::vector<std::string> sounds) {
    AIMPACT_TRY(std::string term, tidy(text, "term"));
    if (sounds.size() > kSoundsMax) {
        return base::invalid_argument(
            fmt::format("A term sounds like at most {} other spellings.", kSoundsMax), "sounds_like");
    }
    for (std::string& sound : sounds) {
        AIMPACT_TRY(sound, tidy(sound, "sounds_like"));
    }
    if (const auto known = index_.find(term); known != index_.end()) {
        terms_[known->second].sounds = std::move(sounds);
        return {};
    }
    if (terms_.size() >= kTermsMax) {
        return base::invalid_argument(
            fmt::format("A vocabulary holds at most {} terms; remove some first.", kTermsMax), "term");
    }
    index_.emplace(term, terms_.size());
    terms_.push_back({std::move(term), std::move(sounds)});
    return {};
}

}  // namespace aimpact::voice
