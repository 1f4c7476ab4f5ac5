#include "voice/remote/remote_recognizer.hpp"

#include <numbers>

#include "net/multipart.hpp"
#include "voice/remote/remote_fixture.hpp"
#include "voice/vocabulary.hpp"

namespace aimpact::voice {
namespace {

using base::ErrorCode;
using inference::Priority;

constexpr const char* kAnswer =
    R"({"task":"transcribe","language":"english","duration":2.0,"text":" Hello there. Good day. ",
        "segments":[{"id":0,"start":0.1,"end":0.9,"text":" Hello there.","avg_logprob":-0.1},
                    {"id":1,"start":1.0,"end":9.9,"text":" Good day.","avg_logprob":-1.0}],
        "words":[{"word":"Hello","start":0.1,"end":0.4},{"word":"there","start":0.4,"end":0.9},
                 {"word":"Good","start":1.0,"end":1.4},{"word":"day","start":1.4,"end":1.9}]})";

class RemoteRecognizerTest : public RemoteEngineTest {
  protected:
    void SetUp() override { serve("/v1/audio/transcriptions"); }
    static std::vector<float> tone(double seconds) {
        std::vector<float> out(static_cast<std::size_t>(seconds * kRecognitionRate));
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = 0.25F * static_cast<float>(
                                 std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / 16'000));
        return out;
    }
    Result<Transcript> transcribe(RecognitionOptions options = {}, std::stop_token stop = {}) {
        RemoteRecognizer recognizer(where(), *http_, files_);
        return base::run_sync(recognizer.transcribe(tone(2), std::move(options), Priority::batch, stop));
    }
    base::ThreadPool files_{{"files", 1, 16}};
};

TEST_F(RemoteRecognizerTest, SendsWhatOpenAiTakesAndReadsWhatItGives) {
    replies({{.body = kAnswer}});
    auto vocabulary = std::make_shared<Vocabulary>();
    ASSERT_TRUE(vocabulary->add("Nguyen"));
    ASSERT_TRUE(vocabulary->add("Dr Siobhán Byrne"));
    std::vector<std::string> told;
    RemoteRecognizer recognizer(where(), *http_, files_);
    const auto got = base::run_sync(recognizer.transcribe(
        tone(2), {.accurate = false, .words = true, .vocabulary = vocabulary}, Priority::batch, {},
        [&](double, const Segment* segment) { told.push_back(segment ? segment->text : ""); }));
    ASSERT_TRUE(got.has_value()) << got.error().message;
    EXPECT_EQ(got->text, "Hello there. Good day.");
    EXPECT_EQ(told, (std::vector<std::string>{"Hello there.", "Good day."}));
    ASSERT_EQ(got->segments.size(), 2u);
    EXPECT_DOUBLE_EQ(got->segments[1].end_seconds, 2.0) << "not past the audio";
    EXPECT_NEAR(got->segments[0].confidence, std::exp(-0.1), 1e-9);
    ASSERT_EQ(got->segments[1].words.size(), 2u);
    EXPECT_EQ(got->segments[1].words[0].text, "Good");
    EXPECT_DOUBLE_EQ(got->segments[1].words[0].start_seconds, 1.0);
    EXPECT_DOUBLE_EQ(got->audio_seconds, 2.0);

    const Seen request = seen().at(0);
    EXPECT_EQ(request.authorization, "Bearer sk-very-secret-key");
    const auto form = net::parse_multipart(request.content_type, request.body);
    ASSERT_TRUE(form.has_value()) << form.error().message;
    EXPECT_EQ(form->value("model"), "whisper-1");
    EXPECT_EQ(form->value("response_format"), "verbose_json");
    EXPECT_EQ(form->value("prompt"), "Nguyen, Dr Siobhán Byrne");
    EXPECT_EQ(form->find_all("timestamp_granularities[]").size(), 2u);
    const auto* file = form->find("file");
    ASSERT_NE(file, nullptr);
    const auto clip = decode_audio(file->data, {}, 0);
    ASSERT_TRUE(clip.has_value()) << clip.error().message;
    EXPECT_EQ(clip->sample_rate, kRecognitionRate);
    const auto sent = tone(2);
    ASSERT_EQ(clip->samples.size(), sent.size());
    for (std::size_t i = 0; i < sent.size(); i += 97) ASSERT_NEAR(clip->samples[i], sent[i], 1e-4) << i;
}

TEST_F(RemoteRecognizerTest, AModelThatOnlyGivesATextIsAskedForThat) {
    replies({{.body = R"({"text":"Hello."})"}});
    RemoteEndpoint endpoint = where();
    endpoint.model = "gpt-4o-transcribe";
    RemoteRecognizer recognizer(endpoint, *http_, files_);
    const auto got =
        base::run_sync(recognizer.utterance(tone(1), 0.9, {.words = true}, Priority::caller_waiting));
    ASSERT_TRUE(got.has_value());
    ASSERT_EQ(got->segments.size(), 1u);
    EXPECT_DOUBLE_EQ(got->segments[0].end_seconds, 1.0);
    const Seen request = seen().at(0);
    const auto form = net::parse_multipart(request.content_type, request.body);
    EXPECT_EQ(form->value("response_format"), "json");
    EXPECT_FALSE(form->value("timestamp_granularities[]"));
}

TEST_F(RemoteRecognizerTest, TriesAgainWhereThatMayHelp) {
    replies({{.status = 429}, {.status = 503, .retry_after = "0"}, {.body = kAnswer}});
    EXPECT_TRUE(transcribe().has_value());
    EXPECT_EQ(seen().size(), 3u);
    replies({{.status = 500, .body = R"({"error":{"message":"boom sk-very-secret-key"}})"}});
    const auto failed = transcribe();
    ASSERT_TRUE(failed.has_error());
    EXPECT_EQ(failed.error().code, ErrorCode::upstream_failed);
    EXPECT_NE(failed.error().message.find("boom"), std::string::npos);
    EXPECT_EQ(failed.error().message.find("very-secret"), std::string::npos) << failed.error().message;
    EXPECT_EQ(seen().size(), 6u) << "three attempts";
    replies({{.status = 429, .retry_after = "30"}});
    const auto limited = transcribe();
    EXPECT_EQ(limited.error().code, ErrorCode::rate_limited);
    EXPECT_EQ(limited.error().retry_after, std::chrono::seconds{30});
    EXPECT_EQ(seen().size(), 7u) << "so long a pause isn't waited for";
}

TEST_F(RemoteRecognizerTest, WhatIsRefusedIsSaidAndNotTriedAgain) {
    const std::pair<int, ErrorCode> cases[] = {{400, ErrorCode::invalid_argument},
                                               {401, ErrorCode::upstream_failed},
                                               {404, ErrorCode::upstream_failed},
                                               {413, ErrorCode::invalid_argument},
                                               {302, ErrorCode::upstream_failed}};
    std::size_t requests = 0;
    for (const auto& [status, code] : cases) {
        replies({{.status = status, .body = R"({"error":{"message":"No."}})"}});
        const auto failed = transcribe();
        ASSERT_TRUE(failed.has_error()) << status;
        EXPECT_EQ(failed.error().code, code) << status;
        EXPECT_EQ(seen().size(), ++requests) << status;
    }
}

TEST_F(RemoteRecognizerTest, AnswersThatAreNoneAreErrors) {
    for (const char* body :
         {"", "<html>", "[]", "{}", R"({"text":5})", R"({"text":"a","segments":7})",
          R"({"text":"a","segments":[7]})", R"({"text":"a","words":{}})", "{\"text\":\"\xff\"}"}) {
        replies({{.body = body}});
        const auto failed = transcribe();
        ASSERT_TRUE(failed.has_error()) << body;
        EXPECT_EQ(failed.error().code, ErrorCode::upstream_failed) << body;
    }
    replies({{.body = kAnswer, .pieces = 4, .breaks_off = true}});
    EXPECT_TRUE(transcribe().has_error());
    // Odd numbers are put right.
    const auto odd = read_transcription(
        R"({"text":"a b","segments":[{"text":"a","start":-1,"end":1e300},{"text":"b","start":"x"},{"text":" "}]})",
        3);
    ASSERT_TRUE(odd.has_value());
    ASSERT_EQ(odd->segments.size(), 2u);
    EXPECT_DOUBLE_EQ(odd->segments[0].start_seconds, 0);
    EXPECT_DOUBLE_EQ(odd->segments[0].end_seconds, 3);
}

TEST_F(RemoteRecognizerTest, SilenceOfTheEndpointAndNobodyThereAreErrors) {
    replies({{.hangs = true}});
    RemoteEndpoint endpoint = where();
    endpoint.timeout = std::chrono::milliseconds{50};
    RemoteRecognizer slow(endpoint, *http_, files_);
    EXPECT_EQ(base::run_sync(slow.transcribe(tone(1), {}, Priority::batch)).error().code, ErrorCode::timeout);
    endpoint_.stop();
    RemoteRecognizer gone(where(), *http_, files_);
    EXPECT_EQ(base::run_sync(gone.transcribe(tone(1), {}, Priority::batch)).error().code,
              ErrorCode::unavailable);
}

TEST_F(RemoteRecognizerTest, AStopEndsIt) {
    replies({{.hangs = true}});
    std::stop_source stop;
    on_request_ = [&] { stop.request_stop(); };
    EXPECT_EQ(transcribe({}, stop.get_token()).error().code, ErrorCode::cancelled);
    EXPECT_EQ(seen().size(), 1u);
    EXPECT_EQ(transcribe({}, stop.get_token()).error().code, ErrorCode::cancelled);
    EXPECT_EQ(seen().size(), 1u) << "not even asked";
}

TEST(RemoteRecognition, LongRecordingsAreCutWhereItIsQuiet) {
    std::vector<float> samples(10 * 16'000, 0.3F);
    EXPECT_EQ(piece_ends(samples, samples.size()), std::vector<std::size_t>{samples.size()});
    for (std::size_t i = 5 * 16'000; i < 5 * 16'000 + 8'000; ++i) samples[i] = 0;
    const auto ends = piece_ends(samples, 6 * 16'000);
    ASSERT_EQ(ends.size(), 2u);
    EXPECT_GE(ends[0], 5u * 16'000);
    EXPECT_LE(ends[0], 5u * 16'000 + 8'000);
    std::size_t begin = 0;
    for (const std::size_t end : piece_ends(std::vector<float>(100 * 16'000, 0.3F), 7 * 16'000)) {
        EXPECT_LE(end - begin, 7u * 16'000);
        begin = end;
    }
    EXPECT_EQ(begin, 100u * 16'000);
}

TEST(RemoteRecognition, ThePromptIsAsLongAsEndpointsRead) {
    Vocabulary vocabulary;
    for (int i = 0; i < 1'000; ++i) ASSERT_TRUE(vocabulary.add("Term" + std::to_string(i)));
    const std::string prompt = vocabulary_prompt(&vocabulary);
    EXPECT_LE(prompt.size(), 800u);
    EXPECT_TRUE(prompt.starts_with("Term0, Term1, "));
    EXPECT_FALSE(prompt.ends_with(","));
    EXPECT_EQ(vocabulary_prompt(nullptr), "");
}

TEST(RemoteRecognition, AnEndpointIsCheckedLikeAModelsAddress) {
    const auto refused = [](std::string url, std::string model) {
        RemoteEndpoint endpoint;
        endpoint.base_url = std::move(url);
        endpoint.model = std::move(model);
        return check_endpoint(endpoint).has_error();
    };
    EXPECT_FALSE(refused("https://host/v1", "whisper-1"));
    EXPECT_TRUE(refused("https://host/v1", ""));
    for (const char* url : {"", "host", "ftp://host", "file:///etc/passwd", "https://me:secret@host/v1",
                            "https://host/?a", "https://"})
        EXPECT_TRUE(refused(url, "m")) << url;
}

}  // namespace
}  // namespace aimpact::voice
