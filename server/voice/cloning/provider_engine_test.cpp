// The wire of OpenAI's custom voices and of ElevenLabs, against a server on loopback that checks what it is
// sent.
#include "voice/cloning/provider_engine.hpp"

#include <gtest/gtest.h>

#include <mutex>

#include "base/log.hpp"
#include "base/wire.hpp"
#include "net/multipart.hpp"
#include "net/test_support.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;
using base::Task;

constexpr const char* kKey = "sk-very-secret-key";

class ProviderEngineTest : public testing::Test {
  protected:
    struct Seen {
        std::string method, path, query, key, type, body;
    };

    void SetUp() override {
        base::configure_log(base::LogLevel::off, base::LogFormat::json);
        const auto answer = [this](net::Request& request) { return take(request); };
        for (const char* path : {"/v1/audio/voice_consents", "/v1/audio/voices", "/v1/audio/speech",
                                 "/v1/voices/add", "/v1/text-to-speech/{id}"})
            server_.post(path, answer, {.body_bytes_max = 32 << 20});
        for (const char* path : {"/v1/audio/voice_consents/{id}", "/v1/audio/voices/{id}", "/v1/voices/{id}"})
            server_.router.add({.method = net::Method::del, .pattern = path, .handler = answer});
        server_.start();
        http_ = net::make_http_client();
    }
    void TearDown() override { server_.stop(); }

    ProviderEngine engine(VoiceProvider provider) {
        ProviderOptions options;
        options.provider = provider;
        options.endpoint.base_url = server_.url("/v1");
        options.endpoint.model = "speaks";
        options.endpoint.api_key = kKey;
        options.endpoint.retry_pause = std::chrono::milliseconds{1};
        if (provider == VoiceProvider::elevenlabs) options.endpoint.key_header = "xi-api-key";
        return ProviderEngine(options, *http_, clock_);
    }
    Result<> make(ProviderEngine& engine) {
        made_.clear();
        VoiceSource source;
        source.name = "Ada";
        source.language = "en-US";
        source.sample_file = "fLaC sample";
        source.consent_file = "fLaC consent";
        return base::run_sync(engine.make(
            std::move(source), [this](MadeVoice made) { made_.push_back(made.data); }, [](double) {}, {}));
    }
    Result<std::string> say(ProviderEngine& engine, const std::string& data, SpeechStyle style = {}) {
        AIMPACT_TRY(auto voice, engine.open("voice_1", data));
        std::string text;
        std::size_t samples = 0;
        std::function<void(SpokenChunk)> sink = [&](SpokenChunk chunk) {
            text += chunk.text;
            samples += chunk.samples.size();
        };
        AIMPACT_CHECK(base::run_sync(engine.stream(voice, "Good morning.", std::move(style),
                                                   inference::Priority::live, sink, {}, {})));
        return text + " " + std::to_string(samples);
    }
    std::vector<Seen> seen() {
        std::lock_guard lock(mutex_);
        return seen_;
    }
    static std::string pcm(std::size_t samples) {
        std::vector<float> sound(samples, 0.25F);
        return float_to_pcm16(sound);
    }

    base::ManualClock clock_;
    std::map<std::string, std::pair<int, std::string>> answers_;  // by the path's start; else 200
    std::vector<std::string> made_;

  private:
    Task<net::Response> take(net::Request& request) {
        std::lock_guard lock(mutex_);
        Seen one{std::string(net::to_string(request.method)),
                 request.path,
                 request.query_value("output_format").value_or(""),
                 std::string(request.headers.get("Authorization")) +
                     std::string(request.headers.get("xi-api-key")),
                 std::string(request.headers.get("Content-Type")),
                 request.body};
        seen_.push_back(one);
        for (const auto& [start, answer] : answers_)
            if (request.path.starts_with(start)) co_return net::Response::json(answer.second, answer.first);
        if (request.path.ends_with("/speech") || request.path.starts_with("/v1/text-to-speech")) {
            net::Response response;
            response.headers.set("Content-Type", "audio/pcm");
            response.body = pcm(2400);
            co_return response;
        }
        const bool eleven = request.path == "/v1/voices/add";
        const bool consent = request.path == "/v1/audio/voice_consents";
        co_return net::Response::json(eleven    ? R"({"voice_id":"el_1","requires_verification":false})"
                                      : consent ? R"({"id":"cons_9","object":"audio.voice_consent"})"
                                                : R"({"id":"voice_9","object":"audio.voice"})");
    }

