#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "voice/synthesizer.hpp"

namespace aimpact::voice {
namespace {

using testing::ElementsAre;

std::vector<std::string> split(std::string_view text, std::size_t step) {
    ClauseSplitter splitter;
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size(); at += step) {
        for (auto& c : splitter.push(text.substr(at, step))) out.push_back(std::move(c));
    }
    for (auto& c : splitter.finish()) out.push_back(std::move(c));
    return out;
}

TEST(ClauseSplitter, StartsWithTheShortestClauseThatGrammarAllows) {
    EXPECT_THAT(split("Sure, I can help with that. What is your order number?", 1),
                ElementsAre("Sure, ", "I can help with that. ", "What is your order number?"));
    EXPECT_THAT(split("I have found three restaurants near you that are open right now.", 3),
                ElementsAre("I have found three restaurants near you ", "that are open right now."));
}

TEST(ClauseSplitter, KeepsNumbersNamesAndAddressesWhole) {
    for (const char* text : {"Version 3.14 costs $1,234.50 today.", "Dr. Smith and Mrs. Brown met.",
                             "See https://example.com/a.b?c=1,2 there.", "Mail jane.doe@example.com now.",
                             "It was on Nov 24, 2026 at noon.", "He lived in the U.S. Senate then.",
                             "John F. Kennedy spoke.", "It starts at 3:30 p.m. sharp."}) {
        for (std::size_t step : {1u, 2u, 5u, 100u})
            EXPECT_THAT(split(text, step), ElementsAre(text)) << text << " by " << step;
    }
    EXPECT_THAT(split("I like cats, e.g. Tom. Dogs too.", 1).back(), "Dogs too.");
}

TEST(ClauseSplitter, CutsAtLinesButNotAfterAnItemNumber) {
    EXPECT_THAT(split("Steps:\n1. Open the app.\n2. Close it.", 4),
                ElementsAre("Steps:\n", "1. Open the app.\n", "2. Close it."));
}

TEST(ClauseSplitter, GivesTheClausesAsSoonAsTheyAreComplete) {
    ClauseSplitter splitter;
    EXPECT_THAT(splitter.push("Well,"), ElementsAre());  // "1," might go on
    EXPECT_THAT(splitter.push(" let"), ElementsAre("Well, "));
    EXPECT_THAT(splitter.push(" me see."), ElementsAre());
    EXPECT_THAT(splitter.push(" "), ElementsAre("let me see. "));
    EXPECT_THAT(splitter.finish(), ElementsAre());
}

// Whatever the pieces, the clauses joined are the text, and none is endless.
TEST(ClauseSplitter, LosesNothingAndBoundsEveryClause) {
    std::string text = "Hello \xe2\x80\x9cworld\xe2\x80\x9d \xe2\x80\x94 na\xc3\xafve caf\xc3\xa9! ";
    for (int i = 0; i < 60; ++i) text += "some words without any punctuation that go on and on ";
    text += std::string(2000, 'x') + " \xf0\x9f\x98\x80 end...";
    for (std::size_t step : {1u, 3u, 7u, 64u, 10'000u}) {
        std::string joined;
        for (const auto& clause : split(text, step)) {
            EXPECT_LE(clause.size(), 420u);
            joined += clause;
        }
        EXPECT_EQ(joined, text) << step;
    }
}

TEST(ClauseSplitter, CutsAtTheDandaOfHindi) {
    EXPECT_THAT(split("\u0928\u092e\u0938\u094d\u0924\u0947\u0964 \u0906\u092a \u0915\u0948\u0938\u0947 "
                      "\u0939\u0948\u0902\u0964 ",
                      1),
                ElementsAre("\u0928\u092e\u0938\u094d\u0924\u0947\u0964 ",
                            "\u0906\u092a \u0915\u0948\u0938\u0947 \u0939\u0948\u0902\u0964 "));
}

TEST(ClauseSplitter, HasNothingToGiveForWhiteSpace) {
    EXPECT_THAT(split(" \n\t \n", 1), ElementsAre());
}

}  // namespace
}  // namespace aimpact::voice
