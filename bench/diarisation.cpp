// Who spoke when, measured: conversations composed of recordings of single speakers, with random turns and
// pauses, clean and in noise; the diarisation error rate (0.25 s collar), how often the number of speakers is
// found, CPU time, and what the cuts at speakers do to the words.
//
//   bench_diarisation [--models DIR] [--audio DIR] [--set test-other|speakers] [--conversations N] [--words]
//   [--json]
//
// `test-other` has six speakers, ten utterances each, that nothing was chosen on; `speakers` is the material
// that the constants were chosen on (one utterance of each of 100 speakers). The reference is what the same
// VAD finds in each recording by itself, without noise: errors of the VAD are seen where noise causes them,
// not where it errs anyway.
#include <time.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <sstream>

#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "voice/hearing.hpp"
#include "voice/speakers/composed_conversation.hpp"
#include "voice/speakers/diarisation_error.hpp"
#include "voice/speakers/diarised_transcription.hpp"

namespace json = boost::json;
using namespace aimpact;

namespace {

struct Settings {
    std::filesystem::path models = "var/models", audio = "../shared/audio";
    std::string set = "test-other";
    int conversations = 8;
    bool words = false, json = false;
};

struct Condition {
    std::string name;
    std::string noise;  // a file of the audio folder's noise/, empty: none
    double snr_db = 0, level_spread_db = 0;
};
const std::vector<Condition> kConditions{{"clean", "", 0, 0},
                                         {"levels +-6 dB", "", 0, 6},
                                         {"kitchen, 20 dB", "kitchen", 20, 0},
                                         {"pink noise, 12 dB", "pink", 12, 0},
                                         {"babble, 15 dB", "babble_8spk", 15, 0}};

struct Row {
    std::string condition;
    int speakers = 0, conversations = 0, counted = 0;
    double off = 0;                       // sum of the differences in number
    voice::DiarisationError error, told;  // `told`: with the number given
    double audio_seconds = 0, cpu_seconds = 0;
    double words_cut = 0, words_whole = 0;  // recognised words
};

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class T>
T value_of(base::Result<T> result) {
    if (result.has_error()) {
        std::fprintf(stderr, "bench_diarisation: %s\n", result.error().message.c_str());
        std::exit(1);
    }
    return *std::move(result);
}

double count_words(const std::string& text) {
    std::istringstream stream(text);
    return static_cast<double>(std::distance(std::istream_iterator<std::string>(stream), {}));
}

class Bench {
  public:
    explicit Bench(Settings settings) : settings_(std::move(settings)) {
        const auto store = value_of(inference::ModelStore::open(settings_.models));
        hearing_ = value_of(voice::load_hearing(store, runtime_, {}));
        lazy_ = std::make_shared<voice::LazySpeakerEncoder>(
            settings_.models, [this]() -> inference::OpenVinoRuntime& { return runtime_; });
        value_of(lazy_->get());
        diariser_ = std::make_unique<voice::Diariser>(hearing_.vad, lazy_, scheduler_);
        recognizer_ = voice::make_recognizer(hearing_.recognizer, hearing_.vad, scheduler_);
        bank_ = voice::read_speakers(*hearing_.vad, settings_.audio / ("librispeech-" + settings_.set));
        if (bank_.size() < 4) {
            std::fprintf(stderr, "bench_diarisation: there are no recordings of four speakers in %s\n",
                         settings_.audio.c_str());
            std::exit(1);
        }
    }

    std::vector<Row> run() {
        std::vector<Row> rows;
        for (const Condition& condition : kConditions) {
            std::vector<float> noise;
            if (!condition.noise.empty())
                noise = value_of(voice::read_audio_file(
                                     (settings_.audio / "noise" / (condition.noise + ".flac")).string(), {},
                                     voice::kRecognitionRate))
                            .samples;
            for (const int speakers : {2, 3, 4}) {
                Row& row = rows.emplace_back();
                row.condition = condition.name;
                row.speakers = speakers;
                for (int i = 0; i < settings_.conversations; ++i)
                    one(row, voice::compose(bank_, {.speakers = speakers,
                                                    .seed = static_cast<unsigned>(1000 * speakers + i),
                                                    .level_spread_db = condition.level_spread_db,
                                                    .noise = noise.empty() ? nullptr : &noise,
                                                    .snr_db = condition.snr_db}));
            }
        }
        return rows;
    }

  private:
    voice::Diarisation diarise(const voice::Conversation& conversation, int speakers) {
        return value_of(base::run_sync(
            diariser_->diarise(std::make_shared<const std::vector<float>>(conversation.samples),
                               {.speakers = speakers}, inference::Priority::batch)));
    }

