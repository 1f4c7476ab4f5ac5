// Finds where a transcript sounds like a term of the vocabulary, and writes the term there if the recogniser
// takes it for likely enough: names come out as common words that sound alike ("cooper netties"), and the
// recogniser, asked about the name, often gives it nearly the probability of what it wrote.
//
// A place is a candidate if its phones are close to the term's: an edit distance in which sounds made alike
// (Levenshtein weighted by manner and place, as in ALINE, Kondrak 2000, but coarser) cost less. The fewer
// phones a term has the closer it must be.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "voice/vocabulary.hpp"

namespace aimpact::voice {

// Phones (IPA, one symbol each) as they count here: no stress, no pauses.
std::u32string plain_phones(std::u32string_view phones);
// 0 for the same, 1 for nothing in common, by the longer one's length.
double phone_distance(std::u32string_view a, std::u32string_view b);

// Thread-safe.
class VocabularyMatcher {
  public:
    using Sounds = std::function<std::u32string(std::string_view)>;
    // The log-probability of a transcript; none if it can't be told.
    using Likelihood = std::function<std::optional<double>(std::string_view)>;

    // Without sounds nothing is ever changed.
    explicit VocabularyMatcher(Sounds sounds) : sounds_(std::move(sounds)) {}

    // `text` with terms in place of what sounds like them. Spelling is always put right where only letter
    // case or punctuation differs ("kubernetes" -> "Kubernetes").
    std::string apply(const std::shared_ptr<const Vocabulary>& vocabulary, std::string_view text,
                      const Likelihood& likelihood) const;

  private:
    struct Index;
    std::shared_ptr<const Index> index(const std::shared_ptr<const Vocabulary>& vocabulary) const;

    const Sounds sounds_;
    mutable std::mutex mutex_;
    mutable std::vector<std::shared_ptr<const Index>> recent_;  // newest first
};

}  // namespace aimpact::voice