    net::test::TestServer server_;
    std::unique_ptr<net::HttpClient> http_;
    std::mutex mutex_;
    std::vector<Seen> seen_;
};

TEST_F(ProviderEngineTest, OpenAiGetsConsentThenSampleThenSpeaks) {
    ProviderEngine openai = engine(VoiceProvider::openai);
    ASSERT_TRUE(make(openai).has_value());
    ASSERT_EQ(made_.size(), 1u);
    auto sent = seen();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0].path, "/v1/audio/voice_consents");
    EXPECT_EQ(sent[0].key, std::string("Bearer ") + kKey);
    const auto consent = net::parse_multipart(sent[0].type, sent[0].body);
    ASSERT_TRUE(consent.has_value());
    EXPECT_EQ(consent->value("name"), "Ada");
    EXPECT_EQ(consent->value("language"), "en-US");
    EXPECT_EQ(consent->find("recording")->data, "fLaC consent");
    EXPECT_EQ(consent->find("recording")->content_type, "audio/flac");
    const auto voice = net::parse_multipart(sent[1].type, sent[1].body);
    EXPECT_EQ(voice->value("consent"), "cons_9");
    EXPECT_EQ(voice->find("audio_sample")->data, "fLaC sample");

    SpeechStyle style;
    style.emotion = "calm";
    style.speed = 1.5;
    const auto said = say(openai, made_[0], style);
    ASSERT_TRUE(said.has_value()) << said.error().message;
    EXPECT_EQ(*said, "Good morning. 2400");
    const auto body = base::parse_json(seen().back().body)->get_object();
    EXPECT_EQ(body.at("voice"), (boost::json::value{{"id", "voice_9"}}));
    EXPECT_EQ(body.at("model"), "speaks");
    EXPECT_EQ(body.at("response_format"), "pcm");
    EXPECT_EQ(body.at("speed"), 1.5);
    EXPECT_EQ(body.at("instructions"), "Speak in a calm tone.");
}

TEST_F(ProviderEngineTest, ElevenLabsGetsItsOwnForm) {
    ProviderEngine eleven = engine(VoiceProvider::elevenlabs);
    ASSERT_TRUE(make(eleven).has_value());
    const auto added = seen().at(0);
    EXPECT_EQ(added.path, "/v1/voices/add");
    EXPECT_EQ(added.key, kKey) << "xi-api-key has no scheme";
    EXPECT_EQ(net::parse_multipart(added.type, added.body)->find("files")->data, "fLaC sample");
    SpeechStyle style;
    style.speed = 1.1;
    ASSERT_TRUE(say(eleven, made_.at(0), style).has_value());
    const auto spoken = seen().back();
    EXPECT_EQ(spoken.path, "/v1/text-to-speech/el_1");
    EXPECT_EQ(spoken.query, "pcm_24000");
    const auto body = base::parse_json(spoken.body)->get_object();
    EXPECT_EQ(body.at("text"), "Good morning.");
    EXPECT_EQ(body.at("model_id"), "speaks");
    EXPECT_EQ(body.at("voice_settings"), (boost::json::value{{"speed", 1.1}}));
    style.speed = 1.5;
    EXPECT_EQ(say(eleven, made_.at(0), style).error().param, "speed");
}

