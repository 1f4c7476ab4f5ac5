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
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "base/log.hpp"
#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "spoken.hpp"
#include "turn_sounds.hpp"
#include "voice/listener.hpp"
#include "voice/tts/kokoro.hpp"
#include "voice/turn_policy.hpp"

using namespace aimpact;
using bench::Random;
using bench::Samples;
using bench::uniform;

namespace {

constexpr int kRate = voice::kRecognitionRate;
constexpr double kEarlyMs = 200, kTailSeconds = 3.0;
constexpr double kOursAt = 0.6;        // seconds: when our sound begins
constexpr double kCallerLevel = 0.06;  // active, about -24 dBFS

constexpr const char* kNoises[] = {"kitchen", "babble_8spk", "pink"};
constexpr std::size_t kBabble = 1;  // other people's talk: listed apart

struct Settings {
    std::filesystem::path models = "var/models", cache = "var/cache/openvino", audio = "../shared/audio";
    std::string set = "test";
    unsigned seed = 7;
    std::vector<std::string> only;
    bool cases = false, ours_only = false;
};

enum class Kind { turn, must_stop, must_not };

struct Scene {
    std::string group, name;
    Kind kind = Kind::turn;
    Samples caller;                   // what the microphone hears of the caller and the room
    double begin_ms = 0, end_ms = 0;  // of the caller's sound in it
    Samples ours;                     // 24 kHz, played from the first moment; empty: nothing
    double echo_db = -200, echo_delay = 0;
    voice::Expected expected = voice::Expected::anything;
    unsigned seed = 0;
};

Scene scene_of(std::string group, std::string name, Kind kind) {
    Scene scene;
    scene.group = std::move(group);
    scene.name = std::move(name);
    scene.kind = kind;
    return scene;
}

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

[[noreturn]] void fail(const base::Error& error) {
    std::cerr << "bench_turn_taking: " << error.message << ' ' << error.detail << '\n';
    std::exit(base::exit_code(error.code));
}

class Material {
  public:
    Material(const Settings& settings, voice::Synthesizer& synthesizer, voice::Recognizer& recognizer)
        : settings_(settings), synthesizer_(synthesizer), recognizer_(recognizer) {
        for (const char* name : kNoises)
            noises_.push_back(read(settings.audio / "noise" / (std::string(name) + ".flac")));
    }
    bool test() const { return settings_.set == "test"; }

