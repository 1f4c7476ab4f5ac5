// A session built of scripted parts: the fixture of the session's tests.
#pragma once

#include <gtest/gtest.h>

#include "realtime/session_fakes.hpp"
#include "voice/audible_synthesizer.hpp"

namespace aimpact::realtime::testing {

using namespace std::chrono_literals;

class SessionTest : public ::testing::Test {
  protected:
    base::asio::io_context io;
    base::ManualClock clock;
    base::SeededRandom random{7};
    base::Metrics registry;
    SessionMetrics metrics{registry};
    FakeSynthesizer synthesizer;
    voice::AudibleSynthesizer audible{synthesizer, registry};
    std::shared_ptr<FakeListener::Shared> ears = std::make_shared<FakeListener::Shared>();
    std::shared_ptr<FakeLoop::Record> loop = std::make_shared<FakeLoop::Record>();
    agents::Agent agent;
    SessionLimits limits;
    std::shared_ptr<const voice::SpokenChunk> fallback_audio;
    EarlyAnswers early_answers = EarlyAnswers::own;
    voice::EmotionHearing* emotions = nullptr;
    EventLog log;
    std::unique_ptr<Session> session;

    void open() {
        SessionParts parts{clock,
                           random,
                           audible,
                           metrics,
                           [this](base::asio::any_io_executor, voice::Listener::Events events) {
                               return std::make_unique<FakeListener>(ears, std::move(events));
                           },
                           limits,
                           "Pardon me?",
                           fallback_audio};
        parts.early_answers = early_answers;
        parts.emotions = emotions;
        session = std::make_unique<Session>(io.get_executor(), std::move(parts),
                                            std::make_unique<FakeLoop>(loop, agent), config_of(agent), log);
    }
    // Runs what can run now.
    void settle() {
        io.restart();
        io.poll();
    }
    void turn(const std::string& text, double speech_ms = 1000) {
        ears->events.speech_started({0});
        ears->events.speech_stopped({speech_ms});
        end_turn(text, speech_ms);
    }
    void end_turn(const std::string& text, double speech_ms = 1000) {
        voice::TurnEnded ended;
        ended.transcript.text = text;
        ended.audio_end_ms = speech_ms;
        ended.speech_end_at = clock.steady() - 300ms;
        ended.decided_at = clock.steady() - 100ms;
        ended.transcript_at = clock.steady();
        ears->events.turn_ended(std::move(ended));
        settle();
    }
    void close() {
        base::asio::co_spawn(io, session->close(), base::asio::detached);
        settle();
    }
    const agents::Item* answer() const {
        for (const auto& item : loop->items)
            if (item.role == llm::ChatRole::assistant && item.type == agents::ItemType::message) return &item;
        return nullptr;
    }
};

}  // namespace aimpact::realtime::testing
