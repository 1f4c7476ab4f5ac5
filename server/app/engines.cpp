#include "app/engines.hpp"

#include <fmt/format.h>

#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/process_memory.hpp"
#include "inference/model_store.hpp"
#include "inference/openvino_runtime.hpp"
#include "llm/local_embedder.hpp"
#include "llm/local_model.hpp"
#include "voice/tts/kokoro.hpp"
#include "voice/tts/pronouncer.hpp"

namespace aimpact::app {

using base::Result;

int inference_threads(const base::Config& config) {
    const auto set = static_cast<int>(config.integer("inference.threads"));
    return set > 0 ? set : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

Engines::Engines(const base::Config& config, base::Metrics& metrics, const base::Clock& clock)
    : config_(config),
      metrics_(metrics),
      clock_(clock),
      models_dir_(std::filesystem::absolute(config.text("models.dir"))),
      cache_dir_(std::filesystem::absolute(config.text("cache.dir"))),
      scheduler_({.threads = inference_threads(config), .queue_max = 256}, metrics),
      remote_(config, metrics, clock) {}

Engines::~Engines() = default;

inference::OpenVinoRuntime& Engines::runtime() {
    std::call_once(runtime_once_, [this] {
        runtime_ = std::make_unique<inference::OpenVinoRuntime>(cache_dir_ / "openvino");
    });
    return *runtime_;
}

void Engines::load(EngineChoice choice) {
    std::vector<std::thread> threads;
    const auto start = [&](bool wanted, auto& late, const auto& loader) {
        if (!wanted) return;
        threads.emplace_back([this, &late, loader] {
            const base::SteadyTime began = clock_.steady();
            const Result<> loaded = loader();
            const auto ms =
                std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - began).count();
            if (loaded.has_error()) {
                late.fail(loaded.error());
                base::log_error("engine.failed", {{"engine", late.name()},
                                                  {"message", loaded.error().message},
                                                  {"detail", loaded.error().detail}});
            } else {
                base::log_info("engine.ready", {{"engine", late.name()}, {"load_ms", ms}});
            }
        });
    };
    const auto hearing = [this] { return load_hearing(); };
    const auto speaking = [this, &choice] { return load_speaking(choice.warm_voice); };
    const auto language_model = [this] { return load_language_model(); };
    const auto embeddings = [this] { return load_embeddings(); };
    start(choice.hearing, recognizer_, hearing);
    start(choice.speaking, synthesizer_, speaking);
    start(choice.language_model, language_model_, language_model);
    start(choice.embeddings, embedder_, embeddings);
    start(choice.speaking && !config_.text("speech.cloning_model").empty(), cloning_model_,
          [this] { return load_cloning_model(); });
    for (std::thread& thread : threads) thread.join();
    if (choice.hearing && choice.speaking) make_voice_matcher();
    // Loading leaves about 50 MB of free heap between what is kept, and 25 MB of code that compiles models.
    base::release_free_heap();
    base::release_code_pages();
}

Result<> Engines::load_hearing() {
    AIMPACT_TRY(const auto store, inference::ModelStore::open(models_dir_));
    std::error_code ec;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ec);
    AIMPACT_TRY(auto hearing, voice::load_hearing(store, runtime(),
                                                  {.probe_command = {self.string(), "probe-recognizer"},
                                                   .state_folder = cache_dir_ / "recognizers",
                                                   .recognizer = remote_.local_recognizer()}));
    AIMPACT_CHECK(voice::warm_up(hearing, scheduler_));
    hearing_.set(std::make_shared<voice::Hearing>(hearing));
    speaker_encoder_ = std::make_shared<const voice::LazySpeakerEncoder>(
        models_dir_, [this]() -> auto& { return runtime(); });
    diariser_.set(std::make_shared<voice::Diariser>(hearing.vad, speaker_encoder_, scheduler_));
    AIMPACT_TRY(auto recognizer,
                remote_.recognizer(voice::make_recognizer(hearing.recognizer, hearing.vad, scheduler_,
                                                          recognizer_options(store))));
    load_emotions();
    recognizer_.set(std::move(recognizer));  // last: says "ready"
    return {};
}

Result<std::shared_ptr<const voice::EmotionRecognizer>> Engines::load_emotion_recognizer() {
    AIMPACT_TRY(const auto store, inference::ModelStore::open(models_dir_));
    if (!store.find("emotion"))
        return base::Error{base::ErrorCode::unavailable,
                           "The emotion model is not there. It can't be fetched, only trained: run "
                           "scripts/train-emotion (docs/EMOTION.md)."};
    AIMPACT_TRY(const auto folder, store.model_folder("emotion"));
    return voice::EmotionRecognizer::load(runtime(), folder);
}

// Nothing else depends on it.
void Engines::load_emotions() {
    auto loaded = load_emotion_recognizer();
    if (loaded.has_value())
        emotions_.set([recognizer = *std::move(loaded)](std::span<const float> samples) {
            return recognizer->estimate(samples);
        });
    else
        base::log_info("engine.no_emotions",
                       {{"message", loaded.error().message}, {"detail", loaded.error().detail}});
}

