#include "voice/vocabulary_matcher.hpp"

#include <gtest/gtest.h>

#include <cctype>

namespace aimpact::voice {
namespace {

// Letters as phones, near enough for what is tested here.
std::u32string letters(std::string_view words) {
    std::u32string out;
    for (const char given : words) {
        const auto c = static_cast<char>(std::tolower(static_cast<unsigned char>(given)));
        out += c == 'e' ? U'ɛ' : c == 'a' ? U'æ' : static_cast<char32_t>(c);
    }
    return out;
}

std::shared_ptr<const Vocabulary> vocabulary(std::initializer_list<const char*> terms) {
    auto made = std::make_shared<Vocabulary>();
    for (const char* term : terms) EXPECT_TRUE(made->add(term));
    return made;
}

std::optional<double> equally_likely(std::string_view) {
    return -10.0;
}

TEST(VocabularyMatcher, WritesTermsWhereTheySoundAlike) {
    const VocabularyMatcher matcher(letters);
    const auto terms = vocabulary({"Kubernetes", "Ms Nakamura"});
    EXPECT_EQ(matcher.apply(terms, "Is kubernetis down?", equally_likely), "Is Kubernetes down?");
    EXPECT_EQ(matcher.apply(terms, "Ask ms nakamora, please.", equally_likely), "Ask Ms Nakamura, please.");
    EXPECT_EQ(matcher.apply(terms, "Nothing of that kind.", equally_likely), "Nothing of that kind.");
    EXPECT_EQ(matcher.apply(terms, "", equally_likely), "");
}

TEST(VocabularyMatcher, TakesSeveralWordsForOne) {
    const VocabularyMatcher matcher(letters);
    EXPECT_EQ(matcher.apply(vocabulary({"Kubernetes"}), "the kuber netes cluster", equally_likely),
              "the Kubernetes cluster");
    auto said = std::make_shared<Vocabulary>();
    ASSERT_TRUE(said->add("Nguyen", {"win"}));
    EXPECT_EQ(matcher.apply(said, "doctor win is here", equally_likely), "doctor Nguyen is here");
}

TEST(VocabularyMatcher, PutsLetterCaseRightWithoutAsking) {
    const VocabularyMatcher matcher(letters);
    int asked = 0;
    const auto count = [&](std::string_view) {
        ++asked;
        return std::optional<double>(-1);
    };
    EXPECT_EQ(matcher.apply(vocabulary({"Kubernetes"}), "kubernetes, again", count), "Kubernetes, again");
    EXPECT_EQ(asked, 0);
}

TEST(VocabularyMatcher, LeavesWhatIsFarMoreLikely) {
    const VocabularyMatcher matcher(letters);
    const auto terms = vocabulary({"Grafana"});
    const auto says = [](double with) {
        return [with](std::string_view text) {
            return std::optional<double>(text.find("Grafana") == std::string_view::npos ? -5.0 : with);
        };
    };
    EXPECT_EQ(matcher.apply(terms, "my grafama board", says(-9)), "my Grafana board");
    EXPECT_EQ(matcher.apply(terms, "my grafama board", says(-40)), "my grafama board");
    const auto silent = [](std::string_view) { return std::optional<double>(); };
    EXPECT_EQ(matcher.apply(terms, "my grafama board", silent), "my grafama board");
}

TEST(VocabularyMatcher, ShortTermsMustBeExact) {
    const VocabularyMatcher matcher(letters);
    EXPECT_EQ(matcher.apply(vocabulary({"Ann"}), "and then", equally_likely), "and then");
}

TEST(VocabularyMatcher, AsksABoundedNumberOfTimes) {
    const VocabularyMatcher matcher(letters);
    std::string text;
    for (int i = 0; i < 40; ++i) text += "grafama ";
    int asked = 0;
    const auto unlikely = [&](std::string_view words) {
        ++asked;
        return std::optional<double>(words.find("Grafana") == std::string_view::npos ? 0.0 : -100.0);
    };
    matcher.apply(vocabulary({"Grafana"}), text, unlikely);
    EXPECT_LE(asked, 7);
}

TEST(VocabularyMatcher, WithoutSoundsNothingChanges) {
    EXPECT_EQ(VocabularyMatcher({}).apply(vocabulary({"Grafana"}), "grafana", equally_likely), "grafana");
}

TEST(PhoneDistance, CountsSoundsMadeAlikeLess) {
    EXPECT_EQ(phone_distance(U"kæt", U"kæt"), 0);
    EXPECT_LT(phone_distance(U"kæt", U"ɡæt"), phone_distance(U"kæt", U"mæt"));
    EXPECT_LT(phone_distance(U"bəd", U"bɪd"), phone_distance(U"bæd", U"bud"));
    EXPECT_EQ(phone_distance(U"", U""), 0);
    EXPECT_GT(phone_distance(U"", U"kæt"), 0.8);
    EXPECT_EQ(plain_phones(U"kˈæt, ˌə"), U"kætə");
}

TEST(Vocabulary, HoldsItsLimits) {
    Vocabulary terms;
    EXPECT_FALSE(terms.add(""));
    EXPECT_FALSE(terms.add(" \t"));
    EXPECT_FALSE(terms.add(std::string(Vocabulary::kTermMax + 1, 'a')));
    EXPECT_FALSE(terms.add("a b c d e f g h i"));
    EXPECT_FALSE(terms.add("a\nb"));
    EXPECT_FALSE(terms.add("x", std::vector<std::string>(Vocabulary::kSoundsMax + 1, "y")));
    EXPECT_FALSE(terms.add("x", {""}));
    ASSERT_TRUE(terms.add("  Dr   Nguyen "));
    EXPECT_EQ(terms.terms().front().text, "Dr Nguyen");
    ASSERT_TRUE(terms.add("Dr Nguyen", {"doctor win"}));
    EXPECT_EQ(terms.terms().size(), 1U);
    EXPECT_EQ(terms.terms().front().sounds.size(), 1U);
    for (std::size_t i = terms.terms().size(); i < Vocabulary::kTermsMax; ++i)
        ASSERT_TRUE(terms.add("term" + std::to_string(i)));
    EXPECT_FALSE(terms.add("one more"));
    EXPECT_TRUE(terms.add("Dr Nguyen"));
}

}  // namespace
}  // namespace aimpact::voice
