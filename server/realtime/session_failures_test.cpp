// The session when things go wrong: failures that are spoken about, tool results, limits, the end of the
// socket.
#include "realtime/session_fixture.hpp"

namespace aimpact::realtime {
namespace {

using namespace std::chrono_literals;
using testing::FakeLoop;
using testing::FakeSynthesizer;
using testing::Gate;

class SessionFailures : public testing::SessionTest {};

// ---------------------------------------------------------------- failures

TEST_F(SessionFailures, AnEmptyAnswerIsSpokenAbout) {
    loop->scripts.push_back(FakeLoop::says({}));
    open();
    turn("hello");
    EXPECT_TRUE(log.has("audio Pardon me?"));
    EXPECT_TRUE(log.has("done failed"));
    EXPECT_EQ(loop->turns.at(0).error, "upstream_failed");
    EXPECT_EQ(loop->items.back().text, "Pardon me?");
    EXPECT_NE(registry.render().find("aimpact_turn_failures_total{where=\"empty_answer\"} 1"),
              std::string::npos);
}

TEST_F(SessionFailures, AFailedAnswerIsSpokenAbout) {
    loop->scripts.push_back(FakeLoop::fails(
        Error{base::ErrorCode::timeout, "The provider did not answer in time."}, {"Well I. "}));
    open();
    turn("hello");
    EXPECT_EQ(log.transcript, "Well I. Pardon me?");
    EXPECT_TRUE(log.has("done failed"));
    EXPECT_EQ(log.done[0].error->code, base::ErrorCode::timeout);
    EXPECT_EQ(loop->turns.at(0).error, "timeout");
    EXPECT_FALSE(session->responding());
}

TEST_F(SessionFailures, AFailedAnswerInTextIsAnErrorOnly) {
    loop->scripts.push_back(FakeLoop::fails(Error{base::ErrorCode::timeout, "Late."}));
    open();
    SpeakOptions options;
    options.audio = false;
    ASSERT_TRUE(session->create_response(options).has_value());
    settle();
    EXPECT_EQ(log.lines, (std::vector<std::string>{"response", "done failed"}));
}

TEST_F(SessionFailures, FailingSynthesisStopsTheModelAndPlaysThePreparedFallback) {
    fallback_audio = std::make_shared<voice::SpokenChunk>(FakeSynthesizer::tone("Pardon me?"));
    synthesizer.script = [&](std::string text, std::stop_token) -> Task<Result<voice::SpokenChunk>> {
        if (text.starts_with("One two.")) co_return FakeSynthesizer::tone(std::move(text));
        co_return Error{base::ErrorCode::overloaded, "Full."};
    };
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One two. Three four. Five", " six."}, &gate));
    open();
    turn("count");
    EXPECT_FALSE(gate.waiting());  // stopped
    EXPECT_EQ(log.transcript, "One two. Pardon me?");
    EXPECT_TRUE(log.has("done failed"));
    EXPECT_EQ(answer()->text, "One two. ");
    EXPECT_EQ(loop->turns.at(0).error, "overloaded");
    EXPECT_NE(registry.render().find("aimpact_turn_failures_total{where=\"synthesis\"} 1"),
              std::string::npos);
}

TEST_F(SessionFailures, SilentSynthesisCountsAsFailed) {
    fallback_audio = std::make_shared<voice::SpokenChunk>(FakeSynthesizer::tone("Sorry"));
    synthesizer.script = [&](std::string text, std::stop_token) -> Task<Result<voice::SpokenChunk>> {
        auto chunk = FakeSynthesizer::tone(std::move(text));
        std::fill(chunk.samples.begin(), chunk.samples.end(), 0.0F);
        co_return chunk;
    };
    loop->scripts.push_back(FakeLoop::says({"One two."}));
    open();
    turn("count");
    EXPECT_TRUE(log.has("done failed"));
    EXPECT_GT(log.audio_ms, 0);
    EXPECT_NE(registry.render().find("aimpact_turn_failures_total{where=\"silent_audio\"} 1"),
              std::string::npos);
}

TEST_F(SessionFailures, OneSilentTryIsNotHeard) {
    int calls = 0;
    synthesizer.script = [&](std::string text, std::stop_token) -> Task<Result<voice::SpokenChunk>> {
        auto chunk = FakeSynthesizer::tone(std::move(text));
        if (++calls == 1)
            std::fill(chunk.samples.begin(), chunk.samples.end(), std::numeric_limits<float>::quiet_NaN());
        co_return chunk;
    };
    loop->scripts.push_back(FakeLoop::says({"One two."}));
    open();
    turn("count");
    EXPECT_TRUE(log.has("done completed"));
    EXPECT_EQ(calls, 2);
    EXPECT_NEAR(loop->turns.at(0).timeline.reply_level_dbfs.value(), -20.0, 0.1);
}

TEST_F(SessionFailures, AWireThatLosesTheSoundShows) {
    log.deaf = true;
    loop->scripts.push_back(FakeLoop::says({"One two."}));
    open();
    turn("count");
    EXPECT_NEAR(loop->turns.at(0).timeline.reply_level_dbfs.value(), -120.0, 0.1);
    EXPECT_NE(registry.render().find("aimpact_audio_sent_silent_total 1"), std::string::npos);
    EXPECT_NE(registry.render().find("aimpact_audio_sent_last_level_dbfs -120"), std::string::npos);
}

TEST_F(SessionFailures, APauseInsideAClauseIsNoSilence) {
    loop->scripts.push_back(FakeLoop::says({"One two."}));
    open();
    log.deaf_pieces = 1;  // of a clause that comes in three
    synthesizer.pieces = 3;
    turn("count");
    EXPECT_TRUE(log.has("done completed"));
    EXPECT_NE(registry.render().find("aimpact_audio_sent_silent_total 0"), std::string::npos);
    EXPECT_NE(registry.render().find("aimpact_audio_sent_level_dbfs_count 1"), std::string::npos);
    EXPECT_NEAR(loop->turns.at(0).timeline.reply_level_dbfs.value(), -21.8, 0.2);  // two thirds of the power
}

TEST_F(SessionFailures, WordsThatCannotBeSaidAreSpokenAbout) {
    synthesizer.script = [&](std::string text, std::stop_token) -> Task<Result<voice::SpokenChunk>> {
        if (!text.starts_with("Pardon")) co_return voice::SpokenChunk{{}, std::move(text), true};
        co_return FakeSynthesizer::tone(std::move(text));
    };
    loop->scripts.push_back(FakeLoop::says({"\u4f60\u597d"}));
    open();
    turn("hello");
    EXPECT_TRUE(log.has("audio Pardon me?"));
    EXPECT_TRUE(log.has("done failed"));
}

TEST_F(SessionFailures, AVoiceThatGivesNothingPlaysThePreparedFallback) {
    fallback_audio = std::make_shared<voice::SpokenChunk>(FakeSynthesizer::tone("Pardon me?"));
    synthesizer.script = [&](std::string text, std::stop_token) -> Task<Result<voice::SpokenChunk>> {
        co_return voice::SpokenChunk{{}, std::move(text), true};
    };
    loop->scripts.push_back(FakeLoop::says({"One two."}));
    open();
    turn("count");
    EXPECT_TRUE(log.has("done failed"));
    EXPECT_GT(log.audio_ms, 0);
    EXPECT_NE(registry.render().find("aimpact_turn_failures_total{where=\"silent_audio\"} 1"),
              std::string::npos);
}

TEST_F(SessionFailures, AFailedTranscriptionIsAskedAbout) {
    open();
    ears->events.speech_started({0});
    ears->events.speech_stopped({900});
    ears->events.failed(Error{base::ErrorCode::overloaded, "Full."});
    settle();
    EXPECT_TRUE(log.has("transcript_failed"));
    EXPECT_TRUE(log.has("removed " + log.user_item));
    EXPECT_TRUE(log.has("audio Pardon me?"));
}

TEST_F(SessionFailures, AnEndlessAnswerIsCut) {
    limits.reply_bytes_max = 100;
    std::vector<std::string> pieces(50, "word word word. ");
    loop->scripts.push_back(FakeLoop::says(pieces));
    open();
    turn("talk");
    EXPECT_TRUE(log.has("done incomplete"));
    EXPECT_EQ(log.done[0].reason, ResponseReason::output_tokens_max);
    EXPECT_LE(log.transcript.size(), 100u);
    EXPECT_FALSE(session->responding());
}

// ---------------------------------------------------------------- tools

TEST_F(SessionFailures, TwoResultsAtOnceGiveOneAnswer) {
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "weather"}, {"call_2", "time"}}));
    loop->scripts.push_back(FakeLoop::says({"Sunny at noon."}));
    open();
    turn("weather and time");
    EXPECT_TRUE(log.has("call done: {\"a\":1}"));
    // As clients do it: a result and response.create for each call.
    for (const char* call : {"call_1", "call_2"}) {
        agents::Item output;
        output.type = agents::ItemType::function_call_output;
        output.call_id = call;
        output.text = "{}";
        ASSERT_TRUE(session->add_item(output).has_value());
        ASSERT_TRUE(session->create_response().has_value()) << call;
    }
    settle();
    EXPECT_EQ(loop->asked.size(), 2u);
    EXPECT_TRUE(log.has("audio Sunny at noon."));
    EXPECT_EQ(log.count("response"), 2);
}

