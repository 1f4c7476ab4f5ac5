#include "voice/tts/word_times.hpp"

#include <gtest/gtest.h>

#include "voice/tts/kokoro_files.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

std::string word(std::string_view text, const WrittenWord& at) {
    return std::string(text.substr(at.begin, at.end - at.begin));
}

TEST(WrittenWords, AreWhatWhiteSpaceSeparates) {
    const std::string text = "  At 7:30, the\tlong-term\nplan \xE2\x80\x94 ok. ";
    std::vector<std::string> words;
    for (const auto& w : written_words(text, {})) words.push_back(word(text, w));
    EXPECT_EQ(words,
              (std::vector<std::string>{"At", "7:30,", "the", "long-term", "plan", "\xE2\x80\x94", "ok."}));
    EXPECT_TRUE(written_words("", {}).empty());
    EXPECT_TRUE(written_words(" \n ", {}).empty());
}

TEST(WrittenWords, KeepWhatIsSaidAsAWholeTogether) {
    const std::string text = "ask the W W W now";
    const std::vector<SaidAs> parts = {{8, 13, SaidAs::How::words, "web"}};
    std::vector<std::string> words;
    for (const auto& w : written_words(text, parts)) words.push_back(word(text, w));
    EXPECT_EQ(words, (std::vector<std::string>{"ask", "the", "W W W", "now"}));
    const std::vector<SaidAs> stressed = {{8, 13, SaidAs::How::stress, "+1"}};
    EXPECT_EQ(written_words(text, stressed).size(), 6u) << "words that are only stressed stay words";
}

// "At 7:30 the plan": one written word is two groups; "the" is said otherwise than alone.
TEST(WordsOfPhones, FindSeveralSpokenWordsForOneWritten) {
    const std::vector<Phones> alone = {U"ˈæt", U"sˈɛvən θˈɜɹTi", U"ðˈi", U"plˈæn"};
    const Phones whole = U"æt sˈɛvən θˈɜɹTi, ðə plˈæn.";
    const auto words = words_of_phones(whole, alone);
    ASSERT_EQ(words.size(), whole.size());
    std::u32string by_word[4];
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (words[i] >= 0) by_word[words[i]] += whole[i];
    }
    EXPECT_EQ(by_word[0], U"æt");
    EXPECT_EQ(by_word[1], U"sˈɛvənθˈɜɹTi");
    EXPECT_EQ(by_word[2], U"ðə");
    EXPECT_EQ(by_word[3], U"plˈæn");
}

// A word without a sound takes none of its neighbours'; phones with nothing to compare them to go somewhere.
TEST(WordsOfPhones, PassOverSilentWords) {
    const auto words = words_of_phones(U"wˈʌn — tˈu", std::vector<Phones>{U"wˈʌn", U"", U"tˈu"});
    EXPECT_EQ(words, (std::vector<int>{0, 0, 0, 0, -1, -1, -1, 2, 2, 2}));
    EXPECT_EQ(words_of_phones(U"a b", {}), (std::vector<int>{-1, -1, -1}));
    EXPECT_TRUE(words_of_phones(U"", std::vector<Phones>{U"a"}).empty());
    for (int w : words_of_phones(U"ab cd", std::vector<Phones>{U"", U""})) EXPECT_LE(w, 1);
}

// Long texts differ in length from their words said alone, and stay in step.
TEST(WordsOfPhones, KeepStepOverALongText) {
    std::vector<Phones> alone;
    Phones whole;
    std::vector<std::size_t> starts;
    for (int i = 0; i < 500; ++i) {
        const bool number = i % 10 == 3;  // alone "twenty twenty six", in the text letter by letter
        alone.push_back(number ? U"twˈɛnti twˈɛnti sˈɪks" : i % 2 ? U"mˈʌðəɹ" : U"lˈɪsᵊn");
        if (!whole.empty()) whole += U' ';
        starts.push_back(whole.size());
        whole += number ? U"tˈu zˈɪɹO tˈu sˈɪks" : alone.back();
    }
    const auto words = words_of_phones(whole, alone);
    for (std::size_t i = 0; i < starts.size(); ++i) ASSERT_EQ(words[starts[i]], static_cast<int>(i)) << i;
}

TEST(WordFrames, SpanTheTokensOfTheWord) {
    const std::vector<int> words = {0, 0, -1, 1, 1, -1}, frames = {3, 2, 4, 1, 5, 6, 7, 9};
    const auto found = word_frames(words, frames);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].begin, 3);
    EXPECT_EQ(found[0].end, 9);
    EXPECT_EQ(found[1].begin, 10);
    EXPECT_EQ(found[1].end, 21);
    EXPECT_TRUE(word_frames({}, {}).empty());
}

TEST(CutIntoPieces, CarriesTheWordsOfTokens) {
    const Phones phones = U"wˈʌn tˈu ?";
    const std::vector<int> words = {0, 0, 0, 0, -1, 1, 1, 1, -1, -1};
    const auto pieces = cut_into_pieces(phones, words);
    ASSERT_EQ(pieces.size(), 1u);
    EXPECT_EQ(pieces[0].tokens.size(), phones.size());
    EXPECT_EQ(pieces[0].words, words);
    EXPECT_TRUE(cut_into_pieces(U" . ", std::vector<int>{-1, -1, -1}).empty());
}

}  // namespace
}  // namespace aimpact::voice
