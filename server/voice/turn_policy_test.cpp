#include "voice/turn_policy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace aimpact::voice {
namespace {

constexpr Eagerness kAll[] = {Eagerness::low, Eagerness::automatic, Eagerness::high};

TEST(EndingOf, ReadsTheMarkAndTheLastWord) {
    EXPECT_EQ(ending_of(""), Ending::unknown);
    EXPECT_EQ(ending_of("  \""), Ending::unknown);
    EXPECT_EQ(ending_of("I would like to book a table."), Ending::finished);
    EXPECT_EQ(ending_of("No!"), Ending::finished);
    EXPECT_EQ(ending_of("She said \"yes.\" "), Ending::finished);
    EXPECT_EQ(ending_of("I would like to book,"), Ending::open);
    EXPECT_EQ(ending_of("forty two"), Ending::open);
    EXPECT_EQ(ending_of("We were off the island of."), Ending::unfinished);
    EXPECT_EQ(ending_of("I need a table for four and, um..."), Ending::unfinished);
    EXPECT_EQ(ending_of("The"), Ending::unfinished);
    EXPECT_EQ(ending_of("AND"), Ending::unfinished);
}

TEST(EndingOf, WordsThatOnlyResembleThoseAreNone) {
    EXPECT_EQ(ending_of("This is a panda."), Ending::finished);
    EXPECT_EQ(ending_of("He gave up."), Ending::finished);
    EXPECT_EQ(ending_of("Please come in."), Ending::finished);
    EXPECT_EQ(ending_of("Vitamin A1."),
              Ending::unfinished);  // "A": the digits are not letters, and it only waits
}

TEST(EndingOf, AQuestionMayEndInAPreposition) {
    EXPECT_EQ(ending_of("Where do you come from?"), Ending::finished);
    EXPECT_EQ(ending_of("What is it for?\""), Ending::finished);
}

TEST(SilenceNeeded, IsLessTheSurerTheModelIs) {
    for (const Eagerness eagerness : kAll) {
        std::int64_t before = std::numeric_limits<std::int64_t>::max();
        for (const float p : {0.0F, 0.05F, 0.1F, 0.5F, 0.8F, 0.99F, 1.0F}) {
            const std::int64_t needed = silence_needed(eagerness, {p, Ending::finished});
            EXPECT_LE(needed, before);
            EXPECT_GT(needed, kTurnChecks.front()) << "no end before the model was asked";
            before = needed;
        }
    }
}

TEST(SilenceNeeded, GrowsWithPatience) {
    for (const float p : {0.0F, 0.3F, 0.6F, 0.9F, 0.99F}) {
        const TurnEvidence evidence{p, Ending::finished};
        EXPECT_LT(silence_needed(Eagerness::high, evidence), silence_needed(Eagerness::automatic, evidence));
        EXPECT_LT(silence_needed(Eagerness::automatic, evidence), silence_needed(Eagerness::low, evidence));
    }
}

TEST(SilenceNeeded, WordsOnlyAddPatience) {
    for (const Eagerness eagerness : kAll)
        for (const float p : {0.0F, 0.2F, 0.6F, 0.95F}) {
            const auto with = [&](Ending ending) { return silence_needed(eagerness, {p, ending}); };
            EXPECT_EQ(with(Ending::unknown), with(Ending::finished));
            EXPECT_GE(with(Ending::open), with(Ending::finished));
            EXPECT_GE(with(Ending::unfinished), with(Ending::open));
        }
    const auto sure = [](Ending ending) { return silence_needed(Eagerness::automatic, {0.99F, ending}); };
    EXPECT_LT(sure(Ending::finished), sure(Ending::open));
    EXPECT_LT(sure(Ending::open), sure(Ending::unfinished));
}

TEST(SilenceNeeded, WithoutAnOpinionMoreIsExpected) {
    for (const Eagerness eagerness : kAll) {
        const std::int64_t most = silence_needed(eagerness, {0.0F, Ending::finished});
        EXPECT_EQ(silence_needed(eagerness, {std::nullopt, Ending::finished}), most);
        EXPECT_EQ(silence_needed(eagerness, {std::numeric_limits<float>::quiet_NaN(), Ending::finished}),
                  most);
    }
}

TurnEvidence read(float text_end, int words = 8, std::optional<float> heard = 0.9F) {
    TurnEvidence evidence;
    evidence.probability = heard;
    evidence.ending = Ending::finished;
    evidence.text_end = text_end;
    evidence.words = words;
    return evidence;
}

TEST(Wholeness, GrowsWithWhatTheWordsAndTheirSoundSay) {
    EXPECT_GT(wholeness(read(0.3F)), wholeness(read(0.1F)));
    EXPECT_GT(wholeness(read(0.1F, 12)), wholeness(read(0.1F, 2)));
    EXPECT_GT(wholeness(read(0.1F, 8, 0.99F)), wholeness(read(0.1F, 8, 0.2F)));
    const double unheard = wholeness(read(0.1F, 8, std::nullopt));
    EXPECT_NEAR(unheard, wholeness(read(0.1F, 8, 0.5F)), 1e-6) << "no opinion is as good as a half";
    EXPECT_EQ(wholeness(read(0.1F, 8, std::numeric_limits<float>::quiet_NaN())), unheard);
    for (const float extreme : {0.0F, 1.0F}) EXPECT_TRUE(std::isfinite(wholeness(read(extreme, 0, extreme))));
}

TEST(SilenceNeeded, ABrokenSentenceGetsTimeHoweverSureTheTurnModelIs) {
    for (const Eagerness eagerness : kAll) {
        const std::int64_t broken = silence_needed(eagerness, read(0.0005F, 4, 0.99F));
        const std::int64_t maybe = silence_needed(eagerness, read(0.06F, 6, 0.9F));
        const std::int64_t whole = silence_needed(eagerness, read(0.5F, 8, 0.99F));
        EXPECT_GT(broken, maybe);
        EXPECT_GT(maybe, whole);
        EXPECT_GT(whole, kTurnChecks.front());
        EXPECT_GT(broken, silence_needed(eagerness, {0.99F, Ending::finished}));
    }
    EXPECT_GE(silence_needed(Eagerness::automatic, read(0.0005F, 4, 0.99F)), 42) << "1.35 s";
    EXPECT_LE(silence_needed(Eagerness::automatic, read(0.5F)), 12) << "0.4 s";
}

TEST(SilenceNeeded, AnUnreadTextIsWaitedForAndAnUnreadableOneIsNot) {
    for (const Eagerness eagerness : kAll) {
        TurnEvidence evidence{0.99F, Ending::unknown};
        const std::int64_t before = silence_needed(eagerness, evidence);
        evidence.text_pending = true;
        EXPECT_GT(silence_needed(eagerness, evidence), before);
        evidence.text_pending = false;
        evidence.text_end = std::numeric_limits<float>::quiet_NaN();
        EXPECT_EQ(silence_needed(eagerness, evidence), before);
    }
}

TEST(LikelySilence, ComesBeforeTheEndAndNotTooSoon) {
    EXPECT_EQ(likely_silence(7), kLikelySilence);
    EXPECT_EQ(likely_silence(16), kLikelySilence);
    EXPECT_EQ(likely_silence(33), 33 - kLikelyLead);
}

}  // namespace
}  // namespace aimpact::voice
