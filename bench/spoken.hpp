// One text spoken and timed, for the benches of synthesis.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.hpp"
#include "voice/synthesizer.hpp"
#include "voice/tts/emotion.hpp"

namespace aimpact::bench {

using Clock = std::chrono::steady_clock;

inline double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// User and system time of all threads of this process.
inline double cpu_seconds() {
    rusage u{};
    getrusage(RUSAGE_SELF, &u);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(u.ru_utime) + seconds(u.ru_stime);
}

struct Spoken {
    base::Result<> outcome;
    double first_ms = 0, whole_ms = 0, cpu = 0;  // ms from the text on; seconds of CPU time
    std::vector<float> samples;                  // at voice::kSynthesisRate
};

inline Spoken speak(voice::Synthesizer& synthesizer, std::string_view text, const voice::SpeechStyle& style) {
    Spoken out;
    const double cpu = cpu_seconds();
    const auto start = Clock::now();
    auto sink = [&out, start](voice::SpokenChunk chunk) -> base::Task<base::Result<>> {
        if (out.samples.empty()) out.first_ms = ms_since(start);
        out.samples.insert(out.samples.end(), chunk.samples.begin(), chunk.samples.end());
        co_return base::Result<>{};
    };
    out.outcome = base::run_sync(
        synthesizer.speak(std::string(text), style, inference::Priority::caller_waiting, sink));
    out.whole_ms = ms_since(start);
    out.cpu = cpu_seconds() - cpu;
    return out;
}

// What the synthesiser is to do in place of its emotions (KokoroOptions::edit), while a job asks for it.
using TriedEdit = std::optional<voice::ProsodyEdit>;

// Serves jobs on standard input, one JSON object a line, until it ends; an exit code. Each is answered by one
// line, so that a bench can take turns with other engines:
//   {"text", "voice", "emotion", "intensity", "edit": {...}, "wav": FILE to write}
//                                                       ->  {"first_ms", "whole_ms", "cpu_s", "audio_s"}
//   {"text", "voice", "phones": true}                   ->  {"clauses": [{"text", "phones"}]}
// or {"error"}. "edit" holds fields of voice::ProsodyEdit, in place of the emotion's. The first line of all
// says {"ready": true}.
int speak_lines(voice::Synthesizer& synthesizer, const std::string& models_dir, TriedEdit& tried);

// Speaks each line of `file` by each voice into FOLDER/VOICE_LINE.wav; an exit code.
int speak_file(voice::Synthesizer& synthesizer, const std::string& file, const std::string& folder,
               const std::vector<std::string>& voices, const std::string& emotion);

}  // namespace aimpact::bench
