#include "voice/tts/speech_markup.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "voice/tts/test_synthesizer.hpp"

namespace aimpact::voice {
namespace {

class SpeechMarkupTest : public testing::Test {
  protected:
    std::string text(std::string_view source, std::size_t step,
                     MarkupErrors errors = MarkupErrors::tolerant) {
        SpeechMarkup markup({}, synthesizer_, errors);
        std::string out;
        const auto take = [&out](const Result<std::vector<SpeechPart>>& parts) {
            if (parts.has_error()) {
                out += "ERROR";
                return;
            }
            for (const SpeechPart& p : *parts) out += p.text;
        };
        for (std::size_t at = 0; at < source.size(); at += step) take(markup.push(source.substr(at, step)));
        take(markup.finish());
        return out;
    }
    TestSynthesizer synthesizer_;
};

TEST_F(SpeechMarkupTest, TakesTagsOutOfPlainText) {
    for (std::size_t step : {1u, 4u, 100u}) {
        EXPECT_EQ(text("[happy] Hi <b>you</b>! [pause 1s] Bye [1].", step), "Hi <b>you</b>! Bye [1].");
        EXPECT_EQ(text("<spea", step), "<spea");
        EXPECT_EQ(text("", step), "");
    }
}

TEST_F(SpeechMarkupTest, ReadsDocuments) {
    for (std::size_t step : {1u, 4u, 100u})
        EXPECT_EQ(text("<speak>Hi <break/>you.</speak>", step), "Hi you.") << step;
    // Inline tags are for plain text.
    EXPECT_EQ(text("<speak>Hi [pause] you.</speak>", 100), "Hi [pause] you.");
}

// A model's slip costs its tags, not its words.
TEST_F(SpeechMarkupTest, SaysWhatIsLeftOfABrokenDocument) {
    base::configure_log(base::LogLevel::off, base::LogFormat::json);
    for (std::size_t step : {1u, 4u, 7u, 200u}) {
        const std::string said =
            text("<speak>Hello. <audio src=\"x\"/>How <b>are</b> you & yours?</speak>", step);
        EXPECT_TRUE(said.starts_with("Hello. ")) << said;
        for (const char* word : {"How", "are", "you & yours?"})
            EXPECT_NE(said.find(word), std::string::npos) << said;
        EXPECT_EQ(said.find('<'), std::string::npos) << said;
        EXPECT_EQ(said.find("src"), std::string::npos) << said << " by " << step;
    }
    EXPECT_EQ(text("<speak>Cut off", 100), "Cut off");
    EXPECT_NE(text("<speak>Hello <audio/>", 100, MarkupErrors::strict).find("ERROR"), std::string::npos);
}

TEST_F(SpeechMarkupTest, TellsTheWordsOfAText) {
    EXPECT_EQ(words_of("[sad]Oh no.[/sad] [pause 2s] Well [1].", {}, synthesizer_), "Oh no. Well [1].");
    EXPECT_EQ(words_of("<speak>Oh <emphasis>no</emphasis>.</speak>", {}, synthesizer_), "Oh no.");
    EXPECT_EQ(words_of("  as it is\n", {}, synthesizer_), "  as it is\n");
}

TEST_F(SpeechMarkupTest, PlansALongTextInClauses) {
    std::string source;
    for (int i = 0; i < 2000; ++i) source += "This is a sentence of a long text. ";
    const auto planned = plan_speech(source, {}, synthesizer_);
    ASSERT_TRUE(planned);
    EXPECT_EQ(planned->size(), 2000u);
}

}  // namespace
}  // namespace aimpact::voice
