// Whether the speaker of a sample is the one who consented: the check of voice/cloning/consent_check.hpp,
// measured on real people. Cosines of GE2E embeddings between a recording as long as a consent and a sample,
// of the same and of different speakers, and what each bound would let through or turn away.
//
//   bench_consent_speakers [--models DIR] [--audio DIR] [--set speakers|test-other] [--json]
//
// `speakers` (one utterance of each of 100 speakers) is what the bound was chosen on: different speakers are
// any two of them; the same speaker is the beginning and the end of one utterance, which shares its room and
// microphone. `test-other` (6 speakers, 10 utterances each) nothing was chosen on: the recording is the first
// 7 s of an utterance, the sample others of its speaker, up to 20 s, or of another one.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <map>

#include "base/async.hpp"
#include "inference/openvino_runtime.hpp"
#include "model_options.hpp"
#include "voice/cloning/consent_check.hpp"
#include "voice/hearing.hpp"

namespace json = boost::json;
namespace fs = std::filesystem;
using namespace aimpact;

namespace {

constexpr double kConsentSeconds = 7, kSampleSeconds = 20;
constexpr double kHalvedSecondsMin = 6;  // of an utterance that is cut in two

struct Settings {
    fs::path models = "var/models", audio = "../shared/audio";
    std::string set = "test-other";
    bool json = false;
};

using Samples = std::vector<float>;

std::map<std::string, std::vector<Samples>> read_speakers(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".flac") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::map<std::string, std::vector<Samples>> out;
    for (const fs::path& file : files) {
        auto clip = voice::read_audio_file(file.string(), {}, voice::kRecognitionRate);
        if (clip.has_error()) throw std::runtime_error(file.string() + ": " + clip.error().message);
        const std::string name = file.stem().string();
        out[name.substr(0, name.find('-'))].push_back(std::move(clip->samples));
    }
    return out;
}

Samples first(const Samples& all, double seconds) {
    const auto n = std::min(all.size(), static_cast<std::size_t>(seconds * voice::kRecognitionRate));
    return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)};
}

class Bench {
  public:
    explicit Bench(const Settings& settings)
        : settings_(settings),
          runtime_(fs::path{"var/cache/openvino"}),
          scheduler_({.threads = 2}, metrics_) {
        const auto store = inference::ModelStore::open(settings.models).value();
        const auto hearing = voice::load_hearing(store, runtime_, {}).value();
        diariser_ =
            std::make_unique<voice::Diariser>(hearing.vad,
                                              std::make_shared<const voice::LazySpeakerEncoder>(
                                                  settings.models, [this]() -> auto& { return runtime_; }),
                                              scheduler_);
    }

    void run() {
        const auto speakers = read_speakers(settings_.audio / ("librispeech-" + settings_.set));
        if (settings_.set == "speakers")
            by_halves(speakers);
        else
            by_utterances(speakers);
        std::sort(same_.begin(), same_.end());
        std::sort(different_.begin(), different_.end());
    }
    const std::vector<double>& same() const { return same_; }
    const std::vector<double>& different() const { return different_; }

