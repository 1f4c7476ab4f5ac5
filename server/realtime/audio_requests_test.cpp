// Requests and answers of the audio routes.
#include <gtest/gtest.h>

#include <boost/asio/redirect_error.hpp>

#include "realtime/openai_voices.hpp"
#include "realtime/prompt_terms.hpp"
#include "realtime/session_fakes.hpp"
#include "realtime/speech_request.hpp"
#include "realtime/transcription.hpp"

namespace aimpact::realtime {
namespace {

net::Multipart form(std::vector<std::pair<std::string, std::string_view>> fields) {
    net::Multipart out;
    for (auto& [name, value] : fields) {
        net::MultipartPart part;
        part.name = name;
        part.data = value;
        out.parts.push_back(std::move(part));
    }
    return out;
}

voice::Transcript transcript() {
    voice::Transcript t;
    t.text = "Hello there. Good day.";
    t.segments = {{0.1, 1.25, "Hello there."}, {3661.5, 3662, "Good day."}};
    t.audio_seconds = 3662.4;
    return t;
}

TEST(Transcription, ReadsAForm) {
    const auto request = read_transcription_request(form({{"file", "RIFF"},
                                                          {"model", "whisper-1"},
                                                          {"response_format", "verbose_json"},
                                                          {"stream", "true"},
                                                          {"temperature", "0.2"},
                                                          {"language", "en"},
                                                          {"timestamp_granularities[]", "segment"}}),
                                                    {});
    ASSERT_TRUE(request.has_value());
    EXPECT_EQ(request->file, "RIFF");
    EXPECT_EQ(request->format, TranscriptFormat::verbose_json);
    EXPECT_TRUE(request->stream);
}

TEST(Transcription, APromptHasTermsOrIsProse) {
    using Terms = std::vector<std::string>;
    EXPECT_EQ(prompt_terms("ZyntriQix, Digique Plus, \"CynapseFive\", VortiQore V8."),
              (Terms{"ZyntriQix", "Digique Plus", "CynapseFive", "VortiQore V8"}));
    EXPECT_EQ(prompt_terms("Glossary: Siobhán; Dr Nguyen\n- Aoife"),
              (Terms{"Siobhán", "Dr Nguyen", "Aoife"}));
    EXPECT_EQ(prompt_terms("Nguyen"), Terms{"Nguyen"});
    EXPECT_EQ(prompt_terms("The caller wants to book an appointment, and he has been here before."), Terms{});
    EXPECT_EQ(prompt_terms("So, the caller wants to book an appointment, and he was here before."), Terms{});
    EXPECT_EQ(prompt_terms(" ,;\n.Names:"), Terms{});
    EXPECT_EQ(prompt_terms(""), Terms{});
}

TEST(Transcription, APromptAddsToTheOrganisationsWords) {
    auto words = std::make_shared<voice::Vocabulary>();
    ASSERT_TRUE(words->add("Nguyen", {"win"}));
    EXPECT_EQ(with_prompt(nullptr, ""), nullptr);
    EXPECT_EQ(with_prompt(words, "prose of more than four words"), words);
    EXPECT_EQ(with_prompt(nullptr, std::string(65, 'a')), nullptr) << "too long for a term";
    const auto both = with_prompt(words, "Kubernetes, Nguyen");
    ASSERT_EQ(both->terms().size(), 2u);
    EXPECT_EQ(both->terms()[0].sounds, std::vector<std::string>{"win"}) << "it keeps its sounds";
    EXPECT_EQ(both->terms()[1].text, "Kubernetes");
    EXPECT_EQ(words->terms().size(), 1u);
}

TEST(Transcription, NamesAWrongField) {
    const auto param = [](std::vector<std::pair<std::string, std::string_view>> fields) {
        return read_transcription_request(form(std::move(fields)), {}).error().param;
    };
    EXPECT_EQ(param({{"model", "whisper-1"}}), "file");
    EXPECT_EQ(param({{"file", ""}, {"model", "whisper-1"}}), "file");
    EXPECT_EQ(param({{"file", "x"}}), "model");
    EXPECT_EQ(param({{"file", "x"}, {"model", "gpt-5"}}), "model");
    EXPECT_EQ(param({{"file", "x"}, {"model", "whisper-1"}, {"response_format", "pdf"}}), "response_format");
    EXPECT_EQ(param({{"file", "x"}, {"model", "whisper-1"}, {"temperature", "hot"}}), "temperature");
    EXPECT_EQ(param({{"file", "x"}, {"model", "whisper-1"}, {"temperature", "nan"}}), "temperature");
    EXPECT_EQ(param({{"file", "x"}, {"model", "whisper-1"}, {"stream", "perhaps"}}), "stream");
    EXPECT_EQ(param({{"file", "x"}, {"model", "whisper-1"}, {"timestamp_granularities[]", "year"}}),
              "timestamp_granularities");
    EXPECT_EQ(
        param({{"file", "x"}, {"model", "whisper-1"}, {"language", std::string_view("12345678901234567")}}),
        "language");
    const auto other = form({{"file", "x"}, {"model", "moonshine-tiny-en"}});
    EXPECT_TRUE(read_transcription_request(other, {}).has_value());
    EXPECT_EQ(read_transcription_request(other, {}, "larger").error().param, "model");
    AudioRouteLimits limits;
    limits.upload_bytes_max = 3;
    limits.prompt_chars_max = 3;
    EXPECT_EQ(
        read_transcription_request(form({{"file", "1234"}, {"model", "whisper-1"}}), limits).error().code,
        base::ErrorCode::payload_too_large);
    EXPECT_EQ(read_transcription_request(form({{"file", "123"}, {"model", "whisper-1"}, {"prompt", "1234"}}),
                                         limits)
                  .error()
                  .param,
              "prompt");
}

// "abc" as base64 under a data URL.
constexpr std::string_view kSample = "data:audio/wav;base64,YWJj";

TEST(Transcription, ReadsSpeakers) {
    const auto request =
        read_transcription_request(form({{"file", "x"},
                                         {"model", "gpt-4o-transcribe-diarize"},
                                         {"response_format", "diarized_json"},
                                         {"chunking_strategy", R"({"type":"server_vad","threshold":0.4})"},
                                         {"known_speaker_names[]", "agent"},
                                         {"known_speaker_references[]", kSample},
                                         {"speaker_count", "3"}}),
                                   {});
    ASSERT_TRUE(request.has_value()) << request.error().message;
    EXPECT_EQ(request->format, TranscriptFormat::diarized_json);
    EXPECT_EQ(request->speakers.speakers, 3);
    ASSERT_EQ(request->speakers.known.size(), 1u);
    EXPECT_EQ(request->speakers.known[0].name, "agent");
    EXPECT_EQ(request->speakers.known[0].audio, "abc");
}

TEST(Transcription, NamesAWrongFieldOfSpeakers) {
    const auto param = [](std::vector<std::pair<std::string, std::string_view>> fields,
                          bool diarised = true) {
        fields.insert(fields.end(), {{"file", "x"}, {"model", "whisper-1"}});
        if (diarised) fields.emplace_back("response_format", "diarized_json");
        AudioRouteLimits limits;
        limits.reference_bytes_max = 29;
        return read_transcription_request(form(std::move(fields)), limits).error().param;
    };
    const std::string name = "known_speaker_names", sample = "known_speaker_references";
    EXPECT_EQ(param({{"chunking_strategy", "manual"}}), "chunking_strategy");
    EXPECT_EQ(param({{"chunking_strategy", R"({"type":7})"}}), "chunking_strategy");
    EXPECT_EQ(param({{"chunking_strategy[type]", "other"}}), "chunking_strategy");
    for (const char* count : {"0", "11", "two", "2.5", "-1", "99999999999"})
        EXPECT_EQ(param({{"speaker_count", count}}), "speaker_count") << count;
    EXPECT_EQ(param({{"speaker_count", "2"}}, false), "speaker_count");
    EXPECT_EQ(param({{name, "Ann"}, {sample, kSample}}, false), name);
    EXPECT_EQ(param({{sample, kSample}}, false), sample);
    EXPECT_EQ(param({{name, "Ann"}}), sample);
    EXPECT_EQ(param({{sample, kSample}}), name);
    EXPECT_EQ(param({{name, ""}, {sample, kSample}}), name);
    EXPECT_EQ(param({{name, "a\nb"}, {sample, kSample}}), name);
    EXPECT_EQ(
        param({{name, std::string_view("12345678901234567890123456789012345678901234567890123456789012345")},
               {sample, kSample}}),
        name);
    EXPECT_EQ(param({{name, "Ann"}, {name, "Ann"}, {sample, kSample}, {sample, kSample}}), name);
    for (const char* url :
         {"", "abc", "data:audio/wav,abc", "data:audio/wav;base64,", "data:audio/wav;base64,?!",
          "data:audio/wav;base64,YWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJjYWJj"})
        EXPECT_EQ(param({{name, "Ann"}, {sample, url}}), sample) << url;
    std::vector<std::pair<std::string, std::string_view>> five;
    for (const char* each : {"A", "B", "C", "D", "E"})
        five.insert(five.end(), {{name, each}, {sample, kSample}});
    EXPECT_EQ(param(five), name);
}

TEST(Transcription, RendersSpeakers) {
    TranscriptionRequest request;
    request.format = TranscriptFormat::diarized_json;
    auto with_speakers = transcript();
    with_speakers.segments[0].speaker = "A";
    with_speakers.segments[1].speaker = "Ann";
    const auto rendered = render_transcript(with_speakers, request);
    EXPECT_EQ(rendered.content_type, "application/json");
    const auto body = boost::json::parse(rendered.body).as_object();
    EXPECT_EQ(body.at("task"), "transcribe");
    EXPECT_EQ(body.at("text"), "Hello there. Good day.");
    const auto& last = body.at("segments").at(1).as_object();
    EXPECT_EQ(last.at("type"), "transcript.text.segment");
    EXPECT_EQ(last.at("id"), "seg_002");
    EXPECT_EQ(last.at("speaker"), "Ann");
    EXPECT_EQ(last.at("start").to_number<double>(), 3661.5);
    EXPECT_EQ(body.at("usage").at("seconds").to_number<double>(), 3663);
}

TEST(Transcription, RendersEachFormat) {
    TranscriptionRequest request;
    EXPECT_EQ(render_transcript(transcript(), request).body,
              R"({"text":"Hello there. Good day.","usage":{"type":"duration","seconds":3663.0}})");
    request.format = TranscriptFormat::text;
    EXPECT_EQ(render_transcript(transcript(), request).body, "Hello there. Good day.\n");
    request.format = TranscriptFormat::srt;
    EXPECT_EQ(
        render_transcript(transcript(), request).body,
        "1\n00:00:00,100 --> 00:00:01,250\nHello there.\n\n2\n01:01:01,500 --> 01:01:02,000\nGood day.\n\n");
    request.format = TranscriptFormat::vtt;
    EXPECT_TRUE(render_transcript(transcript(), request)
                    .body.starts_with("WEBVTT\n\n00:00:00.100 --> 00:00:01.250\nHello there.\n"));
    request.format = TranscriptFormat::verbose_json;
    const auto verbose = boost::json::parse(render_transcript(transcript(), request).body);
    EXPECT_EQ(verbose.at("segments").at(1).at("start"), 3661.5);
    EXPECT_EQ(verbose.at("language"), "english");
    EXPECT_EQ(render_transcript({}, request).body.find("null"), std::string::npos);
}

TEST(SpeechRequests, AreRead) {
    testing::FakeSynthesizer synthesizer;
    const auto request = read_speech_request(
        R"({"model":"gpt-4o-mini-tts","input":"Hi.","voice":"am_adam","instructions":"Speak cheerfully","response_format":"opus","speed":1.5,"stream_format":"sse"})",
        synthesizer, {});
    ASSERT_TRUE(request.has_value()) << request.error().message;
    EXPECT_EQ(request->style.voice, "am_adam");
    EXPECT_EQ(request->style.emotion, "happy");
    EXPECT_EQ(request->format, voice::AudioFormat::opus);
    EXPECT_TRUE(request->events);
    EXPECT_EQ(read_speech_request(R"({"input":"Hi.","voice":{"id":"am_adam"}})", synthesizer, {})->format,
              voice::AudioFormat::mp3);
}

// A word for a feeling in what OpenAI's clients send as instructions; whatever else is written there is
// harmless.
TEST(SpeechRequests, TakeAFeelingFromInstructions) {
    const std::vector<std::string> all{"neutral", "happy",     "sad",     "angry",     "calm",
                                       "fearful", "surprised", "excited", "empathetic"};
    const std::vector<std::string> few{"neutral", "happy", "calm"};
    EXPECT_EQ(emotion_in("Speak in a cheerful and positive tone.", all), "happy");
    EXPECT_EQ(emotion_in("Tone: CALM. Pace: slow.", all), "calm");
    EXPECT_EQ(emotion_in("a sad tone", all), "sad");
    EXPECT_EQ(emotion_in("Be enthusiastic!", all), "excited");
    EXPECT_EQ(emotion_in("Be enthusiastic!", few), "happy");
    EXPECT_EQ(emotion_in("warm and sympathetic, not angry", all), "empathetic");
    EXPECT_EQ(emotion_in("Talk like a pirate, with {\"emotion\": 7} \xFF\xFE", all), "");
    EXPECT_EQ(emotion_in("", all), "");
}

TEST(SpeechRequests, TakeAnIntensity) {
    testing::FakeSynthesizer synthesizer;
    const auto read = [&](const std::string& fields) {
        return read_speech_request(R"({"input":"Hi.","voice":"am_adam","emotion":"calm")" + fields + "}",
                                   synthesizer, {});
    };
    EXPECT_EQ(read("")->style.intensity, 1);
    EXPECT_EQ(read(R"(,"emotion_intensity":0)")->style.intensity, 0);
    EXPECT_EQ(read(R"(,"emotion_intensity":0.35)")->style.intensity, 0.35);
    for (const std::string wrong : {"1.01", "-0.01", "1e9", "\"much\""}) {
        const auto refused = read(R"(,"emotion_intensity":)" + wrong);
        ASSERT_TRUE(refused.has_error()) << wrong;
        EXPECT_EQ(refused.error().param, "emotion_intensity");
    }
}

TEST(SpeechRequests, NameAWrongField) {
    testing::FakeSynthesizer synthesizer;
    const auto param = [&](const std::string& change, const std::string& drop = "") {
        boost::json::object body{{"model", "kokoro-82m"}, {"voice", "af_heart"}, {"input", "Hello."}};
        const boost::json::value changes = boost::json::parse(change.empty() ? "{}" : change);
        for (const auto& [key, value] : changes.as_object()) body[key] = value;
        if (!drop.empty()) body.erase(drop);
        return read_speech_request(boost::json::serialize(body), synthesizer, {}).error().param;
    };
    EXPECT_EQ(param(R"({"input":""})"), "input");
    EXPECT_EQ(param(R"({"input":")" + std::string(4097, 'x') + R"("})"), "input");
    EXPECT_EQ(param("", "input"), "input");
    EXPECT_EQ(param("", "voice"), "voice");
    EXPECT_EQ(param(R"({"voice":"nobody"})"), "voice");
    EXPECT_EQ(param(R"({"model":"no-such-model"})"), "model");
    EXPECT_EQ(param(R"({"speed":4.1})"), "speed");
    EXPECT_EQ(param(R"({"response_format":"midi"})"), "response_format");
    EXPECT_EQ(param(R"({"response_format":"aac"})"), "response_format");
    EXPECT_EQ(param(R"({"instructions":")" + std::string(4097, 'x') + R"("})"), "instructions");
    EXPECT_EQ(param(R"({"stream_format":"smoke"})"), "stream_format");
    // 4096 characters of two bytes each are within the limit.
    std::string long_text;
    for (int i = 0; i < 4096; ++i) long_text += "é";
    EXPECT_TRUE(read_speech_request(R"({"input":")" + long_text + R"(","voice":"af_heart"})", synthesizer, {})
                    .has_value());
    EXPECT_TRUE(read_speech_request("{", synthesizer, {}).has_error());
}

}  // namespace
}  // namespace aimpact::realtime
