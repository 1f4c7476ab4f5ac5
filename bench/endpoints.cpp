// When does the listener end a caller's turn? Recordings are played to it as fast as it can hear, each in a
// listener of its own, as if inference took no time: what is printed is the waiting that the policy decides.
// Per eagerness: how many recordings it ended early, and how long after the true end the others' turns ended.
//
//   bench_endpoints [--models DIR] [--eagerness low|auto|high] [--tail room|silence] [--json] [--trace]
//   FILE...
//
// The true end is where the project's other benches put it: the end of the last 20 ms frame within 25 dB of
// the 95th percentile of the frames' level. There it is cut and digital silence follows, or (`--tail room`)
// it goes on with its own tail and then with noise as loud as its quietest part. Early: a turn that was ended
// more than 200 ms before the true end.
//
// --trace prints instead what the policy can see at each pause of each recording, as one JSON object a line:
// bench/endpoint_rules.py makes the policy's numbers from it.
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>

#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "text_end.hpp"
#include "turn_trace.hpp"
#include "voice/listener.hpp"

namespace json = boost::json;
using namespace aimpact;

namespace {

constexpr int kRate = voice::kRecognitionRate;
constexpr double kLeadSeconds = 0.5, kTailSeconds = 5.0;
constexpr double kEarlyMs = 200;

struct Settings {
    std::filesystem::path models = "var/models";
    std::string eagerness;  // empty: all
    bool room = false, json = false, trace = false, no_text = false;
    std::vector<std::string> files;
};

struct Played {
    std::vector<float> samples;  // with what leads and follows
    double end_ms = 0;           // the true end of speech in it
};

struct Ended {
    std::string file, text;
    double end_ms = 0;               // true
    std::vector<double> decided_ms;  // of its turns
    bool early() const { return !decided_ms.empty() && decided_ms.front() < end_ms - kEarlyMs; }
};

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double percentile(std::vector<double> values, double p) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

std::vector<double> levels(std::span<const float> samples, std::size_t frame) {
    std::vector<double> out;
    for (std::size_t at = 0; at + frame <= samples.size(); at += frame) {
        double sum = 0;
        for (std::size_t i = at; i < at + frame; ++i) {
            const double scaled = static_cast<double>(samples[i]) * 32768;
            sum += scaled * scaled;
        }
        out.push_back(std::sqrt(sum / static_cast<double>(frame) + 1));
    }
    return out;
}

// The sample after the last frame of speech.
std::size_t speech_end(std::span<const float> samples) {
    constexpr std::size_t kFrame = kRate / 50;
    const std::vector<double> level = levels(samples, kFrame);
    const double floor = percentile(level, 0.95) * std::pow(10.0, -25.0 / 20);
    for (std::size_t i = level.size(); i > 0; --i)
        if (level[i - 1] > floor) return i * kFrame;
    return samples.size();
}

Played prepare(const std::string& file, bool room) {
    auto clip = voice::read_audio_file(file, {}, kRate);
    if (!clip) {
        std::cerr << "bench_endpoints: " << clip.error().message << '\n';
        std::exit(base::exit_code(clip.error().code));
    }
    Played out;
    out.samples.resize(static_cast<std::size_t>(kLeadSeconds * kRate));
    const std::size_t end = speech_end(clip->samples);
    out.end_ms = static_cast<double>(out.samples.size() + end) * 1000 / kRate;
    const std::span<const float> all = clip->samples;
    const std::span<const float> tail = all.subspan(end);
    out.samples.insert(out.samples.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(end));
    const std::size_t size = out.samples.size() + static_cast<std::size_t>(kTailSeconds * kRate);
    if (room) {
        out.samples.insert(out.samples.end(), tail.begin(), tail.end());
        // Noise as loud as the quietest twentieth of the recording.
        const double level = percentile(levels(all, kRate / 50), 0.05) / 32768;
        std::mt19937 random(1);
        std::normal_distribution<float> noise(0.0F, static_cast<float>(level));
        while (out.samples.size() < size) out.samples.push_back(noise(random));
    }
    out.samples.resize(size);
    return out;
}

class Bench {
  public:
    explicit Bench(const Settings& settings) : settings_(settings) {
        const auto store = inference::ModelStore::open(settings.models);
        auto hearing =
            store ? voice::load_hearing(*store, runtime_, {}) : base::Result<voice::Hearing>(store.error());
        if (!hearing) {
            std::cerr << "bench_endpoints: " << hearing.error().message << '\n';
            std::exit(base::exit_code(hearing.error().code));
        }
        hearing_ = std::move(*hearing);
        if (!settings.no_text) hearing_.text_end = bench::load_text_end(settings.models);
        recognizer_ = voice::make_recognizer(hearing_.recognizer, hearing_.vad, scheduler_);
    }