    static Samples read(const std::filesystem::path& file) {
        auto clip = voice::read_audio_file(file.string(), {}, kRate);
        if (!clip) fail(clip.error());
        return std::move(clip->samples);
    }
    // LibriSpeech test-other of this half's speakers.
    std::vector<std::filesystem::path> sentences() const {
        const std::vector<std::string> speakers = test() ? std::vector<std::string>{"2414", "2609", "3005"}
                                                         : std::vector<std::string>{"1688", "1998", "2033"};
        std::vector<std::filesystem::path> out;
        for (const auto& speaker : speakers)
            for (const auto& entry :
                 std::filesystem::directory_iterator(settings_.audio / "librispeech-test-other" / speaker))
                if (entry.path().extension() == ".flac") out.push_back(entry.path());
        std::sort(out.begin(), out.end());
        return out;
    }
    // One recording each of half of the hundred speakers.
    std::vector<std::filesystem::path> speakers() const {
        std::vector<std::filesystem::path> all, out;
        for (const auto& entry :
             std::filesystem::directory_iterator(settings_.audio / "librispeech-speakers"))
            if (entry.path().extension() == ".flac") all.push_back(entry.path());
        std::sort(all.begin(), all.end());
        for (std::size_t i = 0; i < all.size(); ++i)
            if ((i % 2 == 1) == test()) out.push_back(all[i]);
        return out;
    }
    std::vector<std::string> voices() const {
        return test() ? std::vector<std::string>{"af_sarah", "am_michael", "bf_emma", "bm_george"}
                      : std::vector<std::string>{"af_bella", "am_adam", "bf_alice", "bm_daniel"};
    }
    Samples say(const std::string& text, const std::string& voice) {
        const auto spoken = bench::speak(synthesizer_, text, {.voice = voice});
        if (spoken.outcome.has_error()) fail(spoken.outcome.error());
        return spoken.samples;
    }
    // Cut to where it sounds, at the caller's level.
    Samples say_as_caller(const std::string& text, const std::string& voice) {
        return trimmed(voice::resample(say(text, voice), voice::kSynthesisRate, kRate));
    }
    static Samples trimmed(const Samples& samples) {
        const auto begin = static_cast<std::ptrdiff_t>(bench::speech_begin(samples));
        const auto end = static_cast<std::ptrdiff_t>(bench::speech_end(samples));
        return bench::scaled_to({samples.begin() + begin, samples.begin() + end}, kCallerLevel);
    }
    std::vector<voice::Word> words(const Samples& samples) {
        voice::RecognitionOptions options;
        options.words = true;
        auto transcript =
            base::run_sync(recognizer_.transcribe(samples, options, inference::Priority::batch));
        if (!transcript) fail(transcript.error());
        std::vector<voice::Word> out;
        for (const auto& segment : transcript->segments)
            out.insert(out.end(), segment.words.begin(), segment.words.end());
        return out;
    }
    // The caller's sound after `lead` seconds, with noise under all of it, maybe through a telephone.
    void mix(Scene& scene, const Samples& sound, double lead, Random& random) {
        scene.seed = random();
        scene.begin_ms = lead * 1000;
        scene.end_ms = scene.begin_ms + static_cast<double>(sound.size()) * 1000 / kRate;
        scene.caller.assign(static_cast<std::size_t>((lead + kTailSeconds) * kRate) + sound.size(), 0.0F);
        std::copy(sound.begin(), sound.end(),
                  scene.caller.begin() + static_cast<std::ptrdiff_t>(lead * kRate));
        // Babble in a quarter of them.
        const std::size_t which = random() % 4 == 0 ? kBabble : random() % 2 * 2;
        const Samples& noise = noises_[which];
        const double snr = uniform(random, 5, 20);
        double power = 0;
        for (const float s : noise) power += static_cast<double>(s) * s;
        const double gain =
            kCallerLevel * std::pow(10.0, -snr / 20) / std::sqrt(power / static_cast<double>(noise.size()));
        std::size_t at = random() % noise.size();
        for (float& s : scene.caller) {
            s += static_cast<float>(gain) * noise[at];
            at = (at + 1) % noise.size();
        }
        if (random() % 3 == 0) scene.caller = bench::telephone(scene.caller);
        if (which == kBabble) scene.group += ", babble";
        scene.name += fmt::format(" at {:.0f} dB of {}", snr, kNoises[which]);
    }
    const Samples& our_speech(std::size_t which) {
        static const std::vector<std::string> texts = {
            "Thank you for waiting. I have looked at your account, and I can see that the last payment was "
            "received on "
            "Monday, so the next one is due in two weeks and there is nothing to do for now.",
            "We are open from nine to five on weekdays, and on Saturdays until noon. You can find us on Hill "
            "Street, right "
            "beside the old post office, and there is parking behind the house."};
        while (ours_.size() < texts.size())
            ours_.push_back(say(texts[ours_.size()], ours_.empty() ? "af_heart" : "am_fenrir"));
        return ours_[which % ours_.size()];
    }

