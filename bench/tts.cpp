// bench_tts: how soon speech starts and what it costs, by length of the reply and by voice.
//
//   build/release/bench_tts [--models var/models] [--cache var/cache/openvino] [--threads 2] [--repeat 7]
//                           [--voices af_heart,bm_george] [--wav FOLDER] [--json]
//   build/release/bench_tts --say sentences.txt --wav FOLDER [--voices ...] [--emotion NAME]
//   build/release/bench_tts --lines
//
// The second form measures nothing: it speaks each line of the file by each voice into FOLDER/VOICE_LINE.wav.
// The third takes its texts from another bench, one at a time (spoken.hpp): for tts_peers.py and
// tts_quality.py. "first audio" is from the text to the first samples of its first clause, as a
// waiting caller hears it; "whole" is until the last sample. CPU seconds cover all threads of the process.
// Nothing comes from the clause cache.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/log.hpp"
#include "base/process_memory.hpp"
#include "inference/kernel_cache.hpp"
#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "spoken.hpp"
#include "voice/audio.hpp"
#include "voice/tts/kokoro.hpp"
#include "voice/tts/voice_catalog.hpp"

using namespace aimpact;
using namespace aimpact::bench;

namespace {

struct Case {
    std::string_view name, text;
};
constexpr Case kCases[] = {
    {"one word", "Hello."},
    {"1 s clause", "Sure, let me see."},
    {"2 s sentence", "Let me check the status of your order."},
    {"5 s reply",
     "Thank you for calling, my name is Anna, and I would be happy to help you with your order today."},
    {"12 s reply",
     "I have found three restaurants near you. The first one is an Italian place on Main Street, open until "
     "11 pm. "
     "The second serves Thai food, and the third is a small bakery. Which one would you like to hear more "
     "about?"},
};

double resident_mb(const char* field) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(field)) return std::stod(line.substr(line.find(':') + 1)) / 1024;
    }
    return 0;
}

double quantile(std::vector<double> values, double q) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const double at = q * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(values.size() - 1, low + 1);
    return values[low] + (values[high] - values[low]) * (at - static_cast<double>(low));
}

struct Samples {
    std::vector<double> first_ms, whole_ms, rtf, cpu_per_second;
    double audio_seconds = 0;
};

struct Options {
    std::filesystem::path models = "var/models", cache = "var/cache/openvino", wav, say;
    std::string emotion = "neutral";
    int threads = 2, repeat = 7;
    std::vector<std::string> voices = {"af_heart", "am_michael", "bf_emma"};
    bool json = false, lines = false;
};

boost::json::object row_json(std::string_view voice, std::string_view name, const Samples& s) {
    return {{"voice", voice},
            {"case", name},
            {"audio_seconds", s.audio_seconds},
            {"first_audio_ms_p50", quantile(s.first_ms, 0.5)},
            {"first_audio_ms_p95", quantile(s.first_ms, 0.95)},
            {"whole_ms_p50", quantile(s.whole_ms, 0.5)},
            {"rtf_p50", quantile(s.rtf, 0.5)},
            {"rtf_p95", quantile(s.rtf, 0.95)},
            {"cpu_seconds_per_audio_second", quantile(s.cpu_per_second, 0.5)}};
}

}  // namespace