  private:
    voice::SpeakerEmbedding voice_of(Samples samples) {
        return base::run_sync(diariser_->voice_of(std::move(samples), inference::Priority::batch)).value();
    }
    void by_halves(const std::map<std::string, std::vector<Samples>>& speakers) {
        std::vector<voice::SpeakerEmbedding> begin, end;
        for (const auto& [name, utterances] : speakers) {
            const Samples& all = utterances.front();
            const auto cut = static_cast<std::ptrdiff_t>(std::min(
                all.size() / 2, static_cast<std::size_t>(kConsentSeconds * voice::kRecognitionRate)));
            if (all.size() < static_cast<std::size_t>(kHalvedSecondsMin * voice::kRecognitionRate)) continue;
            begin.push_back(voice_of({all.begin(), all.begin() + cut}));
            end.push_back(voice_of({all.begin() + cut, all.end()}));
        }
        for (std::size_t a = 0; a < begin.size(); ++a)
            for (std::size_t b = 0; b < end.size(); ++b)
                (a == b ? same_ : different_).push_back(voice::similarity(begin[a], end[b]));
    }
    void by_utterances(const std::map<std::string, std::vector<Samples>>& speakers) {
        std::map<std::string, std::vector<voice::SpeakerEmbedding>> consents, samples;
        for (const auto& [name, utterances] : speakers)
            for (std::size_t i = 0; i < utterances.size(); ++i) {
                consents[name].push_back(voice_of(first(utterances[i], kConsentSeconds)));
                Samples sample;  // of the others, beginning with the next
                for (std::size_t k = 1; k < utterances.size(); ++k) {
                    const Samples& one = utterances[(i + k) % utterances.size()];
                    sample.insert(sample.end(), one.begin(), one.end());
                }
                samples[name].push_back(voice_of(first(sample, kSampleSeconds)));
            }
        for (const auto& [a, of_a] : consents)
            for (const auto& [b, of_b] : samples)
                for (std::size_t i = 0; i < of_a.size(); ++i)
                    (a == b ? same_ : different_)
                        .push_back(voice::similarity(of_a[i], of_b[i % of_b.size()]));
    }

    const Settings settings_;
    base::Metrics metrics_;
    inference::OpenVinoRuntime runtime_;
    inference::Scheduler scheduler_;
    std::unique_ptr<voice::Diariser> diariser_;
    std::vector<double> same_, different_;
};

double at(const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

// Share of `sorted` below the bound.
double below(const std::vector<double>& sorted, double bound) {
    const auto n = std::lower_bound(sorted.begin(), sorted.end(), bound) - sorted.begin();
    return static_cast<double>(n) / static_cast<double>(sorted.size());
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Same or different speaker of consent and sample", "bench_consent_speakers"};
    Settings settings;
    bench::add_models(app, settings.models);
    app.add_option("--audio", settings.audio, "The evaluation audio")->capture_default_str();
    app.add_option("--set", settings.set, "test-other, or speakers (what the bound was chosen on)")
        ->check(CLI::IsMember({"test-other", "speakers"}))
        ->capture_default_str();
    app.add_flag("--json", settings.json, "One JSON object");
    CLI11_PARSE(app, argc, argv);
    Bench bench(settings);
    bench.run();
    const auto &same = bench.same(), &different = bench.different();
    json::array rows;
    for (int percent = 60; percent <= 90; percent += 2) {
        const double bound = percent / 100.0;
        rows.push_back(json::object{{"bound", bound},
                                    {"false_accepts", 1 - below(different, bound)},
                                    {"false_rejects", below(same, bound)}});
    }
    if (settings.json) {
        std::cout << json::object{{"set", settings.set},
                                  {"same", same.size()},
                                  {"different", different.size()},
                                  {"used", voice::kSameSpeakerCosine},
                                  {"rows", std::move(rows)}}
                  << "\n";
        return 0;
    }
    for (const auto& [name, sorted] : {std::pair{"same speaker", &same}, {"different speakers", &different}})
        std::printf(
            "%-20s %5zu pairs: least %.3f, 1 %% %.3f, 5 %% %.3f, median %.3f, 95 %% %.3f, 99 %% %.3f, "
            "most %.3f\n",
            name, sorted->size(), sorted->front(), at(*sorted, 0.01), at(*sorted, 0.05), at(*sorted, 0.5),
            at(*sorted, 0.95), at(*sorted, 0.99), sorted->back());
    std::printf("\n%8s %16s %16s\n", "bound", "false accepts %", "false rejects %");
    for (const json::value& row : rows)
        std::printf("%8.2f %16.2f %16.2f\n", row.at("bound").as_double(),
                    100 * row.at("false_accepts").as_double(), 100 * row.at("false_rejects").as_double());
    return 0;
}
