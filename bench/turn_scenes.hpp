// The scenes of bench_turn_taking: what the microphone hears and what we play, from recordings, voices and
// seeds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "turn_sounds.hpp"
#include "voice/listener.hpp"
#include "voice/recognizer.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::bench {

inline constexpr double kOursAt = 0.6;  // seconds: when our sound begins

struct TurnSettings {
    std::filesystem::path models = "var/models", cache = "var/cache/openvino", audio = "../shared/audio";
    std::string set = "test";
    unsigned seed = 7;
    std::vector<std::string> only;
    bool cases = false, ours_only = false, no_text = false, trace = false;
};

enum class Kind { turn, must_stop, must_not };

struct Scene {
    std::string group, name;
    Kind kind = Kind::turn;
    Samples caller;                   // what the microphone hears of the caller and the room
    double begin_ms = 0, end_ms = 0;  // of the caller's sound in it
    Samples ours;                     // 24 kHz, played from kOursAt on; empty: nothing
    double echo_db = -200, echo_delay = 0;
    voice::Expected expected = voice::Expected::anything;
    unsigned seed = 0;
};

[[noreturn]] void fail(const base::Error& error);

std::vector<Scene> make_scenes(const TurnSettings& settings, voice::Synthesizer& synthesizer,
                               voice::Recognizer& recognizer);

}  // namespace aimpact::bench
