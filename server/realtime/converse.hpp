// A conversation inside this process, from recordings: each file is played to a Session as the caller's turn,
// and the replies and timelines are collected. What `aimpact converse` and the benches drive.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/turn_loop.hpp"
#include "realtime/session.hpp"
#include "voice/audio.hpp"

namespace aimpact::realtime {

struct ConverseOptions {
    // True: audio is given in 20 ms pieces at the pace of speech, and replies are played before the next
    // turn, as in a call. False: as fast as this machine goes; latencies then leave out the silence that ends
    // a turn, which is audio too.
    bool real_time = true;
    double silence_seconds_max = 3.0;  // after each recording, until the turn is held to be over
    double answer_seconds_max = 60.0;  // the longest wait for an answer (wall time)
    bool greet = true;
};

struct ConverseTurn {
    std::string transcript, reply;
    std::vector<float> reply_audio;  // 24 kHz
    agents::Turn turn;               // its timeline
    std::string problem;             // why there is no answer; empty if there is one
    std::vector<double> clause_ms;   // when each piece of reply audio came, from the end of speech
};

struct ConverseResult {
    std::string conversation_id;
    std::string greeting;
    std::vector<float> greeting_audio;
    std::vector<ConverseTurn> turns;
};

// `recordings` are at any rate. on_turn (may be empty) is called as each turn ends. Runs on the caller's
// executor, which must be single-threaded or a strand. Errors: an empty recording; a session that cannot be
// made.
Task<Result<ConverseResult>> converse(SessionParts parts, std::unique_ptr<agents::TurnLoop> loop,
                                      std::vector<voice::AudioClip> recordings, ConverseOptions options,
                                      std::function<void(const ConverseTurn&)> on_turn = {});

}  // namespace aimpact::realtime
