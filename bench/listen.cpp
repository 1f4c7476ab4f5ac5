// How long a caller waits for the transcript: recordings are played to the listener in real time, one caller
// after another or several at once. Prints the times from the end of speech to the decision that the turn is
// over and from there to the final transcript; with --json one object a recording, which bench/wer.py reads
// too.
//
//   bench_listen [--models DIR] [--threads N] [--callers N] [--mode semantic|silence] [--json] FILE...
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "voice/listener.hpp"

namespace json = boost::json;
using namespace aimpact;
using Clock = std::chrono::steady_clock;

namespace {

struct Settings {
    std::filesystem::path models = "var/models";
    int threads = 2, callers = 1;
    bool json = false;
    voice::ListenerOptions listener;
    std::vector<std::string> files;
};

// What one recording gave. A recording may hold several turns; the times are of the last one.
struct Heard {
    std::string file, text;
    double duration = 0, decision_ms = 0, transcript_ms = 0;
    int turns = 0, partials = 0;
};

double ms(Clock::duration d) {
    return std::chrono::duration<double, std::milli>(d).count();
}

// One caller: 20 ms packets at the pace of speech, then silence until the turn is over.
class Caller {
  public:
    Caller(const Settings& settings, const voice::Hearing& hearing, voice::Recognizer& recognizer,
           inference::Scheduler& scheduler) {
        voice::Listener::Events on;
        on.partial = [this](voice::PartialTranscript) { ++heard_.partials; };
        on.turn_ended = [this](voice::TurnEnded turn) {
            heard_.text += (heard_.text.empty() ? "" : " ") + turn.transcript.text;
            heard_.decision_ms = ms(turn.decided_at - turn.speech_end_at);
            heard_.transcript_ms = ms(turn.transcript_at - turn.decided_at);
            ++heard_.turns;
        };
        on.failed = [](base::Error error) { std::cerr << "bench_listen: " << error.message << '\n'; };
        listener_ = voice::make_listener(io_.get_executor(), hearing, recognizer, scheduler, std::move(on));
        listener_->configure(settings.listener);
    }
    Heard play(const std::string& file) {
        heard_ = Heard{};
        heard_.file = file;
        auto clip = voice::read_audio_file(file, {}, voice::kRecognitionRate);
        if (!clip) {
            std::cerr << "bench_listen: " << clip.error().message << '\n';
            std::exit(base::exit_code(clip.error().code));
        }
        heard_.duration = clip->seconds();
        clip->samples.resize(clip->samples.size() + 3 * voice::kRecognitionRate);
        constexpr std::size_t kPacket = voice::kRecognitionRate / 50;
        auto due = Clock::now();
        for (std::size_t at = 0; at + kPacket <= clip->samples.size(); at += kPacket) {
            listener_->push(std::span(clip->samples).subspan(at, kPacket));
            due += std::chrono::milliseconds(20);
            io_.restart();
            io_.run_until(due);  // ends early when nothing is left to do
            std::this_thread::sleep_until(due);
        }
        io_.restart();
        io_.run();
        return heard_;
    }

  private:
    base::asio::io_context io_;
    std::unique_ptr<voice::Listener> listener_;
    Heard heard_;
};

double percentile(std::vector<double> values, double p) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

void print(const std::vector<Heard>& all, const Settings& settings) {
    std::vector<double> decision, transcript, both;
    int turns = 0;
    for (const Heard& heard : all) {
        turns += heard.turns;
        if (heard.turns == 0) continue;
        decision.push_back(heard.decision_ms);
        transcript.push_back(heard.transcript_ms);
        both.push_back(heard.decision_ms + heard.transcript_ms);
    }
    std::printf("%zu recordings, %d turns, %d callers at once, %d threads\n", all.size(), turns,
                settings.callers, settings.threads);
    std::printf("%-40s %8s %8s\n", "milliseconds", "p50", "p95");
    const auto row = [](const char* name, const std::vector<double>& v) {
        std::printf("%-40s %8.0f %8.0f\n", name, percentile(v, 0.5), percentile(v, 0.95));
    };
    row("end of speech -> turn is over", decision);
    row("turn is over -> final transcript", transcript);
    row("end of speech -> final transcript", both);
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app(
        "How long a caller waits for the transcript: plays recordings to the listener in real time.");
    bench::add_models(app, settings.models);
    bench::add_threads(app, settings.threads);
    app.add_option("--callers", settings.callers, "Callers at once")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    using Mode = voice::ListenerOptions::Mode;
    const std::map<std::string, Mode> modes = {{"semantic", Mode::semantic_vad},
                                               {"silence", Mode::server_vad}};
    app.add_option("--mode", settings.listener.mode, "How the end of a turn is found")
        ->transform(CLI::CheckedTransformer(modes));
    app.add_flag("--json", settings.json, "One JSON object for each recording");
    app.add_option("files", settings.files, "Recordings")->required();
    CLI11_PARSE(app, argc, argv);
    const auto store = inference::ModelStore::open(settings.models);
    inference::OpenVinoRuntime runtime({});
    auto hearing =
        store ? voice::load_hearing(*store, runtime, {}) : base::Result<voice::Hearing>(store.error());
    if (!hearing) {
        std::cerr << "bench_listen: " << hearing.error().message << '\n';
        return base::exit_code(hearing.error().code);
    }
    base::Metrics metrics;
    inference::Scheduler scheduler({.threads = settings.threads}, metrics);
    if (auto warm = voice::warm_up(*hearing, scheduler); warm.has_error())
        return base::exit_code(warm.error().code);
    auto recognizer = voice::make_recognizer(hearing->recognizer, hearing->vad, scheduler);

    std::vector<Heard> all(settings.files.size());
    std::atomic<std::size_t> next = 0;
    {
        std::vector<std::jthread> threads;
        for (int c = 0; c < settings.callers; ++c)
            threads.emplace_back([&, c] {
                std::this_thread::sleep_for(std::chrono::milliseconds(700 * c / settings.callers));
                for (std::size_t i = next++; i < settings.files.size(); i = next++) {
                    Caller caller(settings, *hearing, *recognizer, scheduler);
                    all[i] = caller.play(settings.files[i]);
                }
            });
    }
    if (!settings.json) {
        print(all, settings);
        return 0;
    }
    for (const Heard& heard : all)
        std::cout << json::serialize(json::object{{"file", heard.file},
                                                  {"text", heard.text},
                                                  {"duration", heard.duration},
                                                  {"turns", heard.turns},
                                                  {"partials", heard.partials},
                                                  {"decision_ms", heard.decision_ms},
                                                  {"transcript_ms", heard.transcript_ms}})
                  << '\n';
    return 0;
}
