#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "voice/tts/espeak_pronouncer.hpp"
#include "voice/tts/kokoro_fixture.hpp"
#include "voice/tts/unicode.hpp"
#include "voice/tts/voice_catalog.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;

TEST(PhonesOfIpa, AreTheModels) {
    EXPECT_EQ(phones_of_ipa("bʊond^ʒˈɔrno"), U"bʊonʤˈɔrno");
    EXPECT_EQ(phones_of_ipa("nˈɐ̃^ʊ̃  t^sˈe^ɪ "), U"nˈɐ̃ʊ̃ ʦˈA");
    EXPECT_EQ(phones_of_ipa("(en)sˈɒftweə(fr) œ̃"), U"sˈɒftweə œ̃");
    EXPECT_EQ(phones_of_ipa("ˈa-b_c\n"), U"ˈabc");
    EXPECT_EQ(phones_of_ipa(" \n"), U"");
}

std::string shape(std::string_view text) {
    std::string out;
    for (const Phrase& p : phrases_of(text, written_words(text, {}))) {
        out += to_utf8(p.before) + "[" + p.text + "]" + to_utf8(p.after);
        for (int w : p.words) out += std::to_string(w);
        out += " ";
    }
    return out;
}

TEST(Phrases, AreCutAtPunctuationThatIsNotPartOfANumber) {
    EXPECT_EQ(shape("¿Qué tal? Son 1.000,5 euros (más o menos)."),
              "[Qué tal]?01 [Son 1.000,5 euros ]234 ([más o menos]).567 ");
    EXPECT_EQ(shape("uno,dos; a las 7:30... fin"), "[uno],0 [dos];0 [a las 7:30]...123 [fin]4 ");
    EXPECT_EQ(shape("«Bonjour»\u00A0!"), "\u201C[Bonjour]\u201D!0 ");
    EXPECT_EQ(shape("मैं ठीक हूँ। आप?"), "[मैं ठीक हूँ].012 [आप]?3 ");
    EXPECT_EQ(shape("**hola** [[x]] \xF0\x9F\x98\x80"), "[hola x ]01 ");
    EXPECT_EQ(shape(""), "[] ");
    EXPECT_EQ(shape("..."), "[] ");
}

TEST(EspeakProcess, SaysHowToInstallWhatIsMissing) {
    const auto said = EspeakProcess({}).ipa("hola", "es");
    ASSERT_TRUE(said.has_error());
    EXPECT_EQ(said.error().code, ErrorCode::unavailable);
    EXPECT_NE(said.error().message.find("apt-get install espeak-ng"), std::string::npos);
    EXPECT_TRUE(EspeakProcess("/nonexistent/espeak-ng").ipa("hola", "es").has_error());
}

// A program that hangs, fails or babbles in place of espeak-ng.
std::filesystem::path script(const std::string& name, const std::string& body) {
    const auto path = std::filesystem::path(testing::TempDir()) / (name + std::to_string(::getpid()));
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
}

TEST(EspeakProcess, OutlivesOneThatHangsFailsOrBabbles) {
    using std::chrono::milliseconds;
    const auto hangs = script("hangs", "exec sleep 600");
    const auto slow = EspeakProcess(hangs, milliseconds(50)).ipa("hola", "es");
    ASSERT_TRUE(slow.has_error());
    EXPECT_NE(slow.error().detail.find("50 ms"), std::string::npos) << slow.error().detail;
    const auto fails = script("fails", "echo ola; exit 3");
    EXPECT_TRUE(EspeakProcess(fails).ipa("hola", "es").has_error());
    const auto babbles = script("babbles", "while :; do echo ssssssssssssssssssssssssssssssssssssssss; done");
    EXPECT_TRUE(EspeakProcess(babbles, std::chrono::seconds(20)).ipa("hola", "es").has_error());
    // Text and options arrive as given, nothing of our environment does.
    ::setenv("AIMPACT_TEST_SECRET", "secret", 1);
    const auto shows = script("shows", "echo \"$*\"; echo \"[$AIMPACT_TEST_SECRET]\"; exec /bin/cat");
    const auto shown = EspeakProcess(shows).ipa("a; $(ls) `b`\n", "pt-br");
    ASSERT_TRUE(shown) << shown.error().detail;
    EXPECT_NE(shown->find("-vpt-br"), std::string::npos);
    EXPECT_NE(shown->find("[]\n"), std::string::npos);
    EXPECT_NE(shown->find("a; $(ls) `b`\n"), std::string::npos);
    for (const auto& path : {hangs, fails, babbles, shows}) std::filesystem::remove(path);
}

