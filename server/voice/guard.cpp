#include "voice/guard.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace aimpact::voice {

namespace {

// Fast English speech stays near 5 tokens a second; noise gave 15. A short answer may have a few more.
constexpr double kTokensPerSecondMax = 6.5;
constexpr std::size_t kTokensFree = 4;

// What the model says when it hears no words.
constexpr std::array<std::string_view, 16> kStock = {"you",
                                                     "thank you",
                                                     "thanks",
                                                     "thanks for watching",
                                                     "thank you for watching",
                                                     "bye",
                                                     "bye bye",
                                                     "so",
                                                     "oh",
                                                     "um",
                                                     "mm",
                                                     "hmm",
                                                     "mm hmm",
                                                     "the",
                                                     "and",
                                                     "i"};
constexpr double kStockProbabilityMin = 0.75;

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (std::isalnum(u) || u >= 0x80 || c == '\'')
            words.back() += static_cast<char>(std::tolower(u));
        else if (!words.back().empty())
            words.emplace_back();
    }
    if (words.back().empty()) words.pop_back();
    return words;
}

// How often a phrase of `n` words may follow itself. People do say "no no no no"; loops go on.
int repeats_allowed(std::size_t n) {
    switch (n) {
        case 1:
            return 6;
        case 2:
            return 4;
        default:
            return 3;
    }
}

bool loops(const std::vector<std::string>& words) {
    for (std::size_t n = 1; n <= 12; ++n) {
        std::size_t run = 0;  // words in a row equal to the one n before
        for (std::size_t i = n; i < words.size(); ++i) {
            run = words[i] == words[i - n] ? run + 1 : 0;
            if (run / n + 1 > static_cast<std::size_t>(repeats_allowed(n))) return true;
        }
    }
    return false;
}

bool is_stock(const std::vector<std::string>& words) {
    std::string joined;
    for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
    return std::find(kStock.begin(), kStock.end(), joined) != kStock.end();
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::good:
            return "";
        case Verdict::too_many_tokens:
            return "more words than the time allows";
        case Verdict::repeats:
            return "repeats itself";
        case Verdict::doubtful:
            return "a stock phrase on doubtful speech";
    }
    return "";
}

bool ends_in_stock_phrase(std::string_view text) {
    while (!text.empty() && std::string_view(" .!?").find(text.back()) != std::string_view::npos)
        text.remove_suffix(1);
    const auto before = text.find_last_of(".!?");
    return before != std::string_view::npos && is_stock(words_of(text.substr(before + 1)));
}

Verdict judge(const GuardInput& input) {
    const auto tokens_max = static_cast<double>(kTokensFree) + kTokensPerSecondMax * input.audio_seconds;
    if (static_cast<double>(input.tokens) > tokens_max) return Verdict::too_many_tokens;
    const auto words = words_of(input.text);
    if (loops(words)) return Verdict::repeats;
    if (input.vad_probability < kStockProbabilityMin && is_stock(words)) return Verdict::doubtful;
    return Verdict::good;
}

}  // namespace aimpact::voice
