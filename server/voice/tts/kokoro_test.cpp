// On the real models.
#include "voice/tts/kokoro.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "inference/sherpa_recognizer.hpp"
#include "voice/tts/kokoro_fixture.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

TEST_F(KokoroTest, SpeaksAClause) {
    const std::string text = "Let me check the status of your order.";
    const auto chunk = say(text);
    expect_sound(chunk, text);
    EXPECT_EQ(chunk->text, text);
    EXPECT_GT(seconds(*chunk), 1.4);
    EXPECT_LT(seconds(*chunk), 3.5);
    EXPECT_NEAR(loudness_lufs(chunk->samples, kSynthesisRate), -23.0, 1.0);
    // Speech starts soon and both ends are quiet: no click at a joint, no wait in silence.
    std::size_t onset = 0;
    while (std::abs(chunk->samples[onset]) < 0.01f) ++onset;
    EXPECT_LT(onset, kSynthesisRate / 20u);
    EXPECT_LT(std::abs(chunk->samples.front()), 0.002f);
    EXPECT_LT(std::abs(chunk->samples.back()), 0.002f);
}

TEST_F(KokoroTest, LengthFollowsTextAndSpeed) {
    const auto normal = say("We open at nine and close at six every day");
    const auto slow = say("We open at nine and close at six every day", {.speed = 0.5});
    const auto fast = say("We open at nine and close at six every day", {.speed = 2.0});
    const auto fastest = say("We open at nine and close at six every day", {.speed = 4.0});
    ASSERT_TRUE(normal && slow && fast && fastest);
    EXPECT_NEAR(seconds(*slow) / seconds(*normal), 2.0, 0.4);
    EXPECT_NEAR(seconds(*fast) / seconds(*normal), 0.5, 0.12);
    EXPECT_NEAR(seconds(*fastest) / seconds(*normal), 0.25, 0.1);
}

TEST_F(KokoroTest, LongTextsComeInBoundedPieces) {
    std::string text;
    for (int i = 0; i < 12; ++i) text += "and the evening light slowly fades behind the mountains ";
    const auto chunk = say(text);
    expect_sound(chunk, "long");
    EXPECT_GT(seconds(*chunk), 20.0);
    // No hole in the middle: windows and pieces join.
    std::size_t quiet = 0, longest = 0;
    for (float s : chunk->samples) {
        quiet = std::abs(s) < 0.003f ? quiet + 1 : 0;
        longest = std::max(longest, quiet);
    }
    EXPECT_LT(longest, kSynthesisRate * 6u / 10);
}

TEST_F(KokoroTest, HasNoSoundForNothingToSay) {
    for (const char* text : {"", "   ", "\xf0\x9f\x98\x80", "...", "**", "\n", "\xff\xfe", "你好"}) {
        const auto chunk = say(text);
        ASSERT_TRUE(chunk) << text;
        EXPECT_TRUE(chunk->samples.empty()) << text;
    }
}

TEST_F(KokoroTest, RepeatsComeFromTheCache) {
    const std::string text = "Thank you for calling the cache.";
    const auto first = say(text), second = say(text);
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->samples, second->samples);  // the noise in the source differs from run to run
    const std::string metrics = engine_->metrics.render();
    EXPECT_NE(metrics.find("aimpact_tts_clauses_total{source=\"cache\"}"), std::string::npos);
    EXPECT_EQ(metrics.find("aimpact_tts_clauses_total{source=\"cache\"} 0"), std::string::npos);
}

