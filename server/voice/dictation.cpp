#include "voice/dictation.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <vector>

namespace aimpact::voice {
namespace {

constexpr std::string_view kNumberWords[] = {
    "zero",    "oh",      "one",       "two",      "three",    "four",   "five",     "six",
    "seven",   "eight",   "nine",      "ten",      "eleven",   "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty",   "forty",
    "fifty",   "sixty",   "seventy",   "eighty",   "ninety",   "double", "triple"};
constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
constexpr std::string_view kDomains[] = {"com", "org", "net", "de", "edu", "gov",
                                         "io",  "uk",  "co",  "fr", "us"};
constexpr std::array<int, 3> kTelephone{7, 10, 11};

template <std::size_t N>
bool among(const std::string_view (&list)[N], std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Lower case; "555-1234," and "a.b@c.com" stay one word, without the marks around it.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> out;
    std::string word;
    const auto end = [&] {
        while (!word.empty() && std::string_view(".,!?;:\"-").find(word.back()) != std::string_view::npos)
            word.pop_back();
        if (!word.empty()) out.push_back(std::move(word));
        word.clear();
    };
    for (const char c : text) {
        if (c == ' ' || c == '\n' || c == '\t')
            end();
        else if (c != '(' && c != ')' && c != '+' && c != '"')
            word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    end();
    return out;
}

// Digits of a word that is nothing but a number, with dashes and dots between; "12th" has two. 0: it is none.
int digits_in(std::string_view word) {
    for (const std::string_view suffix : {"st", "nd", "rd", "th"})
        if (word.size() > 2 && word.ends_with(suffix) && is_digit(word[word.size() - 3]))
            word.remove_suffix(2);
    if (among(kNumberWords, word)) {
        if (word == "double" || word == "triple") return 0;
        const bool two = word == "ten" || word == "eleven" || word == "twelve" || word.ends_with("teen") ||
                         word.ends_with("ty");
        return two ? 2 : 1;
    }
    int digits = 0;
    for (const char c : word) {
        if (is_digit(c))
            ++digits;
        else if (c != '-' && c != '.' && c != ',' && c != '/')
            return 0;
    }
    return digits;
}

// Of all its numbers, wherever they are.
int digits_of(const std::vector<std::string>& words) {
    int digits = 0;
    for (const std::string& word : words) digits += digits_in(word);
    return digits;
}

bool is_telephone(int digits) {
    return std::find(kTelephone.begin(), kTelephone.end(), digits) != kTelephone.end();
}

// A recogniser that knows how long telephone numbers are makes one whole with zeros: "555-123-8000" was "five
// five five, one two three" and the beginning of more.
bool is_made_whole(std::string_view word) {
    std::size_t zeros = 0;
    while (zeros < word.size() && word[word.size() - 1 - zeros] == '0') ++zeros;
    return zeros >= 3;
}

// The silence behind as many digits as a telephone number has.
Ending behind_number(int digits, std::string_view last, Expected expected) {
    if (expected != Expected::number) return Ending::complete;
    if (is_made_whole(last)) return Ending::listing;
    return digits == 7 ? Ending::plausible : Ending::complete;
}

// "a" and "i" are words, unless somebody spells.
bool is_letter_alone(std::string_view word, bool spelling) {
    return word.size() == 1 && word[0] >= 'a' && word[0] <= 'z' && (spelling || (word != "a" && word != "i"));
}

// "march 3", "march 3rd 1985", "3 march 1985": `from` is the first word of the numbers at the end.
bool is_date(const std::vector<std::string>& words, std::size_t from) {
    const std::size_t numbers = words.size() - from;
    if (from == 0 || !among(kMonths, words[from - 1]) || numbers > 2) return false;
    const bool year_before = from >= 2 && digits_in(words[from - 2]) > 0;
    const int last = digits_in(words.back());
    return numbers == 2 || year_before ? last == 4 : last <= 2 || last == 4;
}

bool is_year(std::string_view word) {
    return word.size() == 4 && (word.starts_with("19") || word.starts_with("20"));
}

std::optional<Ending> address_of(const std::vector<std::string>& words) {
    const std::string& last = words.back();
    if (const auto at = last.find('@'); at != std::string::npos)
        return last.find('.', at) == std::string::npos ? Ending::listing : Ending::complete;
    const bool said = std::find(words.begin(), words.end(), "at") != words.end();
    if (!said) return std::nullopt;
    if (last == "at" || last == "dot" || last == "underscore" || last == "dash") return Ending::listing;
    const bool dotted = words.size() >= 2 && words[words.size() - 2] == "dot" && among(kDomains, last);
    const auto dot = last.rfind('.');
    if (dotted || (dot != std::string::npos && among(kDomains, std::string_view(last).substr(dot + 1))))
        return Ending::complete;
    return std::nullopt;
}

}  // namespace

std::optional<Ending> dictation_of(std::string_view text, Expected expected) {
    const std::vector<std::string> words = words_of(text);
    if (words.empty()) return std::nullopt;
    if (const auto address = address_of(words)) return address;
    std::size_t from = words.size(), groups = 0;
    int digits = 0, letters = 0;
    while (from > 0) {
        const std::string& word = words[from - 1];
        const int here = digits_in(word);
        if (here == 0 && !is_letter_alone(word, expected == Expected::spelling) && word != "double" &&
            word != "triple")
            break;
        // "forty two" is one number of two digits.
        const bool compound = here == 1 && !is_digit(word[0]) && from >= 2 &&
                              words[from - 2].ends_with("ty") && digits_in(words[from - 2]) == 2;
        digits += compound ? 2 : here;
        letters += here == 0;
        from -= compound ? 2 : 1;
        ++groups;
    }
    // "six one seven, five bars": heard wrongly, or a word between the groups.
    if (groups == 0 && expected == Expected::number) {
        const int said = digits_of(words);
        return said >= 3 && !is_telephone(said) ? std::optional(Ending::listing) : std::nullopt;
    }
    if (groups == 0)
        return expected == Expected::spelling && words.size() == 1 ? std::optional(Ending::open)
                                                                   : std::nullopt;
    if (groups == 1 && words.back() == "one") return std::nullopt;  // "I don't have one"
    if (letters == 0 && is_date(words, from)) return Ending::complete;
    if (letters == 0 && is_telephone(digits)) return behind_number(digits, words.back(), expected);
    if (expected != Expected::anything) return Ending::listing;
    if (groups == 1 && (is_year(words.back()) || digits < 3)) return std::nullopt;
    return groups >= 2 || digits >= 3 ? std::optional(Ending::listing) : std::nullopt;
}

Expected expected_after(std::string_view said) {
    // The last sentence, and only if it asks or bids.
    std::string text(said);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    while (!text.empty() && std::string_view(" .?!\n").find(text.back()) != std::string_view::npos)
        text.pop_back();
    const auto begin = text.find_last_of(".?!");
    const std::string_view last = std::string_view(text).substr(begin == std::string::npos ? 0 : begin + 1);
    const auto has = [&](std::string_view what) { return last.find(what) != std::string_view::npos; };
    const bool asks = said.find_last_not_of(" \n") != std::string_view::npos &&
                      (said[said.find_last_not_of(" \n")] == '?' || has("please") || has("tell me") ||
                       has("give me") || has("i need your") || has("could you") || has("can i have"));
    if (!asks) return Expected::anything;
    if (has("e-mail") || has("email") || has("spell") || has("your name") || has("last name") ||
        has("surname"))
        return Expected::spelling;
    for (const std::string_view word :
         {"number", "zip", "postal code", "post code", "postcode", "date of birth", "birthday", "pin",
          "digits", "account", "code", "phone", "born", "address"})
        if (has(word)) return Expected::number;
    return Expected::anything;
}

}  // namespace aimpact::voice