int main(int argc, char** argv) {
    // As the server, before there is a thread.
    base::keep_heaps_small();
    inference::limit_kernel_cache();
    Options o;
    CLI::App app("How soon speech starts and what it costs, by length of the reply and by voice.");
    bench::add_models(app, o.models);
    bench::add_cache(app, o.cache);
    bench::add_threads(app, o.threads);
    app.add_option("--repeat", o.repeat, "How often each is spoken")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--voices", o.voices, "Voices, with commas between")
        ->delimiter(',')
        ->capture_default_str();
    auto* wav = app.add_option("--wav", o.wav, "Folder to keep what was spoken in");
    app.add_option("--say", o.say, "Speak the lines of this file instead")
        ->check(CLI::ExistingFile)
        ->needs(wav);
    app.add_option("--emotion", o.emotion, "Of the lines of --say")->capture_default_str();
    app.add_flag("--lines", o.lines, "Speak the texts that come on standard input, see spoken.hpp");
    app.add_flag("--json", o.json, "One JSON object instead of a table");
    CLI11_PARSE(app, argc, argv);
    base::configure_log(base::LogLevel::warn, base::LogFormat::text);
    base::Metrics metrics;
    inference::OpenVinoRuntime runtime(o.cache);
    inference::Scheduler scheduler({.threads = o.threads}, metrics);
    auto start = Clock::now();
    bench::TriedEdit tried;
    voice::KokoroOptions options{
        .models_dir = o.models, .cache_dir = o.cache, .threads = o.threads, .cache_bytes_max = 0};
    if (o.lines)
        options.edit = [&tried](const voice::SpeechStyle& style) {
            return tried ? *tried
                         : voice::emotion_edit(style.emotion, style.intensity, voice::is_man(style.voice));
        };
    auto made = voice::make_kokoro(std::move(options), runtime, scheduler, metrics);
    if (made.has_error()) {
        fmt::print(stderr, "{} ({})\n", made.error().message, made.error().detail);
        return 1;
    }
    if (!o.say.empty()) return speak_file(**made, o.say.string(), o.wav.string(), o.voices, o.emotion);
    if (o.lines) return speak_lines(**made, o.models.string(), tried);
    const double load_ms = ms_since(start);
    start = Clock::now();
    const Spoken cold = speak(**made, "Hello there.", {});
    if (cold.outcome.has_error()) {
        fmt::print(stderr, "{} ({})\n", cold.outcome.error().message, cold.outcome.error().detail);
        return 1;
    }
    const double cold_ms = ms_since(start);
    start = Clock::now();
    if (const auto warm = base::run_sync((*made)->warm_up()); warm.has_error()) {
        fmt::print(stderr, "{} ({})\n", warm.error().message, warm.error().detail);
        return 1;
    }
    const double warm_ms = ms_since(start);

    boost::json::array rows;
    if (!o.json)
        fmt::print(
            "{} threads; load {:.0f} ms, first clause cold {:.0f} ms, warm-up {:.0f} ms, resident {:.0f} "
            "MB\n\n| voice | reply | audio s | first audio p50 ms | p95 | whole p50 ms | RTF p50 | p95 | CPU "
            "s per s |\n|---|---|---|---|---|---|---|---|---|\n",
            o.threads, load_ms, cold_ms, warm_ms, resident_mb("VmRSS"));
    std::fflush(stdout);
    for (const auto& voice : o.voices) {
        for (const Case& c : kCases) {
            Samples s;
            for (int i = 0; i <= o.repeat; ++i) {
                Spoken spoken = speak(**made, c.text, {.voice = voice});
                if (spoken.outcome.has_error()) {
                    fmt::print(stderr, "{} ({})\n", spoken.outcome.error().message,
                               spoken.outcome.error().detail);
                    return 1;
                }
                if (i == 0) {  // the voice's own first time is not what is measured
                    if (!o.wav.empty()) {
                        std::filesystem::create_directories(o.wav);
                        std::string file = fmt::format("{}_{}.wav", voice, c.name);
                        std::replace(file.begin(), file.end(), ' ', '_');
                        if (const auto written = voice::write_wav_file((o.wav / file).string(),
                                                                       spoken.samples, voice::kSynthesisRate);
                            written.has_error()) {
                            fmt::print(stderr, "{}\n", written.error().message);
                            return 1;
                        }
                    }
                    continue;
                }
                s.audio_seconds = static_cast<double>(spoken.samples.size()) / voice::kSynthesisRate;
                s.first_ms.push_back(spoken.first_ms);
                s.whole_ms.push_back(spoken.whole_ms);
                s.rtf.push_back(spoken.whole_ms / 1000 / s.audio_seconds);
                s.cpu_per_second.push_back(spoken.cpu / s.audio_seconds);
            }
            rows.push_back(row_json(voice, c.name, s));
            if (!o.json)
                fmt::print("| {} | {} | {:.2f} | {:.0f} | {:.0f} | {:.0f} | {:.3f} | {:.3f} | {:.3f} |\n",
                           voice, c.name, s.audio_seconds, quantile(s.first_ms, 0.5),
                           quantile(s.first_ms, 0.95), quantile(s.whole_ms, 0.5), quantile(s.rtf, 0.5),
                           quantile(s.rtf, 0.95), quantile(s.cpu_per_second, 0.5));
        }
    }
    if (o.json) {
        const boost::json::object out{{"threads", o.threads},
                                      {"load_ms", load_ms},
                                      {"cold_clause_ms", cold_ms},
                                      {"warm_up_ms", warm_ms},
                                      {"resident_mb", resident_mb("VmRSS")},
                                      {"peak_mb", resident_mb("VmHWM")},
                                      {"rows", rows}};
        fmt::print("{}\n", boost::json::serialize(out));
    } else {
        fmt::print("\nresident {:.0f} MB, peak {:.0f} MB\n", resident_mb("VmRSS"), resident_mb("VmHWM"));
    }
    return 0;
}
