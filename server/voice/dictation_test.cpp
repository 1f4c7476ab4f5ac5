#include "voice/dictation.hpp"

#include <gtest/gtest.h>

namespace aimpact::voice {
namespace {

TEST(Dictation, MoreDigitsMayFollowUntilANumberIsWhole) {
    using enum Ending;
    EXPECT_EQ(dictation_of("My number is 5 5 5.", Expected::anything), listing);
    EXPECT_EQ(dictation_of("It's five five five", Expected::anything), listing);
    EXPECT_EQ(dictation_of("555-123", Expected::anything), listing);
    EXPECT_EQ(dictation_of("555-1234.", Expected::anything), complete);
    EXPECT_EQ(dictation_of("(415) 229 8006", Expected::anything), complete);
    EXPECT_EQ(dictation_of("one eight hundred", Expected::anything), std::nullopt);
    EXPECT_EQ(dictation_of("seven nine one three three eight two five five four", Expected::number),
              complete);
}

TEST(Dictation, ANumberThatWasAskedForMayBeLongerThanItLooks) {
    using enum Ending;
    EXPECT_EQ(dictation_of("415-229-8.", Expected::number), plausible) << "seven of ten";
    EXPECT_EQ(dictation_of("415-229-8006.", Expected::number), complete);
    EXPECT_EQ(dictation_of("555-123-8000.", Expected::number), listing) << "made whole by the recogniser";
    EXPECT_EQ(dictation_of("555-123-8000.", Expected::anything), complete);
    EXPECT_EQ(dictation_of("617. Five bars.", Expected::number), listing) << "heard wrongly";
    EXPECT_EQ(dictation_of("617. Five bars.", Expected::anything), std::nullopt);
    EXPECT_EQ(dictation_of("415-229-8006, that's all.", Expected::number), std::nullopt);
    EXPECT_EQ(dictation_of("At 10, I think.", Expected::number), std::nullopt);
    for (const Eagerness eagerness : {Eagerness::low, Eagerness::automatic, Eagerness::high}) {
        const auto silence = [&](Ending ending) { return silence_needed(eagerness, {0.99F, ending}); };
        EXPECT_GT(silence(plausible), silence(complete));
        EXPECT_LE(silence(plausible), silence(listing));
    }
}

TEST(Dictation, ALoneNumberIsTheBeginningOfOneOnlyWhereOneWasAskedFor) {
    EXPECT_EQ(dictation_of("A table for 4.", Expected::anything), std::nullopt);
    EXPECT_EQ(dictation_of("forty two", Expected::anything), std::nullopt);
    EXPECT_EQ(dictation_of("I was born in 1985.", Expected::anything), std::nullopt);
    EXPECT_EQ(dictation_of("4", Expected::number), Ending::listing);
    EXPECT_EQ(dictation_of("I don't have one.", Expected::number), std::nullopt);
}

TEST(Dictation, DatesAndAddressesAreWhole) {
    EXPECT_EQ(dictation_of("March 3rd 1985", Expected::number), Ending::complete);
    EXPECT_EQ(dictation_of("the 3rd of march", Expected::number), std::nullopt);
    EXPECT_EQ(dictation_of("ann at", Expected::spelling), Ending::listing);
    EXPECT_EQ(dictation_of("ann.lee@example", Expected::spelling), Ending::listing);
    EXPECT_EQ(dictation_of("ann.lee@example.com", Expected::spelling), Ending::complete);
    EXPECT_EQ(dictation_of("ann at example dot com", Expected::spelling), Ending::complete);
    EXPECT_EQ(dictation_of("S M I", Expected::spelling), Ending::listing);
}

TEST(ExpectedAfter, ReadsTheLastQuestion) {
    EXPECT_EQ(expected_after("Sure. What's your phone number?"), Expected::number);
    EXPECT_EQ(expected_after("May I have your date of birth, please?"), Expected::number);
    EXPECT_EQ(expected_after("Could you spell your last name?"), Expected::spelling);
    EXPECT_EQ(expected_after("What is your e-mail address?"), Expected::spelling);
    EXPECT_EQ(expected_after("Your number is on file."), Expected::anything);
    EXPECT_EQ(expected_after("Is your number right? Then goodbye."), Expected::anything);
    EXPECT_EQ(expected_after(""), Expected::anything);
}

TEST(EndingOf, DictationAsksForItsOwnSilence) {
    for (const Eagerness eagerness : {Eagerness::low, Eagerness::automatic, Eagerness::high}) {
        const auto silence = [&](Ending ending) { return silence_needed(eagerness, {0.99F, ending}); };
        EXPECT_GT(silence(Ending::listing), silence(Ending::finished));
        EXPECT_LT(silence(Ending::complete), silence_needed(eagerness, {0.0F, Ending::finished}));
    }
    EXPECT_EQ(ending_of("It's 5 5 5."), Ending::listing);
    EXPECT_EQ(ending_of("5", Expected::number), Ending::listing);
    EXPECT_EQ(ending_of("Five o'clock, please.", Expected::number), Ending::finished);
}

}  // namespace
}  // namespace aimpact::voice
