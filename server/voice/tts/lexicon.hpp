// Words that a deployment or an organisation wants said its own way.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "voice/tts/phones.hpp"

namespace aimpact::voice {

// Built once, then read by any number of threads.
class Lexicon {
  public:
    static constexpr std::size_t kEntriesMax = 10'000, kWordMax = 64, kPronunciationMax = 256;

    struct Pronunciation {
        Phones phones;           // given as "/kˈoʊ.../"; empty if respelled
        std::string respelling;  // words to say instead ("koo ber net eez")
    };

    // `word` is one word, matched without regard to case. `pronunciation` between slashes is phones of
    // Kokoro's set, anything else a respelling. invalid_argument names what is wrong.
    base::Result<> add(std::string_view word, std::string_view pronunciation);
    const Pronunciation* find(std::string_view lower_case_word) const;
    std::size_t size() const { return words_.size(); }
    // The same for the same entries, in whatever order they were added: what is synthesised with one lexicon
    // may be kept for all that are equal to it. Zero: no entries.
    std::uint64_t version() const { return version_; }

  private:
    std::map<std::string, Pronunciation, std::less<>> words_;
    std::uint64_t version_ = 0;  // the sum of the entries' hashes
};

}  // namespace aimpact::voice
