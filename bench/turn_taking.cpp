// How turns are taken: scripted scenes, each from a seed, played to the listener as fast as it hears, once
// with our rules and once with plain VAD (server_vad, 500 ms; the first sound stops us). Inference counts as
// taking no time.
//
//   bench_turn_taking [--models DIR] [--audio ../shared/audio] [--set test|dev] [--seed 7] [--only a,b]
//   [--cases]
//
// Two halves of the speakers and voices: `dev`, which numbers may be tuned on, and `test`, which is reported.
// Noise (kitchen, pink, and babble of eight talkers, which is listed apart) is mixed in at 5 to 20 dB below
// the caller's active level; a third of the scenes go through a telephone line (300 to 3400 Hz, mu-law).
// Caller's turns:
//   pauses     a sentence of LibriSpeech, its own pauses shortened, with one of 0.3 to 1.5 s inside a clause
//   numbers    telephone numbers said in groups (Kokoro), 0.5 to 1.3 s between them, after our question for
//   one
// Over our own sound, which begins a second or more earlier; what the caller says must or mustn't stop it:
//   interruptions        sentences of LibriSpeech, and short orders ("Wait.", "No, stop.")
//   backchannels         "uh-huh", "right", "I see" ... by other voices than ours, 0 to 9 dB softer
//   coughs and clicks    made (turn_sounds.hpp)
//   echo                 our sound through a loudspeaker and a room, 10 to 20 dB down, 40 to 450 ms late
//   double talk          interruptions on top of that echo
// `early`: a turn that ended more than 200 ms before the caller had finished. `stopped`: our sound stopped.
// `lost`: and it was given up, what was left of it unheard; the others went on where they had been.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>

#include "base/log.hpp"
#include "inference/moonshine.hpp"
#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "text_end.hpp"
#include "turn_scenes.hpp"
#include "turn_trace.hpp"
#include "voice/tts/kokoro.hpp"

using namespace aimpact;
using bench::Kind;
using bench::Random;
using bench::Samples;
using bench::Scene;
using Settings = bench::TurnSettings;

namespace {

constexpr int kRate = voice::kRecognitionRate;
constexpr double kEarlyMs = 200;

struct Outcome {
    double stopped_ms = -1;  // first stop, after the caller's beginning (or of the scene's)
    int stops = 0;
    bool lost = false;
    std::vector<double> decided_ms;  // ends of turns
    std::vector<double> gaps_ms;     // between a stop and going on
    std::string text;
};

double percentile(std::vector<double> values, double p) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[std::min(values.size() - 1,
                           static_cast<std::size_t>(p * static_cast<double>(values.size())))];
}

class Bench {
  public:
    explicit Bench(const Settings& settings) : settings_(settings) {
        const auto store = inference::ModelStore::open(settings.models);
        auto hearing =
            store ? voice::load_hearing(*store, runtime_, {}) : base::Result<voice::Hearing>(store.error());
        if (!hearing) bench::fail(hearing.error());
        hearing_ = std::move(*hearing);
        if (!settings.no_text) hearing_.text_end = bench::load_text_end(settings.models);
        recognizer_ = voice::make_recognizer(hearing_.recognizer, hearing_.vad, scheduler_);
        // Where words are, for the places of pauses.
        const auto folder = store->model_folder("moonshine-tiny-en");
        if (!folder) bench::fail(folder.error());
        auto network = inference::Moonshine::open(*folder, runtime_);
        if (!network) bench::fail(network.error());
        voice::RecognizerOptions options;
        options.open_model = *std::move(network);
        aligner_ = voice::make_recognizer(hearing_.recognizer, hearing_.vad, scheduler_, std::move(options));
        auto made = voice::make_kokoro(
            {.models_dir = settings.models, .cache_dir = settings.cache, .threads = 1, .cache_bytes_max = 0},
            runtime_, scheduler_, metrics_);
        if (!made) bench::fail(made.error());
        synthesizer_ = std::move(*made);
    }

