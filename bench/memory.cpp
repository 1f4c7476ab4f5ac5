// bench_memory: who holds the resident memory. Loads the default models one after the other in one process
// and prints what each adds: after loading, after use, and what the allocator gives back when asked.
//
//   build/release/bench_memory [--models var/models] [--cache var/cache/openvino] [--threads 2] [--json]
//
// "private" is memory of the process alone; the rest of "resident" are pages of mapped files (weights, code),
// which the system takes back when it needs them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/process_memory.hpp"
#include "inference/kernel_cache.hpp"
#include "inference/model_store.hpp"
#include "inference/openvino_runtime.hpp"
#include "llm/local_embedder.hpp"
#include "llm/local_model.hpp"
#include "model_options.hpp"
#include "voice/hearing.hpp"
#include "voice/tts/kokoro.hpp"

using namespace aimpact;

namespace {

struct Memory {
    double resident = 0, anonymous = 0;  // MiB
};

Memory memory_now() {
    Memory out;
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        const auto mib = [&line] { return std::stod(line.substr(line.find(':') + 1)) / 1024; };
        if (line.starts_with("VmRSS:")) out.resident = mib();
        if (line.starts_with("RssAnon:")) out.anonymous = mib();
    }
    return out;
}

class Ledger {
  public:
    explicit Ledger(bool json) : json_(json) {
        if (!json_)
            fmt::print(
                "| step | resident MiB | private MiB | adds resident | adds private "
                "|\n|---|---|---|---|---|\n");
    }
    void row(const std::string& step) {
        const Memory now = memory_now();
        rows_.push_back(boost::json::object{{"step", step},
                                            {"resident_mib", now.resident},
                                            {"private_mib", now.anonymous},
                                            {"adds_resident_mib", now.resident - last_.resident},
                                            {"adds_private_mib", now.anonymous - last_.anonymous}});
        if (!json_) {
            fmt::print("| {} | {:.0f} | {:.0f} | {:+.1f} | {:+.1f} |\n", step, now.resident, now.anonymous,
                       now.resident - last_.resident, now.anonymous - last_.anonymous);
            std::fflush(stdout);
        }
        last_ = now;
    }
    void finish() const {
        if (json_) fmt::print("{}\n", boost::json::serialize(boost::json::object{{"rows", rows_}}));
    }

  private:
    const bool json_;
    Memory last_ = {};
    boost::json::array rows_;
};

struct Options {
    std::filesystem::path models = "var/models", cache = "var/cache/openvino";
    int threads = 2;
    bool json = false;
};

base::Result<> run(const Options& o) {
    base::Metrics metrics;
    base::SystemClock clock;
    inference::Scheduler scheduler({.threads = o.threads}, metrics);
    Ledger ledger(o.json);
    ledger.row("the program");
    inference::OpenVinoRuntime runtime(o.cache);
    ledger.row("OpenVINO");

    AIMPACT_TRY(const auto store, inference::ModelStore::open(o.models));
    AIMPACT_TRY(auto hearing, voice::load_hearing(store, runtime, {}));
    ledger.row("recogniser, VAD and turn detector loaded");
    AIMPACT_CHECK(voice::warm_up(hearing, scheduler));
    ledger.row("... used");
    // The longest utterance that is decoded in one piece.
    std::vector<float> noise(20 * voice::kRecognitionRate);
    std::uint32_t state = 1;
    for (float& sample : noise) {
        state = state * 1'664'525U + 1'013'904'223U;
        sample = (static_cast<float>(state >> 8) / 8'388'608.0F - 1.0F) * 0.01F;
    }
    hearing.recognizer->decode(noise);
    ledger.row("... used for 20 s of audio");

    voice::KokoroOptions options;
    options.models_dir = o.models;
    options.cache_dir = o.cache;
    options.threads = o.threads;
    options.cache_bytes_max = 0;
    AIMPACT_TRY(const auto kokoro, voice::make_kokoro(std::move(options), runtime, scheduler, metrics));
    ledger.row("synthesiser loaded");
    AIMPACT_CHECK(base::run_sync(kokoro->warm_up()));
    ledger.row("... warm");
    const auto say_text = [&](const std::string& text) {
        auto sink = [](voice::SpokenChunk) -> base::Task<base::Result<>> { co_return base::Result<>{}; };
        return base::run_sync(kokoro->speak(text, {}, inference::Priority::caller_waiting, sink));
    };
    const auto say = [&](int phrases) {
        std::string text;
        for (int i = 0; i < phrases; ++i) text += "and the evening light slowly fades ";
        return say_text(text);
    };
    for (int repeats = 1; repeats < 12; ++repeats) AIMPACT_CHECK(say(repeats));
    ledger.row("... used for texts of 2 to 24 s");
    // As in a day of calls: clauses of every length, in no order.
    for (int round = 1; round <= 3; ++round) {
        for (int i = 0; i < 60; ++i) {
            state = state * 1'664'525U + 1'013'904'223U;
            AIMPACT_CHECK(
                say_text(std::string("and the evening light slowly fades over the quiet hills of home")
                             .substr(0, 4 + (state >> 24) % 58)));
        }
        ledger.row(fmt::format("... and for {} clauses of all lengths", 60 * round));
    }

    llm::LocalEmbedderOptions embedding;
    embedding.path = (o.models / "minilm-l6-v2" / "model.gguf").string();
    AIMPACT_TRY(const auto embedder, llm::LocalEmbedder::load(std::move(embedding), metrics, clock));
    ledger.row("embedder loaded");
    std::string page;
    for (int i = 0; i < 300; ++i) page += "evening ";
    const std::vector<std::string> pages(16, page);
    if (const auto vectors = base::run_sync(embedder->embed(pages)); vectors.has_error())
        return vectors.error();
    ledger.row("... used");

    llm::LocalModelOptions language;
    language.path = (o.models / "smollm2-135m" / "model.gguf").string();
    AIMPACT_TRY(const auto model, llm::LocalModel::load(std::move(language), metrics, clock));
    ledger.row("language model loaded");
    llm::ChatRequest request;
    request.messages.push_back({llm::ChatRole::user, page, {}, {}});
    request.output_tokens_max = 50;
    if (const auto answer = base::run_sync(model->chat(request)); answer.has_error()) return answer.error();
    ledger.row("... used");
    base::release_free_heap();
    ledger.row("... free heap released");
    ledger.finish();
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    // As in the server.
    base::keep_heaps_small();
    inference::limit_kernel_cache();
    Options o;
    CLI::App app("Who holds the resident memory: loads the default models one after the other.");
    bench::add_models(app, o.models);
    bench::add_cache(app, o.cache);
    bench::add_threads(app, o.threads);
    app.add_flag("--json", o.json, "One JSON object instead of a table");
    CLI11_PARSE(app, argc, argv);
    base::configure_log(base::LogLevel::warn, base::LogFormat::text);
    if (const auto done = run(o); done.has_error()) {
        fmt::print(stderr, "{} ({})\n", done.error().message, done.error().detail);
        return 1;
    }
    return 0;
}
