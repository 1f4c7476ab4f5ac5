#include "realtime/openai_session.hpp"

#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>

#include "base/wire.hpp"
#include "realtime/openai_voices.hpp"
#include "realtime/session_fakes.hpp"
#include "voice/vocabulary.hpp"

namespace aimpact::realtime::openai {
namespace {

class OpenAiSession : public ::testing::Test {
  protected:
    testing::FakeSynthesizer synthesizer;
    WireSession start = initial_session(agents::Agent{}, false);

    Result<WireSession> update(std::string_view text) {
        return updated_session(start, base::parse_json(text)->get_object(), synthesizer, {});
    }
    std::string param(std::string_view text) {
        const auto next = update(text);
        EXPECT_TRUE(next.has_error()) << text;
        return next.has_error() ? next.error().param : "";
    }
};

TEST_F(OpenAiSession, GaFieldsAreReadAndShown) {
    const auto next = update(
        R"({"type":"realtime","instructions":"Be kind.","output_modalities":["text"],"max_output_tokens":100,
        "tool_choice":"required","tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"}}],
        "audio":{"input":{"format":{"type":"audio/pcmu"},"transcription":{"model":"whisper-1","language":"en"},
                          "turn_detection":{"type":"server_vad","threshold":0.7,"prefix_padding_ms":200,"silence_duration_ms":300,"create_response":false}},
                 "output":{"format":{"type":"audio/pcma"},"voice":"am_adam","speed":1.2}}})");
    ASSERT_TRUE(next.has_value()) << next.error().message;
    EXPECT_EQ(next->input, WireFormat::pcmu);
    EXPECT_EQ(next->output, WireFormat::pcma);
    EXPECT_EQ(next->config.listener.mode, voice::ListenerOptions::Mode::server_vad);
    EXPECT_EQ(next->config.listener.silence_duration.count(), 300);
    EXPECT_FALSE(next->config.create_response);
    EXPECT_TRUE(next->config.interrupt_response);
    EXPECT_FALSE(next->config.audio);
    EXPECT_EQ(next->config.style.voice, "am_adam");
    EXPECT_EQ(next->config.style.speed, 1.2);
    const json::object shown = render_session(*next);
    EXPECT_EQ(shown.at("type"), "realtime");
    EXPECT_EQ(shown.at("audio").at("input").at("turn_detection").at("threshold"), 0.7);
    EXPECT_EQ(shown.at("audio").at("input").at("transcription").at("model"), "whisper-1");
    EXPECT_EQ(shown.at("audio").at("output").at("voice"), "am_adam");
    EXPECT_EQ(shown.at("max_output_tokens"), 100);
    EXPECT_EQ(shown.at("tools").at(0).at("name"), "f");
}

TEST_F(OpenAiSession, BetaFieldsAreReadAndShown) {
    start.beta = true;
    const auto next = update(
        R"({"modalities":["text","audio"],"voice":"am_adam","input_audio_format":"g711_ulaw","output_audio_format":"pcm16",
        "input_audio_transcription":null,"turn_detection":null,"temperature":0.6,"max_response_output_tokens":"inf","tool_choice":"auto"})");
    ASSERT_TRUE(next.has_value()) << next.error().message;
    EXPECT_EQ(next->input, WireFormat::pcmu);
    EXPECT_FALSE(next->transcription);
    EXPECT_EQ(next->config.listener.mode, voice::ListenerOptions::Mode::manual);
    EXPECT_FALSE(next->config.create_response);
    const json::object shown = render_session(*next);
    EXPECT_EQ(shown.at("input_audio_format"), "g711_ulaw");
    EXPECT_TRUE(shown.at("turn_detection").is_null());
    EXPECT_TRUE(shown.at("input_audio_transcription").is_null());
    EXPECT_EQ(shown.at("temperature"), 0.6);
    EXPECT_FALSE(shown.contains("audio"));
}

TEST_F(OpenAiSession, WhatIsLeftOutStays) {
    start = *update(R"({"instructions":"One.","audio":{"output":{"voice":"am_adam"}}})");
    const auto next =
        update(R"({"audio":{"input":{"turn_detection":{"type":"semantic_vad","eagerness":"low"}}}})");
    EXPECT_EQ(next->instructions, "One.");
    EXPECT_EQ(next->config.style.voice, "am_adam");
    EXPECT_EQ(next->config.listener.eagerness, voice::Eagerness::low);
    start = *update(R"({"audio":{"input":{"turn_detection":null}}})");
    EXPECT_TRUE(
        update(R"({"audio":{"input":{"turn_detection":{"type":"server_vad"}}}})")->config.create_response);
}

