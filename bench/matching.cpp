// bench_matching: how near matched voices come to speakers: fitted to one half of what each says, judged by
// the other.
//
//   build/release/bench_matching [--set test-other|speakers] [--speakers N] [--skip N] [--evaluations 80]
//   [--threads 2]
//                                [--wav FOLDER] [--json]
//
// `test-other` has ten utterances of each of six speakers: fitted to five, judged by five. `speakers` has one
// of each, cut in halves; constants were chosen on it. Each voice says --sentences of
// bench/tts_sentences.txt, which no part of matching knows; what is reported is the mean cosine of their GE2E
// embeddings to that of the judging half. With --wav, what was said goes to FOLDER/SPEAKER_VOICE_LINE.wav,
// for bench/matching.py, which judges further.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <span>

#include "base/async.hpp"
#include "base/log.hpp"
#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "spoken.hpp"
#include "voice/matching/voice_matcher.hpp"
#include "voice/speakers/diariser.hpp"
#include "voice/tts/kokoro.hpp"

using namespace aimpact;
using namespace aimpact::voice;
namespace json = boost::json;

namespace {

constexpr std::size_t kLineMin = 60;  // characters: what is shorter tells little of a voice

struct Settings {
    std::filesystem::path models = "var/models", cache = "var/cache/openvino", audio = "../shared/audio", wav;
    std::string set = "test-other", sentences = "bench/tts_sentences.txt";
    std::size_t speakers = 100, skip = 0, lines = 4;
    int evaluations = 80, threads = 2;
    bool json = false;
};

struct Person {
    std::string name;
    std::shared_ptr<std::vector<float>> fitted = std::make_shared<std::vector<float>>();
    SpeakerEmbedding judge{};
    std::map<std::string, SpeakerEmbedding> said;  // by voice
    VoiceMatch instant, refined;
    double instant_s = 0, refine_s = 0, instant_cpu = 0, refine_cpu = 0;
};

template <class T>
T must(Result<T> result) {
    if (result.has_error()) {
        std::fprintf(stderr, "bench_matching: %s %s\n", result.error().message.c_str(),
                     result.error().detail.c_str());
        std::exit(1);
    }
    return *std::move(result);
}

class Bench {
  public:
    explicit Bench(Settings settings)
        : settings_(std::move(settings)),
          runtime_(settings_.cache),
          scheduler_({.threads = settings_.threads}, metrics_) {
        synthesizer_ = must(
            make_kokoro({.models_dir = settings_.models, .threads = settings_.threads, .cache_bytes_max = 0},
                        runtime_, scheduler_, metrics_));
        encoder_ = must(SpeakerEncoder::load(runtime_, settings_.models / "ge2e" / "encoder.xml"));
        vad_ =
            must(VadModel::load(runtime_, settings_.models / "silero-vad" / "silero_vad_op18_ifless.onnx"));
        lazy_ = std::make_shared<const LazySpeakerEncoder>(
            [this] { return Result<std::shared_ptr<SpeakerEncoder>>(encoder_); });
        matcher_ = std::make_unique<VoiceMatcher>(*synthesizer_, vad_, lazy_, scheduler_, settings_.models);
        std::ifstream lines(settings_.sentences);
        for (std::string line; std::getline(lines, line) && lines_.size() < settings_.lines;) {
            if (line.size() >= kLineMin) lines_.push_back(line);
        }
    }

    std::vector<Person> run() {
        std::vector<Person> people = load();
        const std::size_t first = std::min(settings_.skip, people.size());
        for (Person& person :
             std::span(people).subspan(first, std::min(settings_.speakers, people.size() - first))) {
            match(person);
            std::fprintf(stderr, "%s: instant %.3f (%.1f s), refined %.3f (%.0f s)\n", person.name.c_str(),
                         static_cast<double>(similarity(person.said["instant_eq"], person.judge)),
                         person.instant_s,
                         static_cast<double>(similarity(
                             person.said[person.said.contains("refined_eq") ? "refined_eq" : "instant_eq"],
                             person.judge)),
                         person.refine_s);
        }
        return people;
    }

