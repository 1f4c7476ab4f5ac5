// Amounts of money.
#include <array>

#include "voice/tts/normalizer_rules.hpp"

namespace aimpact::voice {
namespace {

constexpr std::array kCurrencies = std::to_array<Currency>({
    {"US$", "dollar", "dollars", "cent", "cents"},
    {"CA$", "Canadian dollar", "Canadian dollars", "cent", "cents"},
    {"AU$", "Australian dollar", "Australian dollars", "cent", "cents"},
    {"NZ$", "New Zealand dollar", "New Zealand dollars", "cent", "cents"},
    {"A$", "Australian dollar", "Australian dollars", "cent", "cents"},
    {"C$", "Canadian dollar", "Canadian dollars", "cent", "cents"},
    {"$", "dollar", "dollars", "cent", "cents"},
    {"\u00A3", "pound", "pounds", "penny", "pence"},
    {"\u20AC", "euro", "euros", "cent", "cents"},
    {"\u00A5", "yen", "yen", "sen", "sen"},
    {"\u20B9", "rupee", "rupees", "paisa", "paise"},
    {"\u20BF", "bitcoin", "bitcoins", "", ""},
});
constexpr std::array kCurrencyCodes = std::to_array<Currency>({
    {"USD", "dollar", "dollars", "cent", "cents"},
    {"EUR", "euro", "euros", "cent", "cents"},
    {"GBP", "pound", "pounds", "penny", "pence"},
    {"CHF", "Swiss franc", "Swiss francs", "centime", "centimes"},
    {"JPY", "yen", "yen", "sen", "sen"},
    {"INR", "rupee", "rupees", "paisa", "paise"},
    {"CAD", "Canadian dollar", "Canadian dollars", "cent", "cents"},
    {"AUD", "Australian dollar", "Australian dollars", "cent", "cents"},
});

}  // namespace

// "million", "m", "bn", "K" after an amount of money; sets the length with the space before it.
std::string_view magnitude_at(std::string_view s, std::size_t& length) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> table = {
        {{"thousand", "thousand"},
         {"million", "million"},
         {"billion", "billion"},
         {"trillion", "trillion"},
         {"mn", "million"},
         {"mm", "million"},
         {"bn", "billion"},
         {"tn", "trillion"},
         {"k", "thousand"},
         {"m", "million"},
         {"b", "billion"},
         {"t", "trillion"}}};
    const std::size_t space = !s.empty() && s[0] == ' ' ? 1 : 0;
    for (auto [sign, words] : table) {
        if (space && sign.size() <= 2) continue;  // "$5 m" is rare, "$5 k" rarer
        if (has_prefix(s.substr(space), sign) && ends_word(s, space + sign.size())) {
            length = space + sign.size();
            return words;
        }
    }
    return {};
}

std::string money_words(const WrittenNumber& n, std::string_view magnitude, const Currency& c,
                        NumberStyle style) {
    if (!magnitude.empty())
        return number_words(n, style) + " " + std::string(magnitude) + " " + std::string(c.many);
    if (n.fraction.size() == 2 && !c.cent.empty()) {
        const int cents = small_int(n.fraction);
        const bool whole = small_int(n.integer) != 0 || n.integer.size() > 9;
        std::string out;
        if (whole || cents == 0)
            out = cardinal(n.integer.empty() ? "0" : n.integer, style) + " " +
                  std::string(n.integer == "1" ? c.one : c.many);
        if (cents == 0) return out;
        if (whole) out += " and ";
        return out + cardinal(static_cast<unsigned long long>(cents)) + " " +
               std::string(cents == 1 ? c.cent : c.cents);
    }
    return number_words(n, style) + " " + std::string(n.is_one() ? c.one : c.many);
}

std::size_t dash_at(std::string_view s) {
    if (s.starts_with("-")) return 1;
    if (s.starts_with("\u2013")) return 3;
    if (s.starts_with(" - ") || s.starts_with(" \u2013 ")) return s[1] == '-' ? 3 : 5;
    return 0;
}

bool money(Scan& scan) {
    const auto s = scan.rest();
    const std::size_t sign = s[0] == '-' || s[0] == '+' ? 1 : 0;
    if (sign && scan.after_word()) return false;
    for (const Currency& c : kCurrencies) {
        if (!s.substr(sign).starts_with(c.sign)) continue;
        std::size_t end = sign + c.sign.size();
        if (end < s.size() && s[end] == ' ') ++end;
        const auto n = read_number(s.substr(end));
        if (!n) return false;
        end += n->length;
        std::string words = sign ? (s[0] == '-' ? "minus " : "plus ") : "";
        // A range: "$20-30", "$20-$30".
        if (const auto dash = dash_at(s.substr(end))) {
            std::size_t second = end + dash;
            if (s.substr(second).starts_with(c.sign)) second += c.sign.size();
            if (const auto m = read_number(s.substr(second))) {
                end = second + m->length;
                std::size_t length = 0;
                const auto magnitude = magnitude_at(s.substr(end), length);
                scan.say(
                    words + number_words(*n, scan.style) + " to " + money_words(*m, magnitude, c, scan.style),
                    end + length);
                return true;
            }
        }
        std::size_t length = 0;
        const auto magnitude = magnitude_at(s.substr(end), length);
        words += money_words(*n, magnitude, c, scan.style);
        end += length;
        // "$5/month" -> "per month".
        if (end + 1 < s.size() && s[end] == '/' && is_letter(s[end + 1])) {
            words += " per";
            ++end;
            std::size_t unit = 0;
            if (const auto per = unit_at(s.substr(end), true, unit)) {
                words += " " + std::string(per->one);
                end += unit;
            }
        }
        scan.say(words, end);
        return true;
    }
    return false;
}

// A currency after the amount: "20 USD", "20€".
const Currency* currency_after(std::string_view s, std::size_t& length) {
    static constexpr Currency cents{"\u00A2", "cent", "cents", "", ""};
    if (s.starts_with(cents.sign)) {
        length = cents.sign.size();
        return &cents;
    }
    const std::size_t space = s.starts_with(" ") ? 1 : 0;
    for (const Currency& c : kCurrencyCodes) {
        if (s.substr(space).starts_with(c.sign) && ends_word(s, space + 3)) {
            length = space + 3;
            return &c;
        }
    }
    for (const Currency& c : kCurrencies) {
        const bool sign_only =
            c.sign == "\u00A3" || c.sign == "\u20AC" || c.sign == "\u00A5" || c.sign == "$";
        const std::size_t end = space + c.sign.size();
        if (sign_only && s.substr(space).starts_with(c.sign) && (end >= s.size() || !is_digit(s[end]))) {
            length = end;
            return &c;
        }
    }
    return nullptr;
}

}  // namespace aimpact::voice
