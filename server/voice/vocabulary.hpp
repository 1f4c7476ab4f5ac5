// Terms that a recogniser shall prefer where they sound alike: names of people, products and places that it
// can't know. Plain data; how it is used is the recogniser's business.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"

namespace aimpact::voice {

// Built once, then read by any number of threads.
class Vocabulary {
  public:
    static constexpr std::size_t kTermsMax = 10'000, kTermMax = 64, kSoundsMax = 8;

    struct Term {
        std::string text;                 // as it is to be written, one to eight words
        std::vector<std::string> sounds;  // other spellings that sound as it is said; may be empty
    };

    // Twice the same text (letter case counts) replaces its sounds. invalid_argument names what is wrong.
    base::Result<> add(std::string_view text, std::vector<std::string> sounds = {});
    const std::vector<Term>& terms() const { return terms_; }
    bool empty() const { return terms_.empty(); }

  private:
    std::vector<Term> terms_;
    std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace aimpact::voice