TEST(PronounceForeign, PutsPunctuationAndWordsBack) {
    const EspeakProcess espeak = EspeakProcess::find();
    if (!espeak.installed()) GTEST_SKIP() << "espeak-ng is not installed";
    const std::string text = "Hola, son las 25 horas. ¿Bien?";
    const auto said = pronounce_foreign(espeak, text, written_words(text, {}), "es");
    ASSERT_TRUE(said) << said.error().detail;
    ASSERT_EQ(said->phones.size(), said->words.size());
    EXPECT_TRUE(said->phones.starts_with(U"ˈola, ")) << to_utf8(said->phones);
    EXPECT_TRUE(said->phones.ends_with(U"?")) << to_utf8(said->phones);
    EXPECT_NE(said->phones.find(U"oɾas. "), Phones::npos) << to_utf8(said->phones);
    EXPECT_EQ(said->words.front(), 0);
    EXPECT_EQ(said->words[said->phones.find(U"oɾas")], 4);
    EXPECT_EQ(said->words[said->phones.size() - 2], 5);
    EXPECT_EQ(said->words.back(), -1);
    // Lines that espeak-ng cuts otherwise than we are read one by one.
    const std::string odd = "El Dr. p.ej. dijo: sí.";
    EXPECT_TRUE(pronounce_foreign(espeak, odd, written_words(odd, {}), "es"));
}

TEST(VoiceLanguages, AreWhatTheirNamesSay) {
    EXPECT_EQ(espeak_language("af_heart"), "");
    EXPECT_EQ(espeak_language("bm_george"), "");
    EXPECT_EQ(espeak_language("ff_siwis"), "fr-fr");
    EXPECT_EQ(espeak_language("pm_alex"), "pt-br");
    std::map<std::string, int> voices;
    for (const Voice& v : kokoro_voices()) ++voices[v.language];
    EXPECT_EQ(voices,
              (std::map<std::string, int>{
                  {"en-US", 20}, {"en-GB", 8}, {"es", 3}, {"fr-fr", 1}, {"it", 2}, {"pt-br", 3}, {"hi", 4}}));
}

TEST_F(KokoroTest, SpeaksOtherLanguagesThanEnglish) {
    const std::pair<const char*, const char*> cases[] = {
        {"ef_dora", "Hola, ¿cómo estás? Tengo 25 años."},
        {"ff_siwis", "Bonjour, comment allez-vous aujourd'hui ?"},
        {"if_sara", "Buongiorno, come sta? Sono le 7:30."},
        {"pf_dora", "Olá, tudo bem com você? São 3,5 quilos."},
        {"hf_alpha", "नमस्ते, आप कैसे हैं?"}};
    for (const auto& [voice, text] : cases) {
        const auto& all = synthesizer().voices();
        const auto v = std::find_if(all.begin(), all.end(), [&](const Voice& x) { return x.id == voice; });
        ASSERT_NE(v, all.end());
        if (!v->unavailable.empty()) {
            const auto refused = say(text, {.voice = voice});
            ASSERT_TRUE(refused.has_error());
            EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
            EXPECT_EQ(refused.error().message, v->unavailable);
            continue;
        }
        const auto chunk = say(text, {.voice = voice});
        expect_sound(chunk, voice);
        EXPECT_GT(seconds(*chunk), 0.8) << voice;
        EXPECT_LT(seconds(*chunk), 6) << voice;
        EXPECT_EQ(chunk->words.size(),
                  written_words(text, {}).size() - (std::string(text).find(" ?") != std::string::npos));
    }
}

}  // namespace
}  // namespace aimpact::voice
