#include "voice/remote/remote_synthesizer.hpp"

#include <cmath>
#include <numbers>

#include "base/wire.hpp"
#include "voice/custom_voice.hpp"
#include "voice/remote/remote_fixture.hpp"
#include "voice/tts/lexicon.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;
using inference::Priority;

std::vector<float> tone(std::size_t count, std::size_t silent = 0) {
    std::vector<float> out(count);
    for (std::size_t i = silent; i < count; ++i)
        out[i] = 0.25F *
                 static_cast<float>(std::sin(2 * std::numbers::pi * 200 * static_cast<double>(i) / 24'000));
    return out;
}

class RemoteSynthesizerTest : public RemoteEngineTest {
  protected:
    void SetUp() override { serve("/v1/audio/speech"); }
    struct Spoken {
        Result<> result;
        std::vector<SpokenChunk> chunks;
        std::vector<float> samples;
        std::string text;
    };
    Spoken stream(const std::string& text = "Hello there, how are you today?", SpeechStyle style = nova(),
                  std::stop_token stop = {}) {
        RemoteSynthesizer synthesizer(where(), {"nova", "alloy"}, *http_);
        Spoken out;
        out.result = base::run_sync(synthesizer.stream(
            text, std::move(style), Priority::live,
            [&](SpokenChunk chunk) {
                out.samples.insert(out.samples.end(), chunk.samples.begin(), chunk.samples.end());
                out.text += chunk.text;
                out.chunks.push_back(std::move(chunk));
            },
            stop, {}));
        return out;
    }
    static SpeechStyle nova() {
        SpeechStyle style;
        style.voice = "nova";
        return style;
    }
};

TEST_F(RemoteSynthesizerTest, AStreamIsGivenOutAsItComes) {
    const std::vector<float> made = tone(24'001);
    replies({{.body = float_to_pcm16(made), .content_type = "audio/pcm", .pieces = 7}});
    SpeechStyle style = nova();
    style.speed = 1.25;
    style.emotion = "calm";
    const Spoken spoken = stream("Hello there, how are you today?", style);
    ASSERT_TRUE(spoken.result.has_value()) << spoken.result.error().message;
    ASSERT_EQ(spoken.samples.size(), made.size()) << "pieces that part a sample lose nothing";
    for (std::size_t i = 0; i < made.size(); i += 13) ASSERT_NEAR(spoken.samples[i], made[i], 1e-4) << i;
    EXPECT_GT(spoken.chunks.size(), 2u);
    EXPECT_EQ(spoken.text, "Hello there, how are you today?");
    EXPECT_NE(spoken.chunks[0].text.size(), spoken.text.size());
    for (std::size_t i = 0; i < spoken.chunks.size(); ++i)
        EXPECT_EQ(spoken.chunks[i].last_of_clause, i + 1 == spoken.chunks.size());
    const auto body = base::parse_json(seen().at(0).body).value().as_object();
    EXPECT_EQ(body.at("model"), "whisper-1");
    EXPECT_EQ(body.at("voice"), "nova");
    EXPECT_EQ(body.at("response_format"), "pcm");
    EXPECT_EQ(body.at("speed"), 1.25);
    EXPECT_EQ(body.at("instructions"), "Speak in a calm tone.");
    EXPECT_EQ(body.at("input"), "Hello there, how are you today?");
}

TEST_F(RemoteSynthesizerTest, SilenceAtTheStartWaitsForSound) {
    replies({{.body = float_to_pcm16(tone(12'000, 6'000)), .pieces = 10}});
    const Spoken spoken = stream();
    ASSERT_TRUE(spoken.result.has_value());
    EXPECT_EQ(spoken.samples.size(), 12'000u);
    EXPECT_GE(spoken.chunks[0].samples.size(), 6'000u);
}

TEST_F(RemoteSynthesizerTest, LoudnessIsChangedHere) {
    replies({{.body = float_to_pcm16(tone(2'400))}});
    SpeechStyle style = nova();
    style.volume_db = -6.0206;
    const Spoken spoken = stream("Hello", style);
    EXPECT_NEAR(*std::max_element(spoken.samples.begin(), spoken.samples.end()), 0.125, 0.001);
}

TEST_F(RemoteSynthesizerTest, WhatIsNoAudioIsNotPlayed) {
    const std::string page = "<html><body>" + std::string(200, 'x') + "</body></html>";
    for (const std::string& body : {page, std::string(R"({"error":"no"})"), "RIFF" + std::string(200, '\1'),
                                    "ID3" + std::string(200, '\1'), "OggS" + std::string(200, '\1'),
                                    std::string(), float_to_pcm16(tone(500)) + "x"}) {
        replies({{.body = body, .content_type = "audio/pcm"}});
        const Spoken spoken = stream();
        ASSERT_TRUE(spoken.result.has_error()) << body.substr(0, 10);
        EXPECT_EQ(spoken.result.error().code, ErrorCode::upstream_failed) << spoken.result.error().message;
        if (body.size() < 500) EXPECT_TRUE(spoken.chunks.empty()) << body.substr(0, 10);
    }
}

TEST_F(RemoteSynthesizerTest, AStreamThatBreaksOffIsAnErrorAndNotSaidTwice) {
    replies({{.body = float_to_pcm16(tone(4'800)), .pieces = 3, .breaks_off = true}});
    const Spoken spoken = stream();
    ASSERT_TRUE(spoken.result.has_error());
    EXPECT_FALSE(spoken.chunks.empty());
    EXPECT_FALSE(spoken.chunks.back().last_of_clause);
    EXPECT_EQ(seen().size(), 1u);
}

TEST_F(RemoteSynthesizerTest, TriesAgainBeforeAnythingIsHeard) {
    replies({{.status = 503}, {.status = 429}, {.body = float_to_pcm16(tone(2'400))}});
    EXPECT_TRUE(stream().result.has_value());
    EXPECT_EQ(seen().size(), 3u);
    replies({{.status = 401, .body = "{}"}});
    EXPECT_EQ(stream().result.error().code, ErrorCode::upstream_failed);
    EXPECT_EQ(seen().size(), 4u);
}

TEST_F(RemoteSynthesizerTest, AStopEndsItInTheMiddle) {
    replies({{.body = float_to_pcm16(tone(4'800)), .hangs = true}});
    std::stop_source stop;
    RemoteSynthesizer synthesizer(where(), {"nova"}, *http_);
    const auto result = base::run_sync(synthesizer.stream(
        "Hello", nova(), Priority::live, [&](SpokenChunk) { stop.request_stop(); }, stop.get_token(), {}));
    EXPECT_EQ(result.error().code, ErrorCode::cancelled);
}

TEST_F(RemoteSynthesizerTest, ChecksVoicesAndRanges) {
    RemoteSynthesizer synthesizer(where(), {"nova"}, *http_);
    EXPECT_TRUE(synthesizer.check(nova()).has_value());
    SpeechStyle style = nova();
    style.voice = "nobody";
    EXPECT_EQ(synthesizer.check(style).error().param, "voice");
    style = nova();
    style.emotion = "calm";
    style.intensity = 1.5;
    EXPECT_EQ(synthesizer.check(style).error().param, "intensity");
    style.intensity = 1;
    style.emotion = "hungry";
    EXPECT_EQ(synthesizer.check(style).error().param, "emotion");
    style = nova();
    style.speed = 5;
    EXPECT_EQ(synthesizer.check(style).error().param, "speed");
    style = nova();
    style.custom_voice = std::make_shared<MatchedVoice>();
    EXPECT_EQ(synthesizer.check(style).error().code, ErrorCode::unavailable)
        << "only the local engine has it";
    ASSERT_EQ(synthesizer.voices().size(), 1u);
    EXPECT_EQ(synthesizer.voices()[0].id, "nova");
}

TEST_F(RemoteSynthesizerTest, NothingToSayCostsNoRequest) {
    const Spoken spoken = stream(" ... ");
    EXPECT_TRUE(spoken.result.has_value());
    ASSERT_EQ(spoken.chunks.size(), 1u);
    EXPECT_TRUE(spoken.chunks[0].samples.empty());
    EXPECT_TRUE(spoken.chunks[0].last_of_clause);
    EXPECT_TRUE(seen().empty());
}

TEST(RemoteSynthesis, WordsAreSentAsTheyAreSaid) {
    auto lexicon = std::make_shared<Lexicon>();
    ASSERT_TRUE(lexicon->add("Nguyen", "win"));
    ASSERT_TRUE(lexicon->add("tomato", "/təmˈɑtoʊ/"));
    SpeechStyle style;
    EXPECT_EQ(text_to_send("Dr Nguyen's tomato", style), "Dr Nguyen's tomato");
    style.lexicon = lexicon;
    EXPECT_EQ(text_to_send("Ask NGUYEN, a tomato.", style), "Ask win, a tomato.") << "phones can't be sent";
    const std::string text = "Call AB12 now, Nguyen";
    style.said_as = {{5, 9, SaidAs::How::letters, "AB12"}, {10, 13, SaidAs::How::words, "at once"}};
    EXPECT_EQ(text_to_send(text, style), "Call A B 1 2 at once, win");
    style.said_as = {{5, 9, SaidAs::How::phones, "x"}, {12, 99, SaidAs::How::words, "past the end"}};
    EXPECT_EQ(text_to_send(text, style), "Call AB12 now, win");
}

}  // namespace
}  // namespace aimpact::voice
