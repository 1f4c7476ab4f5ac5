#include "voice/tts/speech_cutter.hpp"

#include <gtest/gtest.h>

#include "voice/tts/planned_speech.hpp"
#include "voice/tts/test_synthesizer.hpp"

namespace aimpact::voice {
namespace {

std::vector<PlannedClause> cut(std::vector<SpeechPart> parts) {
    SpeechCutter cutter;
    std::vector<PlannedClause> out = cutter.push(std::move(parts));
    for (auto& c : cutter.finish()) out.push_back(std::move(c));
    return out;
}

TEST(SpeechCutter, CutsWhereTheMannerChanges) {
    const auto clauses =
        cut({{.text = "I am "}, {.text = "so", .style = {.speed = 0.8}}, {.text = " tired today."}});
    ASSERT_EQ(clauses.size(), 3u);
    EXPECT_EQ(clauses[0].text, "I am ");
    EXPECT_EQ(clauses[1].text, "so");
    EXPECT_EQ(clauses[1].style.speed, 0.8);
    EXPECT_EQ(clauses[2].text, " tired today.");
}

TEST(SpeechCutter, JoinsPartsOfOneManner) {
    const auto clauses = cut({{.text = "I am "}, {.text = "here."}});
    ASSERT_EQ(clauses.size(), 1u);
    EXPECT_EQ(clauses[0].text, "I am here.");
}

// "Dr. No. 5" would be two clauses; as one place it is not cut, and its offsets follow the clauses.
TEST(SpeechCutter, KeepsPlacesWholeAndInTheirClause) {
    SpeechPart part{.text = "Well, it was. It is \"Yes. No. Maybe.\" today."};
    const std::size_t begin = part.text.find('"') + 1, end = part.text.rfind('"');
    part.style.said_as = {{0, 4, SaidAs::How::words, "so"}, {begin, end, SaidAs::How::words, "all"}};
    const auto clauses = cut({part});
    ASSERT_EQ(clauses.size(), 3u);
    EXPECT_EQ(clauses[0].text, "Well, ");
    ASSERT_EQ(clauses[0].style.said_as.size(), 1u);
    EXPECT_EQ(clauses[2].text, "It is \"Yes. No. Maybe.\" today.");
    ASSERT_EQ(clauses[2].style.said_as.size(), 1u);
    const SaidAs& place = clauses[2].style.said_as[0];
    EXPECT_EQ(clauses[2].text.substr(place.begin, place.end - place.begin), "Yes. No. Maybe.");
    std::string joined;
    for (const auto& c : clauses) joined += c.text;
    EXPECT_EQ(joined, part.text);
}

TEST(SpeechCutter, PutsSilenceBeforeWhatFollows) {
    const auto clauses = cut({{.text = "One. "},
                              {.pause_seconds = 0.5, .text = " "},
                              {.pause_seconds = 0.25, .text = "Two."},
                              {.pause_seconds = 1}});
    ASSERT_EQ(clauses.size(), 3u);
    EXPECT_EQ(clauses[1].silence_seconds, 0.75);
    EXPECT_EQ(clauses[1].text, " Two.");
    EXPECT_EQ(clauses[2].silence_seconds, 1);
    EXPECT_EQ(clauses[2].text, "");
    EXPECT_TRUE(cut({}).empty());
}

TEST(PlannedSpeech, GivesTheSilenceBeforeTheWords) {
    TestSynthesizer synthesizer;
    std::vector<SpokenChunk> chunks;
    auto take = [&chunks](SpokenChunk chunk) { chunks.push_back(std::move(chunk)); };
    const auto done = base::run_sync(
        stream_planned(synthesizer, {0.5, "two words", {.speed = 1.5}}, inference::Priority::batch, take));
    ASSERT_TRUE(done);
    ASSERT_EQ(chunks.size(), 2u);
    EXPECT_EQ(chunks[0].samples, std::vector<float>(12'000, 0.0f));
    EXPECT_EQ(chunks[0].text, "");
    EXPECT_FALSE(chunks[0].last_of_clause);
    EXPECT_EQ(chunks[1].text, "two words");
    EXPECT_TRUE(chunks[1].last_of_clause);
    ASSERT_EQ(chunks[1].words.size(), 1u);
    EXPECT_NEAR(chunks[1].words[0].start_seconds, 0.55, 1e-9);
    ASSERT_EQ(synthesizer.calls.size(), 1u);
    EXPECT_EQ(synthesizer.calls[0].style.speed, 1.5);

    const auto whole =
        base::run_sync(say_planned(synthesizer, {0.5, "two words", {}}, inference::Priority::batch));
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->samples.size(), 12'000u + 4'800u);
    const auto silence = base::run_sync(say_planned(synthesizer, {0.25, "", {}}, inference::Priority::batch));
    ASSERT_TRUE(silence);
    EXPECT_EQ(silence->samples.size(), 6'000u);
    EXPECT_EQ(synthesizer.calls.size(), 2u);
}

}  // namespace
}  // namespace aimpact::voice
