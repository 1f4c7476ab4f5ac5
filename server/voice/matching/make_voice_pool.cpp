// make_voice_pool: writes server/voice/matching/voice_pool.inc anew, for when the models change.
//
//   build/release/make_voice_pool --speakers ../shared/audio/librispeech-speakers -o
//   server/voice/matching/voice_pool.inc
//
// Some five minutes on one thread.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/async.hpp"
#include "base/log.hpp"
#include "inference/openvino_runtime.hpp"
#include "voice/matching/hearing_probe.hpp"
#include "voice/speakers/diariser.hpp"
#include "voice/tts/kokoro.hpp"
#include "voice/vad.hpp"

using namespace aimpact;
using namespace aimpact::voice;

namespace {

struct Tool {
    std::filesystem::path models;
    base::Metrics metrics{};
    inference::OpenVinoRuntime runtime{"var/cache/openvino"};
    inference::Scheduler scheduler{{.threads = 1}, metrics};
    std::unique_ptr<Synthesizer> synthesizer = {};
    std::shared_ptr<SpeakerEncoder> encoder = {};
    std::shared_ptr<VadModel> vad = {};

    Result<> load() {
        AIMPACT_TRY(synthesizer, make_kokoro({.models_dir = models, .threads = 1, .cache_bytes_max = 0},
                                             runtime, scheduler, metrics));
        AIMPACT_TRY(encoder, SpeakerEncoder::load(runtime, models / "ge2e" / "encoder.xml"));
        AIMPACT_TRY(vad, VadModel::load(runtime, models / "silero-vad" / "silero_vad_op18_ifless.onnx"));
        return {};
    }
    Result<Heard> said(MatchedVoice voice, std::string_view text) {
        AIMPACT_TRY(const auto spoken,
                    base::run_sync(say_by(*synthesizer, scheduler, std::string(text),
                                          std::make_shared<const MatchedVoice>(std::move(voice)),
                                          inference::Priority::batch, {})));
        return hear(*encoder, spoken.samples_16k);
    }
    Result<SpeakerEmbedding> human(const std::filesystem::path& file) {
        AIMPACT_TRY(auto clip, read_audio_file(file.string(), {}, kRecognitionRate));
        auto lazy = std::make_shared<const LazySpeakerEncoder>(
            [this] { return Result<std::shared_ptr<SpeakerEncoder>>(encoder); });
        return base::run_sync(
            Diariser(vad, lazy, scheduler).voice_of(std::move(clip.samples), inference::Priority::batch));
    }
};

void write_row(std::ostream& out, const Heard& heard) {
    out << fmt::format("    {{\"{}\", {:.4f}}},\n", pack_embedding(heard.embedding), heard.log_f0);
}

Result<SpeakerEmbedding> human_mean(Tool& tool, const std::filesystem::path& speakers) {
    std::vector<SpeakerEmbedding> each;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(speakers)) {
        if (entry.path().extension() != ".flac") continue;
        const auto one = tool.human(entry.path());
        if (one)
            each.push_back(*one);
        else if (one.error().code != base::ErrorCode::invalid_argument)  // too short a recording
            return one.error();
    }
    SpeakerEmbedding mean{};
    for (const SpeakerEmbedding& one : each) {
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += one[i] / static_cast<float>(each.size());
    }
    std::fprintf(stderr, "%zu people\n", each.size());
    return mean;
}

Result<> make(Tool& tool, const std::filesystem::path& speakers, std::ostream& out, std::size_t limit) {
    out << "// Written by make_voice_pool. Don't edit.\n// clang-format off\n";
    const std::size_t count = std::min(limit, kPoolVoices);
    out << "constexpr std::array<Row, " << count << "> kPoolRows = {{\n";
    for (std::size_t i = 0; i < count; ++i) {
        AIMPACT_TRY(const Heard heard, tool.said(pool_voice(i), pool_sentence(i)));
        write_row(out, heard);
        if (i % 20 == 19) std::fprintf(stderr, "%zu\n", i + 1);
    }
    out << "}};\nconstexpr std::array<Row, " << mixed_voices().size() << "> kStockRows = {{\n";
    for (const std::string_view name : mixed_voices()) {
        MatchedVoice voice;
        voice.shares = {{std::string(name), 1, 1}};
        voice.neutral_log_f0 = voice.log_f0;
        Heard mean;
        std::vector<SpeakerEmbedding> each;
        for (const std::string_view sentence : judging_sentences()) {
            AIMPACT_TRY(const Heard heard, tool.said(voice, sentence));
            each.push_back(heard.embedding);
            mean.log_f0 += heard.log_f0 / static_cast<double>(judging_sentences().size());
        }
        mean.embedding = mean_voice(each);
        write_row(out, mean);
    }
    out << "}};\n";
    AIMPACT_TRY(const SpeakerEmbedding human, human_mean(tool, speakers));
    out << "constexpr std::string_view kHumanMean =\n    \"" << pack_embedding(human)
        << "\";\n// clang-format on\n";
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Measures the voices that matching begins with", "make_voice_pool"};
    std::filesystem::path models = "var/models", speakers = "../shared/audio/librispeech-speakers";
    std::string output;
    std::size_t limit = kPoolVoices;
    app.add_option("--models", models)->envname("AIMPACT_MODELS_DIR")->capture_default_str();
    app.add_option("--speakers", speakers, "One recording of each of many people")->capture_default_str();
    app.add_option("-o,--output", output)->required();
    app.add_option("--limit", limit, "Only the first so many, to try")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    Tool tool{.models = models};
    std::ofstream out(output + ".new");
    Result<> done = tool.load();
    if (done) done = make(tool, speakers, out, limit);
    out.close();
    if (done.has_error() || !out) {
        std::fprintf(stderr, "make_voice_pool: %s %s\n",
                     done.has_error() ? done.error().message.c_str() : "can't write",
                     done.has_error() ? done.error().detail.c_str() : "");
        return 1;
    }
    std::filesystem::rename(output + ".new", output);
    return 0;
}