TEST_F(ProviderEngineTest, ForgettingDeletesItThereToo) {
    ProviderEngine openai = engine(VoiceProvider::openai), eleven = engine(VoiceProvider::elevenlabs);
    ASSERT_TRUE(make(openai).has_value());
    const std::string first = made_.at(0);
    ASSERT_TRUE(base::run_sync(openai.forget(first)).has_value());
    auto sent = seen();
    EXPECT_EQ(sent[sent.size() - 2].method + sent[sent.size() - 2].path, "DELETE/v1/audio/voices/voice_9");
    EXPECT_EQ(sent.back().method + sent.back().path, "DELETE/v1/audio/voice_consents/cons_9");
    ASSERT_TRUE(make(eleven).has_value());
    ASSERT_TRUE(base::run_sync(eleven.forget(made_.at(0))).has_value());
    EXPECT_EQ(seen().back().path, "/v1/voices/el_1");
    answers_["/v1/audio/voices/"] = {404, R"({"error":{"message":"gone"}})"};
    EXPECT_TRUE(base::run_sync(openai.forget(first)).has_value()) << "gone already";
    answers_["/v1/audio/voices/"] = {401, R"({"error":{"message":"no"}})"};
    EXPECT_EQ(base::run_sync(openai.forget(first)).error().code, ErrorCode::upstream_failed);
}

TEST_F(ProviderEngineTest, ARefusedSampleLeavesNoConsentBehind) {
    answers_["/v1/audio/voices"] = {400, R"({"error":{"message":"the sample is too short"}})"};
    ProviderEngine openai = engine(VoiceProvider::openai);
    const auto refused = make(openai);
    ASSERT_TRUE(refused.has_error());
    EXPECT_NE(refused.error().message.find("the sample is too short"), std::string::npos);
    EXPECT_TRUE(made_.empty());
    EXPECT_EQ(seen().back().method + seen().back().path, "DELETE/v1/audio/voice_consents/cons_9");
}

TEST_F(ProviderEngineTest, MakesNothingTwice) {
    answers_["/v1/audio/voice_consents"] = {503, "{}"};
    ProviderEngine openai = engine(VoiceProvider::openai);
    EXPECT_TRUE(make(openai).has_error());
    EXPECT_EQ(seen().size(), 1u) << "a second try could make a second voice";
}

TEST_F(ProviderEngineTest, AnAnswerWithAnIdThatIsNoneIsRefused) {
    for (const char* answer : {R"({"id":"../../admin"})", R"({"id":""})", R"({"id":7})", "[]", "<html>"}) {
        answers_["/v1/audio/voice_consents"] = {200, answer};
        ProviderEngine openai = engine(VoiceProvider::openai);
        EXPECT_EQ(make(openai).error().code, ErrorCode::upstream_failed) << answer;
    }
}

TEST_F(ProviderEngineTest, TheKeyIsNeverInAnError) {
    answers_["/v1/audio/speech"] = {401, std::string(R"({"error":{"message":"bad key )") + kKey + R"("}})"};
    ProviderEngine openai = engine(VoiceProvider::openai);
    ASSERT_TRUE(make(openai).has_value());
    const auto failed = say(openai, made_.at(0));
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ((failed.error().message + failed.error().detail).find(kKey), std::string::npos)
        << failed.error().message;
}

TEST_F(ProviderEngineTest, AProviderThatFailsIsLeftAloneForAWhile) {
    ProviderEngine openai = engine(VoiceProvider::openai);
    ASSERT_TRUE(make(openai).has_value());
    answers_["/v1/audio/speech"] = {500, "{}"};
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(say(openai, made_.at(0)).has_error());
    const auto asked = seen().size();
    EXPECT_EQ(say(openai, made_.at(0)).error().code, ErrorCode::unavailable);
    EXPECT_EQ(seen().size(), asked) << "nobody waits for it";
    answers_.clear();
    clock_.advance(std::chrono::seconds{20});
    EXPECT_TRUE(say(openai, made_.at(0)).has_value());
}

TEST_F(ProviderEngineTest, OpensOnlyWhatItMade) {
    ProviderEngine openai = engine(VoiceProvider::openai);
    for (const char* data :
         {"", "{}", R"({"provider":"elevenlabs","voice":"x"})", R"({"provider":"openai","voice":"a/b"})",
          R"({"provider":"openai","voice":"a","consent":"?"})"})
        EXPECT_TRUE(openai.open("voice_1", data).has_error()) << data;
}

}  // namespace
}  // namespace aimpact::voice
