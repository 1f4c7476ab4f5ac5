#include "voice/tts/inline_tags.hpp"

#include <gtest/gtest.h>

#include "voice/tts/emotion.hpp"

namespace aimpact::voice {
namespace {

// What is said, with marks for what changes: "{slow 0.80}", "(0.3s)".
std::string read(std::string_view text, std::size_t step,
                 std::vector<std::string> emotions = emotion_names()) {
    InlineTagReader reader({}, std::move(emotions));
    std::vector<SpeechPart> parts;
    for (std::size_t at = 0; at < text.size(); at += step) {
        for (auto& p : reader.push(text.substr(at, step))) parts.push_back(std::move(p));
    }
    for (auto& p : reader.finish()) parts.push_back(std::move(p));
    std::string out, before = "neutral 1.00 0 0";
    for (const SpeechPart& p : parts) {
        if (p.pause_seconds > 0) out += "(" + std::to_string(p.pause_seconds).substr(0, 4) + ")";
        char manner[64];
        std::snprintf(manner, sizeof manner, "%s %.2f %.0f %.0f", p.style.emotion.c_str(), p.style.speed,
                      p.style.pitch_semitones, p.style.volume_db);
        if (before != manner) out += "{" + (before = manner) + "}";
        std::size_t at = 0;
        for (const SaidAs& s : p.style.said_as) {
            out += p.text.substr(at, s.begin - at) + (s.how == SaidAs::How::letters ? "<" : "<+") +
                   p.text.substr(s.begin, s.end - s.begin) + ">";
            at = s.end;
        }
        out += p.text.substr(at);
    }
    return out;
}

void expect(std::string_view text, const std::string& said) {
    for (std::size_t step : {1u, 2u, 3u, 5u, 1000u})
        EXPECT_EQ(read(text, step), said) << text << " by " << step;
}

TEST(InlineTags, Pause) {
    expect("One. [pause 300ms] Two.", "One. (0.30)Two.");
    expect("One.[pause]Two.", "One.(0.50)Two.");
    expect("[pause 1.5s]Hi", "(1.50)Hi");
    expect("Hi[pause 99s]", "Hi(10.0)");
    expect("a [pause 1s] [pause 1s] b", "a (2.00)b");
}

TEST(InlineTags, Manners) {
    expect("[happy] Great news! [/happy] Bye.", "{happy 1.00 0 0}Great news! {neutral 1.00 0 0}Bye.");
    expect("Now [slow]take care[/slow], ok", "Now {neutral 0.80 0 0}take care{neutral 1.00 0 0}, ok");
    expect("[loud]A[/loud][soft]B[/soft]", "{neutral 1.00 0 5}A{neutral 1.00 0 -6}B");
    expect("[fast]A", "{neutral 1.25 0 0}A");
    expect(
        "[rate 50%]A[pitch +2st]B[volume -6dB]C[/volume][/pitch]D[/rate]E",
        "{neutral 0.50 0 0}A{neutral 0.50 2 0}B{neutral 0.50 2 -6}C{neutral 0.50 0 0}D{neutral 1.00 0 0}E");
}

TEST(InlineTags, NestsAndForgives) {
    expect("[sad]a [slow]b[/sad] c", "{sad 1.00 0 0}a {sad 0.80 0 0}b{neutral 1.00 0 0} c");
    expect("a[/slow] b", "a b");
    expect("[angry]never closed", "{angry 1.00 0 0}never closed");
    std::string many;
    for (int i = 0; i < 100; ++i) many += "[slow]";
    EXPECT_EQ(read(many + "x", 7), "{neutral 0.25 0 0}x");  // as slow as a voice can speak
}

TEST(InlineTags, SpellAndEmphasis) {
    expect("It is [spell]AB-12[/spell], ok", "It is <AB-12>, ok");
    expect("I [emphasis]do[/emphasis] mind", "I <+do> mind");
    expect("a [spell] x [/spell] b", "a <x> b");
    expect("a [spell]never closed", "a never closed");
    const std::string much(300, 'y');
    expect("[spell]" + much + "[/spell] z", much + " z");
    expect("[spell][/spell]a", "a");
}

TEST(InlineTags, LeavesOtherBracketsAlone) {
    for (const char* text :
         {"see [1] and [sic]", "[Happy]", "[slow](https://example.com)", "[ pause]", "[pause 3]",
          "[pause soon]", "[happy now]", "[/pause]", "[slow down]", "a[i] = b[slowly]", "[", "]",
          "[[pausing]]", "[rate]", "[pitch 2st]", "[happy", "[pause 300ms", "[emphasized]", "[volume up]"})
        expect(text, text);
    expect("\\[pause] is a tag", "\\[pause] is a tag");
    expect("[[pause]", "[(0.50)");
}

// One after the other.
std::vector<std::pair<std::string, double>> emotions_of(std::string_view text, std::size_t step) {
    InlineTagReader reader({}, emotion_names());
    std::vector<SpeechPart> parts;
    for (std::size_t at = 0; at < text.size(); at += step)
        for (auto& p : reader.push(text.substr(at, step))) parts.push_back(std::move(p));
    for (auto& p : reader.finish()) parts.push_back(std::move(p));
    std::vector<std::pair<std::string, double>> out;
    for (const SpeechPart& p : parts) {
        std::pair manner(p.style.emotion, p.style.intensity);
        if (out.empty() || out.back() != manner) out.push_back(std::move(manner));
    }
    return out;
}

TEST(InlineTags, TakesAnIntensity) {
    using Emotions = std::vector<std::pair<std::string, double>>;
    for (const std::size_t step : {1U, 5U, 100U}) {
        EXPECT_EQ(
            emotions_of("[happy 0.5]Hi[/happy] [sad]you[/sad] [angry 1]there[/angry].", step),
            (Emotions{
                {"happy", 0.5}, {"neutral", 1}, {"sad", 1}, {"neutral", 1}, {"angry", 1}, {"neutral", 1}}));
        EXPECT_EQ(emotions_of("[calm 7]a[/calm][calm -1]b", step), (Emotions{{"calm", 1}, {"calm", 0}}));
    }
    expect("[happy 0.3]Hi[/happy]", "{happy 1.00 0 0}Hi");
    // No intensity: text like any other.
    expect("[happy birthday]", "[happy birthday]");
    expect("[sad 0.5x] [sad nan] [/sad 0.5]", "[sad 0.5x] [sad nan] [/sad 0.5]");
}

// A voice without emotions takes no notice, and says no tag either.
TEST(InlineTags, DropsEmotionsThatTheVoiceDoesNotHave) {
    EXPECT_EQ(read("[happy]Hi[/happy] there", 4, {"neutral"}), "Hi there");
}

}  // namespace
}  // namespace aimpact::voice
