// The models that hear: VAD, turn detector, recogniser. Built once by app; listeners share them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "inference/model_store.hpp"
#include "voice/recognizer.hpp"
#include "voice/turn_detector.hpp"
#include "voice/vad.hpp"

namespace aimpact::voice {

// The probability that words end an utterance (llm/utterance_end.hpp). Thread-safe; called on a worker of the
// Scheduler. An error: nothing is known.
using TextEnd = std::function<Result<float>(std::string_view text)>;

struct Hearing {
    std::shared_ptr<const VadModel> vad;
    std::shared_ptr<const TurnDetector> turn;
    TextEnd text_end;  // may be empty: then only the turn model and the last word tell
    std::shared_ptr<const inference::SherpaRecognizer> recognizer;
};

struct HearingOptions {
    // The child process for a recogniser that was never loaded before (see inference::check_recognizer), and
    // where its success is remembered. Without a command it is loaded right away.
    std::vector<std::string> probe_command = {};
    std::filesystem::path state_folder = {};
    // A model of the store, or a folder beside them (or anywhere, given by an absolute path).
    std::string recognizer = "moonshine-tiny-en";
};

// Loads the recogniser, and the models named silero-vad and smart-turn-v3. Blocks (about a second the first
// time).
Result<Hearing> load_hearing(const inference::ModelStore& store, inference::OpenVinoRuntime& runtime,
                             const HearingOptions& options);

// Runs every model once on every worker, so that the first caller waits for nothing. Blocks.
Result<> warm_up(const Hearing& hearing, inference::Scheduler& scheduler);

}  // namespace aimpact::voice
