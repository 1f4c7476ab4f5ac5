// Zero-shot speech by sherpa-onnx (its C API): a text in the voice of a short recording. See
// sherpa_voice_files.hpp for what a folder holds.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "inference/sherpa_voice_files.hpp"

namespace aimpact::inference {

struct VoiceReference {
    std::span<const float> samples;  // of one speaker, up to about 15 s
    int sample_rate = 24'000;
    std::string text;  // what is said in it; ZipVoice needs it
};

// One call at a time.
class SherpaVoice {
  public:
    // Loads in this process: call check_voice_model first. `unavailable` names a file that is missing.
    static base::Result<std::shared_ptr<SherpaVoice>> load(const std::filesystem::path& folder, int threads);
    ~SherpaVoice();
    SherpaVoice(const SherpaVoice&) = delete;
    SherpaVoice& operator=(const SherpaVoice&) = delete;

    int sample_rate() const;
    // Blocks; a stopped token ends it early with `cancelled`. Samples in [-1, 1] at sample_rate().
    base::Result<std::vector<float>> generate(const std::string& text, const VoiceReference& reference,
                                              double speed, std::stop_token stop) const;

  private:
    SherpaVoice();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// What the child process does: loads the model and says a word.
base::Result<> probe_voice_model(const std::filesystem::path& folder);

// Makes sure that the model loads: as check_recognizer.
base::Result<> check_voice_model(const std::filesystem::path& folder,
                                 const std::filesystem::path& state_folder,
                                 const std::vector<std::string>& command);

}  // namespace aimpact::inference
