#include "voice/tts/ssml.hpp"

#include <gtest/gtest.h>

#include "voice/tts/speech_markup.hpp"
#include "voice/tts/ssml_values.hpp"
#include "voice/tts/test_synthesizer.hpp"

namespace aimpact::voice {
namespace {

class SsmlTest : public testing::Test {
  protected:
    Result<std::vector<PlannedClause>> plan(std::string_view body, SpeechStyle style = {}) {
        return plan_speech("<speak>" + std::string(body) + "</speak>", style, synthesizer_);
    }
    std::string text(std::string_view body) {
        const auto planned = plan(body);
        if (planned.has_error()) return "ERROR " + planned.error().message;
        std::string out;
        for (const PlannedClause& c : *planned) out += c.text;
        return out;
    }
    std::string error(std::string_view body) {
        const auto planned = plan(body);
        return planned.has_error() ? planned.error().message : "no error";
    }
    PlannedClause only(std::string_view body, SpeechStyle style = {}) {
        auto planned = plan(body, std::move(style));
        EXPECT_TRUE(planned) << planned.error().message;
        if (planned.has_error() || planned->size() != 1) {
            ADD_FAILURE() << body << " is no single clause";
            return {};
        }
        return planned->front();
    }
    SaidAs said(std::string_view body) {
        const PlannedClause clause = only(body);
        if (clause.style.said_as.size() != 1) {
            ADD_FAILURE() << body << " has " << clause.style.said_as.size() << " places";
            return {};
        }
        return clause.style.said_as.front();
    }
    TestSynthesizer synthesizer_;
};

TEST_F(SsmlTest, KnowsADocumentByItsBeginning) {
    EXPECT_EQ(begins_as_ssml("<speak>"), true);
    EXPECT_EQ(begins_as_ssml(" \n<speak version=\"1.1\">"), true);
    EXPECT_EQ(begins_as_ssml("<?xml version=\"1.0\"?>"), true);
    EXPECT_EQ(begins_as_ssml("<spea"), std::nullopt);
    EXPECT_EQ(begins_as_ssml(""), std::nullopt);
    EXPECT_EQ(begins_as_ssml("<speaker>"), false);
    EXPECT_EQ(begins_as_ssml("Hello <speak>"), false);
}

TEST_F(SsmlTest, ReadsTextWithOneSpaceBetweenWords) {
    EXPECT_EQ(text("\n  Hello\n   there,   friend &amp; foe.\n"), "Hello there, friend & foe. ");
    EXPECT_EQ(text("<!-- not said -->Hello<?pi not said?>."), "Hello.");
    EXPECT_EQ(text("<w>Hel</w>lo <lang xml:lang=\"fr-FR\">monde</lang><mark name=\"m\"/>."), "Hello monde.");
    EXPECT_EQ(text("<metadata>not said</metadata>Hi."), "Hi.");
    EXPECT_EQ(text(""), "");
}

TEST_F(SsmlTest, PausesForABreak) {
    const auto planned =
        plan("One.<break time=\"1.5s\"/><break time='250ms'/>Two.<break strength=\"strong\"/>");
    ASSERT_TRUE(planned);
    ASSERT_EQ(planned->size(), 3u);
    EXPECT_EQ((*planned)[0].silence_seconds, 0);
    EXPECT_NEAR((*planned)[1].silence_seconds, 1.75, 1e-9);
    EXPECT_EQ((*planned)[1].text, "Two.");
    EXPECT_EQ((*planned)[2].text, "");
    EXPECT_NEAR((*planned)[2].silence_seconds, 0.6, 1e-9);
    // No pause, no cut.
    EXPECT_EQ(only("One<break strength=\"none\"/> two.").text, "One two.");
    EXPECT_NE(error("<break time=\"11s\"/>").find("0ms to 10s"), std::string::npos);
    EXPECT_NE(error("<break time=\"1\"/>").find("break time"), std::string::npos);
    EXPECT_NE(error("<break strength=\"huge\"/>").find("break strength"), std::string::npos);
}

TEST_F(SsmlTest, ChangesTheManner) {
    const auto planned = plan(
        "Usual. <prosody rate=\"slow\" pitch=\"+2st\" volume=\"-6dB\">Low <prosody rate='50%'>slower."
        "</prosody></prosody> Usual.");
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_EQ(planned->size(), 4u);
    EXPECT_EQ((*planned)[0].style.speed, 1);
    EXPECT_EQ((*planned)[1].style.speed, 0.75);
    EXPECT_EQ((*planned)[1].style.pitch_semitones, 2);
    EXPECT_EQ((*planned)[1].style.volume_db, -6);
    EXPECT_EQ((*planned)[2].style.speed, 0.375);
    EXPECT_EQ((*planned)[3].style.speed, 1);
    EXPECT_EQ((*planned)[3].style.pitch_semitones, 0);
    // Held within what a voice can do, on top of what was asked for.
    EXPECT_EQ(only("<prosody rate=\"400%\">Hi.</prosody>", {.speed = 2}).style.speed, 4);
    EXPECT_EQ(only("<prosody pitch=\"+40st\">Hi.</prosody>").style.pitch_semitones, 12);
    EXPECT_EQ(only("<prosody volume=\"silent\">Hi.</prosody>").style.volume_db, -40);
    EXPECT_NE(error("<prosody rate=\"quick\">x</prosody>").find("prosody rate"), std::string::npos);
    EXPECT_NE(error("<prosody contour=\"(0%,+20Hz)\">x</prosody>").find("contour"), std::string::npos);
}

TEST_F(SsmlTest, ReadsValuesAsTheStandardWritesThem) {
    EXPECT_EQ(read_rate("x-fast"), 1.6);
    EXPECT_EQ(read_rate("80%"), 0.8);
    EXPECT_NEAR(*read_rate("+10%"), 1.1, 1e-9);
    EXPECT_NEAR(*read_rate("-25%"), 0.75, 1e-9);
    EXPECT_EQ(read_rate("1.2"), 1.2);
    EXPECT_EQ(read_rate("0%"), std::nullopt);
    EXPECT_EQ(read_rate("-100%"), std::nullopt);
    EXPECT_EQ(read_rate("1e9%"), std::nullopt);
    EXPECT_EQ(read_pitch("high", 200), 2.5);
    EXPECT_EQ(read_pitch("-3st", 200), -3);
    EXPECT_NEAR(*read_pitch("400Hz", 200), 12, 1e-9);
    EXPECT_NEAR(*read_pitch("+100%", 200), 12, 1e-9);
    EXPECT_NEAR(*read_pitch("-100Hz", 200), -12, 1e-9);
    EXPECT_EQ(read_pitch("-200Hz", 200), std::nullopt);
    EXPECT_EQ(read_pitch("2st", 200), std::nullopt);
    EXPECT_EQ(read_volume("loud"), 4);
    EXPECT_EQ(read_volume("+6dB"), 6);
    EXPECT_NEAR(*read_volume("50"), -6.02, 0.01);
    EXPECT_NEAR(*read_volume("+100%"), 6.02, 0.01);
    EXPECT_EQ(read_volume("0"), -40);
    EXPECT_EQ(read_volume("101"), std::nullopt);
    EXPECT_EQ(read_time("-1s"), std::nullopt);
    EXPECT_EQ(read_time(".5s"), 0.5);
    EXPECT_EQ(read_time("5"), std::nullopt);
}

TEST_F(SsmlTest, ChangesTheVoice) {
    const auto planned = plan("A <voice name=\"am_michael\">man.</voice> Her.");
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_EQ(planned->size(), 3u);
    EXPECT_EQ((*planned)[1].style.voice, "am_michael");
    EXPECT_EQ((*planned)[2].style.voice, "af_heart");
    EXPECT_EQ(only("<voice gender=\"female\" xml:lang=\"en-GB\">Hi.</voice>").style.voice, "bf_emma");
    EXPECT_NE(error("<voice name=\"nobody\">x</voice>").find("no voice 'nobody'"), std::string::npos);
    EXPECT_NE(error("<voice gender=\"neutral\">x</voice>").find("no voice of that"), std::string::npos);
    EXPECT_NE(error("<voice>x</voice>").find("needs a name"), std::string::npos);
}

TEST_F(SsmlTest, ChangesTheEmotion) {
    const PlannedClause clause = only("<emotion name=\"sad\" intensity=\"0.5\">Oh no.</emotion>");
    EXPECT_EQ(clause.style.emotion, "sad");
    EXPECT_EQ(clause.style.intensity, 0.5);
    EXPECT_NE(error("<emotion name=\"hungry\">x</emotion>").find("hungry"), std::string::npos);
    EXPECT_NE(error("<emotion name=\"sad\" intensity=\"2\">x</emotion>").find("intensity"),
              std::string::npos);
    EXPECT_NE(error("<emotion>x</emotion>").find("needs a name"), std::string::npos);
}

TEST_F(SsmlTest, TakesIntensitiesFromNoneToFull) {
    EXPECT_EQ(only("<emotion name=\"sad\" intensity=\"0\">Oh.</emotion>").style.intensity, 0);
    EXPECT_EQ(only("<emotion name=\"sad\" intensity=\"1\">Oh.</emotion>").style.intensity, 1);
    for (const std::string wrong : {"-0.1", "1.01", "much", "+0.5", "0.5st"})
        EXPECT_NE(error("<emotion name=\"sad\" intensity=\"" + wrong + "\">x</emotion>").find("from 0 to 1"),
                  std::string::npos)
            << wrong;
}

// Azure's element and its names.
TEST_F(SsmlTest, ExpressesAs) {
    const PlannedClause plain = only("<mstts:express-as style=\"cheerful\">Hello.</mstts:express-as>");
    EXPECT_EQ(plain.style.emotion, "happy");
    EXPECT_EQ(plain.style.intensity, 0.5);
    const PlannedClause strong =
        only("<mstts:express-as style=\"sad\" styledegree=\"2\">Hello.</mstts:express-as>");
    EXPECT_EQ(strong.style.emotion, "sad");
    EXPECT_EQ(strong.style.intensity, 1);
    for (const std::string wrong : {"0", "2.1", "strong"})
        EXPECT_NE(error("<mstts:express-as style=\"sad\" styledegree=\"" + wrong + "\">x</mstts:express-as>")
                      .find("0.01 to 2"),
                  std::string::npos)
            << wrong;
    EXPECT_NE(error("<mstts:express-as style=\"newscast\">x</mstts:express-as>").find("newscast"),
              std::string::npos);
    EXPECT_NE(error("<mstts:express-as>x</mstts:express-as>").find("emotion"), std::string::npos);
}

TEST_F(SsmlTest, SaysPlacesOtherwiseThanWritten) {
    const std::string before = "By the ";
    EXPECT_EQ(said("By the <sub alias=\"World Wide Web\">WWW</sub>."),
              (SaidAs{before.size(), before.size() + 3, SaidAs::How::words, "World Wide Web"}));
    EXPECT_EQ(said("<phoneme alphabet=\"ipa\" ph=\"təˈmeɪtoʊ\">tomato</phoneme>"),
              (SaidAs{0, 6, SaidAs::How::phones, "təmˈAtO"}));
    EXPECT_EQ(said("<phoneme alphabet=\"x-sampa\" ph='t@&quot;meItoU'>tomato</phoneme>").said, "təmˈAtO");
    EXPECT_EQ(said("<phoneme alphabet=\"kokoro\" ph=\"təmˈAɾO\">tomato</phoneme>").said, "təmˈAɾO");
    EXPECT_EQ(said("<say-as interpret-as=\"characters\">ABC</say-as>"),
              (SaidAs{0, 3, SaidAs::How::letters, "ABC"}));
    EXPECT_EQ(said("<say-as interpret-as=\"date\" format=\"dmy\">3/4/2025</say-as>").said,
              "the third of April, twenty twenty-five");
    EXPECT_EQ(said("<emphasis level=\"strong\">now</emphasis>"), (SaidAs{0, 3, SaidAs::How::stress, "+2"}));
    EXPECT_EQ(said("<emphasis>now</emphasis>").said, "+1");
    EXPECT_EQ(said("<emphasis level=\"reduced\">now</emphasis>").said, "-1");
    EXPECT_TRUE(only("<emphasis level=\"none\">now</emphasis>").style.said_as.empty());
    // Without text of its own it is said all the same.
    EXPECT_EQ(said("<phoneme ph=\"ˈa\"/>").how, SaidAs::How::phones);
    EXPECT_EQ(said("<sub alias=\"hello\"/>").said, "hello");
}

TEST_F(SsmlTest, LeavesExpletivesOut) {
    const auto planned = plan("What the <say-as interpret-as=\"expletive\">heck</say-as> is it?");
    ASSERT_TRUE(planned);
    ASSERT_EQ(planned->size(), 2u);
    EXPECT_EQ((*planned)[0].text + (*planned)[1].text, "What the is it?");
    EXPECT_GT((*planned)[1].silence_seconds, 0.2);
}

TEST_F(SsmlTest, SaysExactlyWhatIsWrong) {
    EXPECT_NE(error("<sub>x</sub>").find("<sub> needs alias"), std::string::npos);
    EXPECT_NE(error("<phoneme>x</phoneme>").find("needs ph"), std::string::npos);
    EXPECT_NE(error("<phoneme ph=\"№\">x</phoneme>").find("'№'"), std::string::npos);
    EXPECT_NE(error("<phoneme alphabet=\"cmu\" ph=\"x\">x</phoneme>").find("cmu"), std::string::npos);
    EXPECT_NE(error("<say-as>x</say-as>").find("needs interpret-as"), std::string::npos);
    EXPECT_NE(error("<say-as interpret-as=\"song\">x</say-as>").find("song"), std::string::npos);
    EXPECT_NE(error("<emphasis level=\"loud\">x</emphasis>").find("emphasis level"), std::string::npos);
    EXPECT_NE(error("<sub alias=\"x\"><break/></sub>").find("holds text only"), std::string::npos);
    EXPECT_NE(error("<sub alias=\"x\">" + std::string(301, 'a') + "</sub>").find("at most 300"),
              std::string::npos);
    EXPECT_NE(error("<sub alias=\"" + std::string(301, 'a') + "\">x</sub>").find("at most 300"),
              std::string::npos);
    EXPECT_NE(error("<phoneme ph=\"" + std::string(301, 'a') + "\">x</phoneme>").find("at most 300"),
              std::string::npos);
    EXPECT_EQ(error("Fine.\n  <audio src=\"x.wav\"/>"),
              "SSML line 2, column 3: <audio> is no element that is supported. docs/SPEECH.md lists them.");
    EXPECT_NE(error("a < b").find("line 1, column"), std::string::npos);
    EXPECT_NE(error("<p>open").find("mismatched tag"), std::string::npos);
    EXPECT_NE(error("&nbsp;").find("undefined entity"), std::string::npos);
    EXPECT_NE(error("<speak>x</speak>").find("inside another"), std::string::npos);
    EXPECT_NE(error("</speak><speak>").find("junk after"), std::string::npos);
    const auto cut = plan_speech("<speak>Hello", {}, synthesizer_);
    ASSERT_TRUE(cut.has_error());
    EXPECT_EQ(cut.error().param, "input");
    const auto other = plan_speech("<?xml version=\"1.0\"?><html/>", {}, synthesizer_);
    EXPECT_NE(other.error().message.find("begins with <speak>"), std::string::npos);
}

// No entity of one's own can be declared, so none can grow or read a file.
TEST_F(SsmlTest, RefusesDocumentTypes) {
    for (const char* document :
         {"<?xml version=\"1.0\"?><!DOCTYPE speak [<!ENTITY a \"aaaa\"><!ENTITY b "
          "\"&a;&a;\">]><speak>&b;</speak>",
          "<?xml version=\"1.0\"?><!DOCTYPE speak SYSTEM \"file:///etc/passwd\"><speak>x</speak>"}) {
        const auto planned = plan_speech(document, {}, synthesizer_);
        ASSERT_TRUE(planned.has_error());
        EXPECT_NE(planned.error().message.find("DOCTYPE"), std::string::npos) << planned.error().message;
    }
}

TEST_F(SsmlTest, HasLimits) {
    std::string deep;
    for (int i = 0; i < 32; ++i) deep = "<prosody rate=\"medium\">" + deep;
    EXPECT_NE(error(deep).find("deeper than 32"), std::string::npos);
    std::string many;
    for (int i = 0; i < 2001; ++i) many += "<w>a</w> ";
    EXPECT_NE(error(many).find("more than 2000 elements"), std::string::npos);
    std::string long_pauses;
    for (int i = 0; i < 31; ++i) long_pauses += "<break time=\"10s\"/>";
    EXPECT_NE(error(long_pauses).find("longer than 300 seconds"), std::string::npos);
    const auto big = plan_speech("<speak>" + std::string(256 << 10, 'a') + "</speak>", {}, synthesizer_);
    ASSERT_TRUE(big.has_error());
    EXPECT_EQ(big.error().code, base::ErrorCode::payload_too_large);
}

TEST_F(SsmlTest, EndsSentencesAndParagraphs) {
    const auto planned = plan("<p><s>One sentence</s><s>Two sentences.</s></p><p>Three</p>");
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_GE(planned->size(), 3u);
    EXPECT_NEAR((*planned)[1].silence_seconds, 0.28, 1e-9);  // no mark ends the first
    EXPECT_NEAR((*planned)[2].silence_seconds, 0.3, 1e-9);   // the paragraph
    EXPECT_EQ((*planned)[0].text + (*planned)[1].text + (*planned)[2].text,
              "One sentence Two sentences. Three");
}

// However the document arrives, the same is said.
TEST_F(SsmlTest, IsReadAsItStreamsIn) {
    const std::string document =
        "<speak version=\"1.1\">Hello, <emphasis>dear</emphasis> caller. <prosody rate=\"slow\">One &lt; two."
        "</prosody><break time=\"300ms\"/>It is <say-as interpret-as=\"time\">14:05</say-as>, "
        "na\xC3\xAFve.</speak>";
    const auto whole = plan_speech(document, {}, synthesizer_);
    ASSERT_TRUE(whole) << whole.error().message;
    for (std::size_t step : {1u, 2u, 3u, 7u, 50u}) {
        SpeechMarkup markup({}, synthesizer_, MarkupErrors::strict);
        SpeechCutter cutter;
        std::vector<PlannedClause> clauses;
        const auto take = [&clauses](std::vector<PlannedClause> some) {
            for (auto& c : some) clauses.push_back(std::move(c));
        };
        for (std::size_t at = 0; at < document.size(); at += step) {
            auto parts = markup.push(std::string_view(document).substr(at, step));
            ASSERT_TRUE(parts) << parts.error().message;
            take(cutter.push(*std::move(parts)));
        }
        take(cutter.push(*markup.finish()));
        take(cutter.finish());
        ASSERT_EQ(clauses.size(), whole->size()) << step;
        for (std::size_t i = 0; i < clauses.size(); ++i) {
            EXPECT_EQ(clauses[i].text, (*whole)[i].text) << step;
            EXPECT_EQ(clauses[i].style.said_as, (*whole)[i].style.said_as) << step;
            EXPECT_EQ(clauses[i].silence_seconds, (*whole)[i].silence_seconds) << step;
        }
    }
}

}  // namespace
}  // namespace aimpact::voice