TEST_F(SessionFailures, AMissingResultIsNotWaitedForForever) {
    limits.outputs_wait = 1ms;
    loop->scripts.push_back(FakeLoop::calls({{"call_1", "weather"}, {"call_2", "time"}}));
    loop->scripts.push_back(FakeLoop::says({"Sunny."}));
    open();
    turn("weather and time");
    agents::Item output;
    output.type = agents::ItemType::function_call_output;
    output.call_id = "call_1";
    ASSERT_TRUE(session->add_item(output).has_value());
    ASSERT_TRUE(session->create_response().has_value());
    io.restart();
    io.run_for(5s);  // ends as soon as there is nothing left to run
    EXPECT_TRUE(log.has("audio Sunny."));
}

// ---------------------------------------------------------------- limits and pacing

TEST_F(SessionFailures, ItemsAndTheirTextHaveLimits) {
    limits.items_max = 2;
    limits.item_text_bytes_max = 10;
    open();
    agents::Item item;
    item.text = "12345678901";
    EXPECT_EQ(session->add_item(item).error().code, base::ErrorCode::payload_too_large);
    item.text = "short";
    ASSERT_TRUE(session->add_item(item).has_value());
    ASSERT_TRUE(session->add_item(item).has_value());
    EXPECT_EQ(session->add_item(item).error().code, base::ErrorCode::payload_too_large);
    turn("one more");
    EXPECT_TRUE(log.has("failed"));
    EXPECT_EQ(loop->items.size(), 2u);
}

