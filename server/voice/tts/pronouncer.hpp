// Normalised English text -> phones with punctuation, ready for the synthesiser: dictionary, suffix rules,
// compounds, letter names and letter-to-sound rules, with function words reduced as in running speech.
// Follows misaki's English G2P (Apache-2.0), whose dictionaries it reads and whose output the voices were
// trained on.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "voice/tts/letter_to_sound.hpp"
#include "voice/tts/lexicon.hpp"
#include "voice/tts/phone_dictionary.hpp"

namespace aimpact::voice {

enum class Accent { american, british };

// Where a word's phones came from; for tests and coverage figures.
enum class PhoneSource { lexicon, dictionary, rule, letters, letter_to_sound, none };

class Pronouncer {
  public:
    // `folder` holds us_gold.json, us_silver.json, gb_*.json and lts_us.bin. Without lts_us.bin unknown words
    // are spelled out, which is logged.
    static base::Result<std::shared_ptr<const Pronouncer>> load(const std::filesystem::path& folder,
                                                                Accent accent);

    // Words, spaces and the punctuation the model knows. `given`: what the placeholders in `text` stand for
    // (kGivenFirst is the first). Thread-safe.
    Phones pronounce(std::string_view text, const Lexicon* lexicon = nullptr,
                     std::span<const Phones> given = {}) const;

    // Spelled out: the names of letters, digits and signs, each a word of its own.
    Phones spell(std::string_view text) const;

    // One word on its own, and how it was found.
    Phones word(std::string_view word, PhoneSource& source) const;

    std::size_t bytes() const { return dictionary_.bytes(); }

  private:
    struct Context {
        WordClass cls = WordClass::other;
        bool pause_follows = true;
        bool vowel_follows = false;
        bool shouting = false;  // the neighbours are in capitals too
        bool opens_clause = false;
    };
    struct Said {
        Phones phones;
        PhoneSource source = PhoneSource::none;
    };

    Phones say_word(std::string_view word, const Context& context, const Lexicon* lexicon,
                    PhoneSource& source) const;
    Phones function_word(std::string_view word, const Context& context) const;
    Phones known(std::string_view word, const Context& context) const;
    Phones capitals(std::string_view word, const Context& context) const;
    Phones inflected(std::string_view word, const Context& context) const;
    Phones derived(std::string_view word, const Context& context) const;
    Phones compound(std::string_view word) const;
    Phones letter_names(std::string_view word) const;
    Phones by_rules(std::string_view lower_case) const;
    Phones plural(Phones stem) const;
    Phones past(Phones stem) const;
    Phones progressive(Phones stem) const;

    PhoneDictionary dictionary_;
    LetterToSound rules_;
    Accent accent_ = Accent::american;
};

}  // namespace aimpact::voice