  private:
    std::vector<float> read(const std::filesystem::path& file) {
        return std::move(must(read_audio_file(file.string(), {}, kRecognitionRate)).samples);
    }
    SpeakerEmbedding voice_of(std::vector<float> samples) {
        return must(base::run_sync(
            Diariser(vad_, lazy_, scheduler_).voice_of(std::move(samples), inference::Priority::batch)));
    }

    std::vector<Person> load() {
        std::map<std::string, std::vector<std::filesystem::path>> files;
        const auto folder = settings_.audio / ("librispeech-" + settings_.set);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            if (entry.path().extension() != ".flac") continue;
            const std::string name = entry.path().stem().string();
            files[name.substr(0, name.find('-'))].push_back(entry.path());
        }
        std::vector<Person> people;
        for (auto& [name, paths] : files) {
            if (settings_.set == "speakers" && std::filesystem::file_size(paths.front()) < 200'000) continue;
            std::ranges::sort(paths);
            Person& person = people.emplace_back();
            person.name = name;
            std::vector<SpeakerEmbedding> judges;
            if (paths.size() == 1) {
                std::vector<float> all = read(paths.front());
                const auto half = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
                person.fitted->assign(all.begin(), half);
                judges.push_back(voice_of({half, all.end()}));
            }
            for (std::size_t i = 0; paths.size() > 1 && i < paths.size(); ++i) {
                std::vector<float> one = read(paths[i]);
                if (i < paths.size() / 2)
                    person.fitted->insert(person.fitted->end(), one.begin(), one.end());
                else
                    judges.push_back(voice_of(std::move(one)));
            }
            person.judge = mean_voice(judges);
        }
        return people;
    }

    void say(Person& person, const std::string& name, const SpeechStyle& style) {
        std::vector<SpeakerEmbedding> heard;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            auto spoken = bench::speak(*synthesizer_, lines_[i], style);
            if (spoken.outcome.has_error()) must<int>(spoken.outcome.error());
            if (!settings_.wav.empty()) {
                const auto file = settings_.wav / fmt::format("{}_{}_{}.wav", person.name, name, i);
                if (const auto written = write_wav_file(file.string(), spoken.samples, kSynthesisRate);
                    written.has_error())
                    must<int>(written.error());
            }
            heard.push_back(
                must(encoder_->utterance(resample(spoken.samples, kSynthesisRate, kRecognitionRate))));
        }
        person.said[name] = mean_voice(heard);
        // The mean over sentences of single cosines, not the cosine of their mean.
        double sum = 0;
        for (const SpeakerEmbedding& one : heard) sum += static_cast<double>(similarity(one, person.judge));
        single_[person.name + name] = sum / static_cast<double>(heard.size());
    }

    void say_both(Person& person, const std::string& name, const VoiceMatch& match) {
        SpeechStyle style;
        style.custom_voice = match.voice;
        say(person, name + "_eq", style);
        auto plain = std::make_shared<MatchedVoice>(*match.voice);
        plain->equalizer = {};
        style.custom_voice = plain;
        say(person, name, style);
    }

    void match(Person& person) {
        const MatchOptions options{.evaluations = settings_.evaluations};
        auto start = bench::Clock::now();
        double cpu = bench::cpu_seconds();
        person.instant =
            must(base::run_sync(matcher_->match(person.fitted, options, inference::Priority::batch)));
        person.instant_s = bench::ms_since(start) / 1000;
        person.instant_cpu = bench::cpu_seconds() - cpu;
        say(person, "stock", {.voice = person.instant.nearest_stock_voice});
        say_both(person, "instant", person.instant);
        if (settings_.evaluations <= 0) return;
        start = bench::Clock::now();
        cpu = bench::cpu_seconds();
        person.refined = must(base::run_sync(
            matcher_->refine(person.fitted, person.instant, options, inference::Priority::batch)));
        person.refine_s = bench::ms_since(start) / 1000;
        person.refine_cpu = bench::cpu_seconds() - cpu;
        say_both(person, "refined", person.refined);
    }