// The opened model and the pronunciations are loaded by the first request that needs them.
voice::RecognizerOptions Engines::recognizer_options(const inference::ModelStore& store) {
    voice::RecognizerOptions options;
    // Of no use beside another recogniser, whose tokens it doesn't know.
    if (const auto folder = store.model_folder("moonshine-tiny-en");
        folder && remote_.local_recognizer() == "moonshine-tiny-en") {
        auto model = inference::Moonshine::open(*folder, runtime());
        if (model)
            options.open_model = *std::move(model);
        else
            base::log_warn("engine.no_accurate_recognition", {{"message", model.error().message}});
    }
    struct Late {
        std::once_flag once;
        std::shared_ptr<const voice::Pronouncer> pronouncer;
    };
    options.sounds = [late = std::make_shared<Late>(), folder = models_dir_ / "kokoro-82m" / "dict"](
                         std::string_view words) -> std::u32string {
        std::call_once(late->once, [&] {
            auto loaded = voice::Pronouncer::load(folder, voice::Accent::american);
            if (loaded)
                late->pronouncer = *std::move(loaded);
            else
                base::log_warn("engine.no_vocabulary", {{"message", loaded.error().message}});
        });
        return late->pronouncer ? late->pronouncer->pronounce(words) : std::u32string();
    };
    return options;
}

Result<> Engines::load_speaking(bool warm) {
    voice::KokoroOptions options;
    options.models_dir = models_dir_;
    options.cache_dir = cache_dir_ / "openvino";
    options.threads = scheduler_.threads();
    auto kokoro = voice::make_kokoro(std::move(options), runtime(), scheduler_, metrics_);
    // Beside a remote voice the local ones may be missing.
    if (kokoro.has_error() && !remote_.remote_synthesizer()) return kokoro.error();
    std::shared_ptr<voice::Synthesizer> local;
    if (kokoro.has_value())
        local = *std::move(kokoro);
    else
        base::log_warn("engine.no_local_voices", {{"message", kokoro.error().message}});
    if (warm && local) AIMPACT_CHECK(base::run_sync(local->warm_up(inference::Priority::live)));
    local_voices_ = local;
    AIMPACT_TRY(auto synthesizer, remote_.synthesizer(std::move(local)));
    synthesizer_.set(std::move(synthesizer));
    return {};
}

void Engines::make_voice_matcher() {
    if (!local_voices_ || !hearing_.get() || !speaker_encoder_)
        return voice_matcher_.fail(
            {base::ErrorCode::unavailable, "it needs the local voices and the speech detector"});
    voice_matcher_.set(std::make_shared<voice::VoiceMatcher>(*local_voices_, hearing_.get()->vad,
                                                             speaker_encoder_, scheduler_, models_dir_));
}

Result<> Engines::load_cloning_model() {
    const std::filesystem::path folder = std::filesystem::absolute(config_.text("speech.cloning_model"));
    std::error_code ec;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ec);
    AIMPACT_CHECK(
        inference::check_voice_model(folder, cache_dir_ / "voices", {self.string(), "probe-voice-model"}));
    AIMPACT_TRY(cloning_, inference::SherpaVoice::load(folder, 1));
    cloning_model_.set(cloning_);
    return {};
}

Result<std::shared_ptr<const inference::SherpaVoice>> Engines::cloning_model() const {
    if (!cloning_model_.get()) return cloning_model_.unavailable();
    return std::shared_ptr<const inference::SherpaVoice>(cloning_);
}

Result<> Engines::load_language_model() {
    std::string path = config_.text("llm.local_model");
    if (path.empty()) path = (models_dir_ / "smollm2-135m" / "model.gguf").string();
    llm::LocalModelOptions options;
    options.path = std::move(path);
    options.context_tokens = static_cast<int>(config_.integer("llm.local_context_tokens"));
    options.threads = static_cast<int>(config_.integer("llm.local_threads"));
    AIMPACT_TRY(auto model, llm::LocalModel::load(std::move(options), metrics_, clock_));
    load_utterance_end(*model);
    language_model_.set(std::move(model));
    return {};
}

// Nothing else depends on it: without it the turn model alone tells where turns end.
void Engines::load_utterance_end(const llm::LocalModel& model) {
    if (!config_.boolean("speech.turn_text") || !config_.text("speech.recognizer").ends_with("-en")) return;
    auto made = llm::UtteranceEnd::make(model.weights());
    if (made.has_value())
        utterance_end_.set(*std::move(made));
    else
        base::log_info("engine.no_turn_text", {{"message", made.error().message}});
}

Result<std::unique_ptr<voice::Dnsmos>> Engines::load_dnsmos() {
    AIMPACT_TRY(const auto store, inference::ModelStore::open(models_dir_));
    AIMPACT_TRY(const auto folder, store.model_folder("dnsmos"));
    return voice::Dnsmos::load(runtime(), folder);
}

Result<> Engines::load_embeddings() {
    llm::LocalEmbedderOptions options;
    options.path = (models_dir_ / "minilm-l6-v2" / "model.gguf").string();
    AIMPACT_TRY(auto model, llm::LocalEmbedder::load(std::move(options), metrics_, clock_));
    embedder_.set(std::move(model));
    return {};
}

realtime::ListenerFactory Engines::listener_factory() {
    return [this](base::asio::any_io_executor executor, voice::Listener::Events events) {
        voice::Hearing hearing = *hearing_.get();
        if (llm::UtteranceEnd* end = utterance_end_.get())
            hearing.text_end = [end](std::string_view text) { return end->probability(text); };
        return voice::make_listener(std::move(executor), hearing, *recognizer_.get(), scheduler_,
                                    std::move(events));
    };
}

Result<> Engines::ready_for_sessions() const {
    if (!recognizer_.get()) return recognizer_.unavailable();
    if (!synthesizer_.get()) return synthesizer_.unavailable();
    return {};
}

}  // namespace aimpact::app
