#include "inference/sherpa_voice.hpp"

#include <cmath>
#include <cstring>

#include "inference/load_check.hpp"
#include "sherpa-onnx/c-api/c-api.h"

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace fs = std::filesystem;

namespace {

constexpr int kReferencesCached = 16;  // voices whose embedding Pocket TTS remembers

struct AudioDeleter {
    void operator()(const SherpaOnnxGeneratedAudio* audio) const {
        SherpaOnnxDestroyOfflineTtsGeneratedAudio(audio);
    }
};

// Puts the files where their kind has them. The pointers are into `files`.
void set_model(SherpaOnnxOfflineTtsModelConfig& config, const SherpaVoiceFiles& files) {
    if (files.kind == SherpaVoiceKind::pocket) {
        config.pocket.lm_flow = files.lm_flow.c_str();
        config.pocket.lm_main = files.lm_main.c_str();
        config.pocket.encoder = files.encoder.c_str();
        config.pocket.decoder = files.decoder.c_str();
        config.pocket.text_conditioner = files.text_conditioner.c_str();
        config.pocket.vocab_json = files.vocabulary.c_str();
        config.pocket.token_scores_json = files.token_scores.c_str();
        config.pocket.voice_embedding_cache_capacity = kReferencesCached;
        return;
    }
    config.zipvoice.encoder = files.encoder.c_str();
    config.zipvoice.decoder = files.decoder.c_str();
    config.zipvoice.vocoder = files.vocoder.c_str();
    config.zipvoice.tokens = files.tokens.c_str();
    config.zipvoice.lexicon = files.lexicon.c_str();
    // As sherpa-onnx sets them by itself in its command-line tools.
    config.zipvoice.feat_scale = 0.1F;
    config.zipvoice.t_shift = 0.5F;
    config.zipvoice.target_rms = 0.1F;
    config.zipvoice.guidance_scale = 1.0F;
}

}  // namespace

struct SherpaVoice::Impl {
    const SherpaOnnxOfflineTts* tts = nullptr;
    ~Impl() {
        if (tts) SherpaOnnxDestroyOfflineTts(tts);
    }
};

SherpaVoice::SherpaVoice() : impl_(std::make_unique<Impl>()) {}
SherpaVoice::~SherpaVoice() = default;

Result<std::shared_ptr<SherpaVoice>> SherpaVoice::load(const fs::path& folder, int threads) {
    AIMPACT_TRY(const SherpaVoiceFiles files, find_sherpa_voice(folder));
    SherpaOnnxOfflineTtsConfig config;
    std::memset(&config, 0, sizeof config);
    set_model(config.model, files);
    config.model.num_threads = threads;
    config.model.provider = "cpu";
    config.max_num_sentences = 1;
    config.silence_scale = 0.2F;
    std::shared_ptr<SherpaVoice> made(new SherpaVoice);
    made->impl_->tts = SherpaOnnxCreateOfflineTts(&config);
    if (!made->impl_->tts)
        return Error{ErrorCode::unavailable, "The voice model in " + folder.string() +
                                                 " cannot be loaded as a model of the kind " +
                                                 std::string(to_string(files.kind)) +
                                                 ". Unpack it again, or clear speech.cloning_model."};
    return made;
}

int SherpaVoice::sample_rate() const {
    return SherpaOnnxOfflineTtsSampleRate(impl_->tts);
}

Result<std::vector<float>> SherpaVoice::generate(const std::string& text, const VoiceReference& reference,
                                                 double speed, std::stop_token stop) const {
    SherpaOnnxGenerationConfig config;
    std::memset(&config, 0, sizeof config);
    config.silence_scale = 0.2F;
    config.speed = static_cast<float>(speed);
    config.reference_audio = reference.samples.data();
    config.reference_audio_len = static_cast<int32_t>(reference.samples.size());
    config.reference_sample_rate = reference.sample_rate;
    config.reference_text = reference.text.c_str();
    const auto go_on = [](const float*, int32_t, float, void* token) -> int32_t {
        return static_cast<std::stop_token*>(token)->stop_requested() ? 0 : 1;
    };
    const std::unique_ptr<const SherpaOnnxGeneratedAudio, AudioDeleter> audio(
        SherpaOnnxOfflineTtsGenerateWithConfig(impl_->tts, text.c_str(), &config, go_on, &stop));
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "The synthesis was stopped."};
    if (!audio || audio->n <= 0)
        return Error{ErrorCode::internal, "The voice model gave no sound for this text. Try another one."};
    return std::vector<float>(audio->samples, audio->samples + audio->n);
}

Result<> probe_voice_model(const fs::path& folder) {
    AIMPACT_TRY(const auto voice, SherpaVoice::load(folder, 1));
    // Two seconds of a quiet hum as the reference: what counts is that everything runs.
    std::vector<float> hum(2 * 24'000);
    for (std::size_t i = 0; i < hum.size(); ++i) hum[i] = 0.05F * std::sin(static_cast<float>(i) * 0.03F);
    AIMPACT_TRY(const auto said, voice->generate("Yes.", {hum, 24'000, "Yes."}, 1, {}));
    (void)said;
    return {};
}

Result<> check_voice_model(const fs::path& folder, const fs::path& state_folder,
                           const std::vector<std::string>& command) {
    AIMPACT_TRY(const SherpaVoiceFiles files, find_sherpa_voice(folder));
    return check_loads({.kind = "voice-" + std::string(to_string(files.kind)),
                        .files = files.all(),
                        .folder = folder,
                        .state_folder = state_folder,
                        .command = command,
                        .failed = "The voice model in " + folder.string() +
                                  " does not load. Unpack it again, or clear speech.cloning_model."});
}

}  // namespace aimpact::inference
