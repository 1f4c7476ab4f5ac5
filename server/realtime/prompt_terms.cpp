#include "realtime/prompt_terms.hpp"

#include <algorithm>
#include <unordered_set>

namespace aimpact::realtime {

namespace {

constexpr std::size_t kTermWordsMax = 4;
constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kAround = " \t\r\n.\"'()[]-*";  // list marks, quotes, the last full stop

std::string_view stripped(std::string_view text, std::string_view of) {
    const auto first = text.find_first_not_of(of);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(of) - first + 1);
}

std::size_t word_count(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find_first_not_of(kBlank, at)) != std::string_view::npos;) {
        ++count;
        at = std::min(text.find_first_of(kBlank, at), text.size());
    }
    return count;
}

}  // namespace

std::vector<std::string> prompt_terms(std::string_view prompt) {
    std::vector<std::string> terms;
    std::size_t prose = 0;
    while (!prompt.empty()) {
        const auto end = std::min(prompt.find_first_of(",;\n"), prompt.size());
        std::string_view piece = prompt.substr(0, end);
        prompt.remove_prefix(std::min(end + 1, prompt.size()));
        // "Glossary: Nguyen", but not "10:30" or a URL.
        if (const auto colon = piece.find(": "); colon != std::string_view::npos)
            piece.remove_prefix(colon + 1);
        piece = stripped(piece, kAround);
        if (piece.empty() || piece.ends_with(':')) continue;
        if (word_count(piece) > kTermWordsMax)
            ++prose;
        else
            terms.emplace_back(piece);
    }
    if (prose > 0 && prose >= terms.size()) terms.clear();
    return terms;
}

std::shared_ptr<const voice::Vocabulary> with_prompt(std::shared_ptr<const voice::Vocabulary> words,
                                                     std::string_view prompt) {
    const std::vector<std::string> terms = prompt_terms(prompt);
    if (terms.empty()) return words;
    auto out = words ? std::make_shared<voice::Vocabulary>(*words) : std::make_shared<voice::Vocabulary>();
    std::unordered_set<std::string_view> known;
    if (words)
        for (const auto& term : words->terms()) known.insert(term.text);
    // The organisation knows more of its own words: what they sound like. A term that is too long, or one
    // more than there is room for, is no reason to refuse a request.
    for (const std::string& term : terms)
        if (!known.contains(term)) static_cast<void>(out->add(term));
    if (out->empty()) return words;
    return out;
}

}  // namespace aimpact::realtime