TEST_F(OpenAiSession, ThePromptOfTheTranscriptionAddsToTheOrganisationsWords) {
    auto words = std::make_shared<voice::Vocabulary>();
    ASSERT_TRUE(words->add("Nguyen"));
    agents::Agent agent;
    agent.turn_detection.recognition.vocabulary = words;
    start = initial_session(agent, false);
    EXPECT_EQ(start.config.listener.recognition.vocabulary, words);
    start = *update(R"({"audio":{"input":{"transcription":{"prompt":"Kubernetes, Siobhan"}}}})");
    EXPECT_EQ(start.config.listener.recognition.vocabulary->terms().size(), 3u);
    start = *update(R"({"audio":{"input":{"turn_detection":{"type":"server_vad"}}}})");
    EXPECT_EQ(start.config.listener.recognition.vocabulary->terms().size(), 3u)
        << "another part of the session";
    start = *update(R"({"audio":{"input":{"transcription":{"prompt":"Aoife"}}}})");
    EXPECT_EQ(start.config.listener.recognition.vocabulary->terms().size(), 2u)
        << "one prompt replaces another";
    start = *update(R"({"audio":{"input":{"transcription":null}}})");
    EXPECT_EQ(start.config.listener.recognition.vocabulary, words);
}

TEST_F(OpenAiSession, TranscriptionSessionsNeverAnswer) {
    const auto next =
        update(R"({"type":"transcription","audio":{"input":{"turn_detection":{"type":"server_vad"}}}})");
    ASSERT_TRUE(next.has_value());
    EXPECT_FALSE(next->config.create_response);
    EXPECT_EQ(render_session(*next).at("type"), "transcription");
}

TEST_F(OpenAiSession, OurAdditions) {
    const auto next =
        update(R"({"aimpact":{"emotion":"calm","emotion_intensity":0.5,"variables":{"name":"Ann"}}})");
    EXPECT_TRUE(next->additions);
    EXPECT_EQ(next->config.style.emotion, "calm");
    EXPECT_EQ(next->config.style.intensity, 0.5);
    for (const std::string wrong : {"1.01", "-0.01"})
        EXPECT_EQ(param(R"({"aimpact":{"emotion_intensity":)" + wrong + "}}"),
                  "session.aimpact.emotion_intensity");
    EXPECT_EQ(next->variables.at("name"), "Ann");
    EXPECT_EQ(render_session(*next).at("aimpact").at("emotion"), "calm");
    EXPECT_FALSE(next->word_times) << "off unless asked for";
    EXPECT_EQ(render_session(*next).at("aimpact").at("word_times"), false);
    EXPECT_TRUE(update(R"({"aimpact":{"word_times":true}})")->word_times);
    EXPECT_EQ(param(R"({"aimpact":{"word_times":1}})"), "session.aimpact.word_times");
}

TEST_F(OpenAiSession, OurTurnTaking) {
    const auto next =
        update(R"({"aimpact":{"interruptions":"vad","idle":{"after_seconds":8,"prompts":["Hello?"]},
                                 "fillers":{"texts":["One moment."]}}})");
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(next->config.listener.interruptions, voice::Interruptions::vad);
    EXPECT_EQ(next->config.idle.after, std::chrono::seconds(8));
    const auto shown = render_session(*next).at("aimpact");
    EXPECT_EQ(shown.at("interruptions"), "vad");
    EXPECT_EQ(shown.at("idle").at("prompts").at(0), "Hello?");
    EXPECT_EQ(shown.at("fillers").at("texts").at(0), "One moment.");
    EXPECT_EQ(param(R"({"aimpact":{"interruptions":"never"}})"), "session.aimpact.interruptions");
    EXPECT_EQ(param(R"({"aimpact":{"idle":{"after_seconds":1}}})"), "session.aimpact.idle.after_seconds");
    EXPECT_EQ(param(R"({"aimpact":{"idle":{"afterseconds":9}}})"), "session.aimpact.idle.afterseconds");
    EXPECT_EQ(param(R"({"aimpact":{"fillers":{"every_ms":1}}})"), "session.aimpact.fillers.every_ms");
}