    void one(Row& row, const voice::Conversation& conversation) {
        const double before = cpu_seconds();
        const auto found = diarise(conversation, 0);
        row.cpu_seconds += cpu_seconds() - before;
        row.audio_seconds += static_cast<double>(conversation.samples.size()) / voice::kRecognitionRate;
        row.error.add(voice::diarisation_error(conversation.reference, found.turns));
        row.told.add(
            voice::diarisation_error(conversation.reference, diarise(conversation, row.speakers).turns));
        ++row.conversations;
        const int difference = std::abs(static_cast<int>(found.speakers.size()) - row.speakers);
        row.counted += difference == 0;
        row.off += difference;
        if (!settings_.words) return;
        row.words_cut += count_words(
            value_of(base::run_sync(voice::transcribe_speakers(*recognizer_, *diariser_, conversation.samples,
                                                               {}, {}, inference::Priority::batch)))
                .text);
        row.words_whole += count_words(value_of(base::run_sync(recognizer_->transcribe(
                                                    conversation.samples, {}, inference::Priority::batch)))
                                           .text);
    }

    Settings settings_;
    base::Metrics metrics_;
    inference::OpenVinoRuntime runtime_{{}};
    inference::Scheduler scheduler_{{.threads = 2}, metrics_};
    voice::Hearing hearing_;
    std::shared_ptr<voice::LazySpeakerEncoder> lazy_;
    std::unique_ptr<voice::Diariser> diariser_;
    std::unique_ptr<voice::Recognizer> recognizer_;
    voice::SpeakerBank bank_;
};

void add(Row& sum, const Row& row) {
    sum.conversations += row.conversations;
    sum.counted += row.counted;
    sum.off += row.off;
    sum.error.add(row.error);
    sum.told.add(row.told);
    sum.audio_seconds += row.audio_seconds;
    sum.cpu_seconds += row.cpu_seconds;
    sum.words_cut += row.words_cut;
    sum.words_whole += row.words_whole;
}

void print(const Row& row, bool words) {
    const auto share = [&](double seconds) { return 100 * seconds / row.error.speech; };
    std::printf("%-18s %8s %6.1f %6.1f %6.1f %6.1f %9.1f   %3d of %-3d %7.4f", row.condition.c_str(),
                row.speakers ? std::to_string(row.speakers).c_str() : "", 100 * row.error.rate(),
                share(row.error.missed), share(row.error.invented), share(row.error.confused),
                100 * row.told.rate(), row.counted, row.conversations, row.cpu_seconds / row.audio_seconds);
    if (words) std::printf("  %.0f / %.0f", row.words_cut, row.words_whole);
    std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Who spoke when: error rate, number of speakers, CPU time", "bench_diarisation"};
    Settings settings;
    bench::add_models(app, settings.models);
    app.add_option("--audio", settings.audio, "The evaluation audio")->capture_default_str();
    app.add_option("--set", settings.set, "test-other, or speakers (what the constants were chosen on)")
        ->check(CLI::IsMember({"test-other", "speakers"}))
        ->capture_default_str();
    app.add_option("--conversations", settings.conversations, "Per condition and number of speakers")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_flag("--words", settings.words, "Also recognise, cut at speakers and whole, and count the words");
    app.add_flag("--json", settings.json, "One JSON object");
    CLI11_PARSE(app, argc, argv);

    Bench bench(settings);
    const auto rows = bench.run();
    Row all;
    all.condition = "all";
    for (const Row& row : rows) add(all, row);
    if (settings.json) {
        json::array out;
        for (const Row* row = rows.data(); row != rows.data() + rows.size() + 1; ++row) {
            const Row& r = row == rows.data() + rows.size() ? all : *row;
            out.push_back(json::object{{"condition", r.condition},
                                       {"speakers", r.speakers},
                                       {"conversations", r.conversations},
                                       {"error_rate", r.error.rate()},
                                       {"missed", r.error.missed / r.error.speech},
                                       {"invented", r.error.invented / r.error.speech},
                                       {"confused", r.error.confused / r.error.speech},
                                       {"error_rate_number_given", r.told.rate()},
                                       {"number_right", r.counted},
                                       {"number_off_mean", r.off / r.conversations},
                                       {"cpu_seconds_per_second", r.cpu_seconds / r.audio_seconds},
                                       {"audio_seconds", r.audio_seconds}});
            if (&r == &all) break;
        }
        std::cout << json::object{{"set", settings.set}, {"rows", std::move(out)}} << "\n";
        return 0;
    }
    std::printf("%-18s %8s %6s %6s %6s %6s %9s %12s %7s%s\n", "condition", "speakers", "DER %", "missed",
                "extra", "wrong", "N given %", "N right", "CPU/s",
                settings.words ? "  words cut / whole" : "");
    for (const Row& row : rows) print(row, settings.words);
    print(all, settings.words);
    return 0;
}
