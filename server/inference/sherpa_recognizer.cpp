#include "inference/sherpa_recognizer.hpp"

#include <cstring>

#include "sherpa-onnx/c-api/c-api.h"

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace fs = std::filesystem;

namespace {
constexpr int kRate = 16'000;

struct StreamDeleter {
    void operator()(const SherpaOnnxOfflineStream* stream) const { SherpaOnnxDestroyOfflineStream(stream); }
};
struct ResultDeleter {
    void operator()(const SherpaOnnxOfflineRecognizerResult* result) const {
        SherpaOnnxDestroyOfflineRecognizerResult(result);
    }
};
}  // namespace

struct SherpaRecognizer::Impl {
    const SherpaOnnxOfflineRecognizer* recognizer = nullptr;
    ~Impl() {
        if (recognizer) SherpaOnnxDestroyOfflineRecognizer(recognizer);
    }
};

SherpaRecognizer::SherpaRecognizer() : impl_(std::make_unique<Impl>()) {}
SherpaRecognizer::~SherpaRecognizer() = default;

Result<std::shared_ptr<SherpaRecognizer>> SherpaRecognizer::load(const fs::path& folder) {
    const std::string encoder = (folder / "encoder_model.ort").string();
    const std::string decoder = (folder / "decoder_model_merged.ort").string();
    const std::string tokens = (folder / "tokens.txt").string();
    for (const std::string& path : {encoder, decoder, tokens}) {
        std::error_code ec;
        if (!fs::is_regular_file(path, ec) || fs::file_size(path, ec) == 0)
            return Error{ErrorCode::unavailable,
                         "The model file " + path + " is missing. Run scripts/fetch-models."};
    }
    SherpaOnnxOfflineRecognizerConfig config;
    std::memset(&config, 0, sizeof config);
    config.model_config.moonshine.encoder = encoder.c_str();
    config.model_config.moonshine.merged_decoder = decoder.c_str();
    config.model_config.tokens = tokens.c_str();
    config.model_config.num_threads = 1;  // parallel by callers, each on its own thread
    config.model_config.provider = "cpu";
    config.decoding_method = "greedy_search";
    config.feat_config.sample_rate = kRate;
    config.feat_config.feature_dim = 80;
    std::shared_ptr<SherpaRecognizer> made(new SherpaRecognizer);
    made->impl_->recognizer = SherpaOnnxCreateOfflineRecognizer(&config);
    if (!made->impl_->recognizer)
        return Error{ErrorCode::unavailable, "The speech recognition model in " + folder.string() +
                                                 " cannot be loaded. Run scripts/fetch-models to repair it."};
    return made;
}

Decoded SherpaRecognizer::decode(std::span<const float> samples_16k) const {
    Decoded out;
    if (samples_16k.empty()) return out;
    const std::unique_ptr<const SherpaOnnxOfflineStream, StreamDeleter> stream(
        SherpaOnnxCreateOfflineStream(impl_->recognizer));
    SherpaOnnxAcceptWaveformOffline(stream.get(), kRate, samples_16k.data(),
                                    static_cast<int32_t>(samples_16k.size()));
    SherpaOnnxDecodeOfflineStream(impl_->recognizer, stream.get());
    const std::unique_ptr<const SherpaOnnxOfflineRecognizerResult, ResultDeleter> result(
        SherpaOnnxGetOfflineStreamResult(stream.get()));
    if (!result) return out;
    if (result->text) out.text = result->text;
    for (int32_t i = 0; result->tokens_arr && i < result->count; ++i)
        out.tokens.emplace_back(result->tokens_arr[i] ? result->tokens_arr[i] : "");
    return out;
}

void SherpaRecognizer::warm_up() const {
    // Quiet noise, not zeros: the decoder should take a step or two.
    std::vector<float> noise(kRate);
    std::uint32_t state = 1;
    for (float& sample : noise) {
        state = state * 1'664'525U + 1'013'904'223U;
        sample = (static_cast<float>(state >> 8) / 8'388'608.0F - 1.0F) * 0.01F;
    }
    decode(noise);
}

Result<> probe_recognizer(const fs::path& folder) {
    AIMPACT_TRY(const auto recognizer, SherpaRecognizer::load(folder));
    recognizer->warm_up();
    return {};
}

}  // namespace aimpact::inference