    Outcome play(const Scene& scene, bool plain) {
        Outcome out;
        double now_ms = 0, stopped_at = -1;
        bool playing = !scene.ours.empty();
        voice::Listener::Events on;
        on.speech_started = [&](voice::SpeechStarted started) {
            if (!playing || now_ms <= bench::kOursAt * 1000) return;
            playing = false;
            ++out.stops;
            stopped_at = now_ms;
            if (out.stopped_ms < 0) out.stopped_ms = now_ms - scene.begin_ms;
            if (!started.tentative) out.lost = true;
        };
        on.speech_confirmed = [&](voice::SpeechConfirmed) { out.lost = true; };
        on.speech_stopped = [&](voice::SpeechStopped) { out.decided_ms.push_back(now_ms); };
        on.turn_ended = [&](voice::TurnEnded turn) {
            const bool spoken = turn.kind == voice::SoundKind::speech && !turn.transcript.text.empty();
            out.text += (out.text.empty() ? "" : " | ") + turn.transcript.text;
            if (out.stops > 0 && spoken) out.lost = true;
            if (spoken || out.lost || playing || scene.ours.empty()) return;
            playing = true;
            out.gaps_ms.push_back(now_ms - stopped_at);
        };
        base::asio::io_context io;
        auto listener =
            voice::make_listener(io.get_executor(), hearing_, *recognizer_, scheduler_, std::move(on));
        voice::ListenerOptions options;
        options.interruptions = voice::Interruptions::adaptive;
        options.partials = false;
        if (plain) {
            options.mode = voice::ListenerOptions::Mode::server_vad;
            options.interruptions = voice::Interruptions::vad;
        }
        listener->configure(options);
        listener->expect(scene.expected);
        Random random(scene.seed);
        bench::Room room(random, scene.echo_delay, scene.echo_db);
        std::size_t played = 0;
        constexpr std::size_t kPacket = 320, kOurs = kPacket * 3 / 2;  // 20 ms
        for (std::size_t at = 0; at + kPacket <= scene.caller.size(); at += kPacket) {
            now_ms = static_cast<double>(at + kPacket) * 1000 / kRate;
            Samples heard(scene.caller.begin() + static_cast<std::ptrdiff_t>(at),
                          scene.caller.begin() + static_cast<std::ptrdiff_t>(at + kPacket));
            Samples ours(kOurs, 0.0F);
            if (playing && now_ms > bench::kOursAt * 1000 && played < scene.ours.size()) {
                const std::size_t size = std::min(kOurs, scene.ours.size() - played);
                std::copy_n(scene.ours.begin() + static_cast<std::ptrdiff_t>(played), size, ours.begin());
                played += size;
            }
            if (!scene.ours.empty() && now_ms > bench::kOursAt * 1000) {
                const double left =
                    playing ? static_cast<double>(scene.ours.size() - played) * 1000 / voice::kSynthesisRate
                            : 0;
                listener->playing(ours, left);
            }
            if (scene.echo_db > -100)
                for (std::size_t i = 0; i < kPacket; ++i) heard[i] += room.hear(ours[i * 3 / 2]);
            listener->push(heard);
            io.restart();
            io.run();
        }
        return out;
    }

    // What the rules see at the pauses of the caller's turns, a line each.
    void trace() {
        for (const Scene& scene : bench::make_scenes(settings_, *synthesizer_, *aligner_)) {
            if (scene.kind != Kind::turn) continue;
            auto line = bench::trace_pauses(hearing_, *recognizer_, scene.caller, scene.end_ms);
            line["group"] = scene.group;
            line["name"] = scene.name;
            line["begin_ms"] = scene.begin_ms;
            fmt::print("{}\n", boost::json::serialize(line));
            std::fflush(stdout);
        }
    }

    void run() {
        const auto all = bench::make_scenes(settings_, *synthesizer_, *aligner_);
        fmt::print("{} scenes of the {} set, seed {}\n", all.size(), settings_.set, settings_.seed);
        std::map<std::string, std::vector<std::pair<const Scene*, Outcome>>> ours, plain;
        std::vector<std::string> groups;
        for (const Scene& scene : all) {
            if (std::find(groups.begin(), groups.end(), scene.group) == groups.end())
                groups.push_back(scene.group);
            ours[scene.group].emplace_back(&scene, play(scene, false));
            if (!settings_.ours_only) plain[scene.group].emplace_back(&scene, play(scene, true));
            if (settings_.cases) print_case(scene, ours[scene.group].back().second);
        }
        fmt::print(
            "\n| caller's turns | rules | scenes | early | % | release p50 ms | p95 "
            "|\n|---|---|---|---|---|---|---|\n");
        for (const auto& group : groups) {
            print_turns(group, "ours", ours[group]);
            print_turns(group, "plain VAD", plain[group]);
        }
        fmt::print(
            "\n| over our sound | rules | scenes | stopped | % | lost | % | stop p50 ms | p95 | within 200 "
            "ms, % | gap p50 ms |\n"
            "|---|---|---|---|---|---|---|---|---|---|---|\n");
        for (const auto& group : groups) {
            print_overlaps(group, "ours", ours[group]);
            print_overlaps(group, "plain VAD", plain[group]);
        }
    }

