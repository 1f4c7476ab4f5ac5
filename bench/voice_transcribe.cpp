// Transcribes audio files as `aimpact transcribe --json` does, with nothing but the voice layer: one JSON
// object a file. `bench/wer.py` reads it.
//
//   voice_transcribe [--models DIR] [--threads N] FILE...
#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "inference/openvino_runtime.hpp"
#include "voice/hearing.hpp"

namespace json = boost::json;
using namespace aimpact;

namespace {

json::value to_json(const std::string& file, const voice::Transcript& t, double wall_ms) {
    json::array segments;
    for (const auto& s : t.segments)
        segments.push_back({{"start", s.start_seconds}, {"end", s.end_seconds}, {"text", s.text}});
    return {{"file", file},
            {"text", t.text},
            {"segments", segments},
            {"duration", t.audio_seconds},
            {"speech_seconds", t.speech_seconds},
            {"decode_ms", t.decode_ms},
            {"wall_ms", wall_ms},
            {"rejected", t.rejected}};
}

int fail(const base::Error& error) {
    std::cerr << "voice_transcribe: " << error.message
              << (error.detail.empty() ? "" : " (" + error.detail + ")") << '\n';
    return base::exit_code(error.code);
}

}  // namespace

int main(int argc, char** argv) {
    const char* set = std::getenv("AIMPACT_MODELS_DIR");
    std::string models = set && *set ? set : "var/models";
    int threads = 2;
    std::vector<std::string> files;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--models" && i + 1 < argc)
            models = argv[++i];
        else if (word == "--threads" && i + 1 < argc)
            threads = std::max(1, std::atoi(argv[++i]));
        else
            files.push_back(word);
    }
    if (files.empty()) {
        std::cerr << "usage: voice_transcribe [--models DIR] [--threads N] FILE...\n";
        return 64;
    }
    const auto store = inference::ModelStore::open(models);
    if (!store) return fail(store.error());
    inference::OpenVinoRuntime runtime({});
    auto hearing = voice::load_hearing(*store, runtime, {.streams = threads});
    if (!hearing) return fail(hearing.error());
    base::Metrics metrics;
    inference::Scheduler scheduler({.threads = threads}, metrics);
    auto recognizer = voice::make_recognizer(hearing->recognizer, hearing->vad, scheduler);
    for (const std::string& file : files) {
        auto clip = voice::read_audio_file(file, {}, voice::kRecognitionRate);
        if (!clip) return fail(clip.error());
        const auto started = std::chrono::steady_clock::now();
        const auto transcript =
            base::run_sync(recognizer->transcribe(std::move(clip->samples), inference::Priority::batch));
        if (!transcript) return fail(transcript.error());
        const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - started;
        std::cout << json::serialize(to_json(file, *transcript, wall.count())) << '\n';
    }
    return 0;
}
