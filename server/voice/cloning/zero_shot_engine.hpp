// A zero-shot model of sherpa-onnx in a folder (Pocket TTS, ZipVoice): each text is spoken after the sample,
// which is kept as long as the voice. Used when speech.cloning_model names a folder.
#pragma once

#include <map>
#include <mutex>

#include "inference/sherpa_voice.hpp"
#include "voice/cloning/voice_engine.hpp"
#include "voice/recognizer.hpp"
#include "voice/tts/lane.hpp"

namespace aimpact::voice {

class ZeroShotEngine final : public VoiceEngine {
  public:
    struct Parts {
        // `unavailable` while it loads, or why it can't be loaded.
        std::function<Result<std::shared_ptr<const inference::SherpaVoice>>()> model;
        // The FLAC file of a voice's sample. Blocks.
        std::function<Result<std::string>(const std::string& org_id, const std::string& voice_id)> sample;
        Recognizer& recognizer;  // writes down what is said in it
        inference::Scheduler& scheduler;
    };
    // What it refers to outlives it.
    explicit ZeroShotEngine(Parts parts) : parts_(std::move(parts)) {}

    std::string_view name() const override { return "zero_shot"; }
    Result<> available() const override;
    bool keeps_sample() const override { return true; }
    base::Task<Result<>> make(VoiceSource source, OnMade on_made, Progress progress,
                              std::stop_token stop) override;
    Result<std::shared_ptr<const CustomVoice>> open(const std::string& id,
                                                    const std::string& data) const override;
    base::Task<Result<>> forget(std::string data) override;
    Result<> check(const CustomVoice& voice, const SpeechStyle& style) const override;
    base::Task<Result<>> stream(std::shared_ptr<const CustomVoice> voice, std::string text, SpeechStyle style,
                                inference::Priority priority, std::function<void(SpokenChunk)> sink,
                                std::stop_token stop,
                                std::optional<std::chrono::steady_clock::time_point> needed_at) override;

  private:
    const Parts parts_;
    Lane lane_;  // the model speaks one text at a time
};

}  // namespace aimpact::voice
