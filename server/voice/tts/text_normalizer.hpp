// Written English -> the words a person would say: numbers, dates, times, money, units, abbreviations, phone
// numbers, addresses of the web, symbols; Markdown and emoji are taken away. Sentence punctuation stays,
// since it shapes the prosody.
//
// normalizer_cases.tsv holds what is promised, one case a line; anyone can add to it.
#pragma once

#include <string>
#include <string_view>

namespace aimpact::voice {

struct NormalizerOptions {
    bool british = false;  // "one hundred and five"; 03/04 is the third of April
};

// Pure and thread-safe. Invalid UTF-8 is dropped. The result is at most a small multiple of the input.
std::string normalize_text(std::string_view text, const NormalizerOptions& options = {});

// The first step alone: Markdown, emoji, control characters, typographic variants.
std::string strip_markup(std::string_view text);

}  // namespace aimpact::voice
