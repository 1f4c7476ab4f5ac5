#include "voice/tts/homographs.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace aimpact::voice {
namespace {

constexpr std::size_t kReach = 8;  // words to either side that say what is meant

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& set) {
    return std::find(set.begin(), set.end(), word) != set.end();
}

template <std::size_t N>
bool near(std::span<const std::string> words, std::size_t at, const std::array<std::string_view, N>& cues) {
    const std::size_t begin = at > kReach ? at - kReach : 0, end = std::min(words.size(), at + kReach + 1);
    for (std::size_t i = begin; i < end; ++i) {
        if (i != at && one_of(words[i], cues)) return true;
    }
    return false;
}

constexpr std::array<std::string_view, 9> kArticles = {"a",   "the", "my",    "your", "his",
                                                       "her", "our", "their", "this"};

}  // namespace

Phones homograph(std::span<const std::string> words, std::size_t at) {
    const std::string_view word = words[at];
    const std::string_view prev = at > 0 ? std::string_view(words[at - 1]) : std::string_view{},
                           next =
                               at + 1 < words.size() ? std::string_view(words[at + 1]) : std::string_view{};
    if (word == "lead") {
        static constexpr std::array<std::string_view, 13> metal = {
            "poisoning", "paint",   "pipe",  "pipes", "zinc",   "copper", "tin",
            "metal",     "mercury", "toxic", "acid",  "bullet", "heavy"};
        static constexpr std::array<std::string_view, 6> made = {"of",  "contains", "with",
                                                                 "had", "has",      "have"};
        if (prev != "to" &&
            (one_of(next, std::array<std::string_view, 8>{"poisoning", "paint", "pipe", "pipes", "acid",
                                                          "shot", "pencil", "bullet"}) ||
             (one_of(prev, made) && near(words, at, metal)) ||
             ((prev == "and" || next == "and" || prev.empty()) && near(words, at, metal))))
            return U"lˈɛd";
    } else if (word == "content") {
        static constexpr std::array<std::string_view, 18> pleased = {
            "is",   "are",  "was",  "were",  "be",     "am",   "i'm",   "been",   "quite",
            "very", "more", "look", "looks", "looked", "seem", "seems", "seemed", "felt"};
        const bool state =
            one_of(prev, pleased) || next == "with" || (next == "to" && !one_of(prev, kArticles));
        return state ? U"kəntˈɛnt" : U"kˈɑntˌɛnt";
    } else if (word == "bass") {
        static constexpr std::array<std::string_view, 17> fish = {
            "fish",       "fishing", "caught", "catch",      "lake",   "river",  "sea",  "striped", "pond",
            "largemouth", "grilled", "trout",  "smallmouth", "fillet", "salmon", "bait", "pounds"};
        return near(words, at, fish) ? U"bˈæs" : U"bˈAs";
    } else if (word == "bow") {
        static constexpr std::array<std::string_view, 9> takes = {
            "take", "takes", "took", "taking", "taken", "final", "deep", "polite", "low"};
        static constexpr std::array<std::string_view, 8> ship = {"ship", "boat",  "stern", "vessel",
                                                                 "sail", "yacht", "hull",  "deck"};
        const bool taken = at >= 2 && prev == "a" && one_of(words[at - 2], takes);
        if (taken || one_of(prev, takes) || near(words, at, ship)) return U"bˈW";
    } else if (word == "does") {
        static constexpr std::array<std::string_view, 7> deer = {"buck",  "bucks", "deer", "fawn",
                                                                 "fawns", "stag",  "herd"};
        if (near(words, at, deer) && next != "the" && next != "a" && next != "it") return U"dˈOz";
    } else if (word == "resume") {
        static constexpr std::array<std::string_view, 6> paper = {"updated", "attach",     "submit",
                                                                  "send",    "impressive", "writing"};
        if (one_of(prev, kArticles) || one_of(prev, paper)) return U"ɹˈɛzəmˌA";
    } else if (word == "produce") {
        static constexpr std::array<std::string_view, 8> goods = {"fresh", "local",    "organic", "frozen",
                                                                  "farm",  "seasonal", "garden",  "rotten"};
        if (one_of(prev, goods)) return U"pɹˈOdˌus";
    } else if (word == "dove") {
        static constexpr std::array<std::string_view, 8> divers = {"he", "she", "they", "we",
                                                                   "i",  "it",  "who",  "you"};
        static constexpr std::array<std::string_view, 6> where = {"into", "in",  "under",
                                                                  "down", "off", "for"};
        if (one_of(prev, divers) || (one_of(next, where) && !one_of(prev, kArticles) && !prev.empty()))
            return U"dˈOv";
    }
    return {};
}

}  // namespace aimpact::voice