    Ended play(const std::string& file, voice::Eagerness eagerness) {
        Ended out;
        out.file = file;
        double pushed_ms = 0;
        voice::Listener::Events on;
        on.speech_stopped = [&](voice::SpeechStopped) { out.decided_ms.push_back(pushed_ms); };
        on.turn_ended = [&](voice::TurnEnded turn) {
            out.text += (out.text.empty() ? "" : " ") + turn.transcript.text;
        };
        base::asio::io_context io;
        auto listener =
            voice::make_listener(io.get_executor(), hearing_, *recognizer_, scheduler_, std::move(on));
        voice::ListenerOptions options;
        options.eagerness = eagerness;
        options.partials = false;
        listener->configure(options);
        const Played played = prepare(file, settings_.room);
        out.end_ms = played.end_ms;
        constexpr std::size_t kPacket = voice::kVadFrame;
        for (std::size_t at = 0; at + kPacket <= played.samples.size(); at += kPacket) {
            pushed_ms = static_cast<double>(at + kPacket) * 1000 / kRate;
            listener->push(std::span(played.samples).subspan(at, kPacket));
            io.restart();
            io.run();
        }
        return out;
    }

    json::object trace(const std::string& file) {
        const Played played = prepare(file, settings_.room);
        json::object out = bench::trace_pauses(hearing_, *recognizer_, played.samples, played.end_ms);
        out["file"] = file;
        return out;
    }

  private:
    const Settings& settings_;
    inference::OpenVinoRuntime runtime_{{}};
    base::Metrics metrics_;
    inference::Scheduler scheduler_{{.threads = 2}, metrics_};
    voice::Hearing hearing_;
    std::unique_ptr<voice::Recognizer> recognizer_;
};

void print_row(const char* name, const std::vector<Ended>& all, double cpu, double audio_seconds) {
    std::vector<double> delays;
    int early = 0, none = 0, turns = 0;
    for (const Ended& one : all) {
        turns += static_cast<int>(one.decided_ms.size());
        if (one.decided_ms.empty())
            ++none;
        else if (one.early())
            ++early;
        else
            delays.push_back(one.decided_ms.back() - one.end_ms);
    }
    std::printf("| %s | %zu | %d | %.1f | %d | %d | %.0f | %.0f | %.0f | %.4f |\n", name, all.size(), early,
                100.0 * early / static_cast<double>(all.size()), none, turns, percentile(delays, 0.5),
                percentile(delays, 0.95), percentile(delays, 1.0), cpu / audio_seconds);
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app("When the listener ends a caller's turn: plays recordings to it as fast as it can hear.");
    bench::add_models(app, settings.models);
    app.add_option("--eagerness", settings.eagerness, "One of them only")
        ->check(CLI::IsMember({"low", "auto", "high"}));
    std::string tail = "silence";
    app.add_option("--tail", tail, "What follows the end of speech")
        ->check(CLI::IsMember({"room", "silence"}))
        ->capture_default_str();
    app.add_flag("--json", settings.json, "One JSON object for each eagerness");
    app.add_flag("--trace", settings.trace, "What the policy can see at each pause, one JSON object a line");
    app.add_flag("--no-text", settings.no_text,
                 "Without the language model's reading of the text (speech.turn_text)");
    app.add_option("files", settings.files, "Recordings")->required();
    CLI11_PARSE(app, argc, argv);
    settings.room = tail == "room";
    Bench bench(settings);
    if (settings.trace) {
        for (const std::string& file : settings.files)
            std::cout << json::serialize(bench.trace(file)) << std::endl;
        return 0;
    }
    if (!settings.json)
        std::printf(
            "| eagerness | recordings | early | %% | no end | turns | delay p50 ms | p95 | max | CPU s per s "
            "|\n"
            "|---|---|---|---|---|---|---|---|---|---|\n");
    for (const auto& [name, eagerness] :
         {std::pair{"low", voice::Eagerness::low}, std::pair{"auto", voice::Eagerness::automatic},
          std::pair{"high", voice::Eagerness::high}}) {
        if (!settings.eagerness.empty() && settings.eagerness != name) continue;
        std::vector<Ended> all;
        const double cpu = cpu_seconds();
        double audio = 0;
        for (const std::string& file : settings.files) {
            all.push_back(bench.play(file, eagerness));
            audio += all.back().end_ms / 1000 + kTailSeconds;
            if (!settings.json) continue;
            json::array decided(all.back().decided_ms.begin(), all.back().decided_ms.end());
            std::cout << json::serialize(json::object{{"file", file},
                                                      {"eagerness", name},
                                                      {"text", all.back().text},
                                                      {"end_ms", all.back().end_ms},
                                                      {"decided_ms", decided},
                                                      {"early", all.back().early()}})
                      << '\n';
        }
        if (!settings.json) print_row(name, all, cpu_seconds() - cpu, audio);
    }
    return 0;
}