  private:
    using Played = std::vector<std::pair<const Scene*, Outcome>>;

    static void print_case(const Scene& scene, const Outcome& out) {
        fmt::print("{}: {}: stops {} at {:.0f}{} decided", scene.group, scene.name, out.stops, out.stopped_ms,
                   out.lost ? " lost" : "");
        for (const double ms : out.decided_ms) fmt::print(" {:.0f}", ms - scene.end_ms);
        fmt::print(" \"{}\"\n", out.text);
    }
    static void print_turns(const std::string& group, const char* rules, const Played& played) {
        if (played.empty() || played[0].first->kind != Kind::turn) return;
        int early = 0;
        std::vector<double> release;
        for (const auto& [scene, out] : played) {
            const bool cut = !out.decided_ms.empty() && out.decided_ms.front() < scene->end_ms - kEarlyMs;
            early += cut;
            if (!cut && !out.decided_ms.empty()) release.push_back(out.decided_ms.back() - scene->end_ms);
        }
        fmt::print("| {} | {} | {} | {} | {:.1f} | {:.0f} | {:.0f} |\n", group, rules, played.size(), early,
                   100.0 * early / static_cast<double>(played.size()), percentile(release, 0.5),
                   percentile(release, 0.95));
    }
    static void print_overlaps(const std::string& group, const char* rules, const Played& played) {
        if (played.empty() || played[0].first->kind == Kind::turn) return;
        int stopped = 0, lost = 0, quick = 0;
        std::vector<double> stops, gaps;
        for (const auto& [scene, out] : played) {
            // A stop before the caller began is a false one, whatever follows.
            const bool counts = out.stops > 0 && (scene->kind == Kind::must_not || out.stopped_ms >= 0);
            stopped += counts;
            lost += counts && out.lost;
            if (counts) stops.push_back(out.stopped_ms);
            quick += counts && out.stopped_ms <= 200;
            gaps.insert(gaps.end(), out.gaps_ms.begin(), out.gaps_ms.end());
        }
        const auto n = static_cast<double>(played.size());
        const bool must = played[0].first->kind == Kind::must_stop;
        fmt::print("| {} ({}) | {} | {} | {} | {:.1f} | {} | {:.1f} | {} |\n", group,
                   must ? "must stop" : "must not", rules, played.size(), stopped, 100 * stopped / n, lost,
                   100 * lost / n,
                   must ? fmt::format("{:.0f} | {:.0f} | {:.1f} | –", percentile(stops, 0.5),
                                      percentile(stops, 0.95), 100 * quick / n)
                        : fmt::format("– | – | – | {:.0f}", percentile(gaps, 0.5)));
    }

    const Settings& settings_;
    inference::OpenVinoRuntime runtime_{settings_.cache};
    base::Metrics metrics_;
    inference::Scheduler scheduler_{{.threads = 2}, metrics_};
    voice::Hearing hearing_;
    std::unique_ptr<voice::Recognizer> recognizer_, aligner_;
    std::shared_ptr<voice::Synthesizer> synthesizer_;
};

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    CLI::App app("How turns are taken: scripted scenes, by our rules and by plain VAD.");
    bench::add_models(app, settings.models);
    bench::add_cache(app, settings.cache);
    app.add_option("--audio", settings.audio, "The recordings")->capture_default_str();
    app.add_option("--set", settings.set, "Which speakers")
        ->check(CLI::IsMember({"test", "dev"}))
        ->capture_default_str();
    app.add_option("--seed", settings.seed, "Of places, pauses, noises")->capture_default_str();
    app.add_option("--only", settings.only,
                   "pauses, numbers, interruptions, backchannels, noises, echo, double")
        ->delimiter(',');
    app.add_flag("--ours-only", settings.ours_only, "Without plain VAD");
    app.add_flag("--no-text", settings.no_text,
                 "Without the language model's reading of the text (speech.turn_text)");
    app.add_flag("--trace", settings.trace, "What the rules see at each pause, a JSON object a line");
    app.add_flag("--cases", settings.cases, "One line a scene, of our rules");
    CLI11_PARSE(app, argc, argv);
    base::configure_log(base::LogLevel::warn, base::LogFormat::text);
    Bench bench(settings);
    settings.trace ? bench.trace() : bench.run();
    return 0;
}