  private:
    const Settings& settings_;
    voice::Synthesizer& synthesizer_;
    voice::Recognizer& recognizer_;
    std::vector<Samples> noises_, ours_;
};

// ------------------------------------------------------------------------------------------------ scenes

void add_pauses(Material& material, std::vector<Scene>& scenes, Random& random) {
    for (const auto& file : material.sentences()) {
        const Samples sound = Material::trimmed(bench::without_pauses(Material::read(file)));
        const auto words = material.words(sound);
        std::vector<std::size_t> places;  // inside clauses
        for (std::size_t i = 2; i + 3 < words.size(); ++i)
            if (std::string_view(".,?!;:").find(words[i].text.back()) == std::string_view::npos)
                places.push_back(i);
        if (places.empty()) continue;
        for (int n = 0; n < 2; ++n) {
            const double at = words[places[random() % places.size()] + 1].start_seconds,
                         pause = uniform(random, 0.3, 1.5);
            // The quietest place near the word's beginning.
            std::size_t best = 0;
            double least = -1;
            for (double t = at - 0.08; t <= at + 0.05; t += 0.01) {
                const auto from = static_cast<std::size_t>(std::max(0.0, t) * kRate);
                double power = 0;
                for (std::size_t i = from; i < std::min(sound.size(), from + kRate / 50); ++i)
                    power += sound[i] * sound[i];
                if (least < 0 || power < least) least = power, best = from + kRate / 100;
            }
            Samples halting(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(best));
            halting.resize(halting.size() + static_cast<std::size_t>(pause * kRate));
            halting.insert(halting.end(), sound.begin() + static_cast<std::ptrdiff_t>(best), sound.end());
            Scene scene = scene_of(
                "pauses", fmt::format("{} {:.1f}+{:.2f} s", file.stem().string(), at, pause), Kind::turn);
            material.mix(scene, halting, 0.5, random);
            scenes.push_back(std::move(scene));
        }
    }
}

void add_numbers(Material& material, std::vector<Scene>& scenes, Random& random) {
    static const std::vector<std::vector<std::string>> numbers = {
        {"It's five five five.", "One two three.", "Four five six seven."},
        {"Four one five.", "Two two nine.", "Eight zero zero six."},
        {"My number is seven nine one.", "Three three eight.", "Two five five four."},
        {"Six one seven.", "Five five.", "Zero.", "Nine one two four."}};
    for (const auto& voice : material.voices())
        for (const auto& groups : numbers) {
            Samples said;
            for (const auto& group : groups) {
                if (!said.empty())
                    said.resize(said.size() + static_cast<std::size_t>(uniform(random, 0.5, 1.3) * kRate));
                const Samples sound = material.say_as_caller(group, voice);
                said.insert(said.end(), sound.begin(), sound.end());
            }
            Scene scene = scene_of("numbers", voice + " " + groups[0], Kind::turn);
            scene.expected = voice::expected_after("May I have your phone number, please?");
            material.mix(scene, said, 0.5, random);
            scenes.push_back(std::move(scene));
        }
}

Scene over_ours(Material& material, const std::string& group, std::string name, Kind kind,
                const Samples& sound, Random& random) {
    Scene scene = scene_of(group, std::move(name), kind);
    material.mix(scene, sound, kOursAt + uniform(random, 1.2, 3.5), random);
    scene.ours = material.our_speech(random());
    return scene;
}

void add_interruptions(Material& material, std::vector<Scene>& scenes, Random& random, bool echo) {
    const std::string group = echo ? "double talk" : "interruptions";
    const auto add = [&](const std::string& name, Samples sound) {
        Scene scene = over_ours(material, group, name, Kind::must_stop, sound, random);
        if (echo) scene.echo_db = uniform(random, -20, -10), scene.echo_delay = uniform(random, 0.04, 0.45);
        scenes.push_back(std::move(scene));
    };
    std::size_t n = 0;
    for (const auto& file : material.speakers()) {
        if (echo && n++ % 2 == 0) continue;
        Samples sound = Material::trimmed(Material::read(file));
        sound.resize(
            std::min<std::size_t>(sound.size(), static_cast<std::size_t>(uniform(random, 1.5, 3) * kRate)));
        add(file.stem().string(), std::move(sound));
    }
    for (const auto& voice : material.voices())
        for (const char* text : {"Wait.", "No, stop.", "Sorry, I have a question.", "Hold on a second.",
                                 "Can I speak to a person?", "Actually, that's not what I meant."})
            if (!echo || random() % 2 == 0) add(voice + " " + text, material.say_as_caller(text, voice));
}

void add_backchannels(Material& material, std::vector<Scene>& scenes, Random& random) {
    for (const auto& voice : material.voices())
        for (const char* text : {"Uh-huh.", "Mm-hmm.", "Right.", "Yeah.", "Okay.", "I see.", "Sure.", "Yes.",
                                 "Oh, really?", "Got it.", "Yeah, right.", "Hmm."}) {
            Samples sound = material.say_as_caller(text, voice);
            const double softer = uniform(random, 0, 9);
            for (float& s : sound) s *= static_cast<float>(std::pow(10.0, -softer / 20));
            scenes.push_back(
                over_ours(material, "backchannels", voice + " " + text, Kind::must_not, sound, random));
        }
}

void add_noises(Material& material, std::vector<Scene>& scenes, Random& random) {
    const auto add = [&](const char* name, Samples sound) {
        const double louder = uniform(random, -6, 6);
        scenes.push_back(over_ours(
            material, "coughs and clicks", name, Kind::must_not,
            bench::scaled_to(std::move(sound), kCallerLevel * std::pow(10.0, louder / 20)), random));
    };
    for (int i = 0; i < 24; ++i) add("cough", bench::cough(random));
    for (int i = 0; i < 16; ++i) add("clicks", bench::clicks(random));
    for (int i = 0; i < 8; ++i) add("thump", bench::thump(random));
}

void add_echoes(Material& material, std::vector<Scene>& scenes, Random& random) {
    for (int i = 0; i < 40; ++i) {
        Scene scene = over_ours(material, "echo", "echo", Kind::must_not, Samples(kRate * 4), random);
        scene.begin_ms = 0;
        scene.echo_db = uniform(random, -20, -10), scene.echo_delay = uniform(random, 0.04, 0.45);
        scene.name += fmt::format(" {:.0f} dB {:.0f} ms", scene.echo_db, scene.echo_delay * 1000);
        scenes.push_back(std::move(scene));
    }
}

// ------------------------------------------------------------------------------------------------ playing

class Bench {
  public:
    explicit Bench(const Settings& settings) : settings_(settings) {
        const auto store = inference::ModelStore::open(settings.models);
        auto hearing =
            store ? voice::load_hearing(*store, runtime_, {}) : base::Result<voice::Hearing>(store.error());
        if (!hearing) fail(hearing.error());
        hearing_ = std::move(*hearing);
        recognizer_ = voice::make_recognizer(hearing_.recognizer, hearing_.vad, scheduler_);
        auto made = voice::make_kokoro(
            {.models_dir = settings.models, .cache_dir = settings.cache, .threads = 1, .cache_bytes_max = 0},
            runtime_, scheduler_, metrics_);
        if (!made) fail(made.error());
        synthesizer_ = std::move(*made);
    }

