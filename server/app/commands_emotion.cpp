// aimpact emotion: how audio files are said, without a server.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "app/cli.hpp"
#include "app/engines.hpp"
#include "base/wire.hpp"
#include "voice/audio.hpp"

namespace aimpact::app {

namespace json = boost::json;
using base::Result;

namespace {

double rounded(double value) {
    return std::round(value * 10'000) / 10'000;
}

// CPU of this thread, in milliseconds: what the machine's other work doesn't change.
double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

Result<json::object> judge(const voice::EmotionRecognizer& recognizer, const std::string& file) {
    AIMPACT_TRY(const auto clip, voice::read_audio_file(file, {}, voice::kRecognitionRate));
    const double from = cpu_ms();
    AIMPACT_TRY(const auto found, recognizer.estimate(clip.samples));
    const double spent = cpu_ms() - from;
    if (!found)
        return base::invalid_argument(file + " holds less than 0.6 s of speech: too little to judge.");
    json::object probabilities;
    for (std::size_t i = 0; i < voice::kEmotions; ++i)
        probabilities[voice::kEmotionNames[i]] = rounded(found->probabilities[i]);
    return json::object{{"file", file},
                        {"label", found->label()},
                        {"probabilities", std::move(probabilities)},
                        {"arousal", rounded(found->arousal)},
                        {"valence", rounded(found->valence)},
                        {"speech", rounded(found->speech_seconds)},
                        {"cpu_ms", rounded(spent)}};
}

}  // namespace

int emotion(const base::Config& config, const std::vector<std::string>& files) {
    base::Metrics metrics;
    base::SystemClock clock;
    Engines engines(config, metrics, clock);
    const auto recognizer = engines.load_emotion_recognizer();
    if (recognizer.has_error()) return report(recognizer.error());
    int code = 0;
    for (const std::string& file : files) {
        const auto row = judge(**recognizer, file);
        if (row.has_value()) {
            fmt::print("{}\n", base::to_text(*row));
            std::fflush(stdout);
            continue;
        }
        // The other files are still worth judging; the exit code tells.
        fmt::print("{}\n", base::to_text(json::object{{"file", file}, {"error", row.error().message}}));
        std::fflush(stdout);
        std::fprintf(stderr, "aimpact: %s\n", row.error().message.c_str());
        code = base::exit_code(row.error().code);
    }
    return code;
}

}  // namespace aimpact::app
