// The machinery inside text_normalizer: a scan over the text and the rules tried at each word's start.
// Private to this folder.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "voice/tts/number_words.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {

struct Scan {
    std::string_view text;
    std::size_t at = 0;
    std::string out;
    NumberStyle style;
    std::size_t fresh_at = 0;  // a rule sets this to `at` where a new word starts although no space does

    char peek(std::size_t offset = 0) const { return at + offset < text.size() ? text[at + offset] : '\0'; }
    std::string_view rest() const { return text.substr(at); }
    bool after_word() const { return at > fresh_at && is_word_byte(text[at - 1]); }
    // Writes `words`, set apart from their neighbours, and moves `length` bytes on.
    void say(std::string_view words, std::size_t length);
    // The last word written (or the one `back` words before it), in lower case; empty after punctuation.
    std::string previous_word(int back = 0) const;
};

// A rule looks at scan.rest(); if it applies it says the words, moves on and returns true.
using Rule = bool (*)(Scan&);
std::span<const Rule> special_rules();   // what the others would misread; first
std::span<const Rule> contact_rules();   // URLs, e-mail, phone numbers, handles
std::span<const Rule> calendar_rules();  // dates and times
std::span<const Rule> number_rules();    // money, units, ranges, plain numbers
std::span<const Rule> word_rules();      // abbreviations, Roman numerals, symbols

// --- pieces shared by the rules
// -----------------------------------------------------------------------------

// Length of the run of digits at the start of `s`.
std::size_t digit_run(std::string_view s);
// Length of the run of ASCII letters at the start of `s`.
std::size_t letter_run(std::string_view s);
// True if no word goes on at `length` (the end, or a byte that is no word byte).
bool ends_word(std::string_view s, std::size_t length);
// Case-insensitive (ASCII) prefix test; `prefix` is lower case.
bool has_prefix(std::string_view s, std::string_view prefix);
int small_int(std::string_view digits);  // up to nine digits

// A number as written: "1,234.50", ".5", "12". No sign.
struct WrittenNumber {
    std::string integer;     // digits without separators; empty in ".5"
    std::string fraction;    // digits after the point
    bool grouped = false;    // had thousands separators
    std::size_t length = 0;  // bytes
    bool is_integer() const { return fraction.empty(); }
    bool is_one() const { return integer == "1" && fraction.empty(); }
};
std::optional<WrittenNumber> read_number(std::string_view s);
std::string number_words(const WrittenNumber& number, NumberStyle style);

// Month 1..12 at the start of `s` ("Nov", "Nov.", "November"); sets its length, the dot included.
int month_at(std::string_view s, std::size_t& length);
std::string_view month_name(int month);
bool is_month_name(std::string_view lower_case_word);

// Words for a unit written at the start of `s`, or empty; sets its length. `attached`: no space before it.
struct UnitWords {
    std::string_view one, many;
};
std::optional<UnitWords> unit_at(std::string_view s, bool attached, std::size_t& length);

// Bytes of a dash that joins two ends of a range at the start of `s`, with its spaces; 0 without.
std::size_t dash_at(std::string_view s);

struct Currency {
    std::string_view sign, one, many, cent, cents;
};
// The rule for "$5", "£3m", "US$20-30", "$5/month".
bool money(Scan& scan);
// "million", "m", "bn", "K" after an amount; sets the length with the space before it.
std::string_view magnitude_at(std::string_view s, std::size_t& length);
std::string money_words(const WrittenNumber& n, std::string_view magnitude, const Currency& c,
                        NumberStyle style);
// A currency written after the amount ("20 USD", "20€"), or null.
const Currency* currency_after(std::string_view s, std::size_t& length);

}  // namespace aimpact::voice