TEST_F(SessionFailures, SpeakingIsHeldBackFarAheadOfPlayback) {
    limits.audio_ahead_max = 2s;
    limits.clauses_in_flight = 1;
    loop->scripts.push_back(FakeLoop::says(  // clauses of twenty characters, 1.2 s each
        {"Aaaa bbbb cccc dddd. Aaaa bbbb cccc dddd. Aaaa bbbb cccc dddd. Aaaa bbbb cccc dddd."}));
    open();
    turn("talk");
    EXPECT_EQ(synthesizer.said.size(), 2u);  // 2.4 s
    EXPECT_TRUE(session->responding());
    clock.advance(1500ms);
    io.restart();
    io.run_for(600ms);  // looks again every 250 ms
    EXPECT_EQ(synthesizer.said.size(), 3u);
    clock.advance(10s);
    io.restart();
    io.run_for(5s);
    EXPECT_TRUE(log.has("done completed"));
}

TEST_F(SessionFailures, AnUnknownVoiceIsRefused) {
    open();
    SessionConfig config = session->config();
    config.style.voice = "nobody";
    EXPECT_EQ(session->configure(config).error().param, "voice");
    EXPECT_EQ(session->config().style.voice, "af_heart");
    SpeakOptions options;
    options.style = config.style;
    EXPECT_EQ(session->create_response(options).error().param, "voice");
}

// ---------------------------------------------------------------- the end

TEST_F(SessionFailures, ClosedMidWord_EndsCleanlyAndKeepsTheRecord) {
    Gate gate(io);
    loop->scripts.push_back(FakeLoop::says({"One two three four. ", "Five."}, &gate));
    open();
    turn("count");
    clock.advance(600ms);
    const std::size_t said = log.lines.size();
    close();
    EXPECT_EQ(log.lines.size(), said);  // the adapter hears nothing more
    EXPECT_EQ(loop->finished, 1);
    ASSERT_EQ(loop->turns.size(), 1u);
    EXPECT_EQ(answer()->text, "One two");
    EXPECT_FALSE(ears->alive);
    EXPECT_FALSE(session->responding());
    session.reset();
    settle();
    EXPECT_FALSE(loop->alive);  // nothing holds it any more
    EXPECT_NE(registry.render().find("aimpact_realtime_sessions 0"), std::string::npos);
}

TEST_F(SessionFailures, DestroyedDuringSynthesis_WhatStillRunsEndsByItself) {
    Gate gate(io);  // synthesis that can't be stopped
    synthesizer.script = [&](std::string text, std::stop_token) -> Task<Result<voice::SpokenChunk>> {
        co_await gate.pass();
        co_return FakeSynthesizer::tone(std::move(text));
    };
    loop->scripts.push_back(FakeLoop::says({"One two three."}));
    open();
    turn("count");
    session.reset();
    ears->events.speech_started({5000});  // late callbacks of others find nobody
    settle();
    gate.open();
    settle();
    EXPECT_EQ(log.audio_ms, 0);
    EXPECT_FALSE(loop->alive);
}

TEST_F(SessionFailures, CallsAfterTheEndAreHarmless) {
    open();
    close();
    session->push_audio(std::vector<float>(160, 0.F));
    EXPECT_TRUE(session->commit().has_error());
    EXPECT_TRUE(session->create_response().has_error());
    session->clear();
    session->greet();
    settle();
    EXPECT_TRUE(log.lines.empty());
}

}  // namespace
}  // namespace aimpact::realtime