  public:
    double single(const Person& person, const std::string& name) { return single_[person.name + name]; }

  private:
    const Settings settings_;
    base::Metrics metrics_;
    inference::OpenVinoRuntime runtime_;
    inference::Scheduler scheduler_;
    std::unique_ptr<Synthesizer> synthesizer_;
    std::shared_ptr<SpeakerEncoder> encoder_;
    std::shared_ptr<VadModel> vad_;
    std::shared_ptr<const LazySpeakerEncoder> lazy_;
    std::unique_ptr<VoiceMatcher> matcher_;
    std::vector<std::string> lines_;
    std::map<std::string, double> single_;
};

// Of all people, which place the one who was meant takes by closeness to what `voice` says.
int rank_of(const std::vector<Person>& people, std::size_t index, const std::string& voice) {
    const auto& said = people[index].said.at(voice);
    const float own = similarity(said, people[index].judge);
    return 1 + static_cast<int>(std::ranges::count_if(
                   people, [&](const Person& other) { return similarity(said, other.judge) > own; }));
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"How near matched voices come to speakers", "bench_matching"};
    Settings settings;
    bench::add_models(app, settings.models);
    bench::add_cache(app, settings.cache);
    bench::add_threads(app, settings.threads);
    app.add_option("--audio", settings.audio, "The evaluation audio")->capture_default_str();
    app.add_option("--set", settings.set)
        ->check(CLI::IsMember({"test-other", "speakers"}))
        ->capture_default_str();
    app.add_option("--speakers", settings.speakers, "At most so many")->capture_default_str();
    app.add_option("--skip", settings.skip, "The first so many left out")->capture_default_str();
    app.add_option("--sentences", settings.sentences)->capture_default_str();
    app.add_option("--lines", settings.lines, "Of the sentences, so many")->capture_default_str();
    app.add_option("--evaluations", settings.evaluations, "To refine with; 0: only the instant match")
        ->capture_default_str();
    app.add_option("--wav", settings.wav, "A folder for what was said");
    app.add_flag("--json", settings.json, "One JSON object");
    CLI11_PARSE(app, argc, argv);

    Bench bench(settings);
    const auto people = bench.run();
    json::array rows;
    for (std::size_t i = 0; i < people.size(); ++i) {
        const Person& person = people[i];
        if (person.said.empty()) continue;  // only ranked against
        json::object voices;
        for (const auto& [name, said] : person.said)
            voices[name] =
                json::object{{"cosine", bench.single(person, name)}, {"rank", rank_of(people, i, name)}};
        rows.push_back(json::object{{"speaker", person.name},
                                    {"stock_voice", person.instant.nearest_stock_voice},
                                    {"voices", std::move(voices)},
                                    {"instant_s", person.instant_s},
                                    {"refine_s", person.refine_s},
                                    {"instant_cpu_s", person.instant_cpu},
                                    {"refine_cpu_s", person.refine_cpu},
                                    {"evaluations", person.refined.evaluations},
                                    {"snr_db", person.instant.quality.snr_db},
                                    {"speech_s", person.instant.quality.speech_seconds}});
    }
    if (settings.json) {
        std::cout << json::object{{"set", settings.set}, {"rows", std::move(rows)}} << "\n";
        return 0;
    }
    for (const auto& row : rows) {
        const auto& r = row.as_object();
        std::printf("%-6s %-12s", r.at("speaker").as_string().c_str(),
                    r.at("stock_voice").as_string().c_str());
        for (const auto& [name, value] : r.at("voices").as_object())
            std::printf(" %s %.3f #%d", std::string(name).c_str(), value.at("cosine").as_double(),
                        static_cast<int>(value.at("rank").as_int64()));
        std::printf("\n");
    }
    return 0;
}