    std::vector<Scene> scenes() {
        Material material(settings_, *synthesizer_, *recognizer_);
        std::vector<Scene> out;
        const auto add = [&](const char* name, auto&& make) {
            if (!settings_.only.empty() &&
                std::find(settings_.only.begin(), settings_.only.end(), name) == settings_.only.end())
                return;
            Random random(settings_.seed + static_cast<unsigned>(std::hash<std::string_view>{}(name) % 1000));
            make(random);
        };
        add("pauses", [&](Random& r) { add_pauses(material, out, r); });
        add("numbers", [&](Random& r) { add_numbers(material, out, r); });
        add("interruptions", [&](Random& r) { add_interruptions(material, out, r, false); });
        add("backchannels", [&](Random& r) { add_backchannels(material, out, r); });
        add("noises", [&](Random& r) { add_noises(material, out, r); });
        add("echo", [&](Random& r) { add_echoes(material, out, r); });
        add("double", [&](Random& r) { add_interruptions(material, out, r, true); });
        return out;
    }

    Outcome play(const Scene& scene, bool plain) {
        Outcome out;
        double now_ms = 0, stopped_at = -1;
        bool playing = !scene.ours.empty();
        voice::Listener::Events on;
        on.speech_started = [&](voice::SpeechStarted started) {
            if (!playing || now_ms <= kOursAt * 1000) return;
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
            if (playing && now_ms > kOursAt * 1000 && played < scene.ours.size()) {
                const std::size_t size = std::min(kOurs, scene.ours.size() - played);
                std::copy_n(scene.ours.begin() + static_cast<std::ptrdiff_t>(played), size, ours.begin());
                played += size;
            }
            if (!scene.ours.empty() && now_ms > kOursAt * 1000) {
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

    void run() {
        const auto all = scenes();
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
    std::unique_ptr<voice::Recognizer> recognizer_;
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
    app.add_flag("--cases", settings.cases, "One line a scene, of our rules");
    CLI11_PARSE(app, argc, argv);
    base::configure_log(base::LogLevel::warn, base::LogFormat::text);
    Bench bench(settings);
    bench.run();
    return 0;
}