TEST_F(OpenAiSession, WrongFieldsAreNamed) {
    EXPECT_EQ(param(R"({"type":"song"})"), "session.type");
    EXPECT_EQ(param(R"({"instructions":7})"), "session.instructions");
    EXPECT_EQ(param(R"({"output_modalities":"audio"})"), "session.output_modalities");
    EXPECT_EQ(param(R"({"audio":[]})"), "session.audio");
    EXPECT_EQ(param(R"({"audio":{"input":7}})"), "session.audio.input");
    EXPECT_EQ(param(R"({"audio":{"input":{"format":{"type":"audio/mp3"}}}})"),
              "session.audio.input.format.type");
    EXPECT_EQ(param(R"({"audio":{"input":{"format":{"type":"audio/pcm","rate":16000}}}})"),
              "session.audio.input.format.rate");
    EXPECT_EQ(param(R"({"audio":{"input":{"turn_detection":{"type":"magic"}}}})"),
              "session.audio.input.turn_detection.type");
    EXPECT_EQ(param(R"({"audio":{"input":{"turn_detection":{"type":"server_vad","threshold":2}}}})"),
              "session.audio.input.turn_detection.threshold");
    EXPECT_EQ(
        param(R"({"audio":{"input":{"turn_detection":{"type":"server_vad","silence_duration_ms":-5}}}})"),
        "session.audio.input.turn_detection.silence_duration_ms");
    EXPECT_EQ(param(R"({"audio":{"input":{"turn_detection":{"type":"semantic_vad","eagerness":"wild"}}}})"),
              "session.audio.input.turn_detection.eagerness");
    EXPECT_EQ(param(R"({"audio":{"output":{"voice":"nobody"}}})"), "session.audio.output.voice");
    EXPECT_EQ(param(R"({"audio":{"output":{"speed":9}}})"), "session.audio.output.speed");
    EXPECT_EQ(param(R"({"voice":"nobody"})"), "session.voice");
    EXPECT_EQ(param(R"({"input_audio_format":"mp3"})"), "session.input_audio_format");
    EXPECT_EQ(param(R"({"temperature":-1})"), "session.temperature");
    EXPECT_EQ(param(R"({"max_output_tokens":5000})"), "session.max_output_tokens");
    EXPECT_EQ(param(R"({"tools":7})"), "session.tools");
    EXPECT_EQ(param(R"({"tool_choice":7})"), "session.tool_choice");
    EXPECT_EQ(param(R"({"aimpact":{"variables":{"a":1}}})"), "session.aimpact.variables.a");
    OpenAiLimits limits;
    limits.instructions_bytes_max = 3;
    EXPECT_EQ(updated_session(start, {{"instructions", "long"}}, synthesizer, limits).error().code,
              base::ErrorCode::payload_too_large);
}

TEST(OpenAiVoices, AliasesAndEmotionWords) {
    EXPECT_EQ(voice_of_alias("nova"), "af_nova");
    EXPECT_EQ(voice_of_alias("marin"), "af_heart");
    EXPECT_EQ(voice_of_alias("bf_emma"), "bf_emma");
    testing::FakeSynthesizer synthesizer;
    EXPECT_EQ(voice_of(synthesizer, "nova"), "af_nova");
    EXPECT_EQ(voice_of(synthesizer, "am_adam"), "am_adam");
    synthesizer.all_voices.push_back({"nova", "nova", "und", "unknown", "", ""});
    EXPECT_EQ(voice_of(synthesizer, "nova"), "nova") << "a voice of its own";
    const std::vector<std::string> emotions{"neutral", "happy", "sad", "angry", "calm"};
    EXPECT_EQ(emotion_in("Speak in a SAD voice.", emotions), "sad");
    EXPECT_EQ(emotion_in("Speak cheerfully, please", emotions), "happy");
    EXPECT_EQ(emotion_in("Don't sound angry; be calm", emotions), "calm");
    EXPECT_EQ(emotion_in("Read it fearfully", emotions), "");  // not offered
    EXPECT_EQ(emotion_in("", emotions), "");
}

}  // namespace
}  // namespace aimpact::realtime::openai
