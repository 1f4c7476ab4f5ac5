// The local synthesiser: Kokoro-82M in four OpenVINO stages. docs/MODELS.md says where the files come from.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "base/metrics.hpp"
#include "inference/scheduler.hpp"
#include "voice/synthesizer.hpp"
#include "voice/tts/emotion.hpp"

namespace aimpact::inference {
class OpenVinoRuntime;
}

namespace aimpact::voice {

struct KokoroOptions {
    std::filesystem::path models_dir;         // holds kokoro-82m/
    std::filesystem::path cache_dir = {};     // the runtime's compile cache; only to free what it maps
    int threads = 2;                          // in each stage; one stage of a kind runs at a time
    std::size_t cache_bytes_max = 12u << 20;  // whole clauses kept, as float samples (2 min); 0: none
    std::size_t text_chars_max = 4096;        // of speak() and clause(), in bytes
    double loudness_lufs = -23.0;             // ITU-R BS.1770, per clause
    // For benches that try other settings: in place of emotion_edit().
    std::function<ProsodyEdit(const SpeechStyle&)> edit = {};
};

// Loads the models (well under a second with a warm compile cache). `unavailable` names a missing file and
// what to do. The runtime, the scheduler and the metrics must outlive the synthesiser.
Result<std::unique_ptr<Synthesizer>> make_kokoro(KokoroOptions options, inference::OpenVinoRuntime& runtime,
                                                 inference::Scheduler& scheduler, base::Metrics& metrics);

}  // namespace aimpact::voice
