#include "voice/cloning/consent_phrase.hpp"

#include <gtest/gtest.h>

namespace aimpact::voice {
namespace {

const std::vector<std::string> kNames{"AImpact", "Acme Bakery", "OpenAI"};

Result<ConsentMatch> match(std::string_view heard, std::string_view language = "en-US") {
    return match_consent(heard, language, kNames);
}

TEST(ConsentPhrase, TakesThePhraseWithEachAcceptedName) {
    for (const std::string& name : kNames)
        for (const std::string_view language : consent_languages()) {
            const auto found = match(consent_phrase(language, name), language);
            ASSERT_TRUE(found.has_value()) << language << ": " << found.error().message;
            EXPECT_EQ(found->name, name);
            EXPECT_EQ(found->word_error_rate, 0);
            EXPECT_EQ(found->name_likeness, 1);
        }
    EXPECT_TRUE(consent_phrase("ja-JP", "AImpact").empty()) << "no phrase, no consent";
    EXPECT_EQ(consent_phrase("EN-gb", "OpenAI"), consent_phrase("en", "OpenAI"));
}

TEST(ConsentPhrase, TakesWhatARecogniserMakesOfIt) {
    for (const char* heard : {"I am the owner of this voice, and I consent to open AI using this voice to "
                              "create a synthetic voice model.",
                              "I'm the owner of this voice and I consent to aim pact using this voice to "
                              "create a synthetic voice model",
                              "i am the owner of this voice and i consent to a impact using this voice to "
                              "create synthetic voice model",
                              "Am the owner of the voice and I consent to Acme bakery using this voice to "
                              "create a synthetic voice "
                              "model. Thank you."}) {
        const auto found = match(heard);
        EXPECT_TRUE(found.has_value()) << heard << ": " << (found.has_error() ? found.error().message : "");
    }
}

TEST(ConsentPhrase, RefusesAnotherText) {
    for (const char* heard :
         {"", "Good morning, this is the front desk.", "I am the owner of this voice.",
          "I consent to AImpact using this voice.",
          "The owner of this shop gave his consent to the synthetic model of a voice that AImpact has built",
          "He is the owner of that noise; we consented to AImpact using boys to make synthetic voices"}) {
        const auto found = match(heard);
        ASSERT_TRUE(found.has_error()) << heard;
        EXPECT_EQ(found.error().param, "recording");
        EXPECT_NE(found.error().message.find("I am the owner of this voice and I consent to AImpact"),
                  std::string::npos)
            << "says what to record";
    }
}

TEST(ConsentPhrase, OneWordThatDeniesIsEnough) {
    // A single word more is far below the bound of the word error rate.
    for (const char* heard : {"I am not the owner of this voice and I consent to OpenAI using this voice to "
                              "create a synthetic voice model.",
                              "I am the owner of this voice and I don't consent to OpenAI using this voice "
                              "to create a synthetic voice model.",
                              "I am the owner of this voice and I never consent to OpenAI using this voice "
                              "to create a synthetic voice model."})
        EXPECT_TRUE(match(heard).has_error()) << heard;
    EXPECT_TRUE(
        match("Ich bin nicht der Eigentümer dieser Stimme und bin damit einverstanden, dass OpenAI diese "
              "Stimme zur Erstellung eines synthetischen Stimmmodells verwendet.",
              "de")
            .has_error());
}

TEST(ConsentPhrase, AWordThatCarriesTheMeaningMustBeHeard) {
    EXPECT_TRUE(match("I am the owner of this voice and I object to OpenAI using this voice to create a "
                      "synthetic voice "
                      "model.")
                    .has_error());
    EXPECT_TRUE(
        match(
            "I am the owner of this voice and I consent to OpenAI using this voice to create a natural voice "
            "model.")
            .has_error());
}

TEST(ConsentPhrase, RefusesConsentToSomebodyElse) {
    const auto found = match(
        "I am the owner of this voice and I consent to Microsoft using this voice to create a synthetic "
        "voice model.");
    ASSERT_TRUE(found.has_error());
    EXPECT_NE(found.error().message.find("somebody else"), std::string::npos);
    EXPECT_TRUE(
        match("I am the owner of this voice and I consent to using this voice to create a synthetic voice "
              "model.")
            .has_error())
        << "to nobody";
}

TEST(ConsentPhrase, TheBoundsHold) {
    // 18 words without the name: 4 others are 22 %, 5 are 28 %.
    const std::string four =
        "we are my owner of this voice and I consent to OpenAI using this voice for create a synthetic voice "
        "model";
    EXPECT_TRUE(match(four).has_value());
    EXPECT_TRUE(match("so " + four + " indeed yes").has_error());
    EXPECT_TRUE(match(std::string(400, 'a')).has_error());
    std::string endless = consent_phrase("en", "OpenAI");
    for (int i = 0; i < 200; ++i) endless += " and so on";
    EXPECT_NE(match(endless).error().message.find("much more"), std::string::npos);
}

TEST(ConsentPhrase, WordsAreLowerCaseWithoutPunctuation) {
    EXPECT_EQ(consent_words("  I'm \"HERE\", well-known!  "),
              (std::vector<std::string>{"im", "here", "well", "known"}));
    EXPECT_TRUE(consent_words(" ,.- ").empty());
}

}  // namespace
}  // namespace aimpact::voice
