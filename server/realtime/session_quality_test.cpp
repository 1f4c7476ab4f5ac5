// How turns are judged: scripted audio and times in, the record's TurnQuality and the metrics out.
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <thread>

#include "agents/conversation_wire.hpp"
#include "realtime/session_fixture.hpp"

namespace aimpact::realtime {
namespace {

using namespace std::chrono_literals;
using testing::FakeLoop;
using testing::FakeSynthesizer;
using testing::Gate;

class SessionQuality : public testing::SessionTest {
  protected:
    static std::vector<float> tone(double seconds, float amplitude, float offset = 0) {
        std::vector<float> out(static_cast<std::size_t>(seconds * voice::kRecognitionRate));
        for (std::size_t i = 0; i < out.size(); ++i) {
            const double phase =
                2 * std::numbers::pi * 200 * static_cast<double>(i) / voice::kRecognitionRate;
            out[i] = std::clamp(amplitude * static_cast<float>(std::sin(phase)) + offset, -1.0F, 1.0F);
        }
        return out;
    }
    // At the pace of speech, in pieces of 20 ms.
    void speak(const std::vector<float>& samples) {
        for (std::size_t at = 0; at < samples.size(); at += 320) {
            session->push_audio(
                std::span(samples).subspan(at, std::min<std::size_t>(320, samples.size() - at)));
            clock.advance(20ms);
        }
    }
    void caller_turn(const std::string& text, double from_ms, double to_ms) {
        ears->events.speech_started({from_ms});
        ears->events.speech_stopped({to_ms});
        voice::TurnEnded ended;
        ended.transcript.text = text;
        ended.audio_start_ms = from_ms;
        ended.audio_end_ms = to_ms;
        ended.speech_end_at = ended.decided_at = ended.transcript_at = clock.steady();
        ended.audio_16k = tone(1, 0.1F);
        ears->events.turn_ended(std::move(ended));
        settle();
    }
    const agents::TurnQuality& recorded() const { return loop->turns.back().quality; }
    double counted(const std::string& line) const {
        const std::string text = registry.render();
        const std::size_t at = text.find("\n" + line + " ");
        return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + line.size() + 2, nullptr);
    }
};

TEST_F(SessionQuality, BothSidesAreMeasured) {
    loop->scripts.push_back(FakeLoop::says({"Good day. How can I help you now?"}));
    open();
    speak(tone(3.3, 0.1F));
    caller_turn("one two three four five six", 0, 3300);
    const agents::TurnQuality& quality = recorded();
    ASSERT_TRUE(quality.caller);
    EXPECT_NEAR(quality.caller->level_dbfs, -23.0, 0.1);
    EXPECT_NEAR(quality.caller->active_level_dbfs, -23.0, 0.2);
    EXPECT_NEAR(quality.caller->peak_dbfs, -20.0, 0.1);
    EXPECT_EQ(quality.caller->clipped_share, 0);
    EXPECT_EQ(quality.caller->gaps, 0);
    EXPECT_EQ(quality.caller->words_per_minute, 120);  // in three seconds, without the padding
    ASSERT_TRUE(quality.reply);
    EXPECT_EQ(quality.reply->clipped_share, 0);
    EXPECT_NEAR(quality.reply->words_per_minute.value(), 8 * 60'000 / log.audio_ms, 1);
    EXPECT_EQ(quality.dead_air_ms, 0);  // the clock stood still
    EXPECT_FALSE(quality.overlap_ms);
    EXPECT_FALSE(quality.caller->dnsmos);
    EXPECT_EQ(counted("aimpact_audio_level_dbfs_count{direction=\"caller\"}"), 1);
    EXPECT_EQ(counted("aimpact_audio_level_dbfs_count{direction=\"reply\"}"), 1);
    EXPECT_EQ(counted("aimpact_words_per_minute_sum{direction=\"caller\"}"), 120);
    EXPECT_EQ(counted("aimpact_turn_dead_air_seconds_count"), 1);
}

TEST_F(SessionQuality, ClippingOffsetAndGapsOfTheTurnAloneCount) {
    loop->scripts.push_back(FakeLoop::says({"Yes."}));
    open();
    speak(tone(2, 3.0F));  // before the turn, loud
    clock.advance(400ms);  // a gap there as well
    const std::size_t start = ears->buffered_ms;
    speak(tone(1, 0.2F, 0.05F));
    clock.advance(250ms);
    speak(tone(1, 2.0F));
    caller_turn("are you there", static_cast<double>(start), static_cast<double>(start) + 2000);
    const agents::SpeechQuality& caller = recorded().caller.value();
    EXPECT_NEAR(caller.clipped_share, 0.5 * 2 / 3, 0.02);
    EXPECT_NEAR(caller.clipped_runs, 400, 4);
    EXPECT_NEAR(caller.dc_offset, 0.025, 0.001);
    EXPECT_EQ(caller.gaps, 1);
    EXPECT_EQ(caller.longest_gap_ms, 250);
    EXPECT_EQ(caller.gaps_ms, 250);
    EXPECT_NEAR(counted("aimpact_audio_gap_seconds_sum{direction=\"caller\"}"), 0.25, 1e-9);
}

TEST_F(SessionQuality, WhatTheWireCarriedIsMeasuredNotWhatWasMadeOfIt) {
    loop->scripts.push_back(FakeLoop::says({"Yes."}));
    open();
    const std::vector<float> quiet = tone(2, 0.1F), loud = tone(2, 2.0F);
    session->push_audio(quiet, {loud, voice::kRecognitionRate, 1.0F});
    caller_turn("are you there", 0, 2000);
    EXPECT_NEAR(recorded().caller->clipped_share, 2.0 / 3, 0.02);
}

TEST_F(SessionQuality, AnInterruptionIsAnOverlapOfTheAnswerThatWasSpokenOver) {
    loop->scripts.push_back(FakeLoop::says({"This is a rather long answer to that."}));
    loop->scripts.push_back(FakeLoop::says({"All right."}));
    open();
    speak(tone(1, 0.1F));
    caller_turn("what is it", 0, 1000);
    clock.advance(500ms);
    speak(tone(0.3, 0.1F));  // padding
    speak(tone(0.2, 0.1F));  // words, of which the listener tells after 200 ms
    caller_turn("stop it please", 1000, 1500);
    const agents::Turn* first = nullptr;
    for (const agents::Turn& turn : loop->turns)
        if (turn.index == 0) first = &turn;
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->timeline.interrupted);
    EXPECT_EQ(first->quality.overlap_ms, 200);
    EXPECT_FALSE(recorded().overlap_ms) << "the answer to the interruption was not spoken over";
    EXPECT_NEAR(counted("aimpact_turn_overlap_seconds_sum"), 0.2, 1e-9);
}

TEST_F(SessionQuality, WithoutInterruptionsTheWholeOverlapCounts) {
    agent.interrupt_response = false;
    agent.create_response = true;
    loop->scripts.push_back(FakeLoop::says({"This is a rather long answer to that question."}));
    loop->scripts.push_back(FakeLoop::says({"All right."}));
    open();
    speak(tone(1, 0.1F));
    caller_turn("what is it", 0, 1000);
    clock.advance(300ms);
    speak(tone(0.5, 0.1F));
    ears->events.speech_started({1000});  // onset at 1300 ms of audio: 200 ms ago
    clock.advance(600ms);
    ears->events.speech_stopped({2100});
    voice::TurnEnded ended;
    ended.transcript.text = "all right then";
    ended.audio_start_ms = 1000;
    ended.audio_end_ms = 2100;
    ended.speech_end_at = clock.steady() - 100ms;
    ended.decided_at = ended.transcript_at = clock.steady();
    ears->events.turn_ended(std::move(ended));
    settle();
    const auto first = std::find_if(loop->turns.rbegin(), loop->turns.rend(),
                                    [](const agents::Turn& turn) { return turn.index == 0; });
    EXPECT_EQ(first->quality.overlap_ms, 700);
    EXPECT_FALSE(first->timeline.interrupted);
}

TEST_F(SessionQuality, DeadAirIsTheWaitAndEveryStallOfTheAnswer) {
    Gate more{io};
    loop->scripts.push_back(FakeLoop::says({"Good day to you. ", "And more.", " The end."}, &more));
    open();
    speak(tone(1, 0.1F));
    synthesizer.script = [&, slow = true](std::string text,
                                          std::stop_token) mutable -> Task<Result<voice::SpokenChunk>> {
        if (std::exchange(slow, false)) clock.advance(800ms);
        co_return FakeSynthesizer::tone(std::move(text));
    };
    caller_turn("what is it", 0, 1000);
    const double first_ms = log.audio_ms;
    ASSERT_GT(first_ms, 0);
    // All of it has been heard, and then for 1.2 s nothing comes.
    clock.advance(std::chrono::milliseconds(static_cast<long>(first_ms) + 1200));
    more.open();
    settle();
    const agents::TurnQuality& quality = recorded();
    EXPECT_NEAR(quality.dead_air_ms.value(), 2000, 2);
    EXPECT_NEAR(quality.longest_silence_ms.value(), 1200, 2);
    EXPECT_EQ(quality.reply->gaps, 1);
    EXPECT_NEAR(quality.reply->longest_gap_ms, 1200, 2);
    EXPECT_NEAR(counted("aimpact_turn_silence_seconds_sum"), 1.2, 0.01);
}

TEST_F(SessionQuality, AnAnswerThatIsOnlyTextHasNoSound) {
    loop->scripts.push_back(FakeLoop::says({"Yes."}));
    open();
    SessionConfig config = session->config();
    config.audio = false;
    ASSERT_TRUE(session->configure(config).has_value());
    speak(tone(1, 0.1F));
    caller_turn("what is it", 0, 1000);
    EXPECT_TRUE(recorded().caller);
    EXPECT_FALSE(recorded().reply);
    EXPECT_FALSE(recorded().dead_air_ms);
}

// The stages of each turn, in the record and in the metrics, add up to its latency, whatever was done early.
TEST(LatencyStages, AddUpToTheLatency) {
    agents::TurnTimeline plain;
    plain.speech_ms = 2000;
    plain.decided_ms = 400, plain.transcript_ms = 480, plain.first_token_ms = 600;
    plain.first_clause_ms = 650, plain.first_audio_ms = 800;
    agents::TurnTimeline early = plain;  // prepared before the turn was surely over
    early.first_token_ms = 250, early.first_clause_ms = 300;
    agents::TurnTimeline odd = plain;  // the words were there before the decision
    odd.transcript_ms = 350;
    agents::TurnTimeline fixed = plain;  // no model
    fixed.first_token_ms = -1;
    agents::TurnTimeline written;
    written.first_token_ms = 120, written.first_clause_ms = 150, written.first_audio_ms = 310;
    for (const agents::TurnTimeline& timeline : {plain, early, odd, fixed, written}) {
        base::Metrics registry;
        SessionMetrics metrics(registry);
        metrics.turn(timeline);
        const std::string text = registry.render();
        double counted = 0;
        for (const char* stage :
             {"endpointing", "transcription", "llm_first_token", "first_clause", "tts_first_audio"}) {
            const std::string name = "aimpact_turn_stage_seconds_sum{stage=\"" + std::string(stage) + "\"} ";
            const std::size_t at = text.find(name);
            if (at != std::string::npos) counted += std::strtod(text.c_str() + at + name.size(), nullptr);
        }
        EXPECT_NEAR(counted * 1000, timeline.first_audio_ms, 1e-6);
        agents::Turn turn;
        turn.timeline = timeline;
        double recorded = 0;
        const auto json = agents::turn_json(turn);
        for (const auto& [name, ms] : json.at("stages").as_object()) recorded += ms.to_number<double>();
        EXPECT_NEAR(recorded, timeline.first_audio_ms, 1e-6);
        EXPECT_EQ(json.at("response_latency_ms").to_number<double>(), timeline.first_audio_ms);
    }
}

}  // namespace
}  // namespace aimpact::realtime
