// Word -> phones, from misaki's two dictionaries (hand-made "gold" and generated "silver"): about 180,000
// words in one buffer of 4 MB, read in some 50 ms.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "voice/tts/phones.hpp"

namespace aimpact::voice {

// What a word is in its sentence, as far as pronunciation depends on it. `final`: nothing follows in the
// clause (the dictionaries' "None"), where function words are not reduced.
enum class WordClass : std::uint8_t {
    other,
    noun,
    verb,
    adjective,
    adverb,
    past,
    participle,
    present,
    determiner,
    final,
};

class PhoneDictionary {
  public:
    // Files of misaki. `unavailable` names the file that is missing or damaged.
    static base::Result<PhoneDictionary> load(const std::filesystem::path& gold,
                                              const std::filesystem::path& silver);

    struct Entry {
        bool gold = true;
        bool spelled_as_noun = false;                 // "US", "IT": letters when a noun
        std::array<std::string_view, 10> variants{};  // token bytes by WordClass; [other] is the default
    };
    // Exact spelling.
    std::optional<Entry> find(std::string_view word) const;
    // The variant for `cls`, or the default.
    static Phones phones(const Entry& entry, WordClass cls);

    std::size_t size() const { return words_; }
    std::size_t bytes() const { return records_.size() + slots_.size() * sizeof(std::uint32_t); }

  private:
    friend class DictionaryBuilder;
    std::string records_;               // see the .cpp
    std::vector<std::uint32_t> slots_;  // open addressing; offset + 1 into records_
    std::size_t words_ = 0;
};

}  // namespace aimpact::voice