TEST_F(KokoroTest, RefusesWhatItCannotDoAndSaysWhatItCan) {
    const auto voice = say("Hi", {.voice = "heart"});
    ASSERT_TRUE(voice.has_error());
    EXPECT_EQ(voice.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(voice.error().param, "voice");
    EXPECT_NE(voice.error().message.find("af_heart"), std::string::npos);
    const auto emotion = say("Hi", {.emotion = "hapy"});
    ASSERT_TRUE(emotion.has_error());
    EXPECT_NE(emotion.error().message.find("happy"), std::string::npos);
    EXPECT_TRUE(say("Hi", {.intensity = 1.01}).has_error());
    EXPECT_TRUE(say("Hi", {.intensity = std::nan("")}).has_error());
    EXPECT_TRUE(say("Hi", {.speed = 0.24}).has_error());
    EXPECT_TRUE(say("Hi", {.speed = 4.01}).has_error());
    EXPECT_TRUE(say("Hi", {.speed = std::nan("")}).has_error());
    EXPECT_TRUE(say("Hi", {.voice = std::string(100'000, 'x')}).error().message.size() < 300);
    const auto text = say(std::string(4097, 'a'));
    ASSERT_TRUE(text.has_error());
    EXPECT_EQ(text.error().code, ErrorCode::payload_too_large);
    EXPECT_NE(text.error().message.find("4096"), std::string::npos);
}

TEST_F(KokoroTest, StopsWhenAsked) {
    std::stop_source stopped;
    stopped.request_stop();
    const auto before = say("Never said.", {}, stopped.get_token());
    ASSERT_TRUE(before.has_error());
    EXPECT_EQ(before.error().code, ErrorCode::cancelled);

    // In the middle of a reply: the sink asks to stop after the first clause.
    std::stop_source source;
    int chunks = 0;
    auto sink = [&](SpokenChunk) -> Task<Result<>> {
        ++chunks;
        source.request_stop();
        co_return Result<>{};
    };
    const auto result = base::run_sync(
        synthesizer().speak("One thing first. Another sentence that takes longer to say. And a third one.",
                            {}, Priority::caller_waiting, sink, source.get_token()));
    ASSERT_TRUE(result.has_error());
    EXPECT_EQ(result.error().code, ErrorCode::cancelled);
    EXPECT_EQ(chunks, 1);
    // And it still speaks.
    expect_sound(say("Still here."), "after a stop");
}

TEST_F(KokoroTest, SpeaksAWholeTextInOrder) {
    std::string joined;
    const std::string text = "Sure, I can do that. It costs $1.50, and it takes two days.";
    auto sink = [&](SpokenChunk chunk) -> Task<Result<>> {
        EXPECT_FALSE(chunk.samples.empty());
        joined += chunk.text;
        co_return Result<>{};
    };
    const auto done = base::run_sync(synthesizer().speak(text, {}, Priority::batch, sink));
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(joined, text);
    // A sink that fails ends it with its error.
    auto failing = [](SpokenChunk) -> Task<Result<>> { co_return base::Error{ErrorCode::cancelled, "gone"}; };
    const auto failed = base::run_sync(synthesizer().speak(text, {}, Priority::batch, failing));
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().message, "gone");
}

// A clause comes in chunks while it is made; joined they are the clause, in words and in sound.
TEST_F(KokoroTest, StreamsAClauseInChunks) {
    const std::string text = "Please tell me the number on the back of your card, and your name. ";
    std::vector<SpokenChunk> chunks;
    auto sink = [&](SpokenChunk chunk) { chunks.push_back(std::move(chunk)); };
    const auto done = base::run_sync(synthesizer().stream(text, {}, Priority::caller_waiting, sink));
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_GE(chunks.size(), 3u);
    std::string said;
    std::vector<float> samples;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        EXPECT_EQ(chunks[i].last_of_clause, i + 1 == chunks.size());
        EXPECT_FALSE(chunks[i].samples.empty());
        said += chunks[i].text;
        samples.insert(samples.end(), chunks[i].samples.begin(), chunks[i].samples.end());
    }
    EXPECT_EQ(said, text);
    EXPECT_FALSE(chunks[0].text.empty()) << "the words are spread over the chunks";
    EXPECT_LT(chunks[0].samples.size(), kSynthesisRate * 6u / 10)
        << "the first one is short, so it comes soon";
    EXPECT_GT(chunks[0].samples.size(), kSynthesisRate / 4u);
    // The joints: no jump from sample to sample beyond those inside the chunks, no jump in level.
    std::size_t at = 0;
    float largest = 0;
    for (std::size_t i = 1; i < samples.size(); ++i)
        largest = std::max(largest, std::abs(samples[i] - samples[i - 1]));
    for (std::size_t i = 0; i + 1 < chunks.size(); ++i) {
        at += chunks[i].samples.size();
        EXPECT_LT(std::abs(samples[at] - samples[at - 1]), 0.5f * largest) << "chunk " << i;
    }
    // And from the cache it is the same, in one piece.
    const auto again = say(text);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->samples, samples);
}

TEST_F(KokoroTest, StopsBetweenTheWindowsOfAClause) {
    std::stop_source source;
    int chunks = 0;
    auto sink = [&](SpokenChunk) {
        ++chunks;
        source.request_stop();
    };
    const auto done = base::run_sync(
        synthesizer().stream("This sentence would go on for a while, if nobody interrupted it in the middle",
                             {}, Priority::caller_waiting, sink, source.get_token()));
    ASSERT_TRUE(done.has_error());
    EXPECT_EQ(done.error().code, ErrorCode::cancelled);
    EXPECT_EQ(chunks, 1);
}

TEST_F(KokoroTest, EveryVoiceSpeaks) {
    ASSERT_EQ(synthesizer().voices().size(), 41u);
    for (const Voice& voice : synthesizer().voices()) {
        if (!voice.unavailable.empty()) continue;
        expect_sound(say("Hello, nice to meet you.", {.voice = voice.id}), voice.id);
        EXPECT_FALSE(voice.description.empty());
        EXPECT_TRUE(voice.gender == "female" || voice.gender == "male");
    }
}

TEST_F(KokoroTest, EmotionsChangePaceAndLevel) {
    const std::string text = "The meeting has been moved to Thursday afternoon";
    const auto neutral = say(text);
    for (const auto& emotion : synthesizer().emotions())
        expect_sound(say(text, {.emotion = emotion}), emotion);
    const auto sad = say(text, {.emotion = "sad"}), angry = say(text, {.emotion = "angry"}),
               faint = say(text, {.emotion = "sad", .intensity = 0.0});
    EXPECT_GT(seconds(*sad), seconds(*neutral) * 1.08);
    EXPECT_LT(seconds(*angry), seconds(*neutral) * 0.97);
    EXPECT_NEAR(seconds(*faint), seconds(*neutral), 0.05);
    EXPECT_GT(loudness_lufs(angry->samples, kSynthesisRate), loudness_lufs(sad->samples, kSynthesisRate) + 3);
}

std::vector<std::string> plain_words(const std::string& text) {
    std::vector<std::string> out(1);
    for (char c : to_lower(text)) {
        if (is_alnum(c) || c == '\'')
            out.back() += c;
        else if (!out.back().empty())
            out.emplace_back();
    }
    if (out.back().empty()) out.pop_back();
    return out;
}

std::size_t word_errors(const std::vector<std::string>& said, const std::vector<std::string>& heard) {
    std::vector<std::size_t> row(heard.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= said.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= heard.size(); ++j) {
            const std::size_t change = diagonal + (said[i - 1] != heard[j - 1]);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row.back();
}

// What is said is understood: by the local recogniser, over both accents and with emotions.
TEST_F(KokoroTest, IsUnderstood) {
    const auto folder = models_folder() / "moonshine-tiny-en";
    if (!std::filesystem::exists(folder / "encoder_model.ort"))
        GTEST_SKIP() << "no speech recogniser: run scripts/fetch-models";
    const auto recognizer = inference::SherpaRecognizer::load(folder);
    ASSERT_TRUE(recognizer) << recognizer.error().message;
    std::size_t words = 0, errors = 0;
    std::string misheard;
    for (const SpeechStyle& style :
         {SpeechStyle{}, SpeechStyle{.voice = "am_michael"}, SpeechStyle{.voice = "bf_emma"},
          SpeechStyle{.emotion = "happy"}, SpeechStyle{.emotion = "sad"}}) {
        for (const std::string text :
             {"Sure, I can help you with that.", "Let me check the status of your order.",
              "Could you please repeat the last four digits?",
              "The package was delivered this morning at the front door."}) {
            const auto chunk = say(text, style);
            ASSERT_TRUE(chunk) << chunk.error().message;
            std::vector<float> padded(kRecognitionRate / 5, 0.0f);
            const auto audio = resample(chunk->samples, kSynthesisRate, kRecognitionRate);
            padded.insert(padded.end(), audio.begin(), audio.end());
            padded.resize(padded.size() + kRecognitionRate / 5, 0.0f);
            const auto said = plain_words(text), heard = plain_words((*recognizer)->decode(padded).text);
            words += said.size();
            const std::size_t wrong = word_errors(said, heard);
            errors += wrong;
            if (wrong)
                misheard +=
                    style.voice + "/" + style.emotion + ": " + (*recognizer)->decode(padded).text + "\n";
        }
    }
    EXPECT_LE(static_cast<double>(errors) / static_cast<double>(words), 0.05) << misheard;
}

TEST(KokoroLoad, NamesWhatIsMissing) {
    base::Metrics metrics;
    inference::OpenVinoRuntime runtime("");
    inference::Scheduler scheduler({.threads = 1}, metrics);
    const auto made = make_kokoro({.models_dir = "/nonexistent"}, runtime, scheduler, metrics);
    ASSERT_TRUE(made.has_error());
    EXPECT_EQ(made.error().code, ErrorCode::unavailable);
    EXPECT_NE(made.error().message.find("fetch-models"), std::string::npos);
}

}  // namespace
}  // namespace aimpact::voice
