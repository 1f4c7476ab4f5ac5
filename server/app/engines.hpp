// The inference engines of a process, loaded side by side: hearing, speaking, the local language model,
// embeddings. Each is a Late value, so that one that is missing or broken leaves the others usable.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>

#include "app/late_engines.hpp"
#include "app/remote_engines.hpp"
#include "base/config.hpp"
#include "base/metrics.hpp"
#include "inference/scheduler.hpp"
#include "inference/sherpa_voice.hpp"
#include "llm/local_model.hpp"
#include "llm/utterance_end.hpp"
#include "realtime/session.hpp"
#include "voice/emotion/emotion_hearing.hpp"
#include "voice/emotion/emotion_recognizer.hpp"
#include "voice/hearing.hpp"
#include "voice/matching/voice_matcher.hpp"
#include "voice/quality/dnsmos.hpp"
#include "voice/speakers/diariser.hpp"

namespace aimpact::app {

struct EngineChoice {
    bool hearing = false, speaking = false, language_model = false, embeddings = false;
    bool warm_voice = false;  // touch every size of clause first, so that no caller waits for it
    static constexpr EngineChoice all() { return {true, true, true, true, true}; }
};

class Engines {
  public:
    // Starts the scheduler's threads; loads nothing yet. What it is given must outlive it.
    Engines(const base::Config& config, base::Metrics& metrics, const base::Clock& clock);
    ~Engines();

    // Loads and warms up what is chosen, side by side; blocks until each is there or has failed. Once.
    void load(EngineChoice choice);

    inference::Scheduler& scheduler() { return scheduler_; }
    Late<voice::Hearing>& hearing() { return hearing_; }
    Late<voice::Recognizer>& recognizer() { return recognizer_; }
    Late<voice::Diariser>& diariser() { return diariser_; }
    Late<voice::Synthesizer>& synthesizer() { return synthesizer_; }
    // There once both hearing and the local voices are.
    Late<voice::VoiceMatcher>& voice_matcher() { return voice_matcher_; }
    // The zero-shot model of speech.cloning_model; `unavailable` while it loads, or why it can't be.
    base::Result<std::shared_ptr<const inference::SherpaVoice>> cloning_model() const;
    Late<llm::ChatModel>& language_model() { return language_model_; }
    Late<llm::Embedder>& embedder() { return embedder_; }

    // Without its model until load() has found it; it stays so where the model isn't installed.
    voice::EmotionHearing& emotions() { return emotions_; }

    // The emotion recogniser by itself, loaded anew by each call.
    base::Result<std::shared_ptr<const voice::EmotionRecognizer>> load_emotion_recognizer();

    // What scores the quality of speech; loaded anew by each call. For workers of the scheduler.
    base::Result<std::unique_ptr<voice::Dnsmos>> load_dnsmos();

    // For sessions. Only once hearing() is there.
    realtime::ListenerFactory listener_factory();
    // The first reason why a live session can't be had yet; nothing when it can.
    base::Result<> ready_for_sessions() const;

  private:
    base::Result<> load_hearing();
    voice::RecognizerOptions recognizer_options(const inference::ModelStore& store);
    void load_emotions();
    base::Result<> load_speaking(bool warm);
    base::Result<> load_cloning_model();
    void make_voice_matcher();
    base::Result<> load_language_model();
    void load_utterance_end(const llm::LocalModel& model);
    base::Result<> load_embeddings();
    // The runtime keeps compiled models in cache.dir; made on first use.
    inference::OpenVinoRuntime& runtime();

    const base::Config& config_;
    base::Metrics& metrics_;
    const base::Clock& clock_;
    const std::filesystem::path models_dir_, cache_dir_;
    std::once_flag runtime_once_;
    std::unique_ptr<inference::OpenVinoRuntime> runtime_;
    inference::Scheduler scheduler_;
    voice::EmotionHearing emotions_{scheduler_};
    RemoteEngines remote_;
    Late<voice::Hearing> hearing_{"speech detector"};
    Late<voice::Recognizer> recognizer_{"speech recogniser"};
    Late<voice::Diariser> diariser_{"speech detector"};  // which it needs; its own model comes on first use
    Late<voice::Synthesizer> synthesizer_{"voice synthesiser"};
    std::shared_ptr<voice::Synthesizer> local_voices_;  // set by load_speaking
    std::shared_ptr<const voice::LazySpeakerEncoder> speaker_encoder_;
    Late<voice::VoiceMatcher> voice_matcher_{"voice matcher"};
    std::shared_ptr<inference::SherpaVoice> cloning_;  // set before cloning_model_ says so
    Late<inference::SherpaVoice> cloning_model_{"zero-shot voice model"};
    Late<llm::ChatModel> language_model_{"local language model"};
    Late<llm::UtteranceEnd> utterance_end_{"reader of where turns end"};  // maybe never
    Late<llm::Embedder> embedder_{"embedding model"};
};

// Threads for inference: the setting, or one a core.
int inference_threads(const base::Config& config);

}  // namespace aimpact::app
